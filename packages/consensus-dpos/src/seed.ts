/**
 * Epoch seeds of a chain without contributions (randomness-vrf R4, R5).
 *
 * @module
 */
import { type Bytes, ByteWriter, type HashFunction, taggedHash } from '@fiducia/consensus';
import type { Epoch } from './state.ts';

/** Empty epochs of one gap whose seeds are derived one after the other. */
export const SEED_STEPS_MAX = 1_024;

/** What seeds and keys are derived with. */
export interface SeedContext {
  /** 32 bytes that identify the chain. */
  readonly chainId: Bytes;
  /** SHA-256, lent by the host. */
  readonly sha256: HashFunction;
}

/**
 * Seed of one of the first two epochs.
 *
 * @param epoch - 0 or 1.
 * @see docs/spec/randomness-vrf.md, rule R5.
 */
export function genesisSeed(epoch: Epoch, { chainId, sha256 }: SeedContext): Bytes {
  return taggedHash(sha256, 'vrf/genesis/v1', chainId, encodeCounter(epoch));
}

/**
 * Seed of an epoch to which nobody contributed.
 *
 * @param epoch - At least 2.
 * @param previous - Seed of the epoch before, 32 bytes.
 * @see docs/spec/randomness-vrf.md, rule R4.
 */
export function stallSeed(epoch: Epoch, previous: Bytes, { chainId, sha256 }: SeedContext): Bytes {
  return taggedHash(sha256, 'vrf/stall/v1', chainId, encodeCounter(epoch), previous);
}

/**
 * Seed of `epoch` on a chain whose epochs since `known` had no contributions. Only the last
 * {@link SEED_STEPS_MAX} steps are taken, the first of them from `seed`, so that a header after a halt
 * of years costs little to judge.
 *
 * @param seed - Seed of `known`.
 */
export function seedAfter(known: Epoch, seed: Bytes, epoch: Epoch, context: SeedContext): Bytes {
  let latest = seed;
  for (let next = Math.max(known + 1, epoch - SEED_STEPS_MAX + 1); next <= epoch; next++) {
    latest = stallSeed(next, latest, context);
  }
  return latest;
}

/** Big-endian on 8 bytes, as in all keys of a round, slot or epoch (pos-pow A1). */
export function encodeCounter(value: number): Bytes {
  return new ByteWriter().uint(value, 8).finish();
}
