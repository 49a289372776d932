/**
 * Why DPoS refuses headers and evidence, and what its penalties are for.
 *
 * @module
 */

/**
 * Why DPoS refuses a header or a piece of evidence. Codes are stable.
 */
export type DposRefusal =
  /**
   * The digest does not decode, or has a VRF proof exactly when the configuration asks for none.
   *
   * Cause: The author runs another version or another `seedSource`, or made the bytes up.
   * Remedy: Compare the configuration of the era with the author's; a node that meets only such blocks is on
   * the wrong one.
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
   * The slot belongs to another delegate.
   *
   * Cause: The author computed another schedule, because its state differs from ours, or it takes a turn that
   * is not its own.
   * Remedy: If all blocks of one author are refused so, compare state digests at their parents; otherwise
   * nothing is to be done.
   */
  | 'WRONG_DELEGATE'
  /**
   * The slot is the author's, who has lost its seat for an offence.
   *
   * Cause: Evidence against the author is in the chain.
   * Remedy: None: the seat comes back with no later election.
   */
  | 'DELEGATE_EJECTED'
  /**
   * The digest does not name the delegates that follow from the chain.
   *
   * Cause: The author counted ballots or read the seed differently, or lies.
   * Remedy: Compare versions and state digests: honest nodes that disagree here run different rules.
   */
  | 'WRONG_ELECTION'
  /**
   * The evidence shows no offence of this protocol.
   *
   * Cause: It is about something else than two headers, e.g. votes of a gadget.
   * Remedy: Hand it to the protocol that it belongs to: its `protocol` has to name the plugin that judges it.
   */
  | 'EVIDENCE_KIND'
  /**
   * Nobody of this name answers for the offence any more.
   *
   * Cause: The offender was never a candidate, or left longer ago than `evidenceMaxAge` blocks.
   * Remedy: Report offences while the offender can still pay; `evidenceMaxAge` says how long.
   */
  | 'UNKNOWN_OFFENDER'
  /**
   * The offender has been ejected already.
   *
   * Cause: Somebody else's evidence came first, or the offender did it again.
   * Remedy: None: one offence costs everything.
   */
  | 'EVIDENCE_DUPLICATE'
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
  | 'EVIDENCE_TOO_OLD';

/**
 * What a penalty of DPoS is for, as the directives to the ledger say.
 */
export type DposPenaltyReason =
  /**
   * The delegate signed two headers for one slot.
   *
   * Cause: One key works on two machines, or its guard records were lost.
   * Remedy: One machine for each key, and records that survive restarts; the candidacy does not come back.
   */
  'EQUIVOCATION';
