/**
 * The header digest: the slot, and on boundary blocks the hash of the committee that takes over.
 *
 * @module
 */
import { ByteReader, type Bytes, ByteWriter, type HashFunction, tryDecode, type Validator } from '@fiducia/consensus';
import type { DtDposConfig } from './config.ts';
import type { DtDposState, Slot } from './state.ts';

/** Contents of a header digest. */
export interface DtDposDigest {
  /** Slot of the block, 0 to 2^48 - 1. */
  readonly slot: Slot;
  /**
   * SHA-256 of the committee of the next epoch, 32 bytes; present exactly on the last block of an
   * epoch if `electionLagEpochs` is at least 1. Lets a chain of headers stand alone (trust E3).
   */
  readonly nextValidators?: Bytes;
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
export function encodeDigest(digest: DtDposDigest): Bytes {
  const slot = new ByteWriter().uint(digest.slot, SLOT_BYTES).finish();
  const bytes = new Uint8Array(SLOT_BYTES + (digest.nextValidators?.length ?? 0));
  bytes.set(slot);
  if (digest.nextValidators !== undefined) bytes.set(digest.nextValidators, SLOT_BYTES);
  return bytes;
}

/** Decodes a digest. Total: `undefined` for anything that {@link encodeDigest} does not write. */
export function decodeDigest(bytes: Bytes): DtDposDigest | undefined {
  if (bytes.length !== SLOT_BYTES && bytes.length !== SLOT_BYTES + HASH_BYTES) return undefined;
  return tryDecode(() => {
    const slot = new ByteReader(bytes.subarray(0, SLOT_BYTES), 'dt-dpos digest').uint(SLOT_BYTES);
    return bytes.length === SLOT_BYTES ? { slot } : { slot, nextValidators: bytes.slice(SLOT_BYTES) };
  });
}

/** Digest that a block in `slot` on a parent with `state` must carry. */
export function digestFor(state: DtDposState, slot: Slot, config: DtDposConfig, sha256: HashFunction): DtDposDigest {
  const next = state.upcoming[0];
  if (!namesNextValidators(state.height + 1, config) || next === undefined) return { slot };
  return { slot, nextValidators: hashValidators(next.validators, sha256) };
}

/** Whether the digest of a block at `height` names the next committee. */
export function namesNextValidators(height: number, config: DtDposConfig): boolean {
  return config.electionLagEpochs > 0 && height % config.trust.epochRounds === 0;
}

function hashValidators(validators: readonly Validator[], sha256: HashFunction): Bytes {
  const writer = new ByteWriter().uint(validators.length, 4);
  for (const { id, weight } of validators) writer.text(id).bigint(weight);
  return sha256(writer.finish());
}
