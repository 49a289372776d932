/**
 * Typed errors of this package: misuse by the caller, never because of what a peer sent.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type LedgerErrorData =
  /** A genesis value is missing or out of range. `path` is dotted, e.g. `candidates.2.deposit`. */
  | { readonly code: 'INVALID_GENESIS'; readonly path: string; readonly reason: string }
  /** A module, table or transaction kind has a name outside its alphabet, or one used twice. */
  | { readonly code: 'NAME_INVALID'; readonly value: string }
  /** The key of an entry is too long. */
  | { readonly code: 'KEY_INVALID'; readonly value: string }
  /** A limit is not a positive safe integer, or above the hard maximum. */
  | { readonly code: 'INVALID_LIMIT'; readonly limit: string; readonly value: number }
  /** A value given for encoding is outside its type. */
  | { readonly code: 'INVALID_VALUE'; readonly what: string; readonly reason: string }
  /** The host asked for a block that was neither committed nor executed, or was pruned. */
  | { readonly code: 'UNKNOWN_BLOCK'; readonly id: string }
  /** A record of the store is not what was written there; `key` in hex (storage S4). */
  | { readonly code: 'STORE_DAMAGED'; readonly table: string; readonly key: string }
  /** What the store holds cannot be brought back to a consistent chain: it must be synchronised anew (storage S9). */
  | { readonly code: 'STORE_INCONSISTENT'; readonly reason: string }
  /** The store has a newer form than this version knows (storage S5). */
  | { readonly code: 'STORE_SCHEMA'; readonly found: number; readonly known: number }
  /** The store holds another chain. */
  | { readonly code: 'STORE_WRONG_CHAIN' }
  /** The store was closed. */
  | { readonly code: 'STORE_CLOSED' }
  /** An invariant of the ledger does not hold: a defect of the ledger or of a module. */
  | { readonly code: 'INVARIANT'; readonly rule: string; readonly reason: string };

/**
 * Thrown on misuse by the caller and on broken invariants.
 *
 * Recognise it with {@link isLedgerError}: two installed copies of this package have two classes.
 */
export class LedgerError extends Error {
  /** Always `LedgerError`. */
  override readonly name = 'LedgerError';
  /** Machine-readable reason. */
  readonly data: LedgerErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: LedgerErrorData) {
    const { code, ...rest } = data;
    super(
      `${code}: ${Object.entries(rest)
        .map(([field, value]) => `${field}=${value}`)
        .join(', ')}`,
    );
    this.data = data;
  }
}

/** Recognises a {@link LedgerError} of any installed copy, optionally of one code. */
export function isLedgerError(value: unknown, code?: LedgerErrorData['code']): value is LedgerError {
  if (!(value instanceof Error) || value.name !== 'LedgerError') return false;
  return code === undefined || (value as LedgerError).data.code === code;
}

/** Stops on a broken invariant: a defect of the ledger or of a module, never the fault of a peer. */
export function assertInvariant(condition: boolean, rule: string, reason: string): asserts condition {
  if (!condition) throw new LedgerError({ code: 'INVARIANT', rule, reason });
}
