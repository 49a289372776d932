/**
 * Typed errors of this package.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type TrustErrorData =
  /** A parameter is missing, not an integer, or outside its bounds (trust T1). `expected` says what is valid. */
  | {
      readonly code: 'PARAMETER_OUT_OF_RANGE';
      readonly parameter: string;
      readonly value: unknown;
      readonly expected: string;
    }
  /** An argument is not an integer (NaN, a fraction, an unsafe integer) or outside its bounds (trust N4). */
  | { readonly code: 'VALUE_OUT_OF_RANGE'; readonly name: string; readonly value: unknown; readonly expected: string }
  /** A division by zero or by a negative number (trust N2). */
  | { readonly code: 'DIVISOR_NOT_POSITIVE'; readonly value: number }
  /** A record was used at a round before the one it already describes. */
  | { readonly code: 'ROUND_OUT_OF_ORDER'; readonly round: number; readonly latest: number }
  /** Something was reported about a node that has no record (trust F1). */
  | { readonly code: 'UNKNOWN_NODE'; readonly node: string }
  /** Saved data is not a value this package produced under the given parameters. `path` is dotted. */
  | { readonly code: 'INVALID_SAVED_VALUE'; readonly path: string; readonly reason: string };

/**
 * Thrown on misuse by the caller: a parameter set outside its bounds, a count that is no integer.
 *
 * Recognise it with {@link isTrustError}: two installed copies of this package have two classes, so
 * `instanceof` is not reliable.
 */
export class TrustError extends Error {
  /** Always `TrustError`. */
  override readonly name = 'TrustError';
  /** Machine-readable reason. */
  readonly data: TrustErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: TrustErrorData) {
    const { code, ...rest } = data;
    const details = Object.entries(rest).map(
      ([field, value]) => `${field}=${Object.is(value, -0) ? '-0' : String(value)}`,
    );
    super(`${code}: ${details.join(', ')}`);
    this.data = data;
  }
}

/** Recognises a {@link TrustError} of any installed copy, optionally of one code. */
export function isTrustError(value: unknown, code?: TrustErrorData['code']): value is TrustError {
  if (!(value instanceof Error) || value.name !== 'TrustError') return false;
  const actual = (value as Partial<TrustError>).data?.code;
  return code === undefined ? actual !== undefined : actual === code;
}
