/**
 * Typed errors of this package.
 *
 * @module
 */
import type { ActorId, BlockId, Height, Millis } from '@fiducia/consensus';

/** Failure data: `code` selects the shape of the rest. */
export type AdapterErrorData =
  /**
   * The plugin needs what a chain of this kind or the given ports cannot offer.
   *
   * Cause: a plugin that votes, needs a finality gadget, or needs facts or claims that the given source and crypto
   * port do not have.
   * Remedy: choose a plugin that settles by depth, and give it a source of all facts that it needs.
   */
  | { readonly code: 'PLUGIN_UNSUPPORTED'; readonly plugin: string; readonly reason: string }
  /**
   * The parsed configuration holds something that has no canonical bytes, e.g. a function.
   *
   * Cause: a plugin whose `parseConfig` returns something else than plain data.
   * Remedy: let the plugin return integers, bigints, text, bytes, lists and plain objects only.
   */
  | { readonly code: 'CONFIG_NOT_DATA'; readonly path: string }
  /**
   * The `Common` of the chain names another consensus algorithm, or one without difficulty.
   *
   * Cause: a `Common` that was not made from `createChainConfig`, or for another plugin.
   * Remedy: make `Common` from `createChainConfig` with `consensus.algorithm`.
   */
  | { readonly code: 'COMMON_MISMATCH'; readonly expected: string; readonly actual: string }
  /**
   * No blockchain has called `setup` of the consensus object yet.
   *
   * Cause: a question to the consensus object before `createBlockchain` has resolved, or of one that is in no
   * `consensusDict`.
   * Remedy: create the blockchain with the object first.
   */
  | { readonly code: 'NOT_SET_UP' }
  /**
   * Consensus refuses the block for ever; `reason` is the code of the verdict, e.g. `WRONG_LEADER`.
   *
   * Cause: a block that breaks a rule of the plugin or carries a wrong signature; `reason` is the code.
   * Remedy: drop the block, and look at who sent it; the page of the plugin explains the code.
   */
  | { readonly code: 'BLOCK_REFUSED'; readonly reason: string; readonly id: BlockId; readonly height: Height }
  /**
   * The block claims a time that lies ahead; it may be put again at `until`.
   *
   * Cause: clocks that differ, or a block from the future.
   * Remedy: put the block again at `until`; check the clock if it happens often.
   */
  | { readonly code: 'BLOCK_EARLY'; readonly id: BlockId; readonly until: Millis }
  /**
   * The consensus state after block `id` cannot be derived here: the block or an ancestor is not stored, or the
   * virtual machine has not executed it, or has pruned its state.
   *
   * Cause: a parent that was put but not executed, or a state manager that keeps no states of past blocks.
   * Remedy: execute every block before the next is put, or use `createEthereumChain`, and keep the states.
   */
  | { readonly code: 'STATE_UNAVAILABLE'; readonly id: BlockId }
  /**
   * A time that is no whole second was asked for; Ethereum headers count seconds.
   *
   * Cause: slots that do not begin at whole seconds.
   * Remedy: choose `slotMs` and the time of genesis as multiples of 1 000.
   */
  | { readonly code: 'TIMESTAMP_FRACTION'; readonly timestamp: Millis }
  /**
   * Who is to seal is no address in lower case with `0x`; the signer is none of an Ethereum account.
   *
   * Cause: a signer of another kind of chain.
   * Remedy: use `createAddressSigner`, or a signer whose `self` is an address.
   */
  | { readonly code: 'AUTHOR_INVALID'; readonly author: ActorId }
  /**
   * The engine of the plugin asked for something that only a full host does, e.g. to send messages.
   *
   * Cause: a plugin whose engine sends messages or has another effect that EthereumJS has no place for, or a signer
   * that is to prove randomness.
   * Remedy: run the plugin under `@fiducia/host`.
   */
  | { readonly code: 'EFFECT_UNSUPPORTED'; readonly plugin: string; readonly effect: string }
  /**
   * A secret key is no valid one.
   *
   * Cause: a key of another length, or one that is zero or above the order of the group.
   * Remedy: load the 32 bytes again, or make a new key.
   */
  | { readonly code: 'KEY_INVALID'; readonly reason: string };

/**
 * Thrown on misuse by the caller, and from the methods that EthereumJS calls, whose interface knows no verdicts.
 *
 * Recognise it with {@link isAdapterError}: two installed copies of this package have two classes.
 */
export class AdapterError extends Error {
  /** Always `AdapterError`. */
  override readonly name = 'AdapterError';
  /** Machine-readable reason. */
  readonly data: AdapterErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: AdapterErrorData) {
    const { code, ...rest } = data;
    const fields = Object.entries(rest).map(([field, value]) => `${field}=${value}`);
    super(fields.length === 0 ? code : `${code}: ${fields.join(', ')}`);
    this.data = data;
  }
}

/** Recognises an {@link AdapterError} of any installed copy, optionally of one code. */
export function isAdapterError(value: unknown, code?: AdapterErrorData['code']): value is AdapterError {
  if (!(value instanceof Error) || value.name !== 'AdapterError') return false;
  const actual = (value as Partial<AdapterError>).data?.code;
  return code === undefined ? actual !== undefined : actual === code;
}
