/**
 * Addresses: short canonical names of keys.
 *
 * @module
 */
import type { ActorId, Bytes, HashFunction } from '@fiducia/consensus';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { CryptoError } from './errors.ts';

/** Length of a compressed public key in bytes. */
export const PUBLIC_KEY_BYTES = 33;

/** Bytes of the key's hash that form an address: 160 bits, so that nobody finds a second key for one. */
const ADDRESS_BYTES = 20;

/**
 * Name of a key: lower-case hex of the first 20 bytes of SHA-256 of the compressed key.
 *
 * Whether the bytes are a point of the curve is not checked here, because an address is compared with
 * a key that a signature check judges anyway.
 *
 * @param publicKey - Compressed key, 33 bytes.
 * @returns 40 hexadecimal digits.
 * @throws {@link CryptoError} with `PUBLIC_KEY_INVALID` for any other length.
 * @see docs/spec/contract.md, section 7.
 */
export function addressOf(publicKey: Bytes): ActorId {
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new CryptoError({ code: 'PUBLIC_KEY_INVALID', length: publicKey.length });
  }
  return hashAddress(publicKey, sha256);
}

/** {@link addressOf} a key of the right length, with a chosen SHA-256. */
export function hashAddress(publicKey: Bytes, hash: HashFunction): ActorId {
  return bytesToHex(hash(publicKey).subarray(0, ADDRESS_BYTES));
}
