/**
 * Why proof of stake refuses headers and evidence, and what its penalties are for.
 *
 * @module
 */

/**
 * Why proof of stake refuses a header or a piece of evidence. Codes are stable.
 */
export type PosRefusal =
  /**
   * The digest is not a slot with VRF output and proof.
   *
   * Cause: The author runs another version, or made the bytes up.
   * Remedy: Compare versions; a node that meets only such blocks follows another protocol.
   */
  | 'BAD_DIGEST'
  /**
   * The timestamp is not the start of the slot that the digest names.
   *
   * Cause: The author counts slots from another start or with another `slotMs`, or lies about its time.
   * Remedy: Compare `slotMs` and genesis; clocks do not matter here, since a slot has one time.
   */
  | 'SLOT_MISMATCH'
  /**
   * The slot is not above that of the parent.
   *
   * Cause: A block was built on a parent of its own slot or of a later one.
   * Remedy: None at the receiver. An engine of one's own has to build on tips of earlier slots only.
   */
  | 'SLOT_NOT_INCREASING'
  /**
   * The lottery gave the slot to somebody else.
   *
   * Cause: The author computed another lottery, because its state differs from ours, or it takes a slot that is
   * not its own.
   * Remedy: If all blocks of one author are refused so, compare state digests at their parents; otherwise
   * nothing is to be done.
   */
  | 'WRONG_LEADER'
  /**
   * The slot is the author's, who has left or is ejected.
   *
   * Cause: The author exited, or evidence against it is in the chain.
   * Remedy: None for the slot; register again once the ejection is over.
   */
  | 'LEADER_EJECTED'
  /**
   * Nobody of this name has stake.
   *
   * Cause: The offender was never a validator, or has withdrawn everything.
   * Remedy: Report offences while the stake is still locked.
   */
  | 'UNKNOWN_OFFENDER'
  /**
   * The offence has been punished already.
   *
   * Cause: Somebody else's evidence of the same offence came first.
   * Remedy: None.
   */
  | 'EVIDENCE_DUPLICATE'
  /**
   * It does not show two headers for one slot.
   *
   * Cause: It is about something else, or a header has no digest of this protocol.
   * Remedy: Report two signed headers of one author for one slot.
   */
  | 'EVIDENCE_NOT_PROVABLE'
  /**
   * The offence lies in an epoch that has not begun here.
   *
   * Cause: The reporter is ahead of this node.
   * Remedy: Wait until the chain has reached the epoch.
   */
  | 'EVIDENCE_TOO_EARLY'
  /**
   * The offence is more than `evidenceEpochs` old.
   *
   * Cause: It was found or reported too late.
   * Remedy: None on this chain. Keep `evidenceEpochs` at most as long as stake stays locked.
   */
  | 'EVIDENCE_TOO_OLD';

/**
 * What a penalty of proof of stake is for.
 */
export type PosPenaltyReason =
  /**
   * The validator signed two headers for one slot.
   *
   * Cause: One key works on two machines, or its guard records were lost.
   * Remedy: One machine for each key, and records that survive restarts.
   */
  | 'DOUBLE_SIGN'
  /**
   * The validator broke a rule of the finality gadget beside this protocol.
   *
   * Cause: It signed contradictory votes for finality.
   * Remedy: As for `DOUBLE_SIGN`; the gadget's own evidence shows the two votes.
   */
  | 'FINALITY_VOTE';
