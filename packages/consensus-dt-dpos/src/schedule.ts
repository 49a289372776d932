/**
 * The schedule: who leads which slot on a given parent (trust S1 to S4).
 *
 * @module
 */
import type { ActorId, Bytes, HashFunction } from '@fiducia/consensus';
import { floorDivide } from '@fiducia/trust';
import type { DtDposConfig } from './config.ts';
import { draw, drawWithoutReplacement, positionAt } from './draw.ts';
import { assertDefined, DtDposError } from './errors.ts';
import { configInForce } from './governance.ts';
import type { CycleOrder, DtDposState, EpochElection, Seat, Slot } from './state.ts';

/** Most slots of one gap that are evaluated (trust S4); an hour of one-second slots and more. */
export const GAP_SLOTS_MAX = 10_000;

/** Result of one step of weighted round robin. */
export interface WrrStep {
  /** Position of the chosen member. */
  readonly chosen: number;
  /** Priorities after the step, parallel to those before. */
  readonly priorities: readonly number[];
}

/** Outcome of running the schedule from a parent up to a slot. */
export interface ScheduleRun {
  /** Leaders of the last slots up to and including the one asked for, oldest first; at least one. */
  readonly leaders: readonly Seat[];
  /** Weighted round robin priorities after the last slot. */
  readonly priorities: readonly number[];
  /** Order of the cycle of the last slot, with schedule `permutation`. */
  readonly order: CycleOrder | null;
}

/**
 * One step of smooth weighted round robin: everybody gains its weight, the highest priority leads
 * and pays the total. Over one period everybody leads exactly in proportion to its weight.
 *
 * @param priorities - One per member; all 0 at the start.
 * @param weights - One per member, at least 0, with a sum from 1 to 10^11.
 * @throws {@link DtDposError} with `LENGTH_MISMATCH` or `TOTAL_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule S1.
 * @example
 * ```ts
 * advanceWrr([0, 0, 0], [5, 1, 1]); // { chosen: 0, priorities: [-2, 1, 1] }
 * ```
 */
export function advanceWrr(priorities: readonly number[], weights: readonly number[]): WrrStep {
  if (priorities.length !== weights.length) {
    throw new DtDposError({ code: 'LENGTH_MISMATCH', expected: weights.length, actual: priorities.length });
  }
  const next = [...priorities];
  const chosen = stepWrr(next, weights, sumOf(weights));
  return { chosen, priorities: next };
}

/**
 * Position of the leader of `slot` in a lottery by weight.
 *
 * It depends on the slot, not on the height: otherwise an empty slot would draw its absent leader
 * for ever.
 *
 * @param weights - At least 0, with a sum from 1 to 2^53 - 1.
 * @throws {@link DtDposError} with `TOTAL_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule S2.
 */
export function lotteryLeader(seed: Bytes, slot: Slot, weights: readonly number[], sha256: HashFunction): number {
  return positionAt(weights, draw(seed, `slot/${slot}`, 0, sumOf(weights), sha256).value);
}

/**
 * Positions in the order in which they lead one cycle of the schedule `permutation`.
 *
 * @see docs/spec/trust.md, rule S3.
 */
export function cycleOrder(
  seed: Bytes,
  cycle: number,
  weights: readonly number[],
  sha256: HashFunction,
): readonly number[] {
  return drawWithoutReplacement(weights, weights.length, seed, `perm/${cycle}`, sha256);
}

/**
 * Priorities after the member set changed, from −2·Σw to 2·Σw with a sum from 0 to n − 1: an entrant starts with a debt, so that leaving and
 * coming back clears none; then the spread is limited and the sum brought near 0.
 *
 * A change of weights alone returns the old priorities, except in an emergency: with weights of 1
 * they would let one member, perhaps an absent one, lead for as many slots as they are high.
 *
 * @see docs/spec/trust.md, rules S1 and E4.
 */
export function carryPriorities(
  before: readonly Seat[],
  priorities: readonly number[],
  { seats: after, emergency }: Pick<EpochElection, 'seats' | 'emergency'>,
): readonly number[] {
  if (hasSameMembers(before, after) && !emergency) return priorities;

  const known = new Map(before.map((seat, position) => [seat.index, priorities[position] ?? 0]));
  const total = sumOf(after.map((seat) => seat.weight));
  const entrant = -floorDivide(9 * total, 8);
  const carried = after.map((seat) => known.get(seat.index) ?? entrant);
  const spread = Math.max(...carried) - Math.min(...carried);
  const divisor = Math.max(1, floorDivide(spread + 2 * total - 1, 2 * total));
  // Truncation toward 0; the addition removes -0.
  const limited = carried.map((priority) => (priority - (priority % divisor)) / divisor + 0);
  const mean = floorDivide(sumOf(limited), limited.length);
  return limited.map((priority) => priority - mean);
}

/** Whether two committees, each in ascending order of index, have the same members. */
export function hasSameMembers(a: readonly Seat[], b: readonly Seat[]): boolean {
  return a.length === b.length && a.every((seat, position) => seat.index === b[position]?.index);
}

/**
 * Runs the schedule on a parent with `state` for the slots after it up to `untilSlot`.
 *
 * @param keep - How many leaders to return at most, at least 1.
 * @see docs/spec/trust.md, rule S4.
 */
export function runSchedule(
  state: DtDposState,
  untilSlot: Slot,
  keep: number,
  config: DtDposConfig,
  sha256: HashFunction,
): ScheduleRun {
  if (config.schedule === 'wrr') return runWrr(state, untilSlot, keep);
  const first = Math.max(state.slot + 1, untilSlot - keep + 1);
  if (config.schedule === 'permutation') return runPermutation(state, first, untilSlot, sha256);
  const { seats } = state.election;
  const weights = seats.map((seat) => seat.weight);
  const leaders: Seat[] = [];
  for (let slot = first; slot <= untilSlot; slot++) {
    leaders.push(assertDefined(seats[lotteryLeader(state.seed, slot, weights, sha256)], 'a leader has a seat'));
  }
  return { leaders, priorities: state.priorities, order: null };
}

/** Leader of `slot` on a parent with `state`; `slot` must be after the parent's. */
export function leaderAt(state: DtDposState, slot: Slot, config: DtDposConfig, sha256: HashFunction): Seat {
  return assertDefined(runSchedule(state, slot, 1, config, sha256).leaders.at(-1), 'every slot has a leader');
}

/**
 * Leaders of the slots after a parent, in order; the last one leads `untilSlot`, all others miss
 * theirs if a block of that slot follows the parent directly.
 *
 * After a gap of more than 10 000 slots only its last `((gap - 1) mod 10 000) + 1` slots are
 * evaluated, so that a long halt costs little to judge.
 *
 * @param state - State of the parent.
 * @param config - The configuration the rules were created with.
 * @returns Empty if `untilSlot` is not after the parent's slot.
 * @see docs/spec/trust.md, rules S4 and F9.
 */
export function leadersBetween(
  state: DtDposState,
  untilSlot: Slot,
  config: DtDposConfig,
  sha256: HashFunction,
): readonly ActorId[] {
  if (untilSlot <= state.slot) return [];
  const run = runSchedule(
    state,
    untilSlot,
    gapRuns(untilSlot - state.slot),
    configInForce(config, state.parameters),
    sha256,
  );
  return run.leaders.map((seat) => seat.id);
}

/** S4: slots of a gap that are evaluated. */
function gapRuns(gap: number): number {
  return ((gap - 1) % GAP_SLOTS_MAX) + 1;
}

function runWrr(state: DtDposState, untilSlot: Slot, keep: number): ScheduleRun {
  const { seats } = state.election;
  const weights = seats.map((seat) => seat.weight);
  const total = sumOf(weights);
  const priorities = [...state.priorities];
  const runs = gapRuns(untilSlot - state.slot);
  const leaders: Seat[] = [];
  for (let run = 1; run <= runs; run++) {
    const chosen = stepWrr(priorities, weights, total);
    if (run > runs - keep) leaders.push(assertDefined(seats[chosen], 'a leader has a seat'));
  }
  return { leaders, priorities, order: null };
}

function runPermutation(state: DtDposState, first: Slot, untilSlot: Slot, sha256: HashFunction): ScheduleRun {
  const { seats } = state.election;
  const weights = seats.map((seat) => seat.weight);
  const seatOf = new Map(seats.map((seat) => [seat.index, seat]));
  let { order } = state;
  const leaders: Seat[] = [];
  for (let slot = first; slot <= untilSlot; slot++) {
    const cycle = floorDivide(slot - 1, seats.length);
    if (order?.cycle !== cycle) {
      const positions = cycleOrder(state.seed, cycle, weights, sha256);
      order = {
        cycle,
        members: positions.map((position) => assertDefined(seats[position], 'a position is a seat').index),
      };
    }
    const index = assertDefined(order.members[(slot - 1) % seats.length], 'a cycle has one slot per seat');
    leaders.push(assertDefined(seatOf.get(index), 'a cycle consists of seats'));
  }
  return { leaders, priorities: state.priorities, order };
}

/**
 * Changes `priorities` in place and returns the chosen position.
 *
 * Bounds (trust N5), with n ≤ 4 096 members and W = n·dMax ≤ 4.1·10^10, the largest total: a step keeps the
 * sum, which {@link carryPriorities} leaves at 0 to n − 1. So the highest priority before paying is at
 * least 0, and after it at least −W. Others only rise, from no lower than −2W after a change of
 * members. As the sum stays, no priority exceeds what the others owe, at most 9/8·n·W < 1.9·10^14: a
 * safe integer, and below the 2^48 of the encoding, however the weights change between slots.
 */
function stepWrr(priorities: number[], weights: readonly number[], total: number): number {
  if (!Number.isSafeInteger(total) || total < 1) throw new DtDposError({ code: 'TOTAL_OUT_OF_RANGE', total });
  let chosen = -1;
  let highest = Number.NEGATIVE_INFINITY;
  for (let position = 0; position < weights.length; position++) {
    const weight = weights[position] as number;
    const priority = (priorities[position] ?? 0) + weight;
    priorities[position] = priority;
    if (weight > 0 && priority > highest) {
      chosen = position;
      highest = priority;
    }
  }
  priorities[chosen] = highest - total;
  return chosen;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
