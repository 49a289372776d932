/**
 * Canonical bytes: bounded writer and reader, and byte order.
 *
 * @module
 */
import { ConsensusError } from './errors.ts';
import type { Bytes } from './primitives.ts';

/** Orders byte strings lexicographically: negative, zero or positive. */
export function compareBytes(a: Bytes, b: Bytes): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Writes the canonical encoding used for digests, messages and states: big-endian integers of fixed
 * width and byte strings with a 32-bit length. There is exactly one encoding of every value.
 */
export class ByteWriter {
  readonly #parts: Bytes[] = [];

  /** Appends an unsigned integer of `width` bytes (1 to 8). @throws RangeError if it does not fit. */
  uint(value: number | bigint, width: number): this {
    let rest = BigInt(value);
    if (rest < 0n || rest >= 1n << BigInt(width * 8)) throw new RangeError(`${value} does not fit in ${width} bytes`);
    const part = new Uint8Array(width);
    for (let index = width - 1; index >= 0; index--) {
      part[index] = Number(rest & 255n);
      rest >>= 8n;
    }
    this.#parts.push(part);
    return this;
  }

  /** Appends a byte string with its length. */
  bytes(value: Bytes): this {
    this.uint(value.length, 4);
    this.#parts.push(value);
    return this;
  }

  /** Appends text as UTF-8 with its length. */
  text(value: string): this {
    return this.bytes(new TextEncoder().encode(value));
  }

  /** Appends a non-negative `bigint` as its shortest byte string. */
  bigint(value: bigint): this {
    if (value < 0n) throw new RangeError('negative value');
    const digits: number[] = [];
    for (let rest = value; rest > 0n; rest >>= 8n) digits.unshift(Number(rest & 255n));
    return this.bytes(Uint8Array.from(digits));
  }

  /** Returns everything written so far. */
  finish(): Bytes {
    const result = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of this.#parts) {
      result.set(part, offset);
      offset += part.length;
    }
    return result;
  }
}

/** Reads what {@link ByteWriter} wrote; every method throws `INVALID_ENCODING` on anything else. */
export class ByteReader {
  readonly #data: Bytes;
  readonly #what: string;
  #offset = 0;

  /** @param what - Name used in errors, e.g. `pow digest`. */
  constructor(data: Bytes, what: string) {
    this.#data = data;
    this.#what = what;
  }

  /** Reads an unsigned integer of `width` bytes (1 to 6) that is a safe integer. */
  uint(width: number): number {
    let value = 0;
    for (const byte of this.#take(width)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) this.#fail();
    return value;
  }

  /** Reads a byte string of at most `max` bytes. */
  bytes(max: number = this.#data.length): Bytes {
    const length = this.uint(4);
    if (length > max) this.#fail();
    return this.#take(length).slice();
  }

  /** Reads UTF-8 text of at most `max` bytes. */
  text(max: number = this.#data.length): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes(max));
    } catch {
      return this.#fail();
    }
  }

  /** Reads a shortest-form non-negative `bigint` of at most `max` bytes. */
  bigint(max = 64): bigint {
    const digits = this.bytes(max);
    if (digits[0] === 0) this.#fail();
    let value = 0n;
    for (const digit of digits) value = (value << 8n) | BigInt(digit);
    return value;
  }

  /** Requires that nothing is left. */
  finish(): void {
    if (this.#offset !== this.#data.length) this.#fail();
  }

  #take(length: number): Bytes {
    if (this.#offset + length > this.#data.length) this.#fail();
    this.#offset += length;
    return this.#data.subarray(this.#offset - length, this.#offset);
  }

  #fail(): never {
    throw new ConsensusError({ code: 'INVALID_ENCODING', what: this.#what, offset: this.#offset });
  }
}

/** Turns a function that may throw on foreign bytes into a total one. */
export function tryDecode<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
