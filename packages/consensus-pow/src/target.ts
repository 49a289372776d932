/**
 * Targets and work: what a hash must not exceed, and what meeting it is worth (pos-pow H1 to H3, F1).
 *
 * @module
 */
import { type Bytes, ConsensusError, type HashFunction } from '@fiducia/consensus';

/** Greatest target: every hash meets it. */
export const TARGET_MAX = (1n << 256n) - 1n;

/** Name of the work hash in claims and mining requests: SHA-256 applied twice (pos-pow H1). */
export const WORK_ALGORITHM = 'sha256d';

/** Length of a nonce; it is the whole seal (pos-pow H1). */
export const NONCE_BYTES = 8;

const TARGET_BYTES = 32;

/**
 * The hash that must not exceed the target: SHA-256(SHA-256(sealHash ‖ nonce)).
 *
 * The seal hash stands for all of the header but the nonce, so work on it is work on the header.
 * @see docs/spec/pos-pow.md, rule H1.
 */
export function powHash(sealHash: Bytes, nonce: Bytes, sha256: HashFunction): Bytes {
  const input = new Uint8Array(sealHash.length + nonce.length);
  input.set(sealHash);
  input.set(nonce, sealHash.length);
  return sha256(sha256(input));
}

/**
 * Whether a hash, read as a big-endian integer, is at most the target.
 *
 * @param hash - 32 bytes, e.g. of {@link powHash}.
 * @see docs/spec/pos-pow.md, rule H2.
 */
export function meetsTarget(hash: Bytes, target: bigint): boolean {
  return readBigEndian(hash) <= target;
}

/**
 * Expected number of hashes until one meets the target: floor(2^256 / (target + 1)).
 *
 * @param target - 0 to {@link TARGET_MAX}; 0 never occurs on a chain.
 * @returns 1 to 2^256.
 * @throws `ConsensusError` with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/pos-pow.md, rule F1.
 * @example
 * ```ts
 * workOf(2n ** 240n - 1n); // 65_536n
 * ```
 */
export function workOf(target: bigint): bigint {
  requireTarget('target', target, 0n);
  // Both sides are positive, so the division floors.
  return (TARGET_MAX + 1n) / (target + 1n);
}

/**
 * Encodes a target as the header carries it: 32 plain big-endian bytes.
 *
 * @throws `ConsensusError` with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/pos-pow.md, rule H3.
 */
export function encodeTarget(target: bigint): Bytes {
  requireTarget('target', target, 0n);
  const bytes = new Uint8Array(TARGET_BYTES);
  const view = new DataView(bytes.buffer);
  let rest = target;
  // What is above 64 bits is cut off.
  for (let index = TARGET_BYTES - 8; index >= 0; index -= 8, rest >>= 64n) view.setBigUint64(index, rest);
  return bytes;
}

/** Decodes a header's target. Total: `undefined` for anything but 32 bytes (pos-pow H3). */
export function decodeTarget(bytes: Bytes): bigint | undefined {
  return bytes.length === TARGET_BYTES ? readBigEndian(bytes) : undefined;
}

/** Returns a target within `min` and {@link TARGET_MAX}, or throws `VALUE_OUT_OF_RANGE`. */
export function requireTarget(name: string, value: bigint, min: bigint): bigint {
  if (value >= min && value <= TARGET_MAX) return value;
  throw new ConsensusError({ code: 'VALUE_OUT_OF_RANGE', name, value, expected: `${min} to 2^256 - 1` });
}

function readBigEndian(bytes: Bytes): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let value = 0n;
  let index = 0;
  for (; index + 8 <= bytes.length; index += 8) value = (value << 64n) | view.getBigUint64(index);
  for (; index < bytes.length; index++) value = (value << 8n) | BigInt(view.getUint8(index));
  return value;
}
