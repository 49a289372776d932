/** Plugins that return what no plugin may: contract H-17. */
import type { Effect } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { branchOf, childOf } from './fixtures/blocks.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { type Script, scripted, weigh } from './fixtures/scripted.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const faultsOf = (node: TestNode) =>
  node.seen.flatMap(({ name, event }) =>
    name === 'faulted' ? [(event as { error: { data: unknown } }).error.data] : [],
  );

const garbage = (value: unknown) => () => value as never;

describe('contract H-17: garbage is a defect of the plugin, never a property of the block', () => {
  const rules: Record<string, readonly [string, Script['rules']]> = {
    'no verdict': ['verifyHeader', { verifyHeader: garbage(undefined) }],
    'a verdict of no kind': ['verifyHeader', { verifyHeader: garbage({ kind: 'maybe' }) }],
    'claims that are no list': ['verifyHeader', { verifyHeader: garbage({ kind: 'accept' }) }],
    'a rejection without a code': ['verifyHeader', { verifyHeader: garbage({ kind: 'reject' }) }],
    'a deferral to no time': ['verifyHeader', { verifyHeader: garbage({ kind: 'defer', until: Number.NaN }) }],
    'a weight that is no bigint': ['branchWeight', { branchWeight: garbage(1) }],
    'a weight of zero': ['branchWeight', { branchWeight: garbage(0n) }],
    'an order that is no number': ['compareTips', { compareTips: garbage(Number.NaN) }],
    'an order that is text': ['compareTips', { compareTips: garbage('better') }],
    'directives that are no list': ['directives', { directives: garbage(undefined) }],
    'a conflict key that is no text': ['conflictKey', { conflictKey: garbage(7) }],
    'a depth of zero': ['finality.depth', { finality: { kind: 'settle', depth: garbage(0) } }],
    'a depth that is no integer': ['finality.depth', { finality: { kind: 'settle', depth: garbage(1.5) } }],
  };

  test.each(Object.entries(rules))('%s', async (_name, [call, given]) => {
    const node = createNode({ plugin: scripted(given === undefined ? {} : { rules: given }) });
    await node.host.start();
    const result = await node.host.importBlock(childOf(node.chain.genesis).bytes);
    expect(faultsOf(node)).toMatchObject([{ code: 'PLUGIN_DEFECT', protocol: 'scripted@1', call }]);
    expect(result.kind).not.toBe('rejected');
    expect(node.seen.filter(({ name }) => name === 'blockRejected')).toEqual([]);
  });

  const send = (guard: unknown): Effect => ({
    kind: 'send',
    to: { kind: 'all' },
    payload: weigh(1),
    guard: guard as never,
  });
  const effects: Record<string, unknown> = {
    'no list': {},
    'an effect of no kind': [{ kind: 'reboot' }],
    'a timer at no time': [{ kind: 'setTimer', timerId: 't', at: Number.NaN }],
    'a timer at the end of time': [{ kind: 'setTimer', timerId: 't', at: Number.POSITIVE_INFINITY }],
    'a deadline at no time': [
      { kind: 'buildBlock', requestId: 'b', parentId: '', timestamp: 1, digest: weigh(1), deadline: Number.NaN },
    ],
    'a guard of five elements': [send({ lane: 'a', sequence: [1, 2, 3, 4, 5] })],
    'a guard that cannot be compared': [send({ lane: 'a', sequence: [0.5] })],
    'a floor that cannot be compared': [send({ lane: 'a', sequence: [1], floors: { source: Number.NaN } })],
    'a lane for every message': Array.from({ length: 17 }, (_, slot) => send({ lane: `slot ${slot}`, sequence: [1] })),
  };

  test.each(Object.entries(effects))('effects: %s', async (_name, returned) => {
    const clock = createVirtualClock();
    const node = createNode({ clock, plugin: scripted({ start: garbage(returned) }) });
    await node.host.start();
    await settle();
    expect(faultsOf(node)).toMatchObject([{ code: 'PLUGIN_DEFECT' }]);
    expect(clock.pending).toBe(0);
  });

  test('contract H-27: sixteen lanes and four elements are allowed', async () => {
    const sends = Array.from({ length: 16 }, (_, lane) => send({ lane: `${lane}`, sequence: [1, 2, 3, 4] }));
    const node = createNode({ plugin: scripted({ start: () => [...sends, send({ lane: '0', sequence: [2] })] }) });
    await node.host.start();
    await settle();
    expect(faultsOf(node)).toEqual([]);
  });

  test('rules that cannot be created are a defect, too', () => {
    const plugin = { ...scripted(), createRules: garbageThrown };
    const node = () => createNode({ plugin });
    expect(node).toThrow(expect.objectContaining({ data: expect.objectContaining({ code: 'PLUGIN_DEFECT' }) }));
  });

  test('a codec that fails inside a commit is not blamed on the chain', async () => {
    const plugin = scripted({
      rules: { codec: { encode: garbageThrown, decode: garbageThrown } },
    });
    const limits = { retentionBlocks: 1, checkpointBlocks: 1 };
    const node = createNode({ plugin, options: { limits } });
    await node.host.start();
    for (const block of branchOf(node.chain.genesis, 4)) await node.host.importBlock(block.bytes);
    expect(faultsOf(node)).toMatchObject([{ code: 'PLUGIN_DEFECT', call: 'codec.encode' }]);
  });
});

function garbageThrown(): never {
  throw new Error('defect');
}

describe('contract H-4: a request that cannot be carried out takes no place', () => {
  test('mining of an unknown block', async () => {
    const effects: Effect[] = Array.from({ length: 65 }, (_, index) => ({
      kind: 'mine',
      requestId: `${index}`,
      blockId: 'unknown',
      algorithm: 'sha256',
      target: 1n,
    }));
    const node = createNode({ plugin: scripted({ start: () => effects }) });
    await node.host.start();
    await settle();
    expect(faultsOf(node)).toEqual([]);
  });

  test('proofs of a node without a signer', async () => {
    const effects: Effect[] = Array.from({ length: 65 }, (_, index) => ({
      kind: 'proveVrf',
      requestId: `${index}`,
      alpha: weigh(1),
    }));
    const node = createNode({ plugin: scripted({ start: () => effects }), options: { signer: null } });
    await node.host.start();
    await settle();
    expect(faultsOf(node)).toEqual([]);
  });
});

test('contract H-6: heads that pass while a signer hangs do not pile up', async () => {
  let release: () => void = () => undefined;
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  const heights: number[] = [];
  const node = createNode({
    plugin: scripted({
      start: () => [{ kind: 'send', to: { kind: 'all' }, payload: weigh(1) }],
      on(input) {
        if (input.kind === 'headChanged') heights.push(input.head.header.height);
        return [];
      },
    }),
    options: {
      signer: {
        self: 'alice',
        publicKey: weigh(1),
        vrfPublicKey: weigh(1),
        async sign() {
          await hanging;
          return { kind: 'refused', code: 'DISABLED' };
        },
        proveVrf: garbageThrown,
      },
    },
  });
  await node.host.start();
  for (const block of branchOf(node.chain.genesis, 5)) await node.host.importBlock(block.bytes);
  release();
  await settle();
  expect(heights).toEqual([5]);
});
