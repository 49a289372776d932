/**
 * What a header carries for consensus: slot and VRF evaluation (pos-pow L3).
 *
 * @module
 */
import { type Bytes, decodeSlotDigest, encodeSlotDigest } from '@fiducia/consensus';
import type { Slot } from './state.ts';

/** Decoded digest of a header. */
export interface PosDigest {
  /** Slot of the block, 0 to 2^48 - 1. */
  readonly slot: Slot;
  /** VRF output β, 32 bytes. */
  readonly output: Bytes;
  /** VRF proof π, 81 bytes. */
  readonly proof: Bytes;
}

/** Canonical encoding of a digest, 119 bytes. */
export function encodeDigest({ slot, output, proof }: PosDigest): Bytes {
  return encodeSlotDigest({ slot, vrf: { output, proof } });
}

/** Decodes a digest; `undefined` for anything that {@link encodeDigest} cannot give for sound lengths. Total. */
export function decodeDigest(bytes: Bytes): PosDigest | undefined {
  const digest = decodeSlotDigest(bytes);
  if (digest?.vrf === undefined || digest.commitment !== undefined) return undefined;
  return { slot: digest.slot, ...digest.vrf };
}
