/**
 * Quorum arithmetic over weights.
 *
 * @module
 */
import { ConsensusError } from './errors.ts';
import type { Validator } from './header.ts';

/** A fraction of weight that a quorum must *exceed*: at least 0 and below 1. */
export interface Threshold {
  /** At least `0n` and below `denominator`. */
  readonly numerator: bigint;
  /** At least `1n`. */
  readonly denominator: bigint;
}

/**
 * The usual quorum: strictly more than two thirds. Two such quorums share more than a third of the
 * weight, so they share an honest member as long as less than a third is faulty.
 */
export const TWO_THIRDS: Threshold = { numerator: 2n, denominator: 3n };

/**
 * Whether `weight` is strictly more than `threshold` of `total`. Nothing is a quorum of nothing.
 *
 * @param weight - Weight of *distinct* members; counting one twice forges a quorum.
 * @param total - Weight of the whole set.
 * @throws {@link ConsensusError} with `VALUE_OUT_OF_RANGE` unless 0 ≤ `weight` ≤ `total` and the
 *   threshold is a fraction below 1: more weight than there is means that votes were counted twice.
 * @example
 * ```ts
 * isQuorum(67n, 100n); // true
 * isQuorum(2n, 3n); // false: exactly two thirds
 * isQuorum(51n, 100n, { numerator: 1n, denominator: 2n }); // true
 * ```
 */
export function isQuorum(weight: bigint, total: bigint, threshold: Threshold = TWO_THIRDS): boolean {
  const { numerator, denominator } = threshold;
  if (denominator < 1n) refuse('denominator', denominator, 'at least 1');
  if (numerator < 0n || numerator >= denominator) refuse('numerator', numerator, `0 to ${denominator - 1n}`);
  if (total < 0n) refuse('total', total, 'at least 0');
  if (weight < 0n || weight > total) refuse('weight', weight, `0 to ${total}`);
  return weight * denominator > total * numerator;
}

/** Sum of the weights of a set. */
export function sumWeights(validators: readonly Validator[]): bigint {
  let sum = 0n;
  for (const validator of validators) sum += validator.weight;
  return sum;
}

function refuse(name: string, value: bigint, expected: string): never {
  throw new ConsensusError({ code: 'VALUE_OUT_OF_RANGE', name, value, expected });
}
