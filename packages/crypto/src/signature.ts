/**
 * Form of a signature, judged before any curve arithmetic.
 *
 * @module
 */
import { type Bytes, compareBytes } from '@fiducia/consensus';
import { hexToBytes } from '@noble/hashes/utils.js';
import { PUBLIC_KEY_BYTES } from './address.ts';
import type { ClaimCode } from './refusals.ts';

/** Length of the compact form of r and s in bytes. */
const COMPACT_BYTES = 64;

/** Length of a signature in bytes: compressed key, then r, then s. */
export const SIGNATURE_BYTES = PUBLIC_KEY_BYTES + COMPACT_BYTES;

/** Order of the group, SEC 2 section 2.4.1. */
export const GROUP_ORDER: Bytes = /* @__PURE__ */ hexToBytes(
  'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141',
);

/** Half of the order, rounded down: the greatest s that counts as low. */
const HALF_ORDER: Bytes = /* @__PURE__ */ hexToBytes(
  '7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0',
);

/** A well-formed signature, taken apart. */
export interface SignatureParts {
  /** Compressed key, 33 bytes; whether it is a point of the curve is not known yet. */
  readonly publicKey: Bytes;
  /** r and s, 64 bytes, s low. */
  readonly compact: Bytes;
}

/**
 * Takes a signature apart or says what is wrong with its form. Total on bytes of any length.
 *
 * The range checks are made here and not left to the backends: libsecp256k1, OpenSSL and portable code
 * differ in which malformed value is an error, which is `false`, and whether a high s is accepted.
 */
export function parseSignature(signature: Bytes): SignatureParts | ClaimCode {
  if (signature.length !== SIGNATURE_BYTES) return 'SIGNATURE_MALFORMED';
  const prefix = signature[0];
  if (prefix !== 2 && prefix !== 3) return 'SIGNATURE_MALFORMED';

  const compact = signature.subarray(PUBLIC_KEY_BYTES);
  const r = compact.subarray(0, COMPACT_BYTES / 2);
  const s = compact.subarray(COMPACT_BYTES / 2);
  for (const scalar of [r, s]) {
    if (compareBytes(scalar, GROUP_ORDER) >= 0 || scalar.every((byte) => byte === 0)) return 'SIGNATURE_MALFORMED';
  }
  if (compareBytes(s, HALF_ORDER) > 0) return 'SIGNATURE_HIGH_S';
  return { publicKey: signature.subarray(0, PUBLIC_KEY_BYTES), compact };
}
