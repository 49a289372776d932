/**
 * Epoch seeds from VRF outputs: who leads is drawn from them, and nobody could choose them.
 *
 * The last contributors of an epoch can still withhold their blocks: with t of them in a row one party
 * picks among 2^t seeds and pays t slots (randomness-vrf B2). A plugin makes sure that every missed slot
 * costs something (R8), and nothing worth more than a few rewards should hang on one draw (randomness-vrf B1).
 *
 * @module
 */
import { ByteWriter } from './bytes.ts';
import { taggedHash } from './draw.ts';
import type { HashFunction, RulesContext } from './plugin.ts';
import type { Bytes } from './primitives.ts';

/**
 * What a chain knows about its seeds after a block. Part of the state of a branch: each branch has its
 * own seeds, and nothing but the branch decides them (randomness-vrf R7).
 */
export interface SeedPipeline {
  /** Epoch of the block. */
  readonly epoch: number;
  /** Seed of this epoch, 32 bytes. */
  readonly seed: Bytes;
  /** Seed of the next epoch, 32 bytes. */
  readonly nextSeed: Bytes;
  /** Mix of the outputs of this epoch so far, 32 bytes; becomes the seed of the epoch after the next. */
  readonly accumulator: Bytes;
  /** Blocks that contributed an output in this epoch. */
  readonly contributions: number;
}

/** What the functions here need of {@link RulesContext}. */
export interface SeedContext {
  /** 32 bytes that identify the chain. */
  readonly chainId: Bytes;
  /** SHA-256. */
  readonly sha256: HashFunction;
}

/** Length of a VRF output β in bytes (randomness-vrf, section 1). */
export const VRF_OUTPUT_BYTES = 32;

/** Length of a VRF proof π in bytes (randomness-vrf, section 1). */
export const VRF_PROOF_BYTES = 81;

/** What the holder of a VRF key shows of its evaluation on one input. */
export interface VrfEvaluation {
  /** Output β, {@link VRF_OUTPUT_BYTES} long. */
  readonly output: Bytes;
  /** Proof π that the output is the only one for key and input, {@link VRF_PROOF_BYTES} long. */
  readonly proof: Bytes;
}

/**
 * Seeds of the first two epochs, which no block has contributed to (randomness-vrf R5).
 *
 * @param randomness - 32 bytes that the era was handed; at genesis the chain identity.
 */
export function startSeeds(randomness: Bytes, context: SeedContext): SeedPipeline {
  const seedOf = (epoch: number): Bytes => taggedHash(context.sha256, 'vrf/genesis/v1', randomness, wide(epoch));
  return openEpoch(0, seedOf(0), seedOf(1), context);
}

/**
 * Closes epochs until `epoch` is open: the mix of each becomes the seed two epochs later (randomness-vrf
 * R3), or, with too few contributions, a hash of the seed in between does (R4).
 *
 * Costs one step per epoch in between, so ask about no epoch that a peer names before its time was checked.
 *
 * @param epoch - At least `pipeline.epoch`; an earlier one leaves the pipeline as it is.
 * @param contributionsMin - Blocks that have to contribute to an epoch. @defaultValue 1
 */
export function advanceSeeds(
  pipeline: SeedPipeline,
  epoch: number,
  context: SeedContext,
  contributionsMin = 1,
): SeedPipeline {
  let current = pipeline;
  while (current.epoch < epoch) {
    const { nextSeed, accumulator, contributions } = current;
    const isStalled = contributions < contributionsMin;
    const source = isStalled ? nextSeed : accumulator;
    const tag = isStalled ? 'vrf/stall/v1' : 'vrf/seed/v1';
    const seed = taggedHash(context.sha256, tag, context.chainId, wide(current.epoch + 2), source);
    current = openEpoch(current.epoch + 1, nextSeed, seed, context);
  }
  return current;
}

/** Mixes the VRF output of a block of the open epoch (randomness-vrf R2). */
export function contributeSeed(pipeline: SeedPipeline, output: Bytes, context: SeedContext): SeedPipeline {
  const accumulator = taggedHash(context.sha256, 'vrf/mix/v1', pipeline.accumulator, output);
  return { ...pipeline, accumulator, contributions: pipeline.contributions + 1 };
}

/**
 * Number of slots at the beginning of an epoch whose blocks contribute: two thirds, rounded down
 * (randomness-vrf R2). Later blocks do not, so the last mover cannot wait for the result.
 *
 * @param epochSlots - Slots of an epoch, 1 to 2^51.
 */
export function contributingSlots(epochSlots: number): number {
  const doubled = 2 * epochSlots;
  // Without the remainder the division is exact.
  return (doubled - (doubled % 3)) / 3;
}

/**
 * What the leader of a slot evaluates its VRF on:
 * `"vrf/slot/v1" ‖ chainId ‖ seed ‖ u64be(slot)` (randomness-vrf R1).
 *
 * @param seed - Seed of the epoch of `slot`.
 */
export function slotAlpha(chainId: Bytes, seed: Bytes, slot: number): Bytes {
  const number = wide(slot);
  const alpha = new Uint8Array(SLOT_LABEL.length + chainId.length + seed.length + number.length);
  for (let index = 0; index < SLOT_LABEL.length; index++) alpha[index] = SLOT_LABEL.charCodeAt(index);
  alpha.set(chainId, SLOT_LABEL.length);
  alpha.set(seed, SLOT_LABEL.length + chainId.length);
  alpha.set(number, SLOT_LABEL.length + chainId.length + seed.length);
  return alpha;
}

const SLOT_LABEL = 'vrf/slot/v1';

function openEpoch(epoch: number, seed: Bytes, nextSeed: Bytes, context: SeedContext): SeedPipeline {
  const accumulator = taggedHash(context.sha256, 'vrf/acc/v1', context.chainId, wide(epoch));
  return { epoch, seed, nextSeed, accumulator, contributions: 0 };
}

/** u64be. */
function wide(value: number): Bytes {
  return new ByteWriter().uint(value, 8).finish();
}
