/**
 * I4: a transaction occurs at most once per chain, nonces step by one, the supply is what was issued less what was
 * burnt, no balance is negative.
 *
 * @see docs/spec/simulation.md, section 7, I4.
 * @module
 */
import { isSimulationError } from '../errors.ts';
import { requireIntegrity } from '../invariants.ts';
import { type CreateChecker, soundNodes } from './checker.ts';

/** Reads the books of each chain at the end of a run. */
export const checkIntegrity: CreateChecker = ({ world, broken }) => ({
  async finish() {
    const heads = new Set<string>();
    for (const node of soundNodes(world)) {
      const { id } = node.host.head().header;
      if (heads.has(id)) continue;
      heads.add(id);
      try {
        await requireIntegrity(node);
      } catch (thrown) {
        if (!isSimulationError(thrown, 'INVARIANT_BROKEN')) throw thrown;
        broken(node.name, thrown.data.code === 'INVARIANT_BROKEN' ? thrown.data.reason : thrown.message);
      }
    }
  },
});
