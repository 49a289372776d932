/**
 * A store whose records carry checksums (storage S4).
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { bytesToHex } from '@noble/hashes/utils.js';
import { LedgerError } from '../errors.ts';
import { CHECKSUM_BYTES, checksumOf } from './checksum.ts';
import type { KvEntry, KvRangeOptions, KvStore, KvWrite } from './kv-store.ts';

/** A record as a scan finds it; `value` is `null` if its checksum does not hold. */
export type ScannedEntry = readonly [key: Bytes, value: Bytes | null];

/** A {@link KvStore} with checksums, that can also be read where it is damaged. */
export interface CheckedStore extends KvStore {
  /** Like `range`, but goes on behind damaged records. */
  scan(table: string, from: Bytes, to: Bytes, options?: KvRangeOptions): Iterable<ScannedEntry>;
}

/**
 * Puts a checksum behind every value and compares it on every read, for disks and databases that do not.
 *
 * `get` and `range` throw `STORE_DAMAGED` with table and key of the first record that is not what was written there
 * (storage S4).
 *
 * @example
 * ```ts
 * const store = createCheckedStore(createMemoryStore());
 * ```
 */
export function createCheckedStore(store: KvStore): CheckedStore {
  function* scan(table: string, from: Bytes, to: Bytes, options?: KvRangeOptions): Iterable<ScannedEntry> {
    for (const [key, stored] of store.range(table, from, to, options)) yield [key, open(table, key, stored)];
  }
  return {
    get(table, key) {
      const stored = store.get(table, key);
      return stored === undefined ? undefined : (open(table, key, stored) ?? fail(table, key));
    },
    *range(table, from, to, options): Iterable<KvEntry> {
      for (const [key, value] of scan(table, from, to, options)) yield [key, value ?? fail(table, key)];
    },
    scan,
    commit: (writes) => store.commit(writes.map(seal)),
    close: () => store.close(),
  };
}

function seal(write: KvWrite): KvWrite {
  const { table, key, value } = write;
  if (value === null) return write;
  const stored = new Uint8Array(value.length + CHECKSUM_BYTES);
  stored.set(value);
  new DataView(stored.buffer).setUint32(value.length, checksumOf(table, key, value));
  return { table, key, value: stored };
}

function open(table: string, key: Bytes, stored: Bytes): Bytes | null {
  const length = stored.length - CHECKSUM_BYTES;
  if (length < 0) return null;
  const value = stored.subarray(0, length);
  const sum = new DataView(stored.buffer, stored.byteOffset + length, CHECKSUM_BYTES).getUint32(0);
  return checksumOf(table, key, value) === sum ? value : null;
}

function fail(table: string, key: Bytes): never {
  throw new LedgerError({ code: 'STORE_DAMAGED', table, key: bytesToHex(key) });
}
