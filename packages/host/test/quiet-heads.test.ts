/** What a host does about a head that stands still: contract H-47, fault catalogue N11. */
import type { Bytes, Millis, PeerId } from '@fiducia/consensus';
import type { NetPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { decodeBlockRequest, encodeBlockList } from '../src/import/block-requests.ts';
import { BLOCKS_CHANNEL, createLoopbackNetwork, DEFAULT_HOST_LIMITS } from '../src/index.ts';
import { branchOf, childOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, type NodeSetup } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { createVirtualClock, settle, type VirtualClock } from './fixtures/virtual-clock.ts';

const QUIET_MS = DEFAULT_HOST_LIMITS.quietMs;
const { startSyncMs } = DEFAULT_HOST_LIMITS;

type Answer = (known: readonly string[]) => Promise<Bytes | null> | Bytes | null;

const silent: Answer = () => null;
const nothing: Answer = () => encodeBlockList([]);

/** A host and its peers, who connect once it has started, so that only a quiet head makes it ask. */
async function start(clock: VirtualClock, peers: Record<PeerId, Answer>, setup: NodeSetup = {}) {
  const asked: { readonly peer: PeerId; readonly at: Millis }[] = [];
  let isConnected = false;
  const net: NetPort = {
    ...createLoopbackNetwork().join('alice'),
    peers: () => (isConnected ? Object.keys(peers) : []),
    async request(peer, _channel, bytes) {
      asked.push({ peer, at: clock.now() });
      const question = decodeBlockRequest(bytes);
      return (await peers[peer]?.(question.kind === 'after' ? question.known : [])) ?? null;
    },
  };
  const node = createNode({ plugin: scripted(), clock, net, ...setup });
  await node.host.start();
  isConnected = true;
  return { node, asked };
}

/** Of blocks at one distance, and then at another. */
function timesOf(before: number, beforeMs: Millis, after: number, afterMs: Millis): readonly Millis[] {
  const times = Array.from({ length: before }, (_, index) => index * beforeMs);
  return [...times, ...Array.from({ length: after }, (_, index) => (before - 1) * beforeMs + (index + 1) * afterMs)];
}

describe('contract H-47, fault catalogue N11: a host asks what follows on a head that stands still', () => {
  test('a last block that gossip lost is there as soon as the head below it is quietMs old', async () => {
    const clock = createVirtualClock();
    const network = createLoopbackNetwork();
    const [alice, bob] = ['alice', 'bob'].map((name) => {
      const net = network.join(name);
      // Gossip carries nothing; both stay connected and answer.
      return createNode({ name, clock, plugin: scripted(), net: { ...net, send: () => undefined } });
    });
    for (const node of [alice, bob]) await node?.host.start();
    const genesis = alice?.chain.genesis;
    if (alice === undefined || bob === undefined || genesis === undefined) throw new Error('two nodes');
    await clock.runUntil(3_000);
    const heard = childOf(genesis, { timestamp: 3_000 });
    for (const { host } of [alice, bob]) await host.importBlock(heard.bytes);
    await clock.runUntil(4_000);
    const lost = childOf(heard, { timestamp: 4_000 });
    await bob.host.importBlock(lost.bytes);
    await clock.runUntil(3_000 + QUIET_MS - 1);
    expect(alice.host.head().header.id).toBe(heard.header.id);
    await clock.runUntil(3_000 + QUIET_MS);
    expect(alice.host.head().header.id).toBe(lost.header.id);
  });

  test('peers are asked in turns, one every quietMs, so silence and lies of some cost no more than their turns', async () => {
    const clock = createVirtualClock();
    const chain = createFakeChain();
    const [lost] = branchOf(chain.genesis, 1);
    const never: Answer = () => new Promise(() => undefined);
    const answer = encodeBlockList([{ block: lost?.bytes ?? weigh(0), proof: new Uint8Array() }]);
    const peers = { mute: silent, stuck: never, garbler: () => weigh(1), behind: nothing, dan: () => answer };
    const { node, asked } = await start(clock, peers, { chain });
    await clock.runUntil(5 * QUIET_MS);
    expect(asked.slice(0, 5)).toEqual(Object.keys(peers).map((peer, turn) => ({ peer, at: (turn + 1) * QUIET_MS })));
    expect(node.host.head().header.id).toBe(lost?.header.id);
  });

  test('a chain that stands still by right costs one question every quietMs, whatever the number of peers', async () => {
    const clock = createVirtualClock();
    const { asked } = await start(clock, Object.fromEntries(Array.from({ length: 50 }, (_, peer) => [peer, nothing])));
    await clock.runUntil(600_000);
    expect(asked).toHaveLength(600_000 / QUIET_MS);
    expect(new Set(asked.map(({ peer }) => peer)).size).toBe(50);
  });

  test('nobody is asked while heads change, however old they are, nor before quietMs by the time of the last', async () => {
    const startedAt = 1_000_000;
    const clock = createVirtualClock(startedAt);
    const chain = createFakeChain();
    const { node, asked } = await start(clock, { bob: nothing }, { chain });
    let head = chain.genesis;
    for (let turn = 1; turn <= 20; turn++) {
      await clock.runUntil(startedAt + turn * 2_000);
      // The first ten are old, as in an answer to a host that is far behind.
      head = childOf(head, { timestamp: turn <= 10 ? turn : clock.now() });
      await node.host.importBlock(head.bytes);
    }
    expect(node.host.head().header.height).toBe(20);
    const { timestamp } = node.host.head().header;
    await clock.runUntil(timestamp + QUIET_MS - 1);
    expect(asked).toEqual([]);
    await clock.runUntil(timestamp + QUIET_MS);
    expect(asked).toHaveLength(1);
  });

  // Ten minutes apart, but for nine hours before the given block.
  test.each([null, 2, 3, 4, 5, 6, 7, 8, 9])(
    'where blocks are far apart the wait is three times as long, whatever genesis and an outage before block %s say',
    async (late) => {
      const clock = createVirtualClock();
      const chain = createFakeChain();
      const { node, asked } = await start(clock, { bob: nothing }, { chain });
      let head = chain.genesis;
      const hourMs = 3_600_000;
      const gapMs = 600_000;
      for (let height = 1; height <= 9; height++) {
        const timestamp = hourMs + (height - 1) * gapMs + (late !== null && height >= late ? 9 * hourMs : 0);
        await clock.runUntil(timestamp);
        head = childOf(head, { timestamp });
        await node.host.importBlock(head.bytes);
      }
      expect(node.host.head().header.height).toBe(9);
      asked.length = 0;
      await clock.runUntil(head.header.timestamp + 3 * gapMs - 1);
      expect(asked).toEqual([]);
      await clock.runUntil(head.header.timestamp + 9 * gapMs);
      expect(asked.map(({ at }) => at - head.header.timestamp)).toEqual([3 * gapMs, 6 * gapMs, 9 * gapMs]);
    },
  );

  test.each([
    ['one distance alone', [0, 400_000], 10_000],
    ['two distances', [0, 20_000, 60_000], 60_000],
    ['an odd number of them', [0, 90_000, 110_000, 140_000], 75_000],
    ['a faster half that came later', [0, 20_000, 80_000, 100_000, 140_000, 150_000], 70_000],
    ['four seconds', [0, 4_000, 8_000, 12_000, 16_000, 20_000], 12_000],
    ['three seconds', [0, 3_000, 6_000], 10_000],
    ['32 blocks since it went faster', timesOf(9, 1_000, 32, 30_000), 90_000],
    ['31 blocks since it went faster', timesOf(9, 1_000, 31, 30_000), 84_563],
  ])('how far apart blocks are is told by averages: %s', async (_, times, waitMs) => {
    const startedAt = Math.max(...times) + 1;
    const clock = createVirtualClock(startedAt);
    const chain = createFakeChain();
    const { node, asked } = await start(clock, { bob: nothing }, { chain });
    let head = chain.genesis;
    for (const timestamp of times) {
      head = childOf(head, { timestamp: timestamp + 1 });
      await node.host.importBlock(head.bytes);
    }
    expect(node.host.head().header.height).toBe(times.length);
    await clock.runUntil(startedAt + waitMs - 1);
    expect(asked).toEqual([]);
    await clock.runUntil(startedAt + waitMs);
    expect(asked).toHaveLength(1);
  });

  test('where leaders come out of a lottery the wait is ten times as long', async () => {
    const clock = createVirtualClock(20_000);
    const chain = createFakeChain();
    const { node, asked } = await start(clock, { bob: nothing }, { chain, plugin: scripted({ leader: 'lottery' }) });
    let head = chain.genesis;
    for (const timestamp of [4_000, 12_000, 20_000]) {
      head = childOf(head, { timestamp });
      await node.host.importBlock(head.bytes);
    }
    expect(node.host.head().header.height).toBe(3);
    await clock.runUntil(20_000 + 80_000 - 1);
    expect(asked).toEqual([]);
    await clock.runUntil(20_000 + 80_000);
    expect(asked).toHaveLength(1);
  });

  test('a head whose time lies ahead puts nothing off', async () => {
    const clock = createVirtualClock();
    const chain = createFakeChain();
    const { node, asked } = await start(clock, { bob: nothing }, { chain });
    const ahead = childOf(chain.genesis, { timestamp: 10_000_000 });
    await node.host.importBlock(ahead.bytes);
    expect(node.host.head().header.id).toBe(ahead.header.id);
    await clock.runUntil(2 * QUIET_MS);
    expect(asked).toEqual([{ peer: 'bob', at: 2 * QUIET_MS }]);
  });

  test('nobody is asked while the host is behind', async () => {
    const clock = createVirtualClock();
    // A starting host asks eight of them, none of whom answers; the turn of the ninth would come.
    const peers = Array.from({ length: 9 }, (_, index) => `peer-${index}`);
    const asked: string[] = [];
    const net: NetPort = {
      ...createLoopbackNetwork().join('alice'),
      peers: () => peers,
      request: (peer) => {
        asked.push(peer);
        return new Promise(() => undefined);
      },
    };
    const node = createNode({ plugin: scripted(), clock, net, options: { limits: { quietMs: 100 } } });
    await node.host.start();
    await clock.runUntil(startSyncMs - 1);
    expect(asked).toEqual(peers.slice(0, 8));
    await clock.runUntil(2 * startSyncMs);
    expect(asked).toEqual(peers);
  });

  test('a host that knows nobody asks nobody, and whoever connects later', async () => {
    const clock = createVirtualClock();
    const peers: Record<PeerId, Answer> = {};
    const { asked } = await start(clock, peers);
    await clock.runUntil(5 * QUIET_MS);
    expect(asked).toEqual([]);
    peers.bob = nothing;
    await clock.runUntil(6 * QUIET_MS);
    expect(asked).toEqual([{ peer: 'bob', at: 6 * QUIET_MS }]);
  });

  test('nobody is asked after stop, nor after a fault', async () => {
    const clock = createVirtualClock();
    const stopped = await start(clock, { bob: nothing });
    const faulty = await start(clock, { bob: nothing });
    faulty.node.chain.commit = () => {
      throw new Error('no disk');
    };
    await clock.runUntil(QUIET_MS);
    await stopped.node.host.stop();
    await faulty.node.host.importBlock(childOf(faulty.node.chain.genesis).bytes);
    await settle();
    expect(faulty.node.seen.map(({ name }) => name)).toContain('faulted');
    expect(clock.pending).toBe(0);
    await clock.runUntil(5 * QUIET_MS);
    expect([stopped.asked, faulty.asked].map(({ length }) => length)).toEqual([1, 1]);
  });

  test('contract H-43: nothing begins on a network whose first message ends the host', async () => {
    const clock = createVirtualClock();
    const chain = createFakeChain();
    chain.decode = () => {
      throw new Error('no memory');
    };
    const net: NetPort = {
      ...createLoopbackNetwork().join('alice'),
      subscribe(channel, handler) {
        if (channel === BLOCKS_CHANNEL) void handler('bob', weigh(1));
        return () => undefined;
      },
    };
    const node = createNode({ plugin: scripted(), clock, net, chain });
    await node.host.start();
    expect(node.seen.map(({ name }) => name)).toEqual(['faulted']);
    expect(clock.pending).toBe(0);
  });

  test.each(['peers', 'request'] as const)('contract H-43: a network that fails in %s ends the host', async (call) => {
    const clock = createVirtualClock();
    let isBroken = false;
    const fail = () => {
      if (isBroken) throw new Error('no socket');
    };
    const base = createLoopbackNetwork().join('alice');
    const net: NetPort = {
      ...base,
      peers() {
        if (call === 'peers') fail();
        return isBroken ? ['bob'] : [];
      },
      async request() {
        fail();
        return null;
      },
    };
    const node = createNode({ plugin: scripted(), clock, net });
    await node.host.start();
    isBroken = true;
    await clock.runUntil(QUIET_MS);
    expect(node.seen).toMatchObject([{ name: 'faulted', event: { error: { data: { port: 'net', call } } } }]);
    expect(clock.pending).toBe(0);
  });
});
