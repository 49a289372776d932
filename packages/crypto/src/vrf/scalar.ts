/**
 * Scalars and field elements as big-endian bytes.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** Length of a scalar and of a field element in bytes. */
export const SCALAR_BYTES = 32;

/** Reads bytes as a big-endian integer; no bytes are 0. */
export function bigintOfBytes(bytes: Bytes): bigint {
  return BigInt(`0x0${bytesToHex(bytes)}`);
}

/** Writes a value below 2^256 as 32 bytes. */
export function bytesOfBigint(value: bigint): Bytes {
  return hexToBytes(value.toString(16).padStart(SCALAR_BYTES * 2, '0'));
}
