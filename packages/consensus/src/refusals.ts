/**
 * Why evidence is refused by whoever checks it, whatever the protocol.
 *
 * @module
 */

/** Why evidence is not what it says it is. Codes are stable. */
export type EvidenceRefusal =
  /**
   * The evidence is not what it says: order, names, heights or bytes do not fit together.
   *
   * Cause: It was put together by hand, or made up.
   * Remedy: Put the two artefacts in the order of their bytes, and name their author and the lower height.
   */
  | 'EVIDENCE_MALFORMED'
  /**
   * It is longer than `LIMITS.evidenceBytes`.
   *
   * Cause: It quotes more than is needed.
   * Remedy: Quote the two contradictory artefacts only.
   */
  | 'EVIDENCE_TOO_LARGE'
  /**
   * The two artefacts do not contradict each other.
   *
   * Cause: They are of different places, sign the same bytes, or the plugin knows no conflicts of this kind.
   * Remedy: Compare `conflictKey` of both: only equal keys with different bytes are an offence.
   */
  | 'EVIDENCE_NO_CONFLICT';
