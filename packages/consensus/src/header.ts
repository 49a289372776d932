/**
 * Headers, validators and tips: all that a plugin sees of blocks.
 *
 * @module
 */
import type { ActorId, BlockId, Bytes, Height, LIMITS, Millis, ProtocolId } from './primitives.ts';
import type { ConsensusRules } from './rules.ts';

/**
 * The part of a header that is known before the block body is built.
 *
 * {@link ConsensusRules.directives} sees only this part, because directives influence the state
 * root and therefore the identity of the block.
 */
export interface HeaderContext {
  /** Block this one extends. */
  readonly parentId: BlockId;
  /** Exactly the parent's height plus one. */
  readonly height: Height;
  /** Time claimed by the author. The host checks only that it is a safe integer. */
  readonly timestamp: Millis;
  /** Validator that built the block, or the beneficiary in proof of work. */
  readonly author: ActorId;
  /** Protocol of the era that `height` belongs to. */
  readonly protocol: ProtocolId;
  /**
   * Plugin-owned data covered by {@link ConsensusHeader.sealHash}: slot, round, VRF proof, target.
   *
   * The term is Substrate's. At most {@link LIMITS}`.digestBytes`.
   */
  readonly digest: Bytes;
}

/** All that a plugin ever sees of a block. The host projects its own header onto it. */
export interface ConsensusHeader extends HeaderContext {
  /** Identity of the block. The host decides whether the seal contributes to it. */
  readonly id: BlockId;
  /**
   * Hash of everything the author commits to: context, body, results and chain identity, without
   * the seal. This is what a seal signs or works on.
   */
  readonly sealHash: Bytes;
  /**
   * Plugin-owned data outside `sealHash`: a signature, a nonce, or nothing.
   *
   * Rounds of voting and commit signatures never enter `sealHash`, so a block keeps its identity
   * when a later round adopts it. At most {@link LIMITS}`.sealBytes`.
   */
  readonly seal: Bytes;
}

/** A member of the set that may author or finalise blocks. */
export interface Validator {
  /** Who it is. Unique within a set. */
  readonly id: ActorId;
  /** Voting weight, at least `0n`. Weight `0n` is legal and means probation: heard, not counted. */
  readonly weight: bigint;
  /** Verification key, when it cannot be derived from `id`. */
  readonly publicKey?: Bytes;
}

/** A block together with what consensus knows after it. */
export interface Tip<State> {
  /** The block. */
  readonly header: ConsensusHeader;
  /** State after the block, as returned by {@link ConsensusRules.applyHeader}. */
  readonly state: State;
  /** Sum of {@link ConsensusRules.branchWeight} from the start of the era up to this block. */
  readonly totalWeight: bigint;
}
