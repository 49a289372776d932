import { describe, expect, it } from 'vitest';
import { type NetworkConditions, requireCommonPrefix, requireEqualHeads } from '../src/index.ts';
import { addWorkload, createTestChain, SLOT_MS, type TestChain } from './support/chain.ts';

const RELAYED = { outboundLinks: 2, delayMs: { min: 5, max: 40 } } as const;

async function play(network: NetworkConditions, slots: number, fault?: (chain: TestChain) => void): Promise<TestChain> {
  const chain = await createTestChain({ size: 12, network });
  addWorkload(chain, slots - 4);
  fault?.(chain);
  await chain.runSlots(slots + 0.5);
  return chain;
}

describe('whole nodes over relayed gossip (simulation section 3)', () => {
  it('grow by one block per slot, though most are no peers of the producer', async () => {
    const chain = await play(RELAYED, 12);
    requireEqualHeads(chain.nodes);
    const { height } = chain.nodes[0]?.host.head().header ?? {};
    expect(height).toBe(12);
    const peers = chain.nodes.map(({ ports }) => ports.net.peers().length);
    expect(Math.max(...peers)).toBeLessThan(11);
  });

  it('agree after loss, replays, reordering, slow uplinks, wrong clocks, pauses and a cut that healed', async () => {
    const network: NetworkConditions = {
      outboundLinks: 2,
      delay: { kind: 'heavyTail', meanMs: 40, maxMs: 5_000 },
      lossPermille: 100,
      duplicatePermille: 100,
      lateReplayPermille: 200,
      reorderWindow: 10,
      bandwidth: { kbitPerSecond: 256, nodes: ['node-1', 'node-2', 'node-3'] },
    };
    const chain = await play(network, 26, ({ simulation, nodes }) => {
      const start = simulation.now();
      const at = (slot: number): number => start + slot * SLOT_MS;
      for (const [index, { name }] of nodes.entries()) {
        simulation.setClock(name, { offsetMs: 10 * (index % 5), driftPpm: 100 * (index % 6) });
      }
      simulation.schedule(at(5), 'pause', () => simulation.pause('node-7', at(11)));
      simulation.schedule(at(6), 'cut', () => {
        simulation.cut(nodes.map(({ name }) => ({ from: 'node-4', to: name })));
      });
      simulation.schedule(at(9), 'clog', () => {
        for (const peer of nodes[0]?.ports.net.peers() ?? []) simulation.clog('node-0', peer, at(14));
      });
      simulation.schedule(at(14), 'heal', () => {
        simulation.heal();
        simulation.setConditions(RELAYED);
      });
    });
    expect(await requireCommonPrefix(chain.nodes, 3)).toBeGreaterThan(12);
    requireEqualHeads(chain.nodes);
    const counts = chain.simulation.networkCounts();
    for (const kind of ['lost', 'duplicated', 'replayed', 'reordered', 'throttled', 'cut', 'clogged'] as const) {
      expect(counts[kind], kind).toBeGreaterThan(0);
    }
  });
});
