/**
 * The consensus state: a value per block, all parts of which neighbouring states may share.
 *
 * @module
 */
import type { ActorId, Bytes, Height, Millis, PersistentMap, Validator } from '@fiducia/consensus';

/** Number of a slot since the start of the era; the era's parent has slot 0 (pos-pow A2). */
export type Slot = number;

/** Number of an epoch since the start of the era. */
export type Epoch = number;

/** Number of a round since the start of the era (pos-pow P1). */
export type Round = number;

/** Number of an admission since the start of the era, never reused. */
export type CandidateIndex = number;

/**
 * `ACTIVE`: may be elected. `LEFT`: not any more, but serves what it was elected for and answers for
 * it. `EJECTED`: lost deposit, seat and candidacy for an offence, for ever (pos-pow P2).
 */
export type CandidateStatus = 'ACTIVE' | 'LEFT' | 'EJECTED';

/** An admitted candidate. */
export interface Candidate {
  /** Who it is. */
  readonly id: ActorId;
  /** Whether it may be elected. */
  readonly status: CandidateStatus;
  /** Deposit in base units; 0 unless `ACTIVE`. */
  readonly deposit: bigint;
  /** Sum of the voting stakes of the accounts that approve it; 0 unless `ACTIVE` (pos-pow V1, V3). */
  readonly votes: bigint;
  /** Last height whose offences are punished, once it has left; otherwise 0. */
  readonly accountableUntil: Height;
  /** Registered VRF key, kept only with `seedSource` `vrf`; without one it cannot be elected there. */
  readonly vrfKey?: Bytes;
}

/** An account that approves candidates, or whose stake the ledger stated. */
export interface Voter {
  /** Stake as stated by a `stake` fact; `null` if there was none, so that its deposit counts. */
  readonly stake: bigint | null;
  /** Approved admissions, ascending; those of candidates that left or were ejected count nothing. */
  readonly approvals: readonly CandidateIndex[];
}

/** Candidates and those who vote for them, as of the last block. */
export interface Electorate {
  /** Number of admissions, the next index. */
  readonly admissions: number;
  /** Candidates by index. */
  readonly candidates: PersistentMap<CandidateIndex, Candidate>;
  /** Latest index of an identity. */
  readonly indexOf: PersistentMap<ActorId, CandidateIndex>;
  /** Voters by account. */
  readonly voters: PersistentMap<ActorId, Voter>;
}

/** Result of a tally (pos-pow V2). */
export interface Election {
  /** Elected delegates in ascending order of address (pos-pow A5); at least one. */
  readonly delegates: readonly ActorId[];
  /** Next in the tally, best first. */
  readonly standby: readonly ActorId[];
  /**
   * Delegates with weight 1 and standby with weight 0, by address. The same for the whole epoch, so that a
   * promotion changes no finality committee (pos-pow P5).
   */
  readonly validators: readonly Validator[];
  /** Nobody could be elected, so the previous election continues. */
  readonly emergency: boolean;
  /**
   * Keys that the proofs of delegates and standby are checked with, frozen with the election; present exactly
   * with `seedSource` `vrf` (randomness-vrf K3).
   */
  readonly vrfKeys?: ReadonlyMap<ActorId, Bytes>;
}

/** The right to a slot. */
export interface SlotRight {
  /** Whose it is. */
  readonly delegate: ActorId;
  /** Key that its proof is checked with, with `seedSource` `vrf`. */
  readonly vrfKey: Bytes | undefined;
  /** Seed of the epoch of the slot. */
  readonly seed: Bytes;
}

/** VRF outputs of the active epoch so far. */
export interface SeedMix {
  /** Their mix, 32 bytes; becomes the seed of the epoch after the next (randomness-vrf R2, R3). */
  readonly accumulator: Bytes;
  /** How many they are. */
  readonly contributions: number;
}

/** A standby that takes the seat of a delegate for the rest of the epoch (pos-pow P4). */
export interface Promotion {
  /** Delegate that is suspended. */
  readonly suspended: ActorId;
  /** Standby that takes its place. */
  readonly promoted: ActorId;
  /** First round in which it does. */
  readonly fromRound: Round;
}

/** The epoch of the last block. */
export interface ActiveEpoch {
  /** Its number. */
  readonly number: Epoch;
  /** Its first slot. */
  readonly firstSlot: Slot;
  /** Its first round. */
  readonly firstRound: Round;
  /** Who serves it. */
  readonly election: Election;
  /** Replacements so far, oldest first. */
  readonly promotions: readonly Promotion[];
}

/** Own slots of a delegate since it began to serve without interruption (pos-pow P3, P4). */
export interface MissRecord {
  /** One bit per own slot of the window, the latest lowest; 1 is a miss. */
  readonly window: bigint;
  /** Number of misses in the window. */
  readonly misses: number;
}

/** State after a block. Immutable; a block costs as much as its facts and the slots before it. */
export interface DposState {
  /** Height of the block. */
  readonly height: Height;
  /** Slot of the block. */
  readonly slot: Slot;
  /** Timestamp of slot 0, that of the era's parent. */
  readonly slotZero: Millis;
  /** Seed of the active epoch, 32 bytes (pos-pow P1). */
  readonly seed: Bytes;
  /** Seed of the epoch after it, 32 bytes. */
  readonly nextSeed: Bytes;
  /** Outputs that the seed after that is made from; `null` without contributions. */
  readonly mix: SeedMix | null;
  /** Epoch of the block. */
  readonly epoch: ActiveEpoch;
  /** Elections of the two epochs after it, fixed since the snapshots they come from (pos-pow V2). */
  readonly upcoming: readonly [next: Election, afterNext: Election];
  /** Misses of those who serve, by identity. */
  readonly records: PersistentMap<ActorId, MissRecord>;
  /** Candidates and voters. */
  readonly electorate: Electorate;
}

/** Delegates, then standby. */
export function membersOf({ delegates, standby }: Pick<Election, 'delegates' | 'standby'>): readonly ActorId[] {
  return [...delegates, ...standby];
}
