/**
 * Why claims do not hold, and why the signer refuses.
 *
 * @module
 */

/**
 * Why a claim was found not to hold.
 */
export type ClaimCode =
  /**
   * Not 97 bytes, no compressed key in front, or r or s outside 1 to the group order minus 1.
   *
   * Cause: Another form of signature, or noise.
   * Remedy: Sign with `sign` of this package, or bring a crypto port for the other form.
   */
  | 'SIGNATURE_MALFORMED'
  /**
   * s is above half the group order: the same signature has a second encoding, so only the low one counts.
   *
   * Cause: A library that does not normalise signatures.
   * Remedy: Replace s by the group order minus s.
   */
  | 'SIGNATURE_HIGH_S'
  /**
   * The key inside the signature is not the signer's.
   *
   * Cause: Signed with another key than the one that the address was made of.
   * Remedy: Sign with the key of the named account.
   */
  | 'SIGNER_MISMATCH'
  /**
   * Well-formed, but not a signature of this data by this key.
   *
   * Cause: Other bytes, another domain, chain, era or protocol, or a forgery.
   * Remedy: Compare scope and domain of signing and checking; nothing is to be done about forgeries.
   */
  | 'SIGNATURE_INVALID'
  /**
   * The kind of claim or its algorithm is not known here.
   *
   * Cause: A plugin that needs more than this port has.
   * Remedy: Bring a crypto port for it; `supports` names the kinds of a port.
   */
  | 'CLAIM_UNSUPPORTED'
  /**
   * The hash is above the target.
   *
   * Cause: A nonce for other data or another target, or none that was mined.
   * Remedy: Mine the data that the claim names.
   */
  | 'WORK_INSUFFICIENT'
  /**
   * The VRF key is not 33 bytes, or the output not 32.
   *
   * Cause: Another VRF, or noise.
   * Remedy: Use `proveVrf` of the signer of this package.
   */
  | 'VRF_MALFORMED'
  /**
   * The VRF key is the key that the actor signs with.
   *
   * Cause: One key was registered for both.
   * Remedy: Register a VRF key of its own.
   */
  | 'VRF_KEY_REUSED'
  /**
   * The VRF proof does not hold for this key and input.
   *
   * Cause: Another key or input, or a forgery.
   * Remedy: Compare key, scope and `alpha` of proving and checking.
   */
  | 'VRF_INVALID'
  /**
   * The VRF proof holds, and proves another output.
   *
   * Cause: Output and proof were mixed up, or the output is made up.
   * Remedy: Send the output that `proveVrf` returned.
   */
  | 'VRF_OUTPUT_MISMATCH';

/**
 * Why the signer refuses, besides contradictions, which it answers with what it signed before.
 */
export type SigningRefusal =
  /**
   * The place lies before the last one that was signed.
   *
   * Cause: The engine is behind its records, e.g. after a restart.
   * Remedy: None: it goes on once the chain has passed the recorded place.
   */
  | 'STALE'
  /**
   * A floor lies below one that was signed before.
   *
   * Cause: The request would take back what an earlier signature promised.
   * Remedy: None: the guard does what it is there for. A plugin raises floors only.
   */
  | 'FLOOR'
  /**
   * Signing on this chain is not allowed yet.
   *
   * Cause: The chain has blocks and there are no records: the key may have signed elsewhere.
   * Remedy: Bring the records along, or call `openChain` if no other records of this key matter.
   */
  | 'DISABLED';
