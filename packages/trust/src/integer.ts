/**
 * Integers of the model: units, floor division and the checks at every public boundary. Nothing that reaches
 * a state is a fraction, or depends on locale or order of iteration (trust N3).
 *
 * @module
 */
import { TrustError } from './errors.ts';

/** Trust in millionths (µ) of full trust; 10 000 µ are one point. A safe integer (trust N1). */
export type Micro = number;

/** A fraction in ten-thousandths; an integer from 0 to 10 000 (trust N1). */
export type BasisPoints = number;

/**
 * One unit of participation, numbered from 1; 0 stands for genesis. In a chain it is a block height,
 * elsewhere whatever happens regularly: a measuring interval, a request batch, a day.
 */
export type Round = number;

/** Number of an epoch, see {@link epochOf}: 0 for the first rounds, −1 for round 0 alone. */
export type Epoch = number;

/** U: full trust, 100 points (trust N1). */
export const FULL_TRUST_MICRO: Micro = 1_000_000;

/** Denominator of every {@link BasisPoints} value. */
export const BASIS_POINTS = 10_000;

/**
 * Divides rounding toward −∞; the only division of the model, so that every node gets the same bits.
 *
 * Exact for all safe integers, and never −0.
 *
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE` unless both are safe integers, and with
 *   `DIVISOR_NOT_POSITIVE` if `divisor` is below 1.
 * @see docs/spec/trust.md, rule N2.
 * @example
 * ```ts
 * floorDivide(-5, 2); // -3
 * ```
 */
export function floorDivide(dividend: number, divisor: number): number {
  requireInteger('dividend', dividend, Number.MIN_SAFE_INTEGER);
  requireInteger('divisor', divisor, Number.MIN_SAFE_INTEGER);
  if (divisor < 1) throw new TrustError({ code: 'DIVISOR_NOT_POSITIVE', value: divisor });
  // Without the remainder the division is exact, and zero comes out as +0: the difference of equal numbers.
  const remainder = dividend % divisor;
  const quotient = (dividend - remainder) / divisor;
  return remainder < 0 ? quotient - 1 : quotient;
}

/** Limits `value` to `min`..`max`; never −0 if `min` is not. */
export function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(value, max));
}

/**
 * Refuses anything but a safe integer of `min`..`max` (trust N4): NaN, fractions and numbers beyond
 * 2^53 would give different results, silently, in different orders of evaluation.
 */
export function requireInteger(name: string, value: number, min = 0, max: number = Number.MAX_SAFE_INTEGER): number {
  if (isIntegerWithin(value, min, max)) return value;
  throw new TrustError({ code: 'VALUE_OUT_OF_RANGE', name, value, expected: `integer ${min}..${max}` });
}

/** Refuses a negative amount of tokens or votes (trust N4). */
export function requireAmount(name: string, value: bigint, min: bigint): bigint {
  if (typeof value === 'bigint' && value >= min) return value;
  throw new TrustError({ code: 'VALUE_OUT_OF_RANGE', name, value, expected: `bigint >= ${min}` });
}

/** Whether `value` is a safe integer of `min`..`max`. */
export function isIntegerWithin(value: unknown, min: number, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}
