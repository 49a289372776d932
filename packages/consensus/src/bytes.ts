/**
 * Canonical bytes: bounded writer and reader, and byte order.
 *
 * @module
 */
import { ConsensusError } from './errors.ts';
import type { HashFunction } from './plugin.ts';
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
 * width and byte strings with a 32-bit length. There is exactly one encoding of every value, and
 * two values never share one.
 *
 * Bytes are copied when they are written, so later changes to an argument have no effect.
 *
 * @example
 * ```ts
 * const bytes = new ByteWriter().uint(7, 4).text('wind').finish();
 * const reader = new ByteReader(bytes, 'example');
 * reader.uint(4); // 7
 * reader.text(); // 'wind'
 * reader.finish();
 * ```
 */
export class ByteWriter {
  #buffer: Bytes = SPARE_BUFFERS.pop() ?? new Uint8Array(SPARE_BYTES);
  #length = 0;
  #isFinished = false;

  /**
   * Appends an unsigned integer of `width` bytes.
   *
   * @param width - 1 to 8. A `number` must be a safe integer whatever the width.
   * @throws {@link ConsensusError} with `NOT_ENCODABLE` if the value does not fit.
   */
  uint(value: number | bigint, width: number): this {
    requireWidth(width);
    if (typeof value === 'bigint') this.#appendBigint(value, width);
    else this.#appendNumber(value, width);
    return this;
  }

  /** Appends a byte string with its length. */
  bytes(value: Bytes): this {
    this.uint(value.length, LENGTH_BYTES);
    const start = this.#reserve(value.length);
    this.#buffer.set(value, start);
    return this;
  }

  /**
   * Appends text as UTF-8 with its length.
   *
   * @throws {@link ConsensusError} with `NOT_ENCODABLE` for text with a lone surrogate: UTF-8 would
   *   replace it, and two texts would share one encoding.
   */
  text(value: string): this {
    if (this.#appendAscii(value)) return this;
    if (/\p{Surrogate}/u.test(value)) refuse('text contains a lone surrogate');
    return this.bytes(new TextEncoder().encode(value));
  }

  /**
   * Appends a non-negative `bigint` as its shortest byte string, with its length; `0n` is empty.
   *
   * @throws {@link ConsensusError} with `NOT_ENCODABLE` for a negative value.
   */
  bigint(value: bigint): this {
    if (value < 0n) refuse(`${value} is negative`);
    if (value <= WORD_MAX) {
      const word = Number(value);
      const width = 4 - (Math.clz32(word) >>> 3);
      this.uint(width, LENGTH_BYTES);
      this.#putWord(word, this.#reserve(width), width);
      return this;
    }
    // Amounts and targets are most of what is written, and each shift of one makes another one.
    const digits = value.toString(16);
    const width = (digits.length + 1) >>> 1;
    this.uint(width, LENGTH_BYTES);
    this.#putDigits(digits, this.#reserve(width) + width);
    return this;
  }

  /**
   * Returns everything written, as bytes of the caller's own, and ends the writer.
   *
   * @throws {@link ConsensusError} with `NOT_ENCODABLE` the second time, as every further write does.
   */
  finish(): Bytes {
    this.#end();
    const bytes = this.#buffer.slice(0, this.#length);
    this.#release();
    return bytes;
  }

  /**
   * Hashes everything written, and ends the writer. The same as `hash(writer.finish())` at half of the cost, since
   * what is hashed is not copied.
   *
   * @param hash - Must not keep its argument: those bytes become those of another writer.
   * @throws {@link ConsensusError} with `NOT_ENCODABLE` if the writer has ended before.
   * @example
   * ```ts
   * const id = new ByteWriter().text('wind').uint(7, 4).hash(sha256);
   * ```
   */
  hash(hash: HashFunction): Bytes {
    this.#end();
    const digest = hash(this.#buffer.subarray(0, this.#length));
    this.#release();
    return digest;
  }

  #end(): void {
    this.#requireOpen();
    this.#isFinished = true;
  }

  /** Whoever writes next gets the buffer, so nothing may look at it any more. */
  #release(): void {
    if (this.#buffer.length <= SPARE_BYTES_MAX && SPARE_BUFFERS.length < SPARE_MAX) SPARE_BUFFERS.push(this.#buffer);
  }

  #appendNumber(value: number, width: number): void {
    // From 7 bytes on every safe integer fits.
    const fits = Number.isSafeInteger(value) && value >= 0 && (width > 6 || value < 2 ** (width * 8));
    if (!fits) refuse(`${value} is no unsigned integer of ${width} bytes`);
    const start = this.#reserve(width);
    let rest = value;
    for (let index = start + width - 1; index >= start; index--) {
      const byte = rest % 256;
      this.#buffer[index] = byte;
      rest = (rest - byte) / 256;
    }
  }

  /** Writes the low bytes of a 32-bit word. */
  #putWord(word: number, start: number, width: number): void {
    for (let index = start + width - 1, rest = word; index >= start; index--, rest >>>= 8) {
      this.#buffer[index] = rest;
    }
  }

  /** Writes hexadecimal digits that end before `end`. */
  #putDigits(digits: string, end: number): void {
    for (let last = digits.length - 1, index = end - 1; last >= 0; last -= 2, index--) {
      const high = last === 0 ? 0 : digitOf(digits.charCodeAt(last - 1));
      this.#buffer[index] = (high << 4) | digitOf(digits.charCodeAt(last));
    }
  }

  #appendBigint(value: bigint, width: number): void {
    if (value < 0n || value >> BigInt(width * 8) !== 0n) refuse(`${value} is no unsigned integer of ${width} bytes`);
    const start = this.#reserve(width);
    let rest = value;
    for (let index = start + width - 1; index >= start; index--) {
      this.#buffer[index] = Number(rest & 255n);
      rest >>= 8n;
    }
  }

  /** Identifiers are nearly always ASCII, where the encoder costs several times the copy. */
  #appendAscii(value: string): boolean {
    const before = this.#length;
    this.uint(value.length, LENGTH_BYTES);
    const start = this.#reserve(value.length);
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        this.#length = before;
        return false;
      }
      this.#buffer[start + index] = code;
    }
    return true;
  }

  /** Makes room for `count` more bytes and returns where they start. */
  #reserve(count: number): number {
    const start = this.#length;
    const needed = start + count;
    this.#requireOpen();
    if (needed > this.#buffer.length) this.#grow(needed);
    this.#length = needed;
    return start;
  }

  #grow(needed: number): void {
    // Doubling keeps the cost of a long encoding linear.
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }

  /** The buffer of a finished writer is that of another one. */
  #requireOpen(): void {
    if (this.#isFinished) refuse('the writer is finished');
  }
}

/**
 * Reads what {@link ByteWriter} wrote. Every read throws a {@link ConsensusError} with `INVALID_ENCODING`
 * on bytes that the matching write cannot have produced; wrap a decoder in {@link tryDecode} where a
 * peer controls the bytes.
 *
 * Lengths are checked against what is left before anything is allocated, so a hostile length costs
 * nothing. Call {@link ByteReader.finish} at the end: without it trailing bytes would go unnoticed.
 */
export class ByteReader {
  readonly #data: Bytes;
  readonly #what: string;
  #offset = 0;

  /** @param what - Name used in errors, e.g. `pow digest`. */
  constructor(data: Bytes, what: string) {
    this.#data = data;
    this.#what = what;
  }

  /**
   * Reads an unsigned integer of `width` bytes.
   *
   * @param width - 1 to 8.
   * @returns 0 to 2^53 − 1; larger values are refused, as no `number` holds them exactly.
   */
  uint(width: number): number {
    requireWidth(width);
    const start = this.#pass(width);
    // A sum beyond 2^53 may be rounded, but never back into the safe integers.
    let value = 0;
    for (let index = start; index < start + width; index++) value = value * 256 + (this.#data[index] as number);
    if (!Number.isSafeInteger(value)) this.#fail();
    return value;
  }

  /** Reads a byte string of at most `max` bytes, as a copy. */
  bytes(max: number = this.#data.length): Bytes {
    const start = this.#passString(max);
    return this.#data.slice(start, this.#offset);
  }

  /** Reads UTF-8 text of at most `max` bytes. */
  text(max: number = this.#data.length): string {
    const start = this.#passString(max);
    const encoded = this.#data.subarray(start, this.#offset);
    if (isShortAscii(encoded)) return String.fromCharCode.apply(null, encoded as unknown as number[]);
    try {
      return TEXT_DECODER.decode(encoded);
    } catch {
      return this.#fail();
    }
  }

  /** Reads a non-negative `bigint` in its shortest form, of at most `max` bytes. */
  bigint(max = 64): bigint {
    const start = this.#passString(max);
    const digits = this.#data.subarray(start, this.#offset);
    if (digits[0] === 0) this.#fail();
    let value = 0n;
    for (const digit of digits) value = (value << 8n) | BigInt(digit);
    return value;
  }

  /** Requires that nothing is left. */
  finish(): void {
    if (this.#offset !== this.#data.length) this.#fail();
  }

  /** Moves past a byte string and returns where it starts. */
  #passString(max: number): number {
    const length = this.uint(LENGTH_BYTES);
    if (length > max) this.#fail();
    return this.#pass(length);
  }

  #pass(length: number): number {
    const start = this.#offset;
    if (length > this.#data.length - start) this.#fail();
    this.#offset = start + length;
    return start;
  }

  #fail(): never {
    throw new ConsensusError({ code: 'INVALID_ENCODING', what: this.#what, offset: this.#offset });
  }
}

/**
 * Turns a decoder that throws on foreign bytes into a total one.
 *
 * It swallows every error, so wrap nothing but decoding.
 *
 * @returns What `decode` returned, or `undefined` if it threw.
 * @example
 * ```ts
 * const decodeHeight = (bytes: Bytes) =>
 *   tryDecode(() => {
 *     const reader = new ByteReader(bytes, 'height');
 *     const height = reader.uint(6);
 *     reader.finish();
 *     return height;
 *   });
 * decodeHeight(new Uint8Array(3)); // undefined
 * decodeHeight(new Uint8Array(6)); // 0
 * ```
 */
export function tryDecode<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

const LENGTH_BYTES = 4;
const WORD_MAX = 0xffff_ffffn;
/** Longer text would not fit on the stack as arguments, and decodes fast enough. */
const SHORT_TEXT_BYTES = 256;
/**
 * Buffers of writers that are done. Arrays beyond 64 bytes live outside the heap of the usual engines, and making one
 * for each of millions of short encodings costs more than filling it.
 */
const SPARE_BUFFERS: Bytes[] = [];
const SPARE_MAX = 8;
const SPARE_BYTES = 1_024;
const SPARE_BYTES_MAX = 65_536;
// A byte order mark is kept, since dropping it would give two encodings to one text.
const TEXT_DECODER = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The decoder costs several times as much as a short identifier. */
function isShortAscii(encoded: Bytes): boolean {
  if (encoded.length > SHORT_TEXT_BYTES) return false;
  for (let index = 0; index < encoded.length; index++) if ((encoded[index] as number) > 0x7f) return false;
  return true;
}

/** Value of a lower-case hexadecimal digit: letters follow 96, figures 47. */
function digitOf(code: number): number {
  return code > 96 ? code - 87 : code - 48;
}

function requireWidth(width: number): void {
  if (!Number.isInteger(width) || width < 1 || width > 8) refuse(`width ${width} is not 1 to 8`);
}

function refuse(reason: string): never {
  throw new ConsensusError({ code: 'NOT_ENCODABLE', reason });
}
