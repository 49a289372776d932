/**
 * I7: each block was produced by the owner of its slot, or meets its target.
 *
 * Fresh rules judge every block that an honest node took, on states derived from genesis. Where there is an oracle, it
 * judges as well, since rules that are wrong are wrong here too.
 *
 * @see docs/spec/simulation.md, section 7, I7.
 * @module
 */
import { type CreateChecker, nameOf } from './checker.ts';
import { refuseHeader } from './replica.ts';

/** Judges blocks when they are taken by the clock of the taker, and at the end by everything else. */
export const checkEligibility: CreateChecker = ({ world, chronicle, derived, broken }) => {
  const { oracle, simulation, crypto } = world;

  return {
    watch(node) {
      if (!node.isHonest) return;
      chronicle.watch(node);
      const aheadMaxMs = oracle?.aheadMaxMs;
      if (aheadMaxMs === undefined) return;
      node.host.events.on('blockImported', ({ header }) => {
        const now = node.now?.() ?? simulation.now();
        const aheadMs = header.timestamp - now;
        if (aheadMs > aheadMaxMs) broken(node.name, `${nameOf(header)} was taken ${aheadMs} ms before its time`);
      });
    },
    async finish() {
      const tree = await derived();
      for (const { header, node } of chronicle.blocks.values()) {
        const parent = tree.get(header.parentId);
        if (parent === undefined) continue;
        const refusal =
          (await refuseHeader({ header }, tree.groundFor(parent), crypto)) ??
          oracle?.whyIneligible?.(tree.judged(header, parent)) ??
          null;
        if (refusal !== null) broken(node, `${nameOf(header)} was taken although ${refusal}`);
      }
    },
  };
};
