/**
 * Why blocks are refused, and why the signer refuses.
 *
 * @module
 */

/**
 * Why the adapter refuses a block by itself; codes of plugins pass through unchanged.
 */
export type AdapterRefusal =
  /**
   * The bytes are no block of this chain's rules.
   *
   * Cause: Another hard fork, another version, or noise.
   * Remedy: Compare `Common` of both nodes.
   */
  | 'BLOCK_ENCODING'
  /**
   * The block is longer than `blockBytesMax`.
   *
   * Cause: The builder has a higher limit, or sent noise.
   * Remedy: Give all nodes of a chain one limit.
   */
  | 'BLOCK_TOO_LARGE'
  /**
   * The extra data are not in the form of the adapter.
   *
   * Cause: The block was sealed by something else.
   * Remedy: Seal with `createSealer` or `encodeExtraData`.
   */
  | 'EXTRA_DATA'
  /**
   * The block has the height 0 and is not this chain's.
   *
   * Cause: Another genesis.
   * Remedy: Compare genesis state and `Common` of both nodes.
   */
  | 'WRONG_GENESIS'
  /**
   * The block names another protocol.
   *
   * Cause: Another plugin or another major version of it.
   * Remedy: Give all nodes the same plugin.
   */
  | 'WRONG_PROTOCOL'
  /**
   * The height is not one above that of the parent.
   *
   * Cause: The header was made up.
   * Remedy: None at the receiver.
   */
  | 'WRONG_HEIGHT'
  /**
   * The difficulty is not the weight that the plugin gives the block; under the host, not 1.
   *
   * Cause: The sealer runs another configuration, or wants a heavier branch.
   * Remedy: Compare the configuration of the plugin.
   */
  | 'WRONG_DIFFICULTY'
  /**
   * The block has uncles.
   *
   * Cause: It was made by another kind of chain.
   * Remedy: None at the receiver.
   */
  | 'UNCLES_NOT_ALLOWED'
  /**
   * The header has withdrawals or the root of a beacon block.
   *
   * Cause: There is no beacon chain here that could vouch for them; withdrawals would be money out of nothing.
   * Remedy: None at the receiver. Reward sealers by directives.
   */
  | 'BEACON_DATA_NOT_ALLOWED'
  /**
   * The extra data carry evidence or certificates, which nobody here could judge.
   *
   * Cause: The block was made under a host.
   * Remedy: Run this node under a host as well, with `createEthereumChainPort`.
   */
  | 'PROOFS_NOT_ALLOWED'
  /**
   * Executing the block leads to other roots than its header says.
   *
   * Cause: Other hooks, another hard fork, or a lie of the builder.
   * Remedy: Give all nodes the same directives and the same `Common`.
   */
  | 'EXECUTION_INVALID'
  /**
   * EthereumJS refuses the block: gas limit, base fee, transactions or another field.
   *
   * Cause: The block breaks a rule of Ethereum.
   * Remedy: Execute it with EthereumJS alone, which says more by a text.
   */
  | 'BLOCK_INVALID';

/**
 * Why {@link createAddressSigner} refuses, and why its signatures do not hold.
 */
export type AddressSigningRefusal =
  /**
   * The place lies before the last one that was signed.
   *
   * Cause: The sealer is behind its records, e.g. after a restart.
   * Remedy: None: it goes on once the chain has passed the recorded place.
   */
  | 'STALE'
  /**
   * A floor lies below one that was signed before.
   *
   * Cause: The request would take back what an earlier signature promised.
   * Remedy: None: a plugin raises floors only.
   */
  | 'FLOOR'
  /**
   * Signing on this chain is not allowed yet.
   *
   * Cause: The chain has blocks and there are no records: the key may have signed elsewhere.
   * Remedy: Bring the records along, or make the signer with `isOpened` if no other records of this key matter.
   */
  | 'DISABLED'
  /**
   * The signature is not 65 bytes, or its recovery is neither 0 nor 1.
   *
   * Cause: Another form of signature.
   * Remedy: Sign with `createAddressSigner`.
   */
  | 'SIGNATURE_LENGTH'
  /**
   * It is not a signature of this data by this account.
   *
   * Cause: Other bytes, another chain, or a forgery.
   * Remedy: Compare chain and protocol of signing and checking.
   */
  | 'SIGNATURE_INVALID'
  /**
   * s is above half the group order: the same signature has a second encoding.
   *
   * Cause: A library that does not normalise signatures.
   * Remedy: Replace s by the group order minus s, and flip the recovery.
   */
  | 'SIGNATURE_HIGH_S'
  /**
   * The kind of claim is not known here.
   *
   * Cause: A plugin that needs more than signatures.
   * Remedy: Give `createAddressCrypto` another port as `others`.
   */
  | 'CLAIM_UNSUPPORTED';
