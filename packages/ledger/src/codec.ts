/**
 * Coders shared by the ledger and its modules, on top of `micro-packed`.
 *
 * Every value has exactly one encoding: integers have a fixed width, lengths come first and are
 * bounded, text is well-formed UTF-8, and `decode` refuses bytes that are left over.
 *
 * @module
 */
import type { ActorId, Bytes } from '@fiducia/consensus';
import * as P from 'micro-packed';
import { LedgerError } from './errors.ts';
import { byteStringFrom, bytesOf } from './state/keys.ts';

/** Bytes of an amount; amounts are below 2^128, far above any supply the genesis check admits. */
const AMOUNT_BYTES = 16;

/** Values of a 32-bit word; a `bigint` per integer would be most of the cost of an entry. */
const WORD = 2 ** 32;

const NOT_ASCII = /[^\0-\x7f]/;

const ACTOR_ID_MAX = 64;
const MARKS = ['.', '_', '-'].map((mark) => mark.charCodeAt(0));

/** Whether `value` is an actor id the ledger can hold: 1 to 64 of `a-z 0-9 . _ -`, not starting with a mark. */
export function isActorId(value: string): value is ActorId {
  if (value.length === 0 || value.length > ACTOR_ID_MAX) return false;
  // Every transaction names two actors, and a pattern takes several times as long.
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    const isLetterOrDigit = (code >= LETTER_A && code <= LETTER_Z) || (code >= DIGIT_0 && code <= DIGIT_9);
    if (!isLetterOrDigit && (index === 0 || !MARKS.includes(code))) return false;
  }
  return true;
}

const [LETTER_A, LETTER_Z, DIGIT_0, DIGIT_9] = [0x61, 0x7a, 0x30, 0x39];

/** Non-negative safe integer in 8 bytes, big-endian: heights, nonces, times. */
export const safeUintCodec: P.CoderType<number> = P.wrap({
  size: 8,
  encodeStream(writer, value: number) {
    const low = value % WORD;
    P.U32BE.encodeStream(writer, (value - low) / WORD);
    P.U32BE.encodeStream(writer, low);
  },
  decodeStream: (reader) => P.U32BE.decodeStream(reader) * WORD + P.U32BE.decodeStream(reader),
  validate: (value: number) => {
    if (!Number.isSafeInteger(value) || value < 0) fail('integer', 'not a non-negative safe integer');
    return value;
  },
});

/** Non-negative amount of base units, below 2^128, in 16 bytes. */
export const amountCodec: P.CoderType<bigint> = P.bigint(AMOUNT_BYTES, false, false, true);

/** Text of at most `maxBytes` (up to 65 535) bytes of UTF-8. */
export function textCodec(maxBytes: number): P.CoderType<string> {
  return P.validate(P.string(P.U16BE), (value) => {
    // Only text longer than a third of the bound can exceed it.
    if (value.length * 3 > maxBytes && new TextEncoder().encode(value).length > maxBytes) fail('text', 'too long');
    return value;
  });
}

/** ASCII text of at most 255 characters. Identifiers are most of a state, and UTF-8 takes three times as long. */
export const asciiCodec: P.CoderType<string> = P.apply(P.bytes(P.U8), {
  encode: (bytes: Uint8Array) => requireAscii(byteStringFrom(bytes)),
  decode: (text: string) => bytesOf(requireAscii(text)),
});

/** Byte string of at most `maxBytes` bytes. */
export function bytesCodec(maxBytes: number): P.CoderType<Uint8Array> {
  return P.validate(P.bytes(P.U32BE), (value) => {
    if (value.length > maxBytes) fail('bytes', 'too long');
    return value;
  });
}

/** List of at most `maxItems` (up to 65 535) values. `item` must not encode to nothing. */
export function listCodec<T>(item: P.CoderType<T>, maxItems: number): P.CoderType<T[]> {
  return P.validate(P.array(P.U16BE, item), (value) => {
    if (value.length > maxItems) fail('list', 'too long');
    return value;
  });
}

/** Actor id, see {@link isActorId}. */
export const actorIdCodec: P.CoderType<ActorId> = P.validate(asciiCodec, (value) => {
  if (!isActorId(value)) fail('actor id', 'outside its alphabet');
  return value;
});

/** Whether two byte strings are equal. Not for secrets: it takes longer the more they agree. */
export function sameBytes(a: Bytes, b: Bytes): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function requireAscii(text: string): string {
  if (NOT_ASCII.test(text)) fail('text', 'not ASCII');
  return text;
}

function fail(what: string, reason: string): never {
  throw new LedgerError({ code: 'INVALID_VALUE', what, reason });
}
