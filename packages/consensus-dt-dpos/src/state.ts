/**
 * The state after a block: what every node must agree on.
 *
 * @module
 */
import type { ActorId, Bytes, Height, Millis, PersistentMap, Validator } from '@fiducia/consensus';
import type { Epoch, Micro, RoundWindow, Tier, TrustRecord } from '@fiducia/trust';
import type { Beacon } from './beacon.ts';

/** Admission sequence number: dense, never reused, below 2^32 (trust K4). */
export type CandidateIndex = number;

/** Proposal opportunity of fixed length, counted from the era's parent, which has slot 0 (trust S4). */
export type Slot = number;

/**
 * Life cycle of a candidate. `PENDING`: admitted, electable from the next epoch. `JAILED`: without
 * weight until {@link Candidate.jailedUntil}. `EXITING`: without weight but accountable while its
 * deposit is locked. `EXITED`: its deposit was released. `TOMBSTONED`: excluded for ever.
 */
export type CandidateStatus = 'PENDING' | 'ACTIVE' | 'JAILED' | 'EXITING' | 'EXITED' | 'TOMBSTONED';

/** Composite trust and tier at an epoch boundary (trust P3). */
export interface Rating {
  /** R. */
  readonly trust: Micro;
  /** Tier of R. */
  readonly tier: Tier;
}

/** Largest part of a deposit that was slashed for offences booked in one epoch (trust X2). */
export interface SlashSpan {
  /** The epoch. */
  readonly epoch: Epoch;
  /** The part, 1 to 10 000 basis points. */
  readonly bp: number;
}

/** Everything remembered about one candidate. Replaced, never modified (trust G1). */
export interface Candidate {
  /** Admission sequence number. */
  readonly index: CandidateIndex;
  /** Identity that signs its blocks. */
  readonly id: ActorId;
  /** Life cycle as last written; {@link CandidateStatus} `JAILED` ends by itself at `jailedUntil`. */
  readonly status: CandidateStatus;
  /** Node kind for reports; never an input to weight (trust K3). */
  readonly category: string;
  /** Deposit in base units, in force since the last boundary. */
  readonly deposit: bigint;
  /** Sum of `ballots`. */
  readonly votes: bigint;
  /** Ballots of others by voter, in force since the last boundary. */
  readonly ballots: PersistentMap<ActorId, bigint>;
  /** Record of the trust model: behaviour, participation, dynamic base. */
  readonly trust: TrustRecord;
  /** Rating at the last boundary at which it was scored; `null` before the first one. */
  readonly rating: Rating | null;
  /** First round in which it is free again while `JAILED`, or may come back if it left; otherwise `null` (trust X3). */
  readonly jailedUntil: Height | null;
  /** Slashing of the latest epoch with any, otherwise `null`. */
  readonly slashed: SlashSpan | null;
  /** Registered VRF key; without one there is no weight while seeds come from VRF outputs (trust R2). */
  readonly vrfKey: Bytes | null;
}

/** All candidates that were ever admitted in this era, in pages that neighbouring states share. */
export interface Register {
  /** Number of candidates, the next index. */
  readonly size: number;
  /** Candidates by page number; a page holds 256 consecutive indices. */
  readonly pages: PersistentMap<number, readonly Candidate[]>;
  /** Latest index of an identity. */
  readonly indexOf: PersistentMap<ActorId, CandidateIndex>;
}

/** A member of the committee of an epoch. */
export interface Seat {
  /** Candidate that holds it. */
  readonly index: CandidateIndex;
  /** Its identity. */
  readonly id: ActorId;
  /** Election weight, frozen at the boundary; at least 1 (trust E3, R2). */
  readonly weight: Micro;
  /** Key that its proofs are checked with, frozen like the weight; present exactly with `seedMode` `vrf` (randomness-vrf K3). */
  readonly vrfKey?: Bytes;
}

/** Result of an election. */
export interface EpochElection {
  /** Epoch that the committee serves. */
  readonly epoch: Epoch;
  /** Members in ascending order of index; at least one. */
  readonly seats: readonly Seat[];
  /** The same members with one vote each: trust decides the seat, a seat is one vote. */
  readonly validators: readonly Validator[];
  /** Nobody had weight, so the previous committee continues with equal weights (trust E4). */
  readonly emergency: boolean;
}

/** Order of seats within one cycle of the schedule `permutation` (trust S3). */
export interface CycleOrder {
  /** Number of the cycle, counted in committee sizes from slot 1. */
  readonly cycle: number;
  /** Members in the order in which they lead. */
  readonly members: readonly CandidateIndex[];
}

/** A change that takes effect at the next epoch boundary (trust P3). */
export type QueuedChange =
  | { readonly kind: 'activate'; readonly index: CandidateIndex }
  | { readonly kind: 'key'; readonly index: CandidateIndex; readonly publicKey: Bytes }
  | { readonly kind: 'deposit'; readonly index: CandidateIndex; readonly total: bigint }
  | { readonly kind: 'ballot'; readonly index: CandidateIndex; readonly from: ActorId; readonly weight: bigint }
  | { readonly kind: 'exit'; readonly index: CandidateIndex }
  | { readonly kind: 'parameter'; readonly name: string; readonly value: string };

/** A rating that the ledger has not been told yet. */
export interface Publication extends Rating {
  /** Whom it is about. */
  readonly index: CandidateIndex;
  /** Tier that the ledger knows; `NONE` before the first publication. */
  readonly from: Tier | 'NONE';
}

/** A governed parameter in force, see `parameter` facts (trust T2). */
export interface GovernedParameter {
  /** Dotted path in the configuration, e.g. `trust.mu2`. */
  readonly name: string;
  /** Canonical text of the value. */
  readonly value: string;
}

/**
 * State after a block. Immutable; neighbouring states share all that the block between them did not
 * touch, so that a block costs as much as its facts (trust L2).
 */
export interface DtDposState {
  /** Height of the block. */
  readonly height: Height;
  /** Slot of the block. */
  readonly slot: Slot;
  /** Timestamp of slot 0, that of the era's parent. */
  readonly slotZero: Millis;
  /** 32 bytes from which the draws of this epoch come (trust E5). */
  readonly seed: Bytes;
  /** Where the next seeds come from with `seedMode` `vrf`, otherwise `null`. */
  readonly beacon: Beacon | null;
  /** All candidates. */
  readonly register: Register;
  /** Candidates that are scored at the boundary: neither gone nor dormant (trust L3). */
  readonly live: PersistentMap<CandidateIndex, true>;
  /** Sum of the votes of all candidates. */
  readonly totalVotes: bigint;
  /** Rounds in the trust window, the denominator of participation. */
  readonly window: RoundWindow;
  /** Committee of the epoch of the next block. */
  readonly election: EpochElection;
  /** Committees of the epochs after it that are already elected, oldest first (trust E3). */
  readonly upcoming: readonly EpochElection[];
  /** Weighted round robin: priority per seat of `election`, after this block's slot (trust S1). */
  readonly priorities: readonly number[];
  /** Permutation: order of the running cycle, once a slot of it was led (trust S3). */
  readonly order: CycleOrder | null;
  /** What takes effect at the next boundary, by a key that makes repeated totals replace each other. */
  readonly queued: PersistentMap<string, QueuedChange>;
  /** Offences booked, with the height they concern; forgotten once too old to be accepted (trust F5). */
  readonly punished: PersistentMap<string, Height>;
  /** Ratings that the ledger learns from the next blocks, longest waiting first, one per candidate. */
  readonly outbox: readonly Publication[];
  /** Governed parameters in force, by name. */
  readonly parameters: readonly GovernedParameter[];
}

/** Status in `round`: a jail term ends by itself, without a visit. */
export function statusAt(candidate: Candidate, round: Height): CandidateStatus {
  const isFree = candidate.status === 'JAILED' && candidate.jailedUntil !== null && candidate.jailedUntil <= round;
  return isFree ? 'ACTIVE' : candidate.status;
}

/** Whether the candidate can never be elected again under this index. */
export function isGone(candidate: Candidate): boolean {
  return candidate.status === 'EXITED' || candidate.status === 'TOMBSTONED';
}
