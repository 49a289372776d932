/**
 * Who votes on one height, what counts as a quorum, and who proposes (pbft Q1 to Q3, P).
 *
 * @module
 */
import { type ActorId, compareActors, sumWeights, type Validator } from '@fiducia/consensus';

/**
 * Largest weight of faulty validators that a set of this total weight tolerates: less than a third.
 *
 * @param total - Weight of all validators, at least `1n`; the number of seats where votes are not weighted.
 * @see docs/spec/pbft.md, rule Q1.
 * @example
 * ```ts
 * faultyWeightMax(4n); // 1n
 * faultyWeightMax(3n); // 0n
 * ```
 */
export function faultyWeightMax(total: bigint): bigint {
  return (total - 1n) / 3n;
}

/**
 * Least weight of a quorum. Two quorums share more than the tolerated faulty weight, and all validators but
 * the tolerated faulty ones are a quorum.
 *
 * @param total - Weight of all validators, at least `1n`; the number of seats where votes are not weighted.
 * @param weighted - Whether weights may be anything (pbft Q3) rather than one per seat (pbft Q2).
 * @see docs/spec/pbft.md, rules Q2 and Q3.
 * @example
 * ```ts
 * quorumWeight(6n, false); // 4n
 * quorumWeight(6n, true); // 5n
 * ```
 */
export function quorumWeight(total: bigint, weighted: boolean): bigint {
  return weighted ? (2n * total) / 3n + 1n : (2n * total + 2n) / 3n;
}

/** The validators of one height, fixed by the state of its parent (pbft Q1). */
export interface Council {
  /** Those with weight, sorted by address. Never empty. */
  readonly seats: readonly ActorId[];
  /** Weight that a quorum has at least. */
  readonly quorum: bigint;
  /** Weight that contains at least one honest validator: one more than may be faulty. */
  readonly honest: bigint;
  /** Weight of a validator; `0n` for everybody else. */
  weightOf(id: ActorId): bigint;
  /** Weight of distinct validators. */
  weigh(ids: Iterable<ActorId>): bigint;
  /** Who proposes in a round (pbft P). */
  proposerAt(round: number): ActorId;
}

/**
 * Makes the council of a height.
 *
 * @param validators - Distinct, at least one of them with weight.
 * @param previous - Author of the parent; empty at the start of an era.
 */
export function createCouncil(validators: readonly Validator[], previous: ActorId, weighted: boolean): Council {
  const weights = new Map(validators.map(({ id, weight }) => [id, weight]));
  const seats = validators
    .filter(({ weight }) => weight > 0n)
    .map(({ id }) => id)
    .toSorted(compareActors);
  const total = sumWeights(validators);
  const weightOf = (id: ActorId): bigint => weights.get(id) ?? 0n;
  const first = seatAfter(seats, previous);
  return {
    seats,
    quorum: quorumWeight(total, weighted),
    honest: faultyWeightMax(total) + 1n,
    weightOf,
    weigh(ids) {
      let sum = 0n;
      for (const id of ids) sum += weightOf(id);
      return sum;
    },
    proposerAt: (round) => seats[(first + round) % seats.length] ?? '',
  };
}

/** P: the next seat in order of address, whether the last proposer still has one or not. */
function seatAfter(seats: readonly ActorId[], previous: ActorId): number {
  if (previous === '') return 0;
  const next = seats.findIndex((id) => compareActors(id, previous) > 0);
  return next === -1 ? 0 : next;
}
