/**
 * Typed errors of this package.
 *
 * Configurations, handovers and encodings fail with the contract's `ConsensusError`; the class here
 * is for misuse of the pure functions and for broken invariants.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type DposErrorData =
  /**
   * A slot is no safe integer after the one of the parent.
   *
   * Cause: a call for the leader of a slot that is not after the slot of the parent, or is no integer.
   * Remedy: ask for slots after the one of the state's own block.
   */
  | { readonly code: 'SLOT_OUT_OF_RANGE'; readonly slot: number; readonly parentSlot: number }
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
 * Recognise it with {@link isDposError}: two installed copies of this package have two classes, so
 * `instanceof` is not reliable.
 */
export class DposError extends Error {
  /** Always `DposError`. */
  override readonly name = 'DposError';
  /** Machine-readable reason. */
  readonly data: DposErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: DposErrorData) {
    const { code, ...rest } = data;
    const details = Object.entries(rest).map(([field, value]) => `${field}=${String(value)}`);
    super(`${code}: ${details.join(', ')}`);
    this.data = data;
  }
}

/** Recognises a {@link DposError} of any installed copy, optionally of one code. */
export function isDposError(value: unknown, code?: DposErrorData['code']): value is DposError {
  if (!(value instanceof Error) || value.name !== 'DposError') return false;
  return code === undefined || (value as DposError).data.code === code;
}

/** Returns `value`, or stops if an invariant of this package does not hold. */
export function assertDefined<T>(value: T | undefined, reason: string): T {
  if (value !== undefined) return value;
  throw new DposError({ code: 'INVARIANT', reason });
}
