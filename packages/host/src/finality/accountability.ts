/**
 * Whose proof of a rival block counts (contract H-46).
 *
 * @module
 */
import { type ActiveEra, finalizerOf, tipFor } from '../era/schedule.ts';
import { type ClaimGroup, signersOf } from '../import/assess.ts';
import { EVIDENCE_WINDOW_BLOCKS } from '../limits.ts';
import type { TreeNode } from '../tree/block-tree.ts';

/** A proof that holds, of a block that excludes the final one. */
export interface RivalProof {
  /** What was found to hold. */
  readonly groups: readonly ClaimGroup[];
  /** Era whose rules judged it. */
  readonly era: ActiveEra;
  /** Block whose state names those who had a say. */
  readonly parent: TreeNode;
}

/**
 * Whether somebody can still lose something for a proof: all who had a say if that is not too long ago, later only those
 * who have a say now. Keys that outlived their seats are for sale, and with enough of them anybody could stop every node.
 * Those with more weight than the protocol tolerates can stop the chain anyway, by silence.
 *
 * @param finalized - Last irreversible block, and the era it belongs to.
 */
export function isAnsweredFor(
  { groups, era, parent }: RivalProof,
  finalized: { readonly node: TreeNode; readonly era: ActiveEra },
): boolean {
  const finality = finalizerOf(era)?.rules.finality;
  const accountable = finality?.kind === 'proof' ? finality.accountableBlocks : undefined;
  const age = finalized.node.tip.header.height - parent.tip.header.height;
  if (age <= (accountable ?? EVIDENCE_WINDOW_BLOCKS)) return true;

  const present = finalizerOf(finalized.era) ?? finalized.era.production;
  const signers = new Set(groups.flatMap(({ claims }) => claims.flatMap(signersOf)));
  let total = 0n;
  let signed = 0n;
  for (const { id, weight } of present.rules.validators(tipFor(finalized.node, present).state)) {
    total += weight;
    if (signers.has(id)) signed += weight;
  }
  const { numerator, denominator } = present.plugin.traits.faults;
  return signed * BigInt(denominator) > total * BigInt(numerator);
}
