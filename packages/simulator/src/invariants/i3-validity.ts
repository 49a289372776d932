/**
 * I3: every final block, and at the end every adopted one, re-executes on a fresh node to its state root.
 *
 * @see docs/spec/simulation.md, section 7, I3.
 * @module
 */
import type { ConsensusHeader } from '@fiducia/consensus';
import type { WorldNode } from '../run/world.ts';
import { type CreateChecker, nameOf } from './checker.ts';

/** A block and who called it final, each with the store that it had then. */
interface FinalBlock {
  readonly header: ConsensusHeader;
  readonly holders: Map<WorldNode, number>;
}

/** Takes each chain again and asks whether it has all blocks that its nodes called final. */
export const checkValidity: CreateChecker = ({ chronicle, retaken, broken }) => {
  const finals = new Map<string, FinalBlock>();

  return {
    watch(node) {
      if (!node.isHonest) return;
      chronicle.watch(node);
      node.host.events.on('finalized', ({ header }) => {
        const final = finals.get(header.id) ?? { header, holders: new Map() };
        final.holders.set(node, node.storeGeneration);
        finals.set(header.id, final);
      });
    },
    async finish() {
      const chains = await retaken();
      for (const { node, refusal } of chains) if (refusal !== null) broken(node, `a fresh node refuses ${refusal}`);
      for (const { header, holders } of finals.values()) {
        if (![...holders].some(([node, generation]) => isKept(node, generation))) continue;
        if (chains.length === 0 || chains.some(({ tree }) => tree.get(header.id) !== undefined)) continue;
        broken(null, `${nameOf(header)} was final and is on no chain that a fresh node takes`);
      }
    },
  };
};

/** What only a disk held that has lost it since is nowhere any more, and no protocol can bring it back. */
function isKept({ storeGeneration, isStoreWhole }: WorldNode, generation: number): boolean {
  return storeGeneration === generation && isStoreWhole !== false;
}
