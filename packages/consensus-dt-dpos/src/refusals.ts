/**
 * Why DT-DPoS refuses headers and evidence, and what its directives are for.
 *
 * @module
 */

/**
 * Why DT-DPoS refuses a header or a piece of evidence. Codes are stable.
 */
export type DtDposRefusal =
  /**
   * The digest does not decode, or lacks or has too much for its height. The signed header is evidence.
   *
   * Cause: The author runs another configuration (`seedMode`, length of epochs), or made the bytes up.
   * Remedy: Compare the configuration in force with the author's before the author pays for it.
   */
  | 'BAD_DIGEST'
  /**
   * The timestamp is not the start of the slot that the digest names. In era 0 the signed header is evidence; later on the
   * border, and with it slot 0, may differ between branches.
   *
   * Cause: The author counts from another slot 0 or with another `slotMs`, or lies about its time.
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
   * The slot belongs to another member of the committee.
   *
   * Cause: The author computed another schedule, because its state differs from ours, or it takes a turn that
   * is not its own.
   * Remedy: If all blocks of one author are refused so, compare state digests at their parents; otherwise
   * nothing is to be done.
   */
  | 'WRONG_LEADER'
  /**
   * The digest does not name the committee that follows from the chain.
   *
   * Cause: The author rated or elected differently, or lies.
   * Remedy: Compare versions and state digests: honest nodes that disagree here run different rules.
   */
  | 'WRONG_VALIDATORS'
  /**
   * Nobody of this name answers for the offence.
   *
   * Cause: The offender was never admitted, or has left with its deposit.
   * Remedy: Report offences while the offender can still pay.
   */
  | 'UNKNOWN_OFFENDER'
  /**
   * The offence lies above the block that would carry the evidence.
   *
   * Cause: The reporter is ahead of this node.
   * Remedy: Wait: the block after the offence can carry it.
   */
  | 'EVIDENCE_TOO_EARLY'
  /**
   * The offence is more than `evidenceMaxAge` blocks old.
   *
   * Cause: It was found or reported too late.
   * Remedy: None on this chain. Choose `evidenceMaxAge` as long as deposits stay locked.
   */
  | 'EVIDENCE_TOO_OLD'
  /**
   * The offence has been punished already.
   *
   * Cause: Somebody else's evidence of the same offence came first.
   * Remedy: None.
   */
  | 'EVIDENCE_DUPLICATE'
  /**
   * The header shows no fault by itself, or another one than the evidence names.
   *
   * Cause: The fault depends on a parent, the header is of another era, or the accusation is wrong.
   * Remedy: Accuse only of `BAD_DIGEST`, within the era of the header, and in era 0 of `SLOT_MISMATCH`.
   */
  | 'EVIDENCE_NOT_PROVABLE';

/**
 * What a directive of DT-DPoS is for: penalties, and changes of trust.
 */
export type DtDposReason =
  /**
   * The leader signed two headers for one slot.
   *
   * Cause: One key works on two machines, or its guard records were lost.
   * Remedy: One machine for each key, and records that survive restarts.
   */
  | 'EQUIVOCATION'
  /**
   * The leader signed a header that is wrong by itself.
   *
   * Cause: A changed or misconfigured node signed it.
   * Remedy: Run the released plugin with the configuration of the chain.
   */
  | 'INVALID_HEADER'
  /**
   * The candidate signed a round vote that contradicts another one.
   *
   * Cause: One key votes from two machines, or its guard records were lost.
   * Remedy: One machine for each key, and records that survive restarts.
   */
  | 'INVALID_VOTE'
  /**
   * Trust was computed anew at the end of an epoch.
   *
   * Cause: The epoch ended; this is no penalty.
   * Remedy: None needed.
   */
  | 'EPOCH';
