/**
 * What the requirements of a store are written with.
 *
 * @module
 */
import { type Bytes, compareBytes } from '@fiducia/consensus';
import type { KvEntry, KvStore, KvWrite } from '@fiducia/ledger';
import type { StorePlace } from './subject.ts';

/** A requirement as the suite keeps it. */
export interface Requirement {
  readonly title: string;
  /** Whether the store must keep something once it is closed. */
  readonly needsPlace?: boolean;
  check(trial: StoreTrial): Promise<void>;
}

/** One trial on a new store. */
export interface StoreTrial {
  readonly store: KvStore;
  readonly place: StorePlace;
  /** Fails the trial unless `holds`; `what` says what was seen. */
  require(holds: boolean, what: string): void;
}

/** Table that most requirements write to. */
export const TABLE = 'conformance';

/** A write to {@link TABLE}. */
export function put(key: Bytes, value: Bytes, table = TABLE): KvWrite {
  return { table, key, value };
}

/** A deletion in {@link TABLE}. */
export function drop(key: Bytes, table = TABLE): KvWrite {
  return { table, key, value: null };
}

/** Key of four bytes, big-endian, so that keys are ordered as their numbers. */
export function keyOf(number: number): Bytes {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, number);
  return key;
}

/** Whether both are there and equal, or neither is. */
export function isSame(actual: Bytes | undefined, expected: Bytes | undefined): boolean {
  if (actual === undefined || expected === undefined) return actual === expected;
  return compareBytes(actual, expected) === 0;
}

/** Whether entries are these keys and values, in this order. */
export function isSameList(actual: readonly KvEntry[], expected: readonly KvEntry[]): boolean {
  return (
    actual.length === expected.length &&
    actual.every(([key, value], index) => isSame(key, expected[index]?.[0]) && isSame(value, expected[index]?.[1]))
  );
}

/** What an action threw or rejected with, `undefined` if it did neither. */
export async function failureOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (thrown) {
    return thrown ?? 'undefined';
  }
}
