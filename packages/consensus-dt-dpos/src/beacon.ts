/**
 * Seeds from VRF outputs, and the elections that wait for them (trust X9).
 *
 * With `seedMode` `vrf` the candidates of an election, with weights and keys, are fixed at the end of an
 * epoch, and the seed that draws from them is mixed in a later one: the state at the end of epoch e elects
 * for epoch x = e + 1 + `electionLagEpochs`, drawn at the end of epoch x − 2, whose blocks made seed x.
 * So nobody who could still change trust, stake or key knows what the draw will be (randomness-vrf R6, K3).
 *
 * Rounds of an epoch take the place of slots in randomness-vrf R2: every round has a block, so every
 * epoch has all its contributions, except a first one that an era enters late (R4).
 *
 * @module
 */
import {
  advanceSeeds,
  type Bytes,
  contributeSeed,
  contributingSlots,
  type Height,
  type SeedContext,
  type SeedPipeline,
  slotAlpha,
  startSeeds,
  type VrfEvaluation,
} from '@fiducia/consensus';
import type { DtDposConfig } from './config.ts';
import { assertDefined } from './errors.ts';
import type { DtDposState, Seat, Slot } from './state.ts';

/** What a state knows about seeds from VRF outputs. */
export interface Beacon {
  /** Seeds, with epochs counted from the start of the era (randomness-vrf R5). */
  readonly seeds: SeedPipeline;
  /**
   * Candidates with weight and key at the ends of past epochs, each waiting for the seed of the epoch that
   * they elect for; the one that is drawn next comes first.
   */
  readonly pools: readonly (readonly Seat[])[];
}

/** An election that is due. */
export interface DueElection {
  /** Who may be elected. */
  readonly members: readonly Seat[];
  /** What the draw comes from. */
  readonly seed: Bytes;
  /** State of the beacon once the epoch is closed. */
  readonly beacon: Beacon;
}

/** Beacon of a new era: its first elections, and the seeds of its first two epochs, come from `randomness`. */
export function startBeacon(
  randomness: Bytes,
  members: readonly Seat[],
  config: DtDposConfig,
  context: SeedContext,
): Beacon {
  const pools = Array.from({ length: poolCount(config) }, () => members);
  return { seeds: startSeeds(randomness, context), pools };
}

/** Pools that wait between two blocks. */
export function poolCount(config: DtDposConfig): number {
  return config.electionLagEpochs - 1;
}

/** Mixes the output of the block at `height` if it is one of the first two thirds of its epoch (randomness-vrf R2). */
export function contribute(
  beacon: Beacon,
  height: Height,
  vrf: VrfEvaluation | undefined,
  config: DtDposConfig,
  context: SeedContext,
): Beacon {
  const { epochRounds } = config.trust;
  if ((height - 1) % epochRounds >= contributingSlots(epochRounds)) return beacon;
  const { output } = assertDefined(vrf, 'accepted headers carry an evaluation');
  return { ...beacon, seeds: contributeSeed(beacon.seeds, output, context) };
}

/**
 * Closes an epoch: its outputs become the seed of the epoch after the next (randomness-vrf R3), and whoever
 * waited for that seed can be drawn.
 *
 * @param members - Candidates with weight and key now.
 */
export function closeEpoch(beacon: Beacon, members: readonly Seat[], context: SeedContext): DueElection {
  const seeds = advanceSeeds(beacon.seeds, beacon.seeds.epoch + 1, context);
  const [due = members, ...pools] = [...beacon.pools, members];
  return { members: due, seed: seeds.nextSeed, beacon: { seeds, pools } };
}

/** What the leader of `slot` evaluates its VRF on (randomness-vrf R1); `undefined` in other seed modes. */
export function alphaOf({ beacon }: DtDposState, slot: Slot, chainId: Bytes): Bytes | undefined {
  return beacon === null ? undefined : slotAlpha(chainId, beacon.seeds.seed, slot);
}
