/** Stopping, faulting and failing to start, in the middle of anything: contract H-9, H-17, H-43. */
import { accept, defer, type Effect } from '@fiducia/consensus';
import type { ClockPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { encodeBlockRecord } from '../src/record/block-record.ts';
import { branchOf, childOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup, type TestNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { createStubCrypto } from './fixtures/stub-crypto.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

/** A chain whose execution and a crypto port whose checks wait for the test. */
function gated() {
  const chain = createFakeChain();
  const crypto = createStubCrypto();
  const gates: (() => void)[] = [];
  const pass = () => new Promise<void>((resolve) => gates.push(resolve));
  const { verify } = crypto;
  crypto.verify = async (scope, claims) => {
    await pass();
    return verify(scope, claims);
  };
  const open = async () => {
    await settle();
    for (const gate of gates.splice(0)) gate();
    await settle();
  };
  return { chain, crypto, open };
}

function countingNet() {
  const net = createLoopbackNetwork().join('alice');
  const counts = { sent: 0, asked: 0, joined: 0, left: 0 };
  const joined = <T extends unknown[]>(join: (...parts: T) => () => void) => {
    return (...parts: T) => {
      counts.joined++;
      const leave = join(...parts);
      return () => {
        counts.left++;
        leave();
      };
    };
  };
  return {
    counts,
    net: {
      ...net,
      peers: () => ['bob'],
      send: () => void counts.sent++,
      request: async () => {
        counts.asked++;
        return null;
      },
      subscribe: joined(net.subscribe),
      serve: joined(net.serve),
    },
  };
}

async function started(setup: NodeSetup = {}): Promise<TestNode> {
  const node = createNode({ plugin: scripted(), ...setup });
  await node.host.start();
  return node;
}

const faultsOf = (node: TestNode) =>
  node.seen.flatMap(({ name, event }) =>
    name === 'faulted' ? [(event as { error: { data: unknown } }).error.data] : [],
  );

describe('nothing waits, asks or sends after stop', () => {
  test('contract H-9: a block that is deferred after stop is not parked', async () => {
    const clock = createVirtualClock();
    const chain = createFakeChain();
    const { read } = chain;
    let release: () => void = () => undefined;
    chain.read = async (locator) => {
      if (locator.kind === 'id') await new Promise<void>((resolve) => (release = resolve));
      return read(locator);
    };
    const plugin = scripted({ rules: { verifyHeader: (_header, { header }) => defer(header.height + 5_000) } });
    const main = branchOf(chain.genesis, 1);
    const record = encodeBlockRecord({ era: 0, totalWeight: 1n, gadgetWeight: 0n, announced: [], facts: [] });
    (chain.stored as Map<string, unknown>).set(main[0]?.header.id ?? '', { block: main[0], record });
    const node = await started({ clock, chain, plugin });
    const importing = node.host.importBlock(childOf(main[0] ?? chain.genesis).bytes);
    await settle();
    const stopping = node.host.stop();
    for (let turn = 0; turn < 5; turn++) {
      release();
      await settle();
    }
    await stopping;
    expect((await importing).kind).toBe('halted');
    expect(clock.pending).toBe(0);
  });

  test('a block judged while the host stops is neither parked nor fetched for', async () => {
    const { chain, crypto, open } = gated();
    const { net, counts } = countingNet();
    const clock = createVirtualClock();
    const { read } = chain;
    const waiting: (() => void)[] = [];
    const node = await started({ chain, net, clock, options: { crypto } });
    await settle();
    counts.asked = 0;
    chain.read = async (locator) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return read(locator);
    };
    const orphan = branchOf(chain.genesis, 2)[1];
    const importing = node.host.importBlock(orphan?.bytes ?? weigh(1), 'bob');
    await settle();
    const stopping = node.host.stop();
    for (let turn = 0; turn < 5; turn++) {
      for (const next of waiting.splice(0)) next();
      await open();
    }
    await stopping;
    expect(await importing).toEqual({ kind: 'halted', id: orphan?.header.id });
    expect([counts.asked, counts.sent, clock.pending]).toEqual([0, 0, 0]);
  });

  test('an own block whose import ends after stop is not sent, and is still there for the restart', async () => {
    const { chain, crypto, open } = gated();
    const { net, counts } = countingNet();
    const plugin = scripted({
      start: ({ head }) => [
        { kind: 'buildBlock', requestId: 'b', parentId: head.header.id, timestamp: 1, digest: weigh(1), deadline: 9 },
      ],
      on: (input): readonly Effect[] =>
        input.kind === 'blockBuilt' && input.header !== null
          ? [
              {
                kind: 'publish',
                blockId: input.header.id,
                sealing: { kind: 'sign', guard: { lane: 'seal', sequence: [1] } },
              },
            ]
          : [],
    });
    const node = await started({ chain, net, plugin, options: { crypto } });
    await settle();
    const stopping = node.host.stop();
    await open();
    await stopping;
    expect(node.host.head().header.height).toBe(1);
    expect(chain.updates).toHaveLength(1);
    expect(counts.sent).toBe(0);
  });

  test('evidence whose signatures are checked while the host stops is not spread', async () => {
    const { chain, crypto, open } = gated();
    const { net, counts } = countingNet();
    const plugin = scripted({ rules: { verifyEvidence: () => accept() } });
    const node = await started({ chain, net, plugin, options: { crypto } });
    const bad = childOf(chain.genesis, { digest: new Uint8Array() });
    const submitting = node.host.submitEvidence({
      kind: 'invalidHeader',
      era: 0,
      protocol: 'scripted@1',
      offender: 'alice',
      height: 1,
      header: bad.headerBytes,
      code: 'BAD_WEIGHT',
    });
    await settle();
    await node.host.stop();
    await open();
    expect(await submitting).toEqual({ kind: 'rejected', code: 'HOST_HALTED' });
    expect(counts.sent).toBe(0);
    expect(node.seen.filter(({ name }) => name === 'evidenceFound')).toEqual([]);
  });
});

describe('contract H-43: a failure while stopping hides neither the fault nor the rest', () => {
  test('a clock that fails is reported, and everything else ends', async () => {
    const clock = createVirtualClock();
    let isBroken = false;
    const broken: ClockPort = {
      ...clock,
      now() {
        if (isBroken) throw new Error('no time');
        return clock.now();
      },
    };
    const plugin = scripted({
      start: () => [
        { kind: 'setTimer', timerId: 'far', at: 9_000 },
        { kind: 'setTimer', timerId: 'near', at: 10 },
      ],
    });
    const node = await started({ plugin, options: { clock: broken } });
    await settle();
    isBroken = true;
    await clock.runUntil(20);
    expect(faultsOf(node)).toMatchObject([{ code: 'PORT_FAILED', port: 'clock', call: 'now' }]);
    expect(clock.pending).toBe(0);
    await node.host.stop();
  });

  test('a network that cannot be joined leaves no engine running and no channel joined', async () => {
    const { net, counts } = countingNet();
    const clock = createVirtualClock();
    const node = createNode({
      clock,
      plugin: scripted({ start: () => [{ kind: 'setTimer', timerId: 't', at: 9 }] }),
      net: {
        ...net,
        serve() {
          throw new Error('no socket');
        },
      },
    });
    await expect(node.host.start()).rejects.toMatchObject({
      data: { code: 'PORT_FAILED', port: 'net', call: 'serve' },
    });
    await settle();
    expect([counts.joined, counts.left]).toEqual([5, 5]);
    expect(clock.pending).toBe(0);
  });

  test('a channel that cannot be left does not keep the engine alive', async () => {
    const { net } = countingNet();
    const clock = createVirtualClock();
    const leave = () => {
      throw new Error('no socket');
    };
    const plugin = scripted({ start: () => [{ kind: 'setTimer', timerId: 't', at: 9_000 }] });
    const node = await started({ clock, plugin, net: { ...net, subscribe: () => leave } });
    await settle();
    // Beside it a running host waits for its head to grow old (contract H-47).
    expect(clock.pending).toBe(2);
    await node.host.stop();
    expect(clock.pending).toBe(0);
    expect(node.seen.some(({ event }) => (event as { event?: string }).event === 'STOP_INCOMPLETE')).toBe(true);
  });
});

test('contract H-3: behind a barrier every input arrives, and no later effect is carried out', async () => {
  let release: () => void = () => undefined;
  const durable = new Promise<void>((resolve) => {
    release = resolve;
  });
  const heights: number[] = [];
  const plugin = scripted({
    start: () => [
      { kind: 'persist', height: 1, entry: weigh(1) },
      { kind: 'trace', event: 'BEHIND' },
    ],
    on(input) {
      if (input.kind === 'headChanged') heights.push(input.head.header.height);
      return [{ kind: 'trace', event: 'LATER' }];
    },
  });
  const log = { append: () => durable, async *read() {}, truncate: async () => undefined };
  const node = await started({ plugin, options: { log } });
  for (const block of branchOf(node.chain.genesis, 3)) {
    await node.host.importBlock(block.bytes);
    await settle();
  }
  const traces = () =>
    node.seen.flatMap(({ name, event }) => (name === 'trace' ? [(event as { event: string }).event] : []));
  expect(heights).toEqual([1, 2, 3]);
  expect(traces()).toEqual([]);
  release();
  await settle();
  expect(traces()).toEqual(['BEHIND', 'LATER', 'LATER', 'LATER']);
});
