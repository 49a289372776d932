/**
 * VRF in the scope of a chain: claims, evaluation, proof of possession.
 *
 * @module
 */
import { type ActorId, type Bytes, type Claim, compareBytes } from '@fiducia/consensus';
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { addressOf, PUBLIC_KEY_BYTES } from '../address.ts';
import { CryptoError } from '../errors.ts';
import type { ClaimCode } from '../signature.ts';
import { VRF_OUTPUT_BYTES, verifyEcvrf } from './ecvrf.ts';
import { SECP256K1_TAI } from './suite.ts';

/** First bytes of what a proof of possession is about. */
const POSSESSION_LABEL = 'vrf/pop/v1';

const CHAIN_ID_BYTES = 32;
const ADDRESS = /^[0-9a-f]{40}$/;

/**
 * Judges a claim of kind `vrf`: `null` if it holds, otherwise why not. Total.
 *
 * @param prefix - Hash of the scope with the label `vrf`, put before the input (docs/spec/contract.md, section 7).
 */
export function checkVrf(claim: Extract<Claim, { kind: 'vrf' }>, prefix: Bytes): ClaimCode | null {
  const { actor, publicKey, alpha, output, proof } = claim;
  if (publicKey.length !== PUBLIC_KEY_BYTES || output.length !== VRF_OUTPUT_BYTES) return 'VRF_MALFORMED';
  // K2: two kinds of nonces from one key must not meet, so the account's key is no VRF key.
  if (addressOf(publicKey) === actor) return 'VRF_KEY_REUSED';
  const proven = verifyEcvrf(SECP256K1_TAI, publicKey, concatBytes(prefix, alpha), proof);
  if (proven === null) return 'VRF_INVALID';
  return compareBytes(proven, output) === 0 ? null : 'VRF_OUTPUT_MISMATCH';
}

/**
 * What a validator evaluates its VRF on to show that it holds the key it registers:
 * `"vrf/pop/v1" ‖ chainId(32) ‖ account(20)`.
 *
 * The host's signer evaluates it in the scope of whoever checks the registration, usually the ledger.
 *
 * @param account - Address of the validator, 40 lower-case hexadecimal digits.
 * @throws {@link CryptoError} with `POSSESSION_INVALID`.
 * @see docs/spec/randomness-vrf.md, rule K1.
 * @example
 * ```ts
 * const alpha = vrfPossessionAlpha(chainId, signer.self);
 * const { output, proof } = await signer.proveVrf({ chainId, era: 0, protocol: 'ledger@1' }, alpha);
 * ```
 */
export function vrfPossessionAlpha(chainId: Bytes, account: ActorId): Bytes {
  if (chainId.length !== CHAIN_ID_BYTES) {
    throw new CryptoError({ code: 'POSSESSION_INVALID', reason: `chain id has ${chainId.length} bytes, not 32` });
  }
  if (!ADDRESS.test(account)) {
    throw new CryptoError({ code: 'POSSESSION_INVALID', reason: 'the account is no address' });
  }
  return concatBytes(utf8ToBytes(POSSESSION_LABEL), chainId, hexToBytes(account));
}
