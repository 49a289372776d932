/**
 * Typed errors of this package.
 *
 * @module
 */
import type { ActorId, BlockId, Height, Millis } from '@fiducia/consensus';

/** Failure data: `code` selects the shape of the rest. */
export type AdapterErrorData =
  /** The plugin needs what a chain of this kind or the given ports cannot offer. */
  | { readonly code: 'PLUGIN_UNSUPPORTED'; readonly plugin: string; readonly reason: string }
  /** The parsed configuration holds something that has no canonical bytes, e.g. a function. */
  | { readonly code: 'CONFIG_NOT_DATA'; readonly path: string }
  /** The `Common` of the chain names another consensus algorithm, or one without difficulty. */
  | { readonly code: 'COMMON_MISMATCH'; readonly expected: string; readonly actual: string }
  /** No blockchain has called `setup` of the consensus object yet. */
  | { readonly code: 'NOT_SET_UP' }
  /** Consensus refuses the block for ever; `reason` is the code of the verdict, e.g. `WRONG_LEADER`. */
  | { readonly code: 'BLOCK_REFUSED'; readonly reason: string; readonly id: BlockId; readonly height: Height }
  /** The block claims a time that lies ahead; it may be put again at `until`. */
  | { readonly code: 'BLOCK_EARLY'; readonly id: BlockId; readonly until: Millis }
  /**
   * The consensus state after block `id` cannot be derived here: the block or an ancestor is not stored, or the virtual
   * machine has not executed it, or has pruned its state.
   */
  | { readonly code: 'STATE_UNAVAILABLE'; readonly id: BlockId }
  /** A time that is no whole second was asked for; Ethereum headers count seconds. */
  | { readonly code: 'TIMESTAMP_FRACTION'; readonly timestamp: Millis }
  /** Who is to seal is no address in lower case with `0x`; the signer is none of an Ethereum account. */
  | { readonly code: 'AUTHOR_INVALID'; readonly author: ActorId }
  /** The engine of the plugin asked for something that only a full host does, e.g. to send messages. */
  | { readonly code: 'EFFECT_UNSUPPORTED'; readonly plugin: string; readonly effect: string }
  /** A secret key is no valid one. */
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
