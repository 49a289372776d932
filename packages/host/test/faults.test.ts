import type { Effect } from '@fiducia/consensus';
import type { ChainPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { childOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

function faultsOf(node: TestNode): unknown[] {
  return node.seen.flatMap(({ name, event }) =>
    name === 'faulted' ? [(event as { error: { data: unknown } }).error.data] : [],
  );
}

const failing = (): never => {
  throw new Error('defect');
};

describe('contract H-17: a plugin that throws stops engine and signing, not reads', () => {
  const cases: Record<string, Script> = {
    verifyHeader: { rules: { verifyHeader: failing } },
    applyHeader: { rules: { applyHeader: failing } },
    directives: { rules: { directives: failing } },
    branchWeight: { rules: { branchWeight: () => 0n } },
    conflictKey: { rules: { conflictKey: failing } },
    'engine.on headChanged': { on: failing },
  };

  test.each(Object.entries(cases))('%s', async (call, script) => {
    const node = createNode({ plugin: scripted(script) });
    await node.host.start();
    const block = childOf(node.chain.genesis);
    const result = await node.host.importBlock(block.bytes);
    await settle();
    expect(faultsOf(node)).toMatchObject([{ code: 'PLUGIN_DEFECT', protocol: 'scripted@1', call }]);
    expect(node.seen.filter(({ name }) => name === 'blockRejected')).toEqual([]);
    expect(result.kind).not.toBe('rejected');
    expect(node.host.head().header.height).toBe(call.startsWith('engine') || call === 'conflictKey' ? 1 : 0);
    expect(await node.host.importBlock(childOf(block).bytes)).toMatchObject({ kind: 'halted' });
    expect(await node.host.submitEvidence({} as never)).toEqual({ kind: 'rejected', code: 'HOST_HALTED' });
  });

  test('the fault carries the newest engine calls, the failing one last', async () => {
    const node = createNode({ plugin: scripted({ on: failing }), options: { limits: { recordsKeptMax: 1 } } });
    await node.host.start();
    await node.host.importBlock(childOf(node.chain.genesis).bytes);
    await settle();
    const fault = node.seen.find(({ name }) => name === 'faulted')?.event;
    expect(fault).toMatchObject({
      records: [{ kind: 'inputHandled', effects: null, input: { kind: 'headChanged' } }],
    });
  });

  const excesses: Record<string, readonly Effect[]> = {
    timers: Array.from({ length: 257 }, (_, index) => ({ kind: 'setTimer', timerId: `${index}`, at: 9 })),
    effects: Array.from({ length: 1_025 }, () => ({ kind: 'trace', event: 'x' })),
    requests: Array.from({ length: 65 }, (_, index) => ({ kind: 'proveVrf', requestId: `${index}`, alpha: weigh(1) })),
    'long digest': [
      { kind: 'buildBlock', requestId: 'b', parentId: '', timestamp: 0, digest: new Uint8Array(4_097), deadline: 9 },
    ],
    'long entry': [{ kind: 'persist', height: 1, entry: new Uint8Array(262_145) }],
    'long payload': [{ kind: 'send', to: { kind: 'all' }, payload: new Uint8Array(262_145) }],
    'long certificate': [{ kind: 'offerCertificate', certificate: new Uint8Array(262_145) }],
    'sticky messages': Array.from({ length: 65 }, (_, index) => ({
      kind: 'send',
      to: { kind: 'all' },
      payload: weigh(index),
      sticky: 'untilHeadChanges',
    })),
  };

  test.each(Object.entries(excesses))('a limit exceeded is a defect: %s', async (_name, effects) => {
    const clock = createVirtualClock();
    const node = createNode({ clock, plugin: scripted({ start: () => effects }) });
    await node.host.start();
    await settle();
    expect(faultsOf(node)).toMatchObject([{ code: 'PLUGIN_DEFECT' }]);
    expect(clock.pending).toBe(0);
  });
});

describe('contract H-43: a port that rejects stops the engine, reads continue', () => {
  test.each(['read', 'execute', 'commit'] as const)('chain.%s', async (method) => {
    const node = createNode({ plugin: scripted() });
    await node.host.start();
    const block = childOf(node.chain.genesis);
    node.chain.fail(method);
    // Reading is needed for an orphan only.
    const result = await node.host.importBlock((method === 'read' ? childOf(block) : block).bytes);
    expect(result.kind).toBe('halted');
    expect(faultsOf(node)).toMatchObject([{ code: 'PORT_FAILED', port: 'chain', call: method }]);
    expect(node.host.head().header.height).toBe(0);
  });

  test.each([
    ['parent', { parentId: 'other' }],
    ['author', { author: 'bob' }],
    ['protocol', { protocol: 'other@1' }],
    ['digest', { digest: new Uint8Array() }],
  ] as const)('a block that was built with another %s', async (name, change) => {
    const chain = createFakeChain();
    const build: ChainPort['build'] = async (request) => {
      const block = await chain.build(request);
      return block && { ...block, header: { ...block.header, ...change } };
    };
    const place = { parentId: chain.genesis.header.id, timestamp: 1, deadline: Number.MAX_SAFE_INTEGER };
    const ask: Effect = { kind: 'buildBlock', requestId: 'b', digest: weigh(1), ...place };
    const node = createNode({ plugin: scripted({ start: () => [ask] }), options: { chain: { ...chain, build } } });
    await node.host.start();
    await settle();
    const reason = `the block has another ${name} than was asked for`;
    expect(faultsOf(node)).toEqual([{ code: 'PORT_FAILED', port: 'chain', call: 'build', reason }]);
  });

  test('a signer that is gone', async () => {
    const sign = () => Promise.reject(new Error('gone'));
    const node = createNode({
      plugin: scripted({ start: () => [{ kind: 'send', to: { kind: 'all' }, payload: weigh(1) }] }),
      options: { signer: { self: 'alice', publicKey: weigh(1), vrfPublicKey: weigh(1), sign, proveVrf: sign } },
    });
    await node.host.start();
    await settle();
    expect(faultsOf(node)).toMatchObject([{ code: 'PORT_FAILED', port: 'signer', call: 'sign' }]);
  });

  test('a disk that is full', async () => {
    const append = () => Promise.reject(new Error('disk full'));
    const node = createNode({
      plugin: scripted({ start: () => [{ kind: 'persist', height: 1, entry: weigh(1) }] }),
      options: { log: { append, async *read() {}, truncate: async () => undefined } },
    });
    await node.host.start();
    await settle();
    expect(faultsOf(node)).toMatchObject([{ code: 'PORT_FAILED', port: 'log', call: 'append' }]);
  });
});

test('contract section 9: slow calls are reported, five in a row as PLUGIN_SLOW, and nothing stops', async () => {
  let now = 0;
  const callbacks: (() => void)[] = [];
  const node = createNode({
    plugin: scripted({
      start: () => [{ kind: 'setTimer', timerId: 't', at: 0 }],
      on: () => {
        now += 51;
        return [{ kind: 'setTimer', timerId: 't', at: 0 }];
      },
    }),
    options: {
      clock: {
        now: () => now,
        schedule(at, callback) {
          if (at <= now) callbacks.push(callback);
          return () => undefined;
        },
        entropy: () => new Uint8Array(32),
      },
    },
  });
  await node.host.start();
  for (let turn = 0; turn < 5; turn++) {
    await settle();
    callbacks.pop()?.();
  }
  await settle();
  const traces = node.seen.map(({ event }) => (event as { event: string }).event);
  expect(traces).toEqual([...Array(4).fill('ENGINE_CALL_SLOW'), 'PLUGIN_SLOW']);
});

test('an observer that throws stops nothing', async () => {
  const node = createNode({ plugin: scripted() });
  node.host.events.on('blockImported', failing);
  await node.host.start();
  expect(await node.host.importBlock(childOf(node.chain.genesis).bytes)).toMatchObject({ kind: 'adopted' });
  expect(node.seen.some(({ event }) => (event as { event?: string }).event === 'OBSERVER_THREW')).toBe(true);
});
