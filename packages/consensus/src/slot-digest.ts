/**
 * A compact header digest for protocols whose leaders own slots.
 *
 * @module
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import type { Bytes } from './primitives.ts';
import { VRF_OUTPUT_BYTES, VRF_PROOF_BYTES, type VrfEvaluation } from './seed.ts';

/** What a header tells about its slot. */
export interface SlotDigest {
  /** Slot of the block, 0 to 2^48 - 1. */
  readonly slot: number;
  /** Output and proof of the author's VRF for the slot, if the protocol draws its seeds from them. */
  readonly vrf?: VrfEvaluation | undefined;
  /** 32 bytes that commit to what follows, e.g. the next committee, on blocks that have to name it. */
  readonly commitment?: Bytes | undefined;
}

const SLOT_BYTES = 6;
const COMMITMENT_BYTES = 32;
const VRF_BYTES = VRF_OUTPUT_BYTES + VRF_PROOF_BYTES;

/**
 * Encodes a digest canonically: the slot in 6 bytes, then output and proof (113 bytes), then the commitment
 * (32 bytes), each if present. So its length tells what it contains.
 *
 * @throws `ConsensusError` with `NOT_ENCODABLE` for a slot out of range.
 * @example
 * ```ts
 * decodeSlotDigest(encodeSlotDigest({ slot: 17 })); // { slot: 17, vrf: undefined, commitment: undefined }
 * ```
 */
export function encodeSlotDigest({ slot, vrf, commitment }: SlotDigest): Bytes {
  const parts = [new ByteWriter().uint(slot, SLOT_BYTES).finish(), vrf?.output, vrf?.proof, commitment];
  const present = parts.filter((part) => part !== undefined);
  const bytes = new Uint8Array(present.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of present) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

/**
 * Decodes a digest. Total: `undefined` for bytes of any other length.
 *
 * Which parts have to be present is for the rules to say.
 */
export function decodeSlotDigest(bytes: Bytes): SlotDigest | undefined {
  const hasVrf = bytes.length >= SLOT_BYTES + VRF_BYTES;
  const vrfEnd = hasVrf ? SLOT_BYTES + VRF_BYTES : SLOT_BYTES;
  if (bytes.length !== vrfEnd && bytes.length !== vrfEnd + COMMITMENT_BYTES) return undefined;
  const outputEnd = SLOT_BYTES + VRF_OUTPUT_BYTES;
  return {
    slot: new ByteReader(bytes.subarray(0, SLOT_BYTES), 'slot digest').uint(SLOT_BYTES),
    vrf: hasVrf ? { output: bytes.slice(SLOT_BYTES, outputEnd), proof: bytes.slice(outputEnd, vrfEnd) } : undefined,
    commitment: bytes.length === vrfEnd ? undefined : bytes.slice(vrfEnd),
  };
}
