/** What a host does between its start and its first block: contract H-44. */
import type { Bytes, Millis, PeerId } from '@fiducia/consensus';
import type { Block, NetPort } from '@fiducia/consensus/ports';
import { describe, expect, test } from 'vitest';
import { decodeBlockRequest, encodeBlockList } from '../src/import/block-requests.ts';
import { createLoopbackNetwork } from '../src/index.ts';
import { branchOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode, NAMES, type NodeSetup } from './fixtures/nodes.ts';
import { roundRobin } from './fixtures/round-robin.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { createVirtualClock, settle, type VirtualClock } from './fixtures/virtual-clock.ts';

type Answer = (known: readonly string[]) => Bytes | null;

/** A network whose peers answer late. */
function netOf(clock: VirtualClock, delayMs: Millis, peers: Readonly<Record<PeerId, Answer>>) {
  const penalties: string[] = [];
  const net: NetPort = {
    ...createLoopbackNetwork().join('alice'),
    peers: () => Object.keys(peers),
    penalise: (peer, code) => void penalties.push(`${peer} ${code}`),
    request: (peer, _channel, bytes) =>
      new Promise((resolve) => {
        const question = decodeBlockRequest(bytes);
        const known = question.kind === 'after' ? question.known : [];
        clock.schedule(clock.now() + delayMs, () => resolve(peers[peer]?.(known) ?? null));
      }),
  };
  return { net, penalties };
}

/** Serves a branch as an honest peer does, `count` blocks at a time. */
function serving(branch: readonly Block[], count: number): Answer {
  return (known) => {
    const start = branch.findIndex(({ header }) => header.id === known[0]) + 1;
    const blocks = branch.slice(start, start + count);
    return encodeBlockList(blocks.map(({ bytes }) => ({ block: bytes, proof: new Uint8Array() })));
  };
}

const silent: Answer = () => null;

/** A starting node, when its engine began, and when it heard that it had caught up. */
async function start(clock: VirtualClock, setup: NodeSetup) {
  const heard: { readonly at: Millis; readonly behind: boolean }[] = [];
  let wasBehind: boolean | null = null;
  const node = createNode({
    plugin: scripted(),
    clock,
    ...setup,
    options: {
      ...setup.options,
      recorder(record) {
        if (record.kind === 'engineStarted') wasBehind = record.start.behind;
        if (record.kind !== 'inputHandled' || record.input.kind !== 'syncChanged') return;
        heard.push({ at: clock.now(), behind: record.input.behind });
      },
    },
  });
  await node.host.start();
  return { node, heard, wasBehind };
}

describe('contract H-44: a starting host asks its peers before it builds', () => {
  test('one that lost its blocks builds none on genesis, although answers take longer than a slot', async () => {
    const clock = createVirtualClock();
    const network = createLoopbackNetwork();
    const early = NAMES.slice(0, 2).map((name) => createNode({ name, clock, net: network.join(name) }));
    for (const node of early) await node.host.start();
    // Carol leads the next slot.
    await clock.runUntil(100_500);
    const top = early[0]?.host.head().header.height ?? 0;
    expect(top).toBeGreaterThan(60);
    const port = network.join('carol');
    const net: NetPort = {
      ...port,
      request: (...question) =>
        new Promise((resolve) => {
          clock.schedule(clock.now() + 1_800, () => resolve(port.request(...question)));
        }),
    };
    const { node, wasBehind } = await start(clock, { name: 'carol', net, plugin: roundRobin() });
    const own: number[] = [];
    node.host.events.on('blockImported', ({ header }) => {
      if (header.author === 'carol') own.push(header.height);
    });
    await clock.runUntil(112_000);
    expect(wasBehind).toBe(true);
    expect(own.length).toBeGreaterThan(0);
    expect(Math.min(...own)).toBeGreaterThan(top);
    expect(node.host.head().header.id).toBe(early[0]?.host.head().header.id);
  });

  test('a host without peers starts at once', async () => {
    const clock = createVirtualClock();
    const { heard, wasBehind } = await start(clock, {});
    await clock.runUntil(5_000);
    expect([wasBehind, heard]).toEqual([false, []]);
  });

  test('hosts that start together do not wait for each other', async () => {
    const clock = createVirtualClock();
    const network = createLoopbackNetwork();
    const ports = NAMES.map((name) => network.join(name));
    const nodes = await Promise.all(ports.map((net) => start(clock, { name: net.self, net })));
    await settle();
    for (const { heard, wasBehind } of nodes) expect([wasBehind, heard]).toEqual([true, [{ at: 0, behind: false }]]);
    // What is left is for heads that grow old (contract H-47).
    expect(clock.pending).toBe(nodes.length);
  });

  test('peers that do not answer hold it up for no longer than startSyncMs', async () => {
    const clock = createVirtualClock();
    const { net } = netOf(clock, 4_000, { bob: silent, carol: silent });
    const { heard, wasBehind } = await start(clock, { net, options: { limits: { startSyncMs: 1_500 } } });
    await clock.runUntil(20_000);
    expect([wasBehind, heard]).toEqual([true, [{ at: 1_500, behind: false }]]);
  });

  test('it reaches the highest head that holds, whoever answers first, and counts as behind until then', async () => {
    const clock = createVirtualClock();
    const chain = createFakeChain();
    const branch = branchOf(chain.genesis, 60);
    const forged = branchOf(chain.genesis, 90, () => ({ signer: 'mallory' }));
    const { net, penalties } = netOf(clock, 700, {
      mallory: serving(forged, 16),
      mute: silent,
      garbler: () => weigh(1),
      bob: serving(branch.slice(0, 40), 16),
      carol: serving(branch, 16),
    });
    const { node, heard } = await start(clock, { chain, net });
    await clock.runUntil(1_000);
    expect(node.host.head().header.height).toBe(16);
    await clock.runUntil(30_000);
    expect(node.host.head().header.id).toBe(branch.at(-1)?.header.id);
    expect(heard).toHaveLength(1);
    expect(heard[0]?.behind).toBe(false);
    // Four answers bring blocks, later than the wait without progress would end.
    expect(heard[0]?.at).toBeGreaterThan(4 * 700);
    expect(penalties).toEqual(expect.arrayContaining(['mallory SIGNATURE_INVALID', 'garbler BAD_BLOCK_LIST']));
  });

  test('valid blocks of a weak branch, one at a time, do not keep it behind', async () => {
    const clock = createVirtualClock();
    const chain = createFakeChain();
    const [heavy] = branchOf(chain.genesis, 1, () => ({ digest: weigh(100) }));
    const weak = branchOf(chain.genesis, 40, () => ({ digest: weigh(1, 5) }));
    const { net } = netOf(clock, 300, { mallory: serving(weak, 1) });
    const { node, heard } = await start(clock, { chain, net });
    await node.host.importBlock(heavy?.bytes ?? weigh(1));
    await clock.runUntil(20_000);
    expect(node.host.tipOf(weak.at(-1)?.header.id ?? '')).toBeDefined();
    expect(heard).toEqual([{ at: 2_000, behind: false }]);
  });

  test('the wait ends with the host', async () => {
    const clock = createVirtualClock();
    const { net } = netOf(clock, 60_000, { bob: silent });
    const { node, heard } = await start(clock, { net });
    // It waits for its head to grow old, too (contract H-47).
    expect(clock.pending).toBe(3);
    await node.host.stop();
    // What is left is the answer of the peer.
    expect(clock.pending).toBe(1);
    await clock.runUntil(70_000);
    expect(heard).toEqual([]);
  });
});
