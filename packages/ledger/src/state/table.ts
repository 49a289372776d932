/**
 * Typed access to the state: codecs, tables, readers and writers.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { LedgerError } from '../errors.ts';

/** Longest key of an entry in UTF-8 bytes, without the prefix of its table. */
export const KEY_BYTES_MAX = 192;

/**
 * Canonical encoding of one type: equal values give equal bytes, and only those bytes decode.
 *
 * The coders of `micro-packed` fit.
 */
export interface Codec<T> {
  /** Encodes a value. May throw on a value outside the type. */
  encode(value: T): Bytes;
  /** Decodes; throws on anything that `encode` would not have written. */
  decode(bytes: Bytes): T;
}

/** A named set of entries of one type. Two tables of one name and module are one table. */
export interface Table<T> {
  /** Module that owns it. */
  readonly module: string;
  /** Name within the module. */
  readonly name: string;
  /** Encoding of its values. */
  readonly codec: Codec<T>;
  /** What the key of every entry starts with in the state tree: `module/name/`. */
  readonly prefix: string;
}

/** Read access to a state. */
export interface StateReader {
  /** Value at `key`, or `undefined`. Values are shared: never change what you got. */
  get<T>(table: Table<T>, key: string): T | undefined;
  /**
   * Entries whose key starts with `prefix`, in byte order of the UTF-8 keys. The list is fixed when
   * `entries` is called: writes made while walking it do not show.
   */
  entries<T>(table: Table<T>, prefix?: string): Iterable<readonly [key: string, value: T]>;
}

/** Read and write access to the state of the block in execution. */
export interface StateWriter extends StateReader {
  /**
   * Puts a value. It must not be changed afterwards, and must be encodable by the table's codec.
   *
   * @throws {@link LedgerError} with `KEY_INVALID` if the key is longer than {@link KEY_BYTES_MAX}.
   */
  set<T>(table: Table<T>, key: string, value: T): void;
  /** Removes an entry; nothing happens if there is none. */
  delete<T>(table: Table<T>, key: string): void;
}

/**
 * Declares a table.
 *
 * @throws {@link LedgerError} with `NAME_INVALID` unless both names are 1 to 32 characters out of
 *   `a-z A-Z 0-9 -`.
 * @example
 * ```ts
 * const METERS = defineTable({ module: 'energy', name: 'meter', codec: meterCodec });
 * ```
 */
export function defineTable<T>(options: {
  readonly module: string;
  readonly name: string;
  readonly codec: Codec<T>;
}): Table<T> {
  for (const value of [options.module, options.name]) {
    if (!/^[a-zA-Z0-9-]{1,32}$/.test(value)) throw new LedgerError({ code: 'NAME_INVALID', value });
  }
  return { ...options, prefix: `${options.module}/${options.name}/` };
}
