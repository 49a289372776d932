/**
 * The header digest: the slot, the VRF evaluation of its delegate if seeds come from such, and on the first
 * block of an epoch the hash of the election it fixes.
 *
 * @module
 */
import {
  type Bytes,
  ByteWriter,
  decodeSlotDigest,
  encodeSlotDigest,
  type SeedContext,
  type VrfEvaluation,
} from '@fiducia/consensus';
import { assertDefined } from './errors.ts';
import type { Schedule } from './schedule.ts';
import { type DposState, type Election, membersOf, type Slot } from './state.ts';

/** Contents of a header digest. */
export interface DposDigest {
  /** Slot of the block, 0 to 2^48 - 1. */
  readonly slot: Slot;
  /** VRF output and proof of the author for the slot; present exactly with `seedSource` `vrf` (randomness-vrf R1). */
  readonly vrf?: VrfEvaluation | undefined;
  /**
   * SHA-256 of the election of the epoch after next, 32 bytes; present exactly on the first block of an epoch,
   * whose parent is the snapshot. So a chain of headers shows who may seal which block (pos-pow V2).
   */
  readonly electionHash?: Bytes | undefined;
}

/**
 * Encodes a digest canonically: 6 bytes, 113 more with a VRF evaluation, and 32 more with a hash.
 *
 * @example
 * ```ts
 * decodeDigest(encodeDigest({ slot: 17 })); // { slot: 17 }
 * ```
 */
export function encodeDigest({ slot, vrf, electionHash }: DposDigest): Bytes {
  return encodeSlotDigest({ slot, vrf, commitment: electionHash });
}

/** Decodes a digest. Total: `undefined` for anything that {@link encodeDigest} does not write. */
export function decodeDigest(bytes: Bytes): DposDigest | undefined {
  const digest = decodeSlotDigest(bytes);
  if (digest === undefined) return undefined;
  const { slot, vrf, commitment: electionHash } = digest;
  return { slot, ...(vrf && { vrf }), ...(electionHash && { electionHash }) };
}

/**
 * Digest that a block in `slot` on a parent with `state` must carry.
 *
 * @param vrf - What the delegate evaluated; only whether it is sound is for the claim to say.
 */
export function digestFor(
  state: DposState,
  slot: Slot,
  vrf: VrfEvaluation | undefined,
  schedule: Schedule,
  { sha256 }: SeedContext,
): DposDigest {
  const epoch = assertDefined(schedule.spansTo(state, slot).at(-1), 'every slot lies in an epoch');
  if (epoch.number === state.epoch.number) return { slot, vrf };
  return { slot, vrf, electionHash: sha256(encodeElection(schedule.electionAfter(state))) };
}

function encodeElection(election: Election): Bytes {
  const writer = new ByteWriter();
  for (const list of [election.delegates, election.standby]) {
    writer.uint(list.length, 2);
    for (const id of list) writer.text(id);
  }
  for (const id of membersOf(election)) {
    const vrfKey = election.vrfKeys?.get(id);
    if (vrfKey !== undefined) writer.bytes(vrfKey);
  }
  return writer.finish();
}
