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

/** Bytes of an amount; amounts are below 2^128, far above any supply the genesis check admits. */
const AMOUNT_BYTES = 16;

/** Longest actor id. */
const ACTOR_ID_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Whether `value` is an actor id the ledger can hold: 1 to 64 of `a-z 0-9 . _ -`, not starting with a mark. */
export function isActorId(value: string): value is ActorId {
  return ACTOR_ID_PATTERN.test(value);
}

/** Non-negative safe integer in 8 bytes, big-endian: heights, nonces, times. */
export const safeUintCodec: P.CoderType<number> = P.wrap({
  size: 8,
  encodeStream: (writer, value: number) => P.U64BE.encodeStream(writer, BigInt(value)),
  decodeStream: (reader) => Number(P.U64BE.decodeStream(reader)),
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
export const actorIdCodec: P.CoderType<ActorId> = P.validate(P.string(P.U8), (value) => {
  if (!isActorId(value)) fail('actor id', 'outside its alphabet');
  return value;
});

/** Whether two byte strings are equal. Not for secrets: it takes longer the more they agree. */
export function sameBytes(a: Bytes, b: Bytes): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

function fail(what: string, reason: string): never {
  throw new LedgerError({ code: 'INVALID_VALUE', what, reason });
}
