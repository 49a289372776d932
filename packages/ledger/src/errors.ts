/**
 * Typed errors of this package: misuse by the caller, never because of what a peer sent.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. */
export type LedgerErrorData =
  /**
   * A genesis value is missing or out of range. `path` is dotted, e.g. `candidates.2.deposit`.
   *
   * Cause: a first block with a deposit, ballot, validator or key that is missing, repeated or out of range.
   * Remedy: correct the value at `path`; all nodes of a chain need the same first block.
   */
  | { readonly code: 'INVALID_GENESIS'; readonly path: string; readonly reason: string }
  /**
   * A module, table or transaction kind has a name outside its alphabet, or one used twice.
   *
   * Cause: a name with other characters than letters, digits and hyphens, longer than 32, or taken.
   * Remedy: choose another name for the module, table or transaction kind.
   */
  | { readonly code: 'NAME_INVALID'; readonly value: string }
  /**
   * The key of an entry is too long.
   *
   * Cause: an entry whose key is built from something without a bound.
   * Remedy: hash long parts of the key, or bound them before.
   */
  | { readonly code: 'KEY_INVALID'; readonly value: string }
  /**
   * A limit is not a positive safe integer, or above the hard maximum.
   *
   * Cause: a limit of 0, a fraction, or one above the maximum.
   * Remedy: choose an integer from 1 to 2 097 152, and `buildBytes` up to 2 064 384.
   */
  | { readonly code: 'INVALID_LIMIT'; readonly limit: string; readonly value: number }
  /**
   * A value given for encoding is outside its type.
   *
   * Cause: a value that does not fit its field, such as an amount beyond 128 bits, given for encoding.
   * Remedy: check the value before; `what` names the field.
   */
  | { readonly code: 'INVALID_VALUE'; readonly what: string; readonly reason: string }
  /**
   * The host asked for a block that was neither committed nor executed, or was pruned.
   *
   * Cause: a host that runs over another ledger's store, or a block older than `stateVersions`.
   * Remedy: give the host and its ledger stores of one life; raise `stateVersions` if older states are needed.
   */
  | { readonly code: 'UNKNOWN_BLOCK'; readonly id: string }
  /**
   * A record of the store is not what was written there; `key` in hex (storage S4).
   *
   * Cause: a disk or another program that changed bytes; the checksum of the record does not fit.
   * Remedy: keep the store for a look and synchronise anew; check the disk.
   */
  | { readonly code: 'STORE_DAMAGED'; readonly table: string; readonly key: string }
  /**
   * What the store holds cannot be brought back to a consistent chain: it must be synchronised anew (storage S9).
   *
   * Cause: a store that lost confirmed writes, or was put together from parts of different ages.
   * Remedy: synchronise anew into an empty store, and check whether the disk honours flushes.
   */
  | { readonly code: 'STORE_INCONSISTENT'; readonly reason: string }
  /**
   * The store has a newer form than this version knows (storage S5).
   *
   * Cause: an older program over the store of a newer one.
   * Remedy: run the newer version, or synchronise anew.
   */
  | { readonly code: 'STORE_SCHEMA'; readonly found: number; readonly known: number }
  /**
   * The store holds another chain.
   *
   * Cause: a path or genesis of another network.
   * Remedy: point the node to the store of its own chain, or correct its genesis.
   */
  | { readonly code: 'STORE_WRONG_CHAIN' }
  /**
   * The store was closed.
   *
   * Cause: a call after `close`, as by a host that was not stopped first.
   * Remedy: stop the host, then close the store.
   */
  | { readonly code: 'STORE_CLOSED' }
  /**
   * An invariant of the ledger does not hold: a defect of the ledger or of a module.
   *
   * Cause: a defect of the ledger or of a module, such as money that was made or lost.
   * Remedy: report it with the block; the block is not executed.
   */
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
