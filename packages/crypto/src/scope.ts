/**
 * Domain separation: what exactly is signed.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { CryptoError } from './errors.ts';

/** First bytes of every scope; the number is the version of the signature scheme. */
const SCOPE_PREFIX = 'fiducia/1';

const CHAIN_ID_BYTES = 32;
const UINT32_MAX = 2 ** 32 - 1;

/**
 * Hash of the place where a signature counts:
 * `SHA-256("fiducia/1" ‖ chainId(32) ‖ u32 era ‖ len·protocol ‖ len·label)`, lengths as 32-bit big-endian.
 *
 * @throws {@link CryptoError} with `SCOPE_INVALID`.
 * @see docs/spec/contract.md, section 7.
 */
export function scopeHash(scope: SigningScope, domain: string): Bytes {
  if (scope.chainId.length !== CHAIN_ID_BYTES) {
    throw new CryptoError({ code: 'SCOPE_INVALID', reason: `chain id has ${scope.chainId.length} bytes, not 32` });
  }
  if (!Number.isInteger(scope.era) || scope.era < 0 || scope.era > UINT32_MAX) {
    throw new CryptoError({ code: 'SCOPE_INVALID', reason: `era ${scope.era} is not an unsigned 32-bit integer` });
  }
  const protocol = utf8ToBytes(scope.protocol);
  const label = utf8ToBytes(domain);
  return sha256(
    concatBytes(
      utf8ToBytes(SCOPE_PREFIX),
      scope.chainId,
      uint32(scope.era),
      uint32(protocol.length),
      protocol,
      uint32(label.length),
      label,
    ),
  );
}

/**
 * The 32 bytes that are signed: `SHA-256(scopeHash ‖ data)`.
 *
 * Chain, era, protocol and label are part of it, so no signature is valid in two places.
 *
 * @param domain - Label of the kind of artefact, e.g. `seal`, `message`, `transaction`.
 * @throws {@link CryptoError} with `SCOPE_INVALID`.
 * @see docs/spec/contract.md, section 7.
 */
export function signingHash(scope: SigningScope, domain: string, data: Bytes): Bytes {
  return sha256(concatBytes(scopeHash(scope, domain), data));
}

function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
