/**
 * Typed errors.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type EnergyErrorData =
  /**
   * A market input file is malformed. `line` and `column` count from 1; `column` is the number of the field, 0 if the
   * whole line is meant. The caller adds the name of the file.
   *
   * Cause: a line of a market file that breaks energy DM2: a missing field, a value that is no integer, an order of
   * times that goes back.
   * Remedy: correct the line and field named; nothing before it needs to change.
   */
  | { readonly code: 'INPUT'; readonly line: number; readonly column: number; readonly reason: string }
  /**
   * A configuration value is missing or out of range. `path` is dotted, e.g. `params.retail`.
   *
   * Cause: market parameters or a genesis that break energy PA1 or PA3.
   * Remedy: start from `DEMO_ENERGY_PARAMS` and change single values within their ranges.
   */
  | { readonly code: 'CONFIG'; readonly path: string; readonly reason: string }
  /**
   * A pure function of the market was called with a value outside its documented range.
   *
   * Cause: a quantity, price or list that a pure function of the market was called with outside the application.
   * Remedy: check the argument against the function's documentation; inside the ledger transactions are checked
   * before.
   */
  | { readonly code: 'ARGUMENT'; readonly name: string; readonly reason: string };

/**
 * Thrown on misuse by the caller and for malformed input files, never because of what a peer sent.
 *
 * Recognise it with {@link isEnergyError}: two installed copies of this package have two classes, so
 * `instanceof` is not reliable.
 */
export class EnergyError extends Error {
  /** Always `EnergyError`. */
  override readonly name = 'EnergyError';
  /** Machine-readable reason. */
  readonly data: EnergyErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: EnergyErrorData) {
    const { code, ...rest } = data;
    super(
      `${code}: ${Object.entries(rest)
        .map(([field, value]) => `${field}=${value}`)
        .join(', ')}`,
    );
    this.data = data;
  }
}

/** Recognises an {@link EnergyError} of any installed copy, optionally of one code. */
export function isEnergyError(value: unknown, code?: EnergyErrorData['code']): value is EnergyError {
  if (!(value instanceof Error) || value.name !== 'EnergyError') return false;
  return code === undefined || (value as EnergyError).data.code === code;
}

/** Stops on a broken invariant: a bug of this package, never something that a peer can cause. */
export function assertInvariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`energy invariant broken: ${what}`);
}
