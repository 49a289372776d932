/**
 * Typed errors of this package.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type TrustErrorData =
  /**
   * A parameter is missing, not an integer, or outside its bounds (trust T1). `expected` says what is valid.
   *
   * Cause: a parameter set that was written by hand or read from a file and not completed from a preset.
   * Remedy: start from `trustPreset` and change single values within `expected`.
   */
  | {
      readonly code: 'PARAMETER_OUT_OF_RANGE';
      readonly parameter: string;
      readonly value: unknown;
      readonly expected: string;
    }
  /**
   * An argument is not an integer (NaN, a fraction, an unsafe integer) or outside its bounds (trust N4).
   *
   * Cause: a count or round that is NaN, a fraction, unsafe or outside its bounds.
   * Remedy: check what counts the facts; the model computes with integers only.
   */
  | { readonly code: 'VALUE_OUT_OF_RANGE'; readonly name: string; readonly value: unknown; readonly expected: string }
  /**
   * A division by zero or by a negative number (trust N2).
   *
   * Cause: a call of `floorDivide` with a divisor of 0 or below.
   * Remedy: treat an empty total before dividing by it.
   */
  | { readonly code: 'DIVISOR_NOT_POSITIVE'; readonly value: number }
  /**
   * A record was used at a round before the one it already describes.
   *
   * Cause: a round that was booked or scored after a later one, as after a rollback.
   * Remedy: book rounds in order; after a rollback go on from the records that were kept for that point.
   */
  | { readonly code: 'ROUND_OUT_OF_ORDER'; readonly round: number; readonly latest: number }
  /**
   * Something was reported about a node that has no record (trust F1).
   *
   * Cause: a fact about a node before its admission, or after its record was dropped.
   * Remedy: create a record with `createTrustRecord` when the node is admitted, and drop facts about strangers.
   */
  | { readonly code: 'UNKNOWN_NODE'; readonly node: string }
  /**
   * Saved data is not a value this package produced under the given parameters. `path` is dotted.
   *
   * Cause: a file that was changed, cut off, or saved under other parameters.
   * Remedy: restore it from the source that it was saved from, with the parameters of that time.
   */
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
