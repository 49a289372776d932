/**
 * The choice between two branches of one protocol (contract H-20).
 *
 * @module
 */
import type { Tip } from './header.ts';
import type { ConsensusRules } from './rules.ts';

/**
 * Compares two tips under the rules of one protocol: what the plugin prefers, then the heavier branch, then the lower
 * id. A strict total order if `compareTips` is one, so that the best of several does not depend on their order.
 *
 * A gadget's preference and a later era come first; neither is known here.
 *
 * @returns Positive if `a` is better, negative if `b` is; 0 only for one and the same block.
 * @see docs/spec/contract.md, rule H-20.
 * @example
 * ```ts
 * const best = tips.reduce((a, b) => (compareHeads(rules, b, a) > 0 ? b : a));
 * ```
 */
export function compareHeads<State>(
  rules: Pick<ConsensusRules<State>, 'compareTips'>,
  a: Tip<State>,
  b: Tip<State>,
): number {
  const preference = rules.compareTips?.(a, b) ?? 0;
  if (preference !== 0) return preference;
  if (a.totalWeight !== b.totalWeight) return a.totalWeight > b.totalWeight ? 1 : -1;
  if (a.header.id === b.header.id) return 0;
  return a.header.id < b.header.id ? 1 : -1;
}
