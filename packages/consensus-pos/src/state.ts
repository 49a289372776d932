/**
 * Consensus state after a block.
 *
 * @module
 */
import type { ActorId, Bytes, Millis, PersistentMap, SeedPipeline, Validator } from '@fiducia/consensus';

/** Number of a slot, counted from the start of the era, whose parent block has slot 0. */
export type Slot = number;

/** Number of an epoch: slot divided by `epochSlots`, rounded down. */
export type Epoch = number;

/** A validator as the register knows it now; the lottery reads snapshots. */
export interface Bond {
  /** Deposit in base units, at least `0n`. */
  readonly deposit: bigint;
  /** Stake with delegations, from ledgers that tell it; replaces `deposit`. */
  readonly stake: bigint | null;
  /** Registered VRF key; without one there is no part in the lottery. */
  readonly vrfKey: Bytes | null;
  /** Epoch in which it left, or `null`. */
  readonly exitedAt: Epoch | null;
  /** First epoch in which it is not ejected; 0 if it never was. */
  readonly ejectedUntil: Epoch;
}

/** A validator in the lottery of an epoch. */
export interface Ticket {
  /** Who it is. */
  readonly id: ActorId;
  /** Stake that counts, at least 1. */
  readonly stake: bigint;
  /** Key that its proofs are checked with. */
  readonly vrfKey: Bytes;
  /** Sum of the stakes up to and including this one. */
  readonly end: bigint;
}

/** Stake and keys that count in one epoch (pos-pow S2). */
export interface Snapshot {
  /** Sorted by address (pos-pow A5), never empty. */
  readonly tickets: readonly Ticket[];
  /** The same as the contract tells it to others: ids and stakes. */
  readonly validators: readonly Validator[];
  /** W: sum of all stakes. */
  readonly total: bigint;
}

/** State of proof of stake after a block. Immutable; neighbouring states share structure. */
export interface PosState {
  /** Time of slot 0: that of the parent of the era. */
  readonly slotZero: Millis;
  /** Slot of the block; 0 before the first. */
  readonly slot: Slot;
  /** Seeds, with the epoch of the block. */
  readonly seeds: SeedPipeline;
  /** Snapshots of the epoch of the block and of the two after it. */
  readonly snapshots: readonly [Snapshot, Snapshot, Snapshot];
  /** Everybody who has stake, or had it within the last `unbondEpochs`. */
  readonly bonds: PersistentMap<ActorId, Bond>;
  /** Offences already punished, with the epoch in which they were. */
  readonly punished: PersistentMap<string, Epoch>;
}
