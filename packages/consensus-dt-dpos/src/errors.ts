/**
 * Typed errors of this package.
 *
 * Configurations, handovers and encodings fail with the contract's `ConsensusError`; the class here
 * is for misuse of the pure functions and for broken invariants.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type DtDposErrorData =
  /**
   * A total of weights is not a safe integer of at least 1, so nothing can be chosen.
   *
   * Cause: weights that are all zero, or whose sum is beyond 2^53 − 1.
   * Remedy: draw only where somebody has weight, and scale weights down before.
   */
  | { readonly code: 'TOTAL_OUT_OF_RANGE'; readonly total: number }
  /**
   * Two lists that describe the same members differ in length.
   *
   * Cause: lists that were made from different committees.
   * Remedy: build both lists from one state.
   */
  | { readonly code: 'LENGTH_MISMATCH'; readonly expected: number; readonly actual: number }
  /**
   * A value that the rules guarantee is missing: a defect of this package or of its host.
   *
   * Cause: a state that was not made by this version of the plugin, or a defect.
   * Remedy: derive the state again from its blocks; if that does not help, report the defect with the recorded
   * inputs.
   */
  | { readonly code: 'INVARIANT'; readonly reason: string };

/**
 * Thrown on misuse by the caller, never because of what a peer sent.
 *
 * Recognise it with {@link isDtDposError}: two installed copies of this package have two classes, so
 * `instanceof` is not reliable.
 */
export class DtDposError extends Error {
  /** Always `DtDposError`. */
  override readonly name = 'DtDposError';
  /** Machine-readable reason. */
  readonly data: DtDposErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: DtDposErrorData) {
    const { code, ...rest } = data;
    const details = Object.entries(rest).map(([field, value]) => `${field}=${String(value)}`);
    super(`${code}: ${details.join(', ')}`);
    this.data = data;
  }
}

/** Recognises a {@link DtDposError} of any installed copy, optionally of one code. */
export function isDtDposError(value: unknown, code?: DtDposErrorData['code']): value is DtDposError {
  if (!(value instanceof Error) || value.name !== 'DtDposError') return false;
  return code === undefined || (value as DtDposError).data.code === code;
}

/** Returns `value`, or stops if an invariant of this package does not hold. */
export function assertDefined<T>(value: T | undefined, reason: string): T {
  if (value !== undefined) return value;
  throw new DtDposError({ code: 'INVARIANT', reason });
}
