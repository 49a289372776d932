/**
 * The compact form of targets, for exchange with tools of other chains only (pos-pow H4).
 *
 * @module
 */
import { requireTarget, TARGET_MAX } from './target.ts';

const MANTISSA_BYTES = 3n;
const MANTISSA_MASK = 0xff_ff_ff;
/** Sign bit of the form; a mantissa with it would be negative. */
const MANTISSA_SIGN = 0x80_00_00;

/**
 * Decodes `bits`: one byte exponent e, three bytes mantissa m, target = m · 256^(e − 3).
 *
 * @param bits - Unsigned 32-bit integer.
 * @returns `undefined` for a negative, zero or too large target, and for anything but 32 bits.
 * @see docs/spec/pos-pow.md, rule H4.
 * @example
 * ```ts
 * targetFromCompact(0x1d00ffff); // 0xffffn << 208n
 * ```
 */
export function targetFromCompact(bits: number): bigint | undefined {
  if (!Number.isInteger(bits) || bits < 0 || bits >= 2 ** 32) return undefined;
  const mantissa = bits & MANTISSA_MASK;
  if (mantissa >= MANTISSA_SIGN) return undefined;
  const shift = (BigInt(bits >>> 24) - MANTISSA_BYTES) * 8n;
  // A negative shift to the left is a shift to the right, which drops what the exponent leaves no room for.
  const target = BigInt(mantissa) << shift;
  return target === 0n || target > TARGET_MAX ? undefined : target;
}

/**
 * Encodes a target, cutting off what three bytes do not hold.
 *
 * @param target - 1 to `TARGET_MAX`.
 * @returns Unsigned 32-bit integer.
 * @throws `ConsensusError` with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/pos-pow.md, rule H4.
 */
export function compactFromTarget(target: bigint): number {
  requireTarget('target', target, 1n);
  const digits = target.toString(16).length;
  let exponent = BigInt((digits + 1) >> 1);
  let mantissa = target >> ((exponent - MANTISSA_BYTES) * 8n);
  if (mantissa >= BigInt(MANTISSA_SIGN)) {
    mantissa >>= 8n;
    exponent += 1n;
  }
  return Number((exponent << 24n) | mantissa);
}
