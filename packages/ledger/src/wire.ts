/**
 * Writing and reading of the forms that every block is full of: transactions, votes, headers, accounts.
 *
 * Blocks name thousands of them, and coders that are put together from parts take five times as long. The bytes are
 * those of the coders in `codec.ts`: integers have a fixed width, lengths come first and are bounded, text is
 * well-formed UTF-8.
 *
 * @module
 */
import type { ActorId, Bytes } from '@fiducia/consensus';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { isActorId } from './codec.ts';
import { assertInvariant, LedgerError } from './errors.ts';
import { byteStringFrom, putByteString } from './state/keys.ts';

/** Bytes of an amount. */
export const AMOUNT_BYTES = 16;

/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** Bytes of a safe integer. */
export const SAFE_UINT_BYTES = 8;

const TEXT_LENGTH_BYTES = 2;
const BYTE = 2 ** 8;
const SHORT = 2 ** 16;
const WORD = 2 ** 32;
const WORD_MAX = 0xffff_ffffn;
/** Longer text would not fit on the stack as arguments, and decodes fast enough. */
const SHORT_TEXT_BYTES = 256;
const NOT_ASCII = /[^\0-\x7f]/;
const TEXT_DECODER = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Writes into an array of the length that all values together have, which is known beforehand. */
export class WireWriter {
  readonly #bytes: Bytes;
  #offset = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
  }

  /** @param width - 1, 2 or 4 bytes. */
  uint(value: number, width: 1 | 2 | 4): this {
    if (!Number.isInteger(value) || value < 0 || value >= (width === 1 ? BYTE : width === 2 ? SHORT : WORD)) {
      refuse('integer', `not an unsigned integer of ${width} bytes`);
    }
    for (let shift = 8 * (width - 1); shift >= 0; shift -= 8) this.#bytes[this.#offset++] = value >>> shift;
    return this;
  }

  /** A non-negative safe integer in 8 bytes. */
  safeUint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) refuse('integer', 'not a non-negative safe integer');
    const low = value % WORD;
    return this.#word((value - low) / WORD).#word(low);
  }

  /** A non-negative amount below 2^128 in 16 bytes. */
  amount(value: bigint): this {
    if (value < 0n || value >> 128n !== 0n) refuse('amount', 'not from 0 to 2^128 - 1');
    const upper = value >> 64n;
    this.#word(Number(upper >> 32n)).#word(Number(upper & WORD_MAX));
    return this.#word(Number((value >> 32n) & WORD_MAX)).#word(Number(value & WORD_MAX));
  }

  /** Bytes without a length. */
  raw(value: Bytes): this {
    this.#bytes.set(value, this.#offset);
    this.#offset += value.length;
    return this;
  }

  /** A hash. */
  hash(value: Bytes): this {
    if (value.length !== HASH_BYTES) refuse('hash', `not ${HASH_BYTES} bytes`);
    return this.raw(value);
  }

  /** A hash in hexadecimal form. */
  hex(value: string): this {
    return this.hash(hexToBytes(value));
  }

  /** Bytes behind their length. */
  bytes(value: Bytes, lengthWidth: 2 | 4): this {
    return this.uint(value.length, lengthWidth).raw(value);
  }

  /** ASCII text of at most 255 characters behind its length. */
  ascii(value: string): this {
    if (NOT_ASCII.test(value)) refuse('text', 'not ASCII');
    return this.uint(value.length, 1).#characters(value);
  }

  /** Text of at most `maxBytes` bytes behind a length of two; it takes {@link textBytes} in all. */
  text(value: string, maxBytes: number): this {
    if (NOT_ASCII.test(value)) return this.bytes(encodeText(value, maxBytes), TEXT_LENGTH_BYTES);
    if (value.length > maxBytes) refuse('text', 'too long');
    return this.uint(value.length, TEXT_LENGTH_BYTES).#characters(value);
  }

  /** All that was written. */
  finish(): Bytes {
    assertInvariant(this.#offset === this.#bytes.length, 'wire', 'values have the length that was reserved');
    return this.#bytes;
  }

  #characters(value: string): this {
    putByteString(this.#bytes, this.#offset, value);
    this.#offset += value.length;
    return this;
  }

  #word(value: number): this {
    const offset = this.#offset;
    this.#bytes[offset] = value >>> 24;
    this.#bytes[offset + 1] = value >>> 16;
    this.#bytes[offset + 2] = value >>> 8;
    this.#bytes[offset + 3] = value;
    this.#offset = offset + 4;
    return this;
  }
}

/** Reads what {@link WireWriter} wrote, and throws on anything else. Bytes that it gives share the memory of the input. */
export class WireReader {
  readonly #bytes: Bytes;
  #offset = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  /** @param width - 1, 2 or 4 bytes. */
  uint(width: 1 | 2 | 4): number {
    let value = 0;
    for (let offset = this.#pass(width); offset < this.#offset; offset++) {
      value = value * BYTE + (this.#bytes[offset] as number);
    }
    return value;
  }

  safeUint(): number {
    const high = this.uint(4);
    const value = high * WORD + this.uint(4);
    return Number.isSafeInteger(value) ? value : refuse('integer', 'not a safe integer');
  }

  amount(): bigint {
    const upper = this.#pair();
    const lower = this.#pair();
    return upper === 0n ? lower : (upper << 64n) | lower;
  }

  raw(length: number): Bytes {
    const start = this.#pass(length);
    return this.#bytes.subarray(start, this.#offset);
  }

  hash(): Bytes {
    return this.raw(HASH_BYTES);
  }

  hex(): string {
    return bytesToHex(this.hash());
  }

  bytes(lengthWidth: 2 | 4, max: number): Bytes {
    const length = this.uint(lengthWidth);
    return length > max ? refuse('bytes', 'too long') : this.raw(length);
  }

  ascii(): string {
    const encoded = this.raw(this.uint(1));
    return isAscii(encoded) ? byteStringFrom(encoded) : refuse('text', 'not ASCII');
  }

  actorId(): ActorId {
    const value = this.ascii();
    return isActorId(value) ? value : refuse('actor id', 'outside its alphabet');
  }

  /** Text of at most `maxBytes` bytes behind a length of two. */
  text(maxBytes: number): string {
    const encoded = this.bytes(TEXT_LENGTH_BYTES, maxBytes);
    const isSimple = encoded.length <= SHORT_TEXT_BYTES && isAscii(encoded);
    return isSimple ? byteStringFrom(encoded) : TEXT_DECODER.decode(encoded);
  }

  /** Bytes that `read` passes. */
  span(read: (reader: WireReader) => unknown): Bytes {
    const start = this.#offset;
    read(this);
    return this.#bytes.subarray(start, this.#offset);
  }

  /** Requires the value that every form begins with. */
  version(expected: number): void {
    if (this.uint(1) !== expected) refuse('version', 'unknown');
  }

  /** Requires that nothing is left. */
  finish(): void {
    if (this.#offset !== this.#bytes.length) refuse('bytes', 'bytes left over');
  }

  #pair(): bigint {
    const high = this.uint(4);
    const low = this.uint(4);
    // Nearly all amounts are safe integers.
    return high < SHORT ? BigInt(high * WORD + low) : (BigInt(high) << 32n) | BigInt(low);
  }

  #pass(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) refuse('bytes', 'fewer than expected');
    this.#offset = start + length;
    return start;
  }
}

/** Bytes that {@link WireWriter.text} takes for a text. */
export function textBytes(value: string): number {
  const length = NOT_ASCII.test(value) ? new TextEncoder().encode(value).length : value.length;
  return TEXT_LENGTH_BYTES + length;
}

/** Asserts that a value is an actor id. */
export function requireActorId(value: string): ActorId {
  return isActorId(value) ? value : refuse('actor id', 'outside its alphabet');
}

/** A decoder of one value, with nothing behind it. */
export function decodeWhole<T>(bytes: Bytes, read: (reader: WireReader) => T): T {
  const reader = new WireReader(bytes);
  const value = read(reader);
  reader.finish();
  return value;
}

function encodeText(value: string, maxBytes: number): Bytes {
  if (/\p{Surrogate}/u.test(value)) refuse('text', 'contains a lone surrogate');
  const encoded = new TextEncoder().encode(value);
  return encoded.length > maxBytes ? refuse('text', 'too long') : encoded;
}

function isAscii(bytes: Bytes): boolean {
  for (let index = 0; index < bytes.length; index++) if ((bytes[index] as number) > 0x7f) return false;
  return true;
}

function refuse(what: string, reason: string): never {
  throw new LedgerError({ code: 'INVALID_VALUE', what, reason });
}
