/**
 * Committees: who votes, with which weight, and how many it takes (finality-checkpoint W1 to W4, O3).
 *
 * @module
 */
import {
  type ActorId,
  type ByteReader,
  type Bytes,
  type ByteWriter,
  floorDivide,
  type Validator,
} from '@fiducia/consensus';

/** Most seats of a committee. */
export const SEATS_MAX = 101;

/** Largest weight of a seat; 101 of them stay far below 2^53. */
export const WEIGHT_MAX: number = 2 ** 32 - 1;

/** Longest id of a member, in bytes. */
export const ACTOR_BYTES_MAX = 128;

/** A member of a committee. */
export interface Seat {
  /** Who votes. */
  readonly id: ActorId;
  /** What its vote counts, 1 to 2^32 − 1, fixed as long as the committee is (finality-checkpoint W1). */
  readonly weight: number;
  /** Verification key, if it does not follow from `id`. */
  readonly publicKey: Bytes | null;
}

/** Who finalises checkpoints, and what a quorum of them is. */
export interface Committee {
  /** Sorted by id; votes and bitmaps name members by their place here (finality-checkpoint O3). */
  readonly seats: readonly Seat[];
  /** W: sum of all weights. */
  readonly total: number;
  /** q: least weight of a certificate, floor(2W/3) + 1. */
  readonly quorum: number;
  /** The seats as the contract tells them to others. */
  readonly validators: readonly Validator[];
}

/** How many members decide over liveness and safety (finality-checkpoint W4). */
export interface CommitteeResilience {
  /** Fewest seats whose silence leaves less than a quorum. */
  readonly haltSet: number;
  /** Fewest seats that weigh as much as the guaranteed overlap of two quorums. */
  readonly breakSet: number;
}

/** Orders ids as their encodings are ordered. */
export function compareIds(a: ActorId, b: ActorId): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Makes a committee of distinct seats, at least one. */
export function committeeOf(seats: readonly Seat[]): Committee {
  const sorted = seats.toSorted((a, b) => compareIds(a.id, b.id));
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const validators = sorted.map(({ id, weight, publicKey }): Validator => {
    return { id, weight: BigInt(weight), ...(publicKey && { publicKey }) };
  });
  return { seats: sorted, total, quorum: floorDivide(2 * total, 3) + 1, validators };
}

/**
 * The committee that a set of validators gives: those with weight, the heaviest first, at most `maxSeats`.
 *
 * @returns `undefined` if nobody has weight: a committee is never empty.
 * @see docs/spec/finality-checkpoint.md, rules W2 and W3.
 */
export function committeeFrom(
  validators: readonly Validator[],
  options: { readonly maxSeats: number; readonly weights: 'equal' | 'capped' },
): Committee | undefined {
  const heaviest = validators
    .filter(({ weight }) => weight > 0n)
    .sort((a, b) => (a.weight === b.weight ? compareIds(a.id, b.id) : a.weight > b.weight ? -1 : 1))
    .slice(0, options.maxSeats);
  const lightest = heaviest.at(-1)?.weight;
  if (lightest === undefined) return undefined;

  // W2: trust decides who has a seat, not how much a vote counts, unless the chain says otherwise.
  const weights = options.weights === 'equal' ? heaviest.map(() => 1) : cappedWeights(heaviest, lightest);
  return committeeOf(
    heaviest.map(({ id, publicKey }, index) => ({ id, weight: weights[index] ?? 1, publicKey: publicKey ?? null })),
  );
}

/** Whether two committees are the same in every respect. */
export function isSameCommittee(a: Committee, b: Committee): boolean {
  if (a === b) return true;
  if (a.seats.length !== b.seats.length) return false;
  return a.seats.every((seat, index) => {
    const other = b.seats[index];
    return other !== undefined && seat.weight === other.weight && isSameIdentity(seat, other);
  });
}

/** Whether two members are one, and known by the same key. */
export function isSameIdentity(a: Pick<Seat, 'id' | 'publicKey'>, b: Pick<Seat, 'id' | 'publicKey'>): boolean {
  return a.id === b.id && a.publicKey?.toString() === b.publicKey?.toString();
}

/** Place of a member, or `undefined` if it has none. */
export function seatOf(committee: Committee, id: ActorId): number | undefined {
  const index = committee.seats.findIndex((seat) => seat.id === id);
  return index < 0 ? undefined : index;
}

/** Weight of distinct members, given by their places. */
export function weightOf(committee: Committee, voters: Iterable<number>): number {
  let weight = 0;
  for (const voter of new Set(voters)) weight += committee.seats[voter]?.weight ?? 0;
  return weight;
}

/**
 * How many members it takes to stop finality, and how many to break it.
 *
 * @see docs/spec/finality-checkpoint.md, rule W4.
 * @example
 * ```ts
 * const { haltSet, breakSet } = committeeResilience(state.term.committee);
 * console.log(`${haltSet} members stop finality, ${breakSet} break it`);
 * ```
 */
export function committeeResilience(committee: Committee): CommitteeResilience {
  const { total, quorum } = committee;
  return {
    haltSet: fewestSeats(committee, total - quorum + 1),
    breakSet: fewestSeats(committee, 2 * quorum - total),
  };
}

/** Appends the seats of a committee, in their order. */
export function writeCommittee(writer: ByteWriter, committee: Committee): ByteWriter {
  writer.uint(committee.seats.length, 1);
  for (const { id, weight, publicKey } of committee.seats) {
    writer
      .text(id)
      .uint(weight, 4)
      .bytes(publicKey ?? new Uint8Array());
  }
  return writer;
}

/** Reads what {@link writeCommittee} wrote; `undefined` if it is no committee. */
export function readCommittee(reader: ByteReader): Committee | undefined {
  const count = reader.uint(1);
  if (count < 1 || count > SEATS_MAX) return undefined;
  const seats: Seat[] = [];
  for (let index = 0; index < count; index++) {
    const id = reader.text(ACTOR_BYTES_MAX);
    const weight = reader.uint(4);
    const publicKey = reader.bytes(KEY_BYTES_MAX);
    const last = seats.at(-1);
    if (weight === 0 || (last !== undefined && last.id >= id)) return undefined;
    seats.push({ id, weight, publicKey: publicKey.length === 0 ? null : publicKey });
  }
  return committeeOf(seats);
}

const KEY_BYTES_MAX = 128;

/** Weight of the lightest seat under `capped`; the heaviest gets at most twice as much (finality-checkpoint W3). */
const CAPPED_UNIT = 1_000;
const CAPPED_MAX = 2_000;
/** From this many seats on none may hold more than a tenth of the weight (finality-checkpoint W3). */
const TENTH_SEATS = 10;

function cappedWeights(validators: readonly Validator[], lightest: bigint): readonly number[] {
  const scaled = validators.map(({ weight }) => {
    const share = (weight * BigInt(CAPPED_UNIT)) / lightest;
    return share < BigInt(CAPPED_MAX) ? Number(share) : CAPPED_MAX;
  });
  if (validators.length < TENTH_SEATS) return scaled;
  // At the unit all seats are equal, which always fits; the sum is concave in the cap, so bisection finds the last fit.
  const fits = (cap: number): boolean =>
    cap * TENTH_SEATS <= scaled.reduce((sum, weight) => sum + Math.min(weight, cap), 0);
  let [low, high] = [CAPPED_UNIT, CAPPED_MAX];
  while (low < high) {
    const middle = floorDivide(low + high + 1, 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return scaled.map((weight) => Math.min(weight, low));
}

/** Fewest seats that weigh at least `weight` together: the heaviest ones. */
function fewestSeats({ seats }: Committee, weight: number): number {
  const weights = seats.map((seat) => seat.weight).sort((a, b) => b - a);
  let [sum, count] = [0, 0];
  while (sum < weight && count < weights.length) sum += weights[count++] ?? 0;
  return count;
}
