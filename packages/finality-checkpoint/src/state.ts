/**
 * What the gadget knows after a block: a function of the blocks alone, never of votes a node heard
 * (finality-checkpoint B4).
 *
 * @module
 */
import type { ActorId, BlockId, Bytes, Height, PersistentMap } from '@fiducia/consensus';
import type { Committee } from './committee.ts';
import type { Checkpoint, TermNumber } from './vote.ts';

/** The time of one committee. */
export interface Term {
  /** Counted from 0 at the start of the contract's era. */
  readonly number: TermNumber;
  /** Who votes. */
  readonly committee: Committee;
  /** Justified and final from the start (finality-checkpoint J1, H3). */
  readonly root: Checkpoint;
  /** Height of the block that began the term on this branch. */
  readonly startedAt: Height;
  /** Encoded proof of the hand-over; `null` for the first term. */
  readonly opening: Bytes | null;
}

/** A change of committee under way (finality-checkpoint H1). */
export interface Handover {
  /** Number of the boundary checkpoint. */
  readonly boundary: number;
  /** The boundary and the committee that its state names, once the branch has reached it. */
  readonly fixed: { readonly id: BlockId; readonly committee: Committee } | null;
}

/** State of the gadget after a block. Immutable; neighbouring states share structure. */
export interface CheckpointState {
  /** Height of the block. */
  readonly height: Height;
  /** The term that votes count in. */
  readonly term: Term;
  /** The term before, whose offences can still be reported. */
  readonly previous: Term | null;
  /** What the production plugin or the configuration names now; never who votes (finality-checkpoint H5). */
  readonly latest: Committee;
  /** Pending change, if any. */
  readonly handover: Handover | null;
  /** Justified checkpoints from the last final one on, ascending, at most 64. */
  readonly justified: readonly Checkpoint[];
  /** Highest justified checkpoint that counts for the fork choice (finality-checkpoint C2, C4). */
  readonly forkStart: number;
  /** Last final checkpoint. */
  readonly final: Checkpoint;
  /** Stand-alone proof that {@link CheckpointState.final} is final; `null` at the root of the first term. */
  readonly proof: Bytes | null;
  /**
   * Identities of the checkpoints of this branch by number, from the last final one on: that one, a pending boundary, and
   * the newest `window`.
   */
  readonly checkpoints: PersistentMap<number, BlockId>;
  /** The newest certificates that blocks carried, at most 4, oldest first. */
  readonly carried: readonly Bytes[];
  /** Members punished in the current or the previous term, with the term in which they were. */
  readonly punished: PersistentMap<ActorId, TermNumber>;
  /** Whether a block showed two certificates of one term that contradict each other (finality-checkpoint X). */
  readonly isBroken: boolean;
}

/** Most justified checkpoints remembered; with more, the lowest can no longer be sources. */
export const JUSTIFIED_MAX = 64;

/** Most certificates remembered as material against offenders. */
export const CARRIED_MAX = 4;

/** The highest justified checkpoint: the source of votes. */
export function justifiedRef(state: CheckpointState): Checkpoint {
  return state.justified.at(-1) ?? state.final;
}
