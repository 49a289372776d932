/**
 * What a header carries for consensus: slot and VRF evaluation (pos-pow L3).
 *
 * @module
 */
import { ByteReader, type Bytes, ByteWriter, tryDecode } from '@fiducia/consensus';
import type { Slot } from './state.ts';

/** Decoded digest of a header. */
export interface PosDigest {
  /** Slot of the block. */
  readonly slot: Slot;
  /** VRF output β, 32 bytes. */
  readonly output: Bytes;
  /** VRF proof π, 81 bytes. */
  readonly proof: Bytes;
}

/** Length of a VRF output in bytes. */
export const OUTPUT_BYTES = 32;

/** Length of a VRF proof in bytes. */
export const PROOF_BYTES = 81;

const SLOT_BYTES = 8;

/** Canonical encoding of a digest. */
export function encodeDigest(digest: PosDigest): Bytes {
  return new ByteWriter().uint(digest.slot, SLOT_BYTES).bytes(digest.output).bytes(digest.proof).finish();
}

/** Decodes a digest; `undefined` for anything that {@link encodeDigest} cannot give for sound lengths. Total. */
export function decodeDigest(bytes: Bytes): PosDigest | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'pos digest');
    const slot = reader.uint(SLOT_BYTES);
    const output = reader.bytes(OUTPUT_BYTES);
    const proof = reader.bytes(PROOF_BYTES);
    reader.finish();
    return output.length === OUTPUT_BYTES && proof.length === PROOF_BYTES ? { slot, output, proof } : undefined;
  });
}
