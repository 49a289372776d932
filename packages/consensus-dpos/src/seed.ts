/**
 * Epoch seeds: from VRF outputs, or those of a chain to whose seeds nobody contributes (randomness-vrf R2 to R5).
 *
 * @module
 */
import {
  advanceSeeds,
  type Bytes,
  ByteWriter,
  contributeSeed,
  contributingSlots,
  type SeedContext,
  type SeedPipeline,
  slotAlpha,
  startSeeds,
  type VrfEvaluation,
} from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { assertDefined } from './errors.ts';
import type { DposState, Epoch, Slot, SlotRight } from './state.ts';

/** Epochs without blocks of one gap whose seeds are derived one after the other. */
export const SEED_STEPS_MAX = 1_024;

/** What a state knows about seeds. */
export type Seeds = Pick<DposState, 'seed' | 'nextSeed' | 'mix'>;

/** Seeds of a new era (randomness-vrf R5). */
export function startingSeeds(randomness: Bytes, config: DposConfig, context: SeedContext): Seeds {
  return seedsIn(startSeeds(randomness, context), config.seedSource === 'vrf');
}

/**
 * Seeds of `epoch`, given those of `known` (randomness-vrf R3, R4). Only the last {@link SEED_STEPS_MAX} steps are
 * taken, as if the epochs before them did not exist, so that a header after a halt of years costs
 * little to judge.
 *
 * @param epoch - At least `known`.
 */
export function seedsAfter(known: Epoch, { seed, nextSeed, mix }: Seeds, epoch: Epoch, context: SeedContext): Seeds {
  const from = Math.max(known, epoch - SEED_STEPS_MAX);
  // Without contributions no accumulator is ever read.
  const { accumulator, contributions } = from === known && mix !== null ? mix : NO_OUTPUTS;
  const pipeline = { epoch: from, seed, nextSeed, accumulator, contributions };
  return seedsIn(advanceSeeds(pipeline, epoch, context), mix !== null);
}

/**
 * Mixes the output of a block in the first two thirds of the slots of its epoch (randomness-vrf R2).
 *
 * @param position - Slots of the epoch before that of the block.
 * @param slots - Slots of the epoch.
 */
export function contribute(
  { mix }: Seeds,
  vrf: VrfEvaluation | undefined,
  { position, slots }: { readonly position: number; readonly slots: number },
  context: SeedContext,
): DposState['mix'] {
  if (mix === null || position >= contributingSlots(slots)) return mix;
  const { output } = assertDefined(vrf, 'accepted headers carry an evaluation');
  const pipeline = { epoch: 0, seed: output, nextSeed: output, ...mix };
  const { accumulator, contributions } = contributeSeed(pipeline, output, context);
  return { accumulator, contributions };
}

/** What the delegate of `slot` evaluates its VRF on (randomness-vrf R1); `undefined` with other seeds. */
export function alphaOf(
  { seed }: SlotRight,
  slot: Slot,
  config: DposConfig,
  { chainId }: Pick<SeedContext, 'chainId'>,
): Bytes | undefined {
  return config.seedSource === 'vrf' ? slotAlpha(chainId, seed, slot) : undefined;
}

/** Big-endian on 8 bytes, as in the key of a round (pos-pow A1). */
export function encodeCounter(value: number): Bytes {
  return new ByteWriter().uint(value, 8).finish();
}

function seedsIn({ seed, nextSeed, accumulator, contributions }: SeedPipeline, isMixed: boolean): Seeds {
  return { seed, nextSeed, mix: isMixed ? { accumulator, contributions } : null };
}

const NO_OUTPUTS = { accumulator: /* @__PURE__ */ new Uint8Array(), contributions: 0 } as const;
