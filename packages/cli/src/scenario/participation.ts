/**
 * Who votes in which round (trust TV15, energy DM8).
 *
 * @module
 */

/** Probability of a vote in percent, one per node: the enthusiasm that the paper models (trust G-11). */
const PARTICIPATION_PERCENT: readonly number[] = [51, 58, 61, 64, 69, 100];

/**
 * Whether a node casts its vote in a round: deterministic, spread evenly, with the frequency of its
 * participation.
 *
 * @param nodeIndex - 0 to 5.
 * @param round - Height of the block that is to include the vote, from 1.
 */
export function participatesIn(nodeIndex: number, round: number): boolean {
  const percent = PARTICIPATION_PERCENT[nodeIndex];
  if (percent === undefined) throw new RangeError(`there is no node with index ${nodeIndex}`);
  return (round * percent) % 100 < percent;
}
