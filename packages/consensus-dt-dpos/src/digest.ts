/**
 * The header digest: the slot, the VRF evaluation of its leader if seeds come from such, and on boundary
 * blocks the hash of the committee that takes over.
 *
 * @module
 */
import {
  type Bytes,
  ByteWriter,
  decodeSlotDigest,
  encodeSlotDigest,
  type HashFunction,
  type VrfEvaluation,
} from '@fiducia/consensus';
import type { DtDposConfig } from './config.ts';
import type { DtDposState, EpochElection, Slot } from './state.ts';

/** Contents of a header digest. */
export interface DtDposDigest {
  /** Slot of the block, 0 to 2^48 - 1. */
  readonly slot: Slot;
  /** VRF output and proof of the author for the slot; present exactly with `seedMode` `vrf` (randomness-vrf R1). */
  readonly vrf?: VrfEvaluation | undefined;
  /**
   * SHA-256 of the committee of the next epoch with its VRF keys, 32 bytes; present exactly on the last block of an
   * epoch if `electionLagEpochs` is at least 1. Lets a chain of headers stand alone (trust E3).
   */
  readonly nextValidators?: Bytes | undefined;
}

/**
 * Encodes a digest canonically: 6 bytes, 113 more with a VRF evaluation, and 32 more with a hash.
 *
 * @example
 * ```ts
 * decodeDigest(encodeDigest({ slot: 17 })); // { slot: 17 }
 * ```
 */
export function encodeDigest({ slot, vrf, nextValidators }: DtDposDigest): Bytes {
  return encodeSlotDigest({ slot, vrf, commitment: nextValidators });
}

/** Decodes a digest. Total: `undefined` for anything that {@link encodeDigest} does not write. */
export function decodeDigest(bytes: Bytes): DtDposDigest | undefined {
  const digest = decodeSlotDigest(bytes);
  if (digest === undefined) return undefined;
  const { slot, vrf, commitment: nextValidators } = digest;
  return { slot, ...(vrf && { vrf }), ...(nextValidators && { nextValidators }) };
}

/**
 * Digest that a block in `slot` on a parent with `state` must carry.
 *
 * @param vrf - What the leader evaluated; only whether it is sound is for the claim to say.
 */
export function digestFor(
  state: DtDposState,
  slot: Slot,
  vrf: VrfEvaluation | undefined,
  config: DtDposConfig,
  sha256: HashFunction,
): DtDposDigest {
  const next = state.upcoming[0];
  if (!namesNextValidators(state.height + 1, config) || next === undefined) return { slot, vrf };
  return { slot, vrf, nextValidators: hashCommittee(next, sha256) };
}

/** Whether the digest of a block at `height` names the next committee. */
export function namesNextValidators(height: number, config: DtDposConfig): boolean {
  return config.electionLagEpochs > 0 && height % config.trust.epochRounds === 0;
}

/** Who may vote, then the keys that proofs are checked with, if headers carry any. */
function hashCommittee({ validators, seats }: EpochElection, sha256: HashFunction): Bytes {
  const writer = new ByteWriter().uint(validators.length, 4);
  for (const { id, weight } of validators) writer.text(id).bigint(weight);
  for (const { vrfKey } of seats) if (vrfKey !== undefined) writer.bytes(vrfKey);
  return writer.hash(sha256);
}
