import { PUBLIC_KEY_BYTES } from '../../src/index.ts';

/** Order of secp256k1. */
export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const SCALAR_BYTES = 32;

/** Values at which a check of ranges can be wrong by one. */
export const SCALARS = {
  zero: 0n,
  one: 1n,
  half: ORDER >> 1n,
  aboveHalf: (ORDER >> 1n) + 1n,
  belowOrder: ORDER - 1n,
  order: ORDER,
  max: 2n ** 256n - 1n,
} as const;

export function bigintOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

export function bytesOf(value: bigint, length = SCALAR_BYTES): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 255n));
}

/** Replaces r or s by a value at the edge of its range. */
export function withScalar(signature: Uint8Array, which: 'r' | 's', value: keyof typeof SCALARS): Uint8Array {
  const changed = Uint8Array.from(signature);
  changed.set(bytesOf(SCALARS[value]), PUBLIC_KEY_BYTES + (which === 'r' ? 0 : SCALAR_BYTES));
  return changed;
}

/** The second encoding of the same signature: s replaced by the order minus s. */
export function withHighS(signature: Uint8Array): Uint8Array {
  const offset = PUBLIC_KEY_BYTES + SCALAR_BYTES;
  const changed = Uint8Array.from(signature);
  changed.set(bytesOf(ORDER - bigintOf(signature.subarray(offset))), offset);
  return changed;
}
