/**
 * What a durable ledger needs of a disk: ordered tables of bytes and atomic commits (storage S2, S3).
 *
 * @module
 */
import { type Bytes, compareBytes } from '@fiducia/consensus';
import { bytesToHex } from '@noble/hashes/utils.js';
import { LedgerError } from '../errors.ts';
import { byteStringFrom } from '../state/keys.ts';

/** One change of a commit. */
export interface KvWrite {
  /** Table the key lies in. Tables need no declaration. */
  readonly table: string;
  /** Key, 1 to 255 bytes; integers in keys are big-endian, so that byte order is their order (storage S5). */
  readonly key: Bytes;
  /** Value to put, possibly empty; `null` deletes the key, which need not exist. */
  readonly value: Bytes | null;
}

/** An entry of a table. */
export type KvEntry = readonly [key: Bytes, value: Bytes];

/** How to walk a range. */
export interface KvRangeOptions {
  /** From the highest key to the lowest. */
  readonly reverse?: boolean;
  /** Most entries, at least 0. */
  readonly limit?: number;
}

/**
 * Ordered tables with atomic, durable commits: what a store on a disk offers and `openLedger` asks for.
 *
 * The caller awaits nothing between reading and committing, so an implementation may be shared by readers but has one
 * writer. Bytes that were handed over or received are shared: nobody changes them.
 */
export interface KvStore {
  /**
   * Value at a key, `undefined` if there is none. During a commit it is the one before or the one after, the same for all keys.
   * @throws A typed error of the store if the disk fails.
   */
  get(table: string, key: Bytes): Bytes | undefined;
  /**
   * Entries with `from <= key < to` in byte order. What is committed while the range is walked does not show.
   * @throws A typed error of the store if the disk fails.
   */
  range(table: string, from: Bytes, to: Bytes, options?: KvRangeOptions): Iterable<KvEntry>;
  /**
   * Carries out all writes in list order, or none. Resolves when they are durable; commits take effect in the order of
   * the calls. Rejects with a typed error, and has then changed nothing; so for a key that is empty or too long.
   */
  commit(writes: readonly KvWrite[]): Promise<void>;
  /** Gives the store back, after all commits have ended; it can be opened again. Reads and commits fail afterwards. */
  close(): Promise<void>;
}

/** Longest key of a {@link KvStore}. */
export const KV_KEY_BYTES_MAX = 255;

/**
 * Refuses writes that no store takes; for implementations, which call it before they write anything.
 *
 * @throws {@link LedgerError} with `KEY_INVALID` for a key that is empty or longer than {@link KV_KEY_BYTES_MAX}.
 */
export function requireKvWrites(writes: readonly KvWrite[]): void {
  for (const { key } of writes) {
    if (key.length < 1 || key.length > KV_KEY_BYTES_MAX) {
      throw new LedgerError({ code: 'KEY_INVALID', value: bytesToHex(key) });
    }
  }
}

/**
 * Creates a store in memory: for tests, and as the visible part of stores that keep everything in memory.
 *
 * @example
 * ```ts
 * const store = createMemoryStore();
 * await store.commit([{ table: 'notes', key: Uint8Array.of(1), value: Uint8Array.of(7) }]);
 * store.get('notes', Uint8Array.of(1)); // Uint8Array [7]
 * ```
 */
export function createMemoryStore(): KvStore {
  return new MemoryStore();
}

/** A table: values by key, and the order of the keys while it is known. */
interface MemoryTable {
  readonly values: Map<string, KvEntry>;
  /** Sorted keys, `null` after a change that put one elsewhere than at the end. */
  order: string[] | null;
}

class MemoryStore implements KvStore {
  readonly #tables = new Map<string, MemoryTable>();
  #isClosed = false;

  get(table: string, key: Bytes): Bytes | undefined {
    this.#requireOpen();
    return this.#tables.get(table)?.values.get(byteStringFrom(key))?.[1];
  }

  range(table: string, from: Bytes, to: Bytes, options: KvRangeOptions = {}): Iterable<KvEntry> {
    this.#requireOpen();
    const found = this.#tables.get(table);
    if (found === undefined || compareBytes(from, to) >= 0) return [];
    found.order ??= [...found.values.keys()].sort();
    const keys = found.order.slice(
      firstAtOrAbove(found.order, byteStringFrom(from)),
      firstAtOrAbove(found.order, byteStringFrom(to)),
    );
    if (options.reverse === true) keys.reverse();
    const entries: KvEntry[] = [];
    for (const key of keys.slice(0, options.limit)) {
      const entry = found.values.get(key);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  async commit(writes: readonly KvWrite[]): Promise<void> {
    this.#requireOpen();
    requireKvWrites(writes);
    for (const { table, key, value } of writes) {
      const target = this.#tableOf(table);
      const name = byteStringFrom(key);
      if (value === null) remove(target, name);
      else put(target, name, [key, value]);
    }
  }

  async close(): Promise<void> {
    this.#requireOpen();
    this.#isClosed = true;
  }

  #tableOf(name: string): MemoryTable {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const table: MemoryTable = { values: new Map(), order: [] };
    this.#tables.set(name, table);
    return table;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new LedgerError({ code: 'STORE_CLOSED' });
  }
}

function put(table: MemoryTable, name: string, entry: KvEntry): void {
  const isNew = !table.values.has(name);
  table.values.set(name, entry);
  if (!isNew || table.order === null) return;
  const last = table.order.at(-1);
  if (last === undefined || last < name) table.order.push(name);
  else table.order = null;
}

function remove(table: MemoryTable, name: string): void {
  if (!table.values.delete(name)) return;
  if (table.order?.at(-1) === name) table.order.pop();
  else table.order = null;
}

function firstAtOrAbove(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
