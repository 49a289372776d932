/**
 * Deterministic nonces.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { bigintOfBytes, bytesOfBigint, SCALAR_BYTES } from './scalar.ts';

/**
 * Nonce of RFC 6979 section 3.2 with SHA-256, for an order of exactly 256 bits.
 *
 * @param secret - Secret scalar, 1 to `order` minus 1.
 * @returns 1 to `order` minus 1; equal arguments give equal nonces.
 */
export function computeNonce(secret: bigint, message: Bytes, order: bigint): bigint {
  const reduced = bigintOfBytes(sha256(message)) % order;
  const seed = concatBytes(bytesOfBigint(secret), bytesOfBigint(reduced));
  let value: Bytes = new Uint8Array(SCALAR_BYTES).fill(1);
  let key: Bytes = new Uint8Array(SCALAR_BYTES);
  for (const round of [0, 1]) {
    key = hmac(sha256, key, concatBytes(value, Uint8Array.of(round), seed));
    value = hmac(sha256, key, value);
  }
  while (true) {
    value = hmac(sha256, key, value);
    const nonce = bigintOfBytes(value);
    if (nonce >= 1n && nonce < order) return nonce;
    key = hmac(sha256, key, concatBytes(value, Uint8Array.of(0)));
    value = hmac(sha256, key, value);
  }
}
