/**
 * VRF in the scope of a chain: claims.
 *
 * @module
 */
import { type Bytes, type Claim, compareBytes } from '@fiducia/consensus';
import { concatBytes } from '@noble/hashes/utils.js';
import { addressOf, PUBLIC_KEY_BYTES } from '../address.ts';
import type { ClaimCode } from '../refusals.ts';
import { VRF_OUTPUT_BYTES, type Vrf } from './ecvrf.ts';

/**
 * Judges a claim of kind `vrf`: `null` if it holds, otherwise why not. Total.
 *
 * @param prefix - Hash of the scope with the label `vrf`, put before the input (docs/spec/contract.md, section 7).
 */
export function checkVrf(claim: Extract<Claim, { kind: 'vrf' }>, prefix: Bytes, vrf: Vrf): ClaimCode | null {
  const { actor, publicKey, alpha, output, proof } = claim;
  if (publicKey.length !== PUBLIC_KEY_BYTES || output.length !== VRF_OUTPUT_BYTES) return 'VRF_MALFORMED';
  // K2: two kinds of nonces from one key must not meet, so the account's key is no VRF key.
  if (addressOf(publicKey) === actor) return 'VRF_KEY_REUSED';
  const proven = vrf.verify(publicKey, concatBytes(prefix, alpha), proof);
  if (proven === null) return 'VRF_INVALID';
  return compareBytes(proven, output) === 0 ? null : 'VRF_OUTPUT_MISMATCH';
}
