/**
 * Integer division.
 *
 * @module
 */

/** Quotient of a non-negative integer and a positive one, rounded down; exact for all safe integers. */
export function floorDivide(dividend: number, divisor: number): number {
  // Without the remainder the division is exact.
  return (dividend - (dividend % divisor)) / divisor;
}
