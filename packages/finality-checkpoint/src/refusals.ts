/**
 * Why the gadget refuses certificates, proofs and evidence, and what its penalties are for.
 *
 * @module
 */

/**
 * Why the gadget refuses a certificate in a block, a proof of finality, or a piece of evidence. Codes are
 * stable.
 */
export type CheckpointRefusal =
  /**
   * The certificate does not decode.
   *
   * Cause: The author runs another version, or made the bytes up.
   * Remedy: Compare versions if an honest node does so.
   */
  | 'CERTIFICATE_ENCODING'
  /**
   * It is of another term than the one in office after the parent.
   *
   * Cause: The author built on another branch than it read votes of.
   * Remedy: None at the receiver; certificates count only for the committee in office.
   */
  | 'CERTIFICATE_TERM'
  /**
   * Its source is not justified on this branch.
   *
   * Cause: The voters followed another branch.
   * Remedy: None: such a certificate belongs on the branch that its voters saw.
   */
  | 'CERTIFICATE_SOURCE'
  /**
   * Its target is not a checkpoint of this branch.
   *
   * Cause: The voters followed another branch.
   * Remedy: None: such a certificate belongs on the branch that its voters saw.
   */
  | 'CERTIFICATE_TARGET'
  /**
   * Its target is not above the newest justified checkpoint.
   *
   * Cause: A block before has carried as much already.
   * Remedy: None needed; authors leave such certificates out.
   */
  | 'CERTIFICATE_STALE'
  /**
   * It commits to another next committee than the one due.
   *
   * Cause: Voters computed another committee, because their states differ or they lie.
   * Remedy: Compare state digests at the source of the link.
   */
  | 'CERTIFICATE_HANDOVER'
  /**
   * It names a voter without a seat.
   *
   * Cause: The bitmap is longer than the committee.
   * Remedy: None at the receiver.
   */
  | 'CERTIFICATE_VOTER'
  /**
   * One signature stands in it twice.
   *
   * Cause: Somebody counts one vote for two members.
   * Remedy: None at the receiver.
   */
  | 'CERTIFICATE_DUPLICATE'
  /**
   * The voters are no quorum.
   *
   * Cause: Too few votes, or another committee was counted.
   * Remedy: None at the receiver; wait for more votes before making a certificate.
   */
  | 'CERTIFICATE_WEIGHT'
  /**
   * The proof of finality does not decode.
   *
   * Cause: A peer runs another version, or made the bytes up.
   * Remedy: Compare versions if honest peers send such proofs.
   */
  | 'PROOF_ENCODING'
  /**
   * A link of the proof was voted by another term than the one that follows.
   *
   * Cause: The proof skips a hand-over, or was made for another block.
   * Remedy: Ask for the proof of an earlier block first; proofs are checked against the state before their
   * block.
   */
  | 'PROOF_TERM'
  /**
   * The boundary of the hand-over is not where this branch has it, or a link starts below its committee.
   *
   * Cause: The proof belongs to another branch.
   * Remedy: None, unless both branches claim to be final: then the event `finalityConflict` tells more.
   */
  | 'PROOF_BOUNDARY'
  /**
   * The link does not finalise the boundary with the committee that is shown.
   *
   * Cause: The committee shown is not the one that the voters committed to.
   * Remedy: None at the receiver.
   */
  | 'PROOF_HANDOVER'
  /**
   * The link skips a checkpoint, so it finalises nothing.
   *
   * Cause: A justification was taken for a proof of finality.
   * Remedy: Wait for a link from one checkpoint to the very next.
   */
  | 'PROOF_NOT_CONSECUTIVE'
  /**
   * The proof makes another block final than the one it came with.
   *
   * Cause: Block and proof were mixed up.
   * Remedy: Send each proof with the block of its source.
   */
  | 'PROOF_BLOCK'
  /**
   * It shows no offence of this protocol.
   *
   * Cause: It is about headers, or a custom kind that is not known here.
   * Remedy: Hand it to the protocol that it belongs to.
   */
  | 'EVIDENCE_KIND'
  /**
   * The votes that are shown do not contradict each other.
   *
   * Cause: They are of different terms, neither surrounds the other, or the evidence names the wrong height or
   * offender.
   * Remedy: Build evidence from the two signed votes themselves; the engine of this package does.
   */
  | 'EVIDENCE_NOT_PROVABLE'
  /**
   * The votes are of a term that has not begun here, or far above the chain.
   *
   * Cause: The reporter is ahead of this node.
   * Remedy: Wait until the chain has come as far.
   */
  | 'EVIDENCE_TOO_EARLY'
  /**
   * The votes are of a term before the previous one.
   *
   * Cause: It was found or reported too late.
   * Remedy: None on this chain: older committees are no longer known.
   */
  | 'EVIDENCE_TOO_OLD'
  /**
   * The member has paid already, or the break of finality is on record.
   *
   * Cause: Somebody else's evidence came first.
   * Remedy: None.
   */
  | 'EVIDENCE_DUPLICATE'
  /**
   * The accused had no seat in that term.
   *
   * Cause: It was no member, so its votes counted for nobody.
   * Remedy: None: harmless votes are no offence.
   */
  | 'UNKNOWN_OFFENDER';

/**
 * Why a light proof is refused.
 */
export type LightClientFault =
  /**
   * Bytes that are no proof.
   *
   * Cause: A server runs another version, or made the bytes up.
   * Remedy: Ask another server.
   */
  | 'LIGHT_ENCODING'
  /**
   * The proof is about another chain.
   *
   * Cause: The server follows another chain than the trusted checkpoint.
   * Remedy: Ask a server of this chain, or correct the trusted checkpoint.
   */
  | 'LIGHT_CHAIN'
  /**
   * The proof is about another era of the contract.
   *
   * Cause: The chain has changed its consensus since the trusted checkpoint.
   * Remedy: Take a new trusted checkpoint of the current era from a source that you trust.
   */
  | 'LIGHT_ERA'
  /**
   * Members of the trusted committee may have left with their stake since.
   *
   * Cause: The client was offline for longer than `maxAgeMs`.
   * Remedy: Take a new trusted checkpoint from a source that you trust.
   */
  | 'LIGHT_TRUST_EXPIRED'
  /**
   * A committee signs that no hand-over leads to.
   *
   * Cause: The proof lacks hand-overs between the trusted checkpoint and its block.
   * Remedy: Ask for all hand-overs since the trusted checkpoint.
   */
  | 'LIGHT_COMMITTEE'
  /**
   * A hand-over that does not finalise its boundary, or commits to another committee.
   *
   * Cause: The proof is forged, or its parts are in the wrong order.
   * Remedy: Ask another server.
   */
  | 'LIGHT_HANDOVER'
  /**
   * The link does not lead to the next checkpoint, or lies above the end of its committee.
   *
   * Cause: A justification was sent in place of a finalising link.
   * Remedy: Ask for a block that is final already.
   */
  | 'LIGHT_LINK'
  /**
   * Asked for every link, and the links shown do not lead to the source of a consecutive one.
   *
   * Cause: The server leaves links out, or the client is strict and the server knows nothing of it.
   * Remedy: Ask for a proof with `links`, or do without `isStrict`.
   */
  | 'LIGHT_JUSTIFICATION'
  /**
   * A signer that the committee does not have.
   *
   * Cause: The proof is forged, or of another committee.
   * Remedy: Ask another server.
   */
  | 'LIGHT_VOTER'
  /**
   * One signature counted for two members.
   *
   * Cause: The proof is forged.
   * Remedy: Ask another server.
   */
  | 'LIGHT_DUPLICATE'
  /**
   * Less than a quorum.
   *
   * Cause: The proof is forged, or of another committee.
   * Remedy: Ask another server.
   */
  | 'LIGHT_WEIGHT'
  /**
   * The anchor is below the trusted checkpoint, or beside it.
   *
   * Cause: The server is behind, or follows a branch that contradicts the trusted checkpoint.
   * Remedy: Ask another server; if several agree, the trusted checkpoint is wrong or finality was broken.
   */
  | 'LIGHT_ANCHOR'
  /**
   * Headers that are malformed, or do not lead from the block to the anchor.
   *
   * Cause: The server left headers out, or `decodeHeader` reads another format.
   * Remedy: Ask for all headers from the block to the anchor; check `decodeHeader` on a header of the chain.
   */
  | 'LIGHT_HEADERS'
  /**
   * The state of the block does not hold the value.
   *
   * Cause: `verifyState` refused the proof of the value: another value, or another block.
   * Remedy: Ask for a proof of the value at the very block that the light proof is about.
   */
  | 'LIGHT_STATE';

/**
 * What a penalty of the gadget is for.
 */
export type CheckpointPenaltyReason =
  /**
   * The member signed votes for finality that contradict each other.
   *
   * Cause: One key votes from two machines, or its guard records were lost.
   * Remedy: One machine for each key, and records that survive restarts.
   */
  'FINALITY_VOTE';

/**
 * What the engine of the gadget reports by a trace because an operator has to know it.
 */
export type CheckpointAlarm =
  /**
   * Two quorums contradict each other; this node votes no more.
   *
   * Cause: A third of the weight or more voted twice.
   * Remedy: Look at the evidence for who did; people have to agree which branch holds, and start anew from
   * there.
   */
  | 'FINALITY_CONFLICT'
  /**
   * One silent seat can stop the committee.
   *
   * Cause: One member has so much weight that no quorum is reached without it.
   * Remedy: Spread the weight, or limit it per seat.
   */
  | 'COMMITTEE_FRAGILE';
