/**
 * The trace hash: one running SHA-256 over everything that happened (simulation E4).
 *
 * Records are self-delimiting, so the byte stream has one reading. They are gathered into blocks
 * and chained as `h' = SHA-256(h ‖ block)`: a simulation makes millions of records of a few dozen
 * bytes, and hashing each alone would cost more than the events themselves.
 *
 * @module
 */
import type { Bytes, HashFunction } from '@fiducia/consensus';

/** Plain data that can enter the trace. Functions and class instances other than maps have no canonical form. */
export type TraceData =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Bytes
  | readonly TraceData[]
  | ReadonlyMap<string, TraceData>
  | { readonly [key: string]: TraceData };

/** What a record says; the first byte of its encoding. */
export const RECORD = {
  event: 1,
  timerSet: 2,
  send: 3,
  deliver: 4,
  outcome: 5,
  ask: 6,
  answer: 7,
  penalty: 8,
  logAppend: 9,
  logTruncate: 10,
  host: 11,
  entropy: 12,
  links: 13,
  node: 14,
  kill: 15,
  restart: 16,
  pause: 17,
  clock: 18,
  cut: 19,
  clog: 20,
  conditions: 21,
  healing: 22,
  topology: 23,
  note: 24,
} as const;

const BLOCK_BYTES = 8_192;
const HASH_BYTES = 32;
const INSERTION_MAX = 16;
const VALUE = {
  null: 0,
  undefined: 1,
  false: 2,
  true: 3,
  number: 4,
  bigint: 5,
  text: 6,
  bytes: 7,
  list: 8,
  map: 9,
  broken: 10,
};

/** Appends records and hashes them. Numbers are written as 64-bit big-endian two's complement. */
export class Trace {
  readonly #sha256: HashFunction;
  readonly #encoder = new TextEncoder();
  /** Begins with the hash of all earlier blocks, zero for the first. */
  #block = new Uint8Array(HASH_BYTES + 2 * BLOCK_BYTES);
  #view = new DataView(this.#block.buffer);
  #length = HASH_BYTES;

  constructor(sha256: HashFunction) {
    this.#sha256 = sha256;
  }

  /** Starts a record; fields follow through the other methods. */
  record(kind: number): this {
    if (this.#length >= HASH_BYTES + BLOCK_BYTES) this.#closeBlock();
    return this.#byte(kind);
  }

  /** @param value - Safe integer. */
  number(value: number): this {
    this.#reserve(8);
    const high = Math.floor(value / 2 ** 32);
    this.#view.setInt32(this.#length, high);
    this.#view.setUint32(this.#length + 4, value - high * 2 ** 32);
    this.#length += 8;
    return this;
  }

  /** Nearly all texts are names and hashes in ASCII, for which an encoder takes several times as long. */
  text(value: string): this {
    const start = this.#length;
    this.number(value.length);
    this.#reserve(value.length);
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        this.#length = start;
        return this.bytes(this.#encoder.encode(value));
      }
      this.#block[this.#length + index] = code;
    }
    this.#length += value.length;
    return this;
  }

  bytes(value: Bytes): this {
    this.number(value.length);
    this.#reserve(value.length);
    this.#block.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Writes any plain value; keys of objects and maps are sorted, so property order never shows. */
  data(value: TraceData): this {
    if (value === null) return this.#byte(VALUE.null);
    switch (typeof value) {
      case 'undefined':
        return this.#byte(VALUE.undefined);
      case 'boolean':
        return this.#byte(value ? VALUE.true : VALUE.false);
      case 'number':
        // No protocol has a use for fractions, which is no reason to overlook one.
        if (!Number.isSafeInteger(value)) return this.#byte(VALUE.broken).text(String(value));
        return this.#byte(VALUE.number).number(value);
      case 'bigint':
        return this.#byte(VALUE.bigint).text(value.toString(16));
      case 'string':
        return this.#byte(VALUE.text).text(value);
    }
    if (value instanceof Uint8Array) return this.#byte(VALUE.bytes).bytes(value);
    if (isList(value)) {
      this.#byte(VALUE.list).number(value.length);
      for (const item of value) this.data(item);
      return this;
    }
    return value instanceof Map ? this.#map(value) : this.#object(value as { readonly [key: string]: TraceData });
  }

  /** Hash of all records so far, lower-case hex. Asking does not change it. */
  hash(): string {
    const digest = this.#sha256(this.#block.subarray(0, this.#length));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  #map(value: ReadonlyMap<string, TraceData>): this {
    const keys = inOrder([...value.keys()]);
    this.#byte(VALUE.map).number(keys.length);
    for (const key of keys) this.text(key).data(value.get(key));
    return this;
  }

  #object(value: { readonly [key: string]: TraceData }): this {
    const keys = inOrder(Object.keys(value));
    this.#byte(VALUE.map).number(keys.length);
    for (const key of keys) this.text(key).data(value[key]);
    return this;
  }

  #byte(value: number): this {
    this.#reserve(1);
    this.#block[this.#length] = value;
    this.#length += 1;
    return this;
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#block.length) return;
    const larger = new Uint8Array(2 * (this.#length + length));
    larger.set(this.#block.subarray(0, this.#length));
    this.#block = larger;
    this.#view = new DataView(larger.buffer);
  }

  #closeBlock(): void {
    this.#block.set(this.#sha256(this.#block.subarray(0, this.#length)));
    this.#length = HASH_BYTES;
  }
}

/** Inputs and effects have a handful of keys, for which insertion is faster than a general sort. */
function inOrder(keys: string[]): readonly string[] {
  if (keys.length > INSERTION_MAX) return keys.sort((a, b) => (a < b ? -1 : 1));
  for (let end = 1; end < keys.length; end++) {
    const key = keys[end] as string;
    let hole = end;
    for (; hole > 0 && (keys[hole - 1] as string) > key; hole--) keys[hole] = keys[hole - 1] as string;
    keys[hole] = key;
  }
  return keys;
}

function isList(value: TraceData): value is readonly TraceData[] {
  return Array.isArray(value);
}
