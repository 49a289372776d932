/**
 * Why PBFT refuses headers, proofs, proposals and evidence, and what its penalties are for.
 *
 * @module
 */

/**
 * Why PBFT refuses a header, a proof of finality or a piece of evidence. Codes are stable.
 */
export type PbftRefusal =
  /**
   * The header has a digest.
   *
   * Cause: It was made by another protocol: here a header carries none.
   * Remedy: None at the receiver.
   */
  | 'BAD_DIGEST'
  /**
   * The header has a seal.
   *
   * Cause: It was made by another protocol, or somebody added a seal to a copy of a block: here the seals of a quorum are
   * the proof beside it.
   * Remedy: None at the receiver.
   */
  | 'BAD_SEAL'
  /**
   * The author has no seat.
   *
   * Cause: It has left or was ejected, or its state differs from ours.
   * Remedy: Look at the validators after the parent; a node that still proposes after its exit has to catch up.
   */
  | 'NOT_A_VALIDATOR'
  /**
   * The timestamp is less than `blockTimeMs` above that of the parent.
   *
   * Cause: The proposer runs another `blockTimeMs`, or is in a hurry.
   * Remedy: Compare the configuration of the era.
   */
  | 'TIME_TOO_EARLY'
  /**
   * The proof is about a height that no chain reaches.
   *
   * Cause: A peer made it up.
   * Remedy: None: the peer is at fault.
   */
  | 'BAD_HEIGHT'
  /**
   * The proof does not decode.
   *
   * Cause: A peer runs another version, or made the bytes up.
   * Remedy: Compare versions if honest peers send such proofs.
   */
  | 'BAD_PROOF'
  /**
   * The signers of the proof are no quorum of the validators of this height.
   *
   * Cause: Too few signatures, or signers without a seat.
   * Remedy: If honest peers send it, compare state digests at the parent: the nodes disagree about who has
   * seats.
   */
  | 'SEALS_MISSING'
  /**
   * The accused had no seat at the height of its messages.
   *
   * Cause: It was never a validator then, so its votes counted for nobody.
   * Remedy: None: harmless messages are no offence.
   */
  | 'UNKNOWN_OFFENDER'
  /**
   * The offender has been ejected already.
   *
   * Cause: Somebody else's evidence came first.
   * Remedy: None: one offence ends membership.
   */
  | 'EVIDENCE_DUPLICATE'
  /**
   * It does not show two messages of this protocol that contradict each other.
   *
   * Cause: It is about headers, a payload does not decode, or the ROUND-CHANGE keeps the lock of the COMMIT.
   * Remedy: Report two signed messages of one author, kind, height and round, or a COMMIT and a later ROUND-CHANGE
   * that claims less.
   */
  | 'EVIDENCE_NOT_PROVABLE'
  /**
   * The messages are about a height too far above the chain.
   *
   * Cause: The reporter is ahead of this node, or the height is made up.
   * Remedy: Wait until the chain has come near that height.
   */
  | 'EVIDENCE_TOO_EARLY'
  /**
   * The offence is more than `evidenceBlocks` old.
   *
   * Cause: It was found or reported too late.
   * Remedy: None on this chain. Choose `evidenceBlocks` as long as stake stays locked.
   */
  | 'EVIDENCE_TOO_OLD';

/**
 * Why a validator does not vote for a proposal; reported by the trace `proposalRefused`.
 */
export type PbftProposalRefusal =
  /**
   * It is not the sender's turn in this round.
   *
   * Cause: The sender counts rounds or validators differently, or proposes out of turn.
   * Remedy: Compare state digests at the parent if an honest node does so.
   */
  | 'WRONG_PROPOSER'
  /**
   * The block names another author than the proposer, though nobody was prepared for it.
   *
   * Cause: The proposer passes off a block of somebody else as new.
   * Remedy: None: the round changes.
   */
  | 'WRONG_AUTHOR'
  /**
   * The proposal came without the header of a new block, or with one that is not of the proposed block: on another
   * parent, with another digest, or sealed.
   *
   * Cause: The proposer sent a digest only, or something else than it proposes.
   * Remedy: None: the round changes.
   */
  | 'BLOCK_MISSING'
  /**
   * The proposed block is invalid.
   *
   * Cause: Its header, transactions or state root break a rule; the event `blockRejected` has the code.
   * Remedy: Look up the code of `blockRejected` beside it.
   */
  | 'BLOCK_INVALID'
  /**
   * The proposed block could not be fetched.
   *
   * Cause: No peer that was asked had it, or answers were lost.
   * Remedy: None: the round changes. If it happens often, raise the size or time limits of the network.
   */
  | 'BLOCK_UNAVAILABLE'
  /**
   * It quotes round changes or certificates that it must not quote.
   *
   * Cause: Round 0 needs none, and certificates have to belong to a claim.
   * Remedy: None at the receiver: the proposer is at fault.
   */
  | 'JUSTIFICATION_UNEXPECTED'
  /**
   * A round above 0 is proposed without a quorum of round changes.
   *
   * Cause: The proposer did not wait for a quorum, or counts validators differently.
   * Remedy: Compare state digests at the parent if an honest node does so.
   */
  | 'ROUND_CHANGES_MISSING'
  /**
   * A quoted claim to be prepared names this round or a later one.
   *
   * Cause: The claim is made up: nobody can be prepared for a round to come.
   * Remedy: None at the receiver.
   */
  | 'PREPARED_ROUND_TOO_HIGH'
  /**
   * A quoted claim to be prepared has no certificate.
   *
   * Cause: The proposer left it out, or the claim is made up.
   * Remedy: None at the receiver.
   */
  | 'CLAIM_NOT_BACKED'
  /**
   * Another block is proposed than the one that was prepared in the highest round.
   *
   * Cause: The proposer would undo what a quorum may have decided.
   * Remedy: None at the receiver: this rule is what keeps two blocks from becoming final.
   */
  | 'WRONG_VALUE';

/**
 * What a penalty of PBFT is for.
 */
export type PbftPenaltyReason =
  /**
   * The validator signed two messages of one kind for one height and round, or gave up a lock.
   *
   * Cause: One key works on two machines, or its guard records were lost.
   * Remedy: One machine for each key, and records that survive restarts; the seat does not come back.
   */
  'EQUIVOCATION';
