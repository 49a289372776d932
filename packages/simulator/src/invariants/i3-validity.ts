/**
 * I3: every final block, and at the end every adopted one, re-executes on a fresh node to its state root.
 *
 * @see docs/spec/simulation.md, section 7, I3.
 * @module
 */
import type { ConsensusHeader } from '@fiducia/consensus';
import { type CreateChecker, nameOf } from './checker.ts';

/** Takes each chain again and asks whether it has all blocks that its nodes called final. */
export const checkValidity: CreateChecker = ({ chronicle, retaken, broken }) => {
  const finals = new Map<string, ConsensusHeader>();

  return {
    watch(node) {
      if (!node.isHonest) return;
      chronicle.watch(node);
      node.host.events.on('finalized', ({ header }) => finals.set(header.id, header));
    },
    async finish() {
      const chains = await retaken();
      for (const { node, refusal } of chains) if (refusal !== null) broken(node, `a fresh node refuses ${refusal}`);
      for (const header of finals.values()) {
        if (chains.length === 0 || chains.some(({ tree }) => tree.get(header.id) !== undefined)) continue;
        broken(null, `${nameOf(header)} was final and is on no chain that a fresh node takes`);
      }
    },
  };
};
