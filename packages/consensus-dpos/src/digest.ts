/**
 * The header digest: the slot, and on the first block of an epoch the hash of the election it fixes.
 *
 * @module
 */
import { ByteReader, type Bytes, ByteWriter, type SeedContext, tryDecode } from '@fiducia/consensus';
import { assertDefined } from './errors.ts';
import type { Schedule } from './schedule.ts';
import type { DposState, Election, Slot } from './state.ts';

/** Contents of a header digest. */
export interface DposDigest {
  /** Slot of the block, 0 to 2^48 - 1. */
  readonly slot: Slot;
  /**
   * SHA-256 of the election of the epoch after next, 32 bytes; present exactly on the first block of an epoch,
   * whose parent is the snapshot. So a chain of headers shows who may seal which block (pos-pow V2).
   */
  readonly electionHash?: Bytes;
}

const SLOT_BYTES = 6;
const HASH_BYTES = 32;

/**
 * Encodes a digest canonically: 6 bytes, or 38 with a hash.
 *
 * @example
 * ```ts
 * decodeDigest(encodeDigest({ slot: 17 })); // { slot: 17 }
 * ```
 */
export function encodeDigest({ slot, electionHash }: DposDigest): Bytes {
  const bytes = new Uint8Array(SLOT_BYTES + (electionHash?.length ?? 0));
  bytes.set(new ByteWriter().uint(slot, SLOT_BYTES).finish());
  if (electionHash !== undefined) bytes.set(electionHash, SLOT_BYTES);
  return bytes;
}

/** Decodes a digest. Total: `undefined` for anything that {@link encodeDigest} does not write. */
export function decodeDigest(bytes: Bytes): DposDigest | undefined {
  if (bytes.length !== SLOT_BYTES && bytes.length !== SLOT_BYTES + HASH_BYTES) return undefined;
  return tryDecode(() => {
    const slot = new ByteReader(bytes.subarray(0, SLOT_BYTES), 'dpos digest').uint(SLOT_BYTES);
    return bytes.length === SLOT_BYTES ? { slot } : { slot, electionHash: bytes.slice(SLOT_BYTES) };
  });
}

/** Digest that a block in `slot` on a parent with `state` must carry. */
export function digestFor(state: DposState, slot: Slot, schedule: Schedule, { sha256 }: SeedContext): DposDigest {
  const epoch = assertDefined(schedule.spansTo(state, slot).at(-1), 'every slot lies in an epoch');
  if (epoch.number === state.epoch.number) return { slot };
  return { slot, electionHash: sha256(encodeElection(schedule.electionAfter(state))) };
}

function encodeElection({ delegates, standby }: Election): Bytes {
  const writer = new ByteWriter();
  for (const list of [delegates, standby]) {
    writer.uint(list.length, 2);
    for (const id of list) writer.text(id);
  }
  return writer.finish();
}
