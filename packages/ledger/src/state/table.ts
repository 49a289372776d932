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

/**
 * Part of the state that a table lies in, a subtree of the state tree with a root of its own.
 *
 * - `application`: what follows from the transactions and from the market time at which they were executed. Blocks
 *   that are cut differently, by other authors or at other heights, leave the same entries there.
 * - `chain`: what depends on the chain that carried the transactions: heights, authors and their income, deposits,
 *   ballots, published trust, logs in the order of events.
 */
export type StateSubtree = 'application' | 'chain';

/** A named set of entries of one type. Two tables of one subtree, module and name are one table. */
export interface Table<T> {
  /** Module that owns it. */
  readonly module: string;
  /** Name within the module. */
  readonly name: string;
  /** Where its entries lie. */
  readonly subtree: StateSubtree;
  /** Encoding of its values. */
  readonly codec: Codec<T>;
  /** What the key of every entry starts with in the state tree: `subtree/module/name/`. */
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

/** What the keys of a subtree start with. The two differ in their first byte, so the subtrees part at the root. */
export function subtreePrefix(subtree: StateSubtree): string {
  return `${subtree}/`;
}

/**
 * Declares a table.
 *
 * A table belongs to the `application` subtree only if nothing in it depends on where in the chain a transaction
 * stood: no height, no position in a block, no author, no time finer than the market's.
 *
 * @throws {@link LedgerError} with `NAME_INVALID` unless both names are 1 to 32 characters out of
 *   `a-z A-Z 0-9 -`, and the subtree is one of the two.
 * @example
 * ```ts
 * const METERS = defineTable({ module: 'energy', name: 'meter', subtree: 'application', codec: meterCodec });
 * ```
 */
export function defineTable<T>(options: {
  readonly module: string;
  readonly name: string;
  readonly subtree: StateSubtree;
  readonly codec: Codec<T>;
}): Table<T> {
  const { module, name, subtree } = options;
  if (subtree !== 'application' && subtree !== 'chain') throw new LedgerError({ code: 'NAME_INVALID', value: subtree });
  for (const value of [module, name]) {
    if (!/^[a-zA-Z0-9-]{1,32}$/.test(value)) throw new LedgerError({ code: 'NAME_INVALID', value });
  }
  return { ...options, prefix: `${subtreePrefix(subtree)}${module}/${name}/` };
}
