/**
 * Typed errors of this package.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type ConsensusErrorData =
  /** A configuration value is missing or out of range. `path` is dotted, e.g. `slot.durationMs`. */
  | { readonly code: 'INVALID_CONFIG'; readonly path: string; readonly reason: string }
  /** Bytes are not the canonical encoding of `what`. */
  | { readonly code: 'INVALID_ENCODING'; readonly what: string; readonly offset: number }
  /** A value has no canonical encoding: it is negative, does not fit, or is malformed text. */
  | { readonly code: 'NOT_ENCODABLE'; readonly reason: string }
  /** An argument of arithmetic is outside its range. */
  | {
      readonly code: 'VALUE_OUT_OF_RANGE';
      readonly name: string;
      readonly value: number | bigint;
      readonly expected: string;
    }
  /** An era cannot start from the given handover or census. */
  | { readonly code: 'INVALID_HANDOVER'; readonly plugin: string; readonly reason: string }
  /** A plugin object breaks the static part of this contract. */
  | { readonly code: 'INVALID_PLUGIN'; readonly plugin: string; readonly reason: string };

/**
 * Thrown on misuse by the caller, never because of what a peer sent.
 *
 * Recognise it with {@link isConsensusError}: two installed copies of this package have two
 * classes, so `instanceof` is not reliable.
 */
export class ConsensusError extends Error {
  /** Always `ConsensusError`. */
  override readonly name = 'ConsensusError';
  /** Machine-readable reason. */
  readonly data: ConsensusErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: ConsensusErrorData) {
    const { code, ...rest } = data;
    super(
      `${code}: ${Object.entries(rest)
        .map(([field, value]) => `${field}=${value}`)
        .join(', ')}`,
    );
    this.data = data;
  }
}

/** Recognises a {@link ConsensusError} of any installed copy, optionally of one code. */
export function isConsensusError(value: unknown, code?: ConsensusErrorData['code']): value is ConsensusError {
  if (!(value instanceof Error) || value.name !== 'ConsensusError') return false;
  const actual = (value as Partial<ConsensusError>).data?.code;
  return code === undefined ? actual !== undefined : actual === code;
}
