/**
 * Epoch seeds of a chain to whose seeds nobody contributes (randomness-vrf R4, R5).
 *
 * @module
 */
import { advanceSeeds, type Bytes, ByteWriter, type SeedContext } from '@fiducia/consensus';
import type { DposState, Epoch } from './state.ts';

/** Empty epochs of one gap whose seeds are derived one after the other. */
export const SEED_STEPS_MAX = 1_024;

/** Seeds of an epoch and of the one after it. */
export type Seeds = Pick<DposState, 'seed' | 'nextSeed'>;

/**
 * Seeds of `epoch`, given those of `known` (randomness-vrf R4). Only the last {@link SEED_STEPS_MAX} steps are
 * taken, as if the epochs before them did not exist, so that a header after a halt of years costs
 * little to judge.
 *
 * @param epoch - At least `known`.
 */
export function seedsAfter(known: Epoch, { seed, nextSeed }: Seeds, epoch: Epoch, context: SeedContext): Seeds {
  const from = Math.max(known, epoch - SEED_STEPS_MAX);
  // Without contributions no accumulator is ever read.
  const pipeline = { epoch: from, seed, nextSeed, accumulator: NO_OUTPUTS, contributions: 0 };
  return advanceSeeds(pipeline, epoch, context);
}

/** Big-endian on 8 bytes, as in the key of a round (pos-pow A1). */
export function encodeCounter(value: number): Bytes {
  return new ByteWriter().uint(value, 8).finish();
}

const NO_OUTPUTS: Bytes = /* @__PURE__ */ new Uint8Array();
