/**
 * Domain separation: what exactly is signed.
 *
 * @module
 */
import { type Bytes, encodeSigningScope, type HashFunction, isConsensusError } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { CryptoError } from './errors.ts';

/** Scopes remembered: a chain has a handful of protocols and labels at a time. */
const REMEMBERED_MAX = 64;

/**
 * Hash of the place where a signature counts:
 * `SHA-256("fiducia/1" ‖ chainId(32) ‖ u32 era ‖ len·protocol ‖ len·label)`, lengths as 32-bit big-endian.
 *
 * @throws {@link CryptoError} with `SCOPE_INVALID`.
 * @see docs/spec/contract.md, section 7.
 */
function scopeHash(scope: SigningScope, domain: string, hash: HashFunction = sha256): Bytes {
  try {
    return hash(encodeSigningScope(scope, domain));
  } catch (error) {
    if (!isConsensusError(error, 'VALUE_OUT_OF_RANGE')) throw error;
    throw new CryptoError({ code: 'SCOPE_INVALID', reason: error.message });
  }
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

/**
 * Scope hashes, remembered: every signature of a chain is made in one of a few scopes, and hashing the
 * scope each time would cost as much as everything else around a native signature check.
 */
export class ScopeHashes {
  readonly #known = new Map<string, Bytes>();
  readonly #hash: HashFunction;

  constructor(hash: HashFunction) {
    this.#hash = hash;
  }

  /**
   * {@link scopeHash} of a place; never change what you got.
   *
   * @throws {@link CryptoError} with `SCOPE_INVALID`.
   */
  of(scope: SigningScope, domain: string): Bytes {
    const { chainId, era, protocol } = scope;
    // The length tells where the protocol ends and the label begins.
    const key = `${bytesToHex(chainId)}/${era}/${protocol.length}/${protocol}/${domain}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const fresh = scopeHash(scope, domain, this.#hash);
    if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
    this.#known.set(key, fresh);
    return fresh;
  }
}
