/**
 * Integer division.
 *
 * @module
 */

/** Largest integer of at most `dividend / divisor`; exact for safe integers, `dividend` ≥ 0 and `divisor` ≥ 1. */
export function floorDivide(dividend: number, divisor: number): number {
  // Without the remainder the division is exact.
  return (dividend - (dividend % divisor)) / divisor;
}
