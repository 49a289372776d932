/**
 * Quorum arithmetic over weights.
 *
 * @module
 */
import type { Validator } from './header.ts';

/** A fraction of weight that a quorum must *exceed*. */
export interface Threshold {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The usual quorum: strictly more than two thirds. */
export const TWO_THIRDS: Threshold = { numerator: 2n, denominator: 3n };

/** Whether `weight` is strictly more than `threshold` of `total`. */
export function isQuorum(weight: bigint, total: bigint, threshold: Threshold = TWO_THIRDS): boolean {
  return weight * threshold.denominator > total * threshold.numerator;
}

/** Sum of the weights of a set. */
export function sumWeights(validators: readonly Validator[]): bigint {
  let sum = 0n;
  for (const validator of validators) sum += validator.weight;
  return sum;
}
