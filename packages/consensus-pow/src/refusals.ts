/**
 * Why proof of work refuses headers.
 *
 * @module
 */

/**
 * Why proof of work refuses a header. Codes are stable.
 */
export type PowRefusal =
  /**
   * The digest is not a target in its compact form.
   *
   * Cause: The author runs another version, or made the bytes up.
   * Remedy: Compare versions; a node that meets only such blocks follows another protocol.
   */
  | 'BAD_DIGEST'
  /**
   * The header names another target than the one due after its parent.
   *
   * Cause: The author retargets by another configuration, or claims less work than is due.
   * Remedy: Compare `genesisTarget`, `spacingMs` and `windowBlocks` with the author's.
   */
  | 'WRONG_TARGET'
  /**
   * The seal is not a nonce of eight bytes.
   *
   * Cause: The block was not sealed, or by another protocol.
   * Remedy: Attach the nonce that the miner returns, in eight bytes.
   */
  | 'BAD_NONCE'
  /**
   * The timestamp is not above the median of the last blocks.
   *
   * Cause: The clock of the miner is behind by more than the median allows, or it lies to lower the target.
   * Remedy: Correct the clock of the miner.
   */
  | 'TIME_TOO_OLD';
