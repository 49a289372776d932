/** What a host learns from a question: contract H-48. */
import type { Bytes, PeerId } from '@fiducia/consensus';
import type { NetPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { encodeBlockList, encodeBlockRequest } from '../src/import/block-requests.ts';
import { createLoopbackNetwork, DEFAULT_HOST_LIMITS } from '../src/index.ts';
import { branchOf, childOf } from './fixtures/blocks.ts';
import { createNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { createVirtualClock, settle } from './fixtures/virtual-clock.ts';

const { quietMs, startSyncMs } = DEFAULT_HOST_LIMITS;
const UNKNOWN = 'ab'.repeat(32);

/** A host that peers ask, and whom it asks. */
async function start() {
  const clock = createVirtualClock();
  const asked: PeerId[] = [];
  let ask: (from: PeerId, bytes: Bytes) => Promise<Bytes | null> = () => expect.unreachable();
  const net: NetPort = {
    ...createLoopbackNetwork().join('alice'),
    serve(_channel, handler) {
      ask = handler;
      return () => undefined;
    },
    async request(peer) {
      asked.push(peer);
      return encodeBlockList([]);
    },
  };
  const node = createNode({ plugin: scripted(), clock, net });
  await node.host.start();
  const { genesis } = node.chain;
  return {
    ...{ clock, node, asked, genesis },
    async hear(from: PeerId, ...known: readonly string[]) {
      const answer = await ask(from, encodeBlockRequest({ kind: 'after', known, count: 8 }));
      await settle();
      return answer;
    },
  };
}

describe('contract H-48: who is asked what follows on a block that it does not have asks back', () => {
  test('a branch that stands still is known to others as soon as its holder asks', async () => {
    const startedAt = 10_000;
    const clock = createVirtualClock(startedAt);
    const network = createLoopbackNetwork();
    const [alice, bob] = ['alice', 'bob'].map((name) => {
      const options = { limits: { quietMs: name === 'bob' ? 1_000 : quietMs } };
      const net = { ...network.join(name), send: () => undefined };
      return createNode({ name, clock, plugin: scripted(), net, options });
    });
    if (alice === undefined || bob === undefined) throw new Error('two nodes');
    for (const { host } of [alice, bob]) await host.start();
    await alice.host.importBlock(childOf(alice.chain.genesis, { timestamp: 1 }).bytes);
    const heavier = branchOf(bob.chain.genesis, 3);
    for (const { bytes } of heavier) await bob.host.importBlock(bytes);
    await clock.runUntil(startedAt + 999);
    expect(alice.host.head().header.height).toBe(1);
    await clock.runUntil(startedAt + quietMs - 1);
    await settle();
    expect(alice.host.head().header.id).toBe(heavier[2]?.header.id);
  });

  test('it answers all the same, from the first block that both have', async () => {
    const { node, asked, genesis, hear } = await start();
    const child = childOf(genesis);
    await node.host.importBlock(child.bytes);
    const answer = await hear('bob', UNKNOWN, genesis.header.id);
    expect(answer).toEqual(encodeBlockList([{ block: child.bytes, proof: new Uint8Array() }]));
    expect(asked).toEqual(['bob']);
  });

  test('nobody is asked for blocks that are here, nor for older ones, nor for a question without any', async () => {
    const { node, asked, genesis, hear } = await start();
    const side = childOf(genesis, { digest: weigh(1, 1) });
    for (const { bytes } of [childOf(genesis), side]) await node.host.importBlock(bytes);
    await hear('bob', genesis.header.id, UNKNOWN);
    await hear('bob', side.header.id, genesis.header.id);
    await hear('bob');
    expect(asked).toEqual([]);
  });

  test('each peer is asked at most once in startSyncMs, and not if it was asked for another reason', async () => {
    const { clock, asked, hear } = await start();
    for (const peer of ['bob', 'bob', 'carol', 'bob']) await hear(peer, UNKNOWN);
    expect(asked).toEqual(['bob', 'carol']);
    await clock.runUntil(startSyncMs - 1);
    await hear('bob', UNKNOWN);
    expect(asked).toHaveLength(2);
    await clock.runUntil(startSyncMs);
    await hear('bob', UNKNOWN);
    expect(asked).toEqual(['bob', 'carol', 'bob']);
  });

  test('two that cannot take the blocks of each other do not ask each other without end', async () => {
    const clock = createVirtualClock();
    const network = createLoopbackNetwork();
    const counts = new Map<string, number>();
    for (const name of ['alice', 'bob']) {
      const port = network.join(name);
      const net: NetPort = {
        ...{ ...port, send: () => undefined },
        request(peer, channel, bytes, timeoutMs) {
          counts.set(name, (counts.get(name) ?? 0) + 1);
          return port.request(peer, channel, bytes, timeoutMs);
        },
      };
      const node = createNode({ name, clock, net, plugin: scripted() });
      await node.host.start();
      await node.host.importBlock(childOf(node.chain.genesis, { timestamp: name.length }).bytes);
      node.chain.execute = () => Promise.resolve({ kind: 'invalid', code: 'NOT_MINE' });
    }
    counts.clear();
    await clock.runUntil(10 * quietMs);
    // Each because its head stands still, and as often because the other asked.
    for (const name of ['alice', 'bob']) {
      expect(counts.get(name)).toBeGreaterThan(5);
      expect(counts.get(name)).toBeLessThanOrEqual(20);
    }
  });

  test('nobody is asked after stop', async () => {
    const { node, asked, genesis, hear } = await start();
    const read = node.chain.read.bind(node.chain);
    let isHeld = true;
    let release: () => void = () => expect.unreachable();
    node.chain.read = async (locator) => {
      if (isHeld && locator.kind === 'id') {
        isHeld = false;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return read(locator);
    };
    const answered = hear('bob', UNKNOWN, genesis.header.id);
    await settle();
    await node.host.stop();
    release();
    await answered;
    expect(asked).toEqual([]);
  });
});
