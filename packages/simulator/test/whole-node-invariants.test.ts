import type { BlockId, ConsensusHeader } from '@fiducia/consensus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { roundRobin } from '../../../examples/custom-plugin/src/round-robin.ts';
import {
  type ChainNode,
  createChainNode,
  requireEqualHeads,
  requireEqualStates,
  requireIntegrity,
} from '../src/index.ts';
import { addWorkload, createTestChain, SLOT_MS } from './support/chain.ts';

const NETWORK = { delayMs: { min: 20, max: 700 }, lossPermille: 150, duplicatePermille: 100 };

afterEach(() => vi.unstubAllGlobals());

/** Headers of all blocks that a node found valid, genesis included. */
function watchImports(node: ChainNode): ReadonlyMap<BlockId, ConsensusHeader> {
  const genesis = node.host.head().header;
  const imported = new Map([[genesis.id, genesis]]);
  node.host.events.on('blockImported', ({ header }) => imported.set(header.id, header));
  return imported;
}

describe('invariants of whole nodes under faults', () => {
  it('simulation E1: host, ledger and plugin use no clock, timer or randomness of the platform', async () => {
    const chain = await createTestChain({ size: 4, network: NETWORK });
    addWorkload(chain, 15);
    const used: string[] = [];
    const watch = <Args extends unknown[], Result>(name: string, original: (...args: Args) => Result) => {
      return (...args: Args): Result => {
        const caller = new Error(name).stack ?? '';
        if (/packages\/(host|ledger|consensus|simulator\/src)|custom-plugin/.test(caller)) used.push(caller);
        return original(...args);
      };
    };
    vi.spyOn(Date, 'now').mockImplementation(watch('Date.now', Date.now));
    vi.spyOn(Math, 'random').mockImplementation(watch('Math.random', Math.random));
    for (const name of ['setTimeout', 'setInterval', 'fetch', 'queueMicrotask'] as const) {
      vi.stubGlobal(name, watch(name, globalThis[name] as (...args: unknown[]) => unknown));
    }
    try {
      await chain.runSlots(20);
    } finally {
      vi.restoreAllMocks();
    }
    expect(used).toEqual([]);
    expect(chain.nodes[0]?.host.head().header.height).toBeGreaterThan(8);
  });

  it('simulation I3: a node that joins late executes every block to the same states', async () => {
    const chain = await createTestChain({ size: 4 });
    addWorkload(chain, 25);
    await chain.runSlots(30);
    const late = createChainNode({
      ports: chain.simulation.addNode('late'),
      genesis: chain.genesis,
      crypto: chain.crypto,
      signer: null,
      plugins: [roundRobin()],
      eras: chain.eras,
      genesisValidators: chain.validators,
    });
    await late.start();
    const imported = watchImports(late);
    await chain.runSlots(5.5);

    requireEqualHeads([...chain.nodes, late]);
    const { id, height } = late.host.head().header;
    requireEqualStates([...chain.nodes, late], id);
    expect(height).toBe(35);
    expect(imported.size).toBe(36);
  });

  it('simulation I4: no transaction occurs twice or out of order across a healed partition', async () => {
    const chain = await createTestChain({ size: 4, network: NETWORK });
    addWorkload(chain, 30);
    await chain.runSlots(8);
    chain.simulation.partition([['node-0', 'node-1']]);
    await chain.runSlots(12);
    chain.simulation.heal();
    await chain.runSlots(25);
    const counts = await Promise.all(chain.nodes.map(requireIntegrity));
    expect(Math.min(...counts)).toBeGreaterThan(50);
  });

  it('simulation I7: every block was made by the owner of its slot, and no slot was used twice', async () => {
    const chain = await createTestChain({ size: 4, network: NETWORK });
    const imported = chain.nodes.map(watchImports);
    await chain.runSlots(40);
    for (const headers of imported) {
      expect(headers.size).toBeGreaterThan(20);
      for (const header of headers.values()) {
        if (header.height === 0) continue;
        const slot = Math.floor(header.timestamp / SLOT_MS);
        expect(header.author).toBe(chain.validators[slot % chain.validators.length]?.id);
        const parent = headers.get(header.parentId);
        expect(Math.floor((parent?.timestamp ?? Number.NaN) / SLOT_MS)).toBeLessThan(slot);
      }
    }
  });

  it('simulation I8: the head is what a naive recomputation over all valid blocks gives', async () => {
    const chain = await createTestChain({ size: 5, network: NETWORK });
    const imported = chain.nodes.map(watchImports);
    let forks = 0;
    for (let slot = 0; slot < 40; slot++) {
      if (slot === 10) chain.simulation.partition([['node-0', 'node-1']]);
      if (slot === 20) chain.simulation.heal();
      await chain.runSlots(1);
      for (const [index, headers] of imported.entries()) {
        const [best, second] = [...headers.values()].sort((a, b) => b.height - a.height || (a.id < b.id ? -1 : 1));
        expect(chain.nodes[index]?.host.head().header.id).toBe(best?.id);
        if (best?.height === second?.height) forks += 1;
      }
    }
    expect(forks).toBeGreaterThan(5);
  });
});
