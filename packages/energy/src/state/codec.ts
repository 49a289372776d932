/**
 * Coders of the module's records and payloads, on top of the ledger's.
 *
 * @module
 */
import { asciiCodec } from '@fiducia/ledger';
import * as P from 'micro-packed';
import { EnergyError } from '../errors.ts';
import { isMarketId, type MarketId, MONEY_MAX } from '../units.ts';

/** Values of a 32-bit word. */
const WORD = 2 ** 32;

/** Market id in one length byte and its characters. */
export const marketIdCodec: P.CoderType<MarketId> = identifierCodec('market id', isMarketId);

/** Reason code of a supervisor's act: 1 to 32 of `0-9 A-Z _`. */
export const reasonCodec: P.CoderType<string> = identifierCodec('reason code', (text) =>
  /^[0-9A-Z_]{1,32}$/.test(text),
);

/** Key of an entry of this module, or nothing: up to 192 characters of composed market ids. */
export const entryKeyCodec: P.CoderType<string> = identifierCodec('entry key', (text) =>
  /^[0-9A-Za-z_/]{0,192}$/.test(text),
);

/** Amount of money in 8 bytes (energy UN2). */
export const moneyCodec: P.CoderType<bigint> = P.validate(P.U64BE, (value) => {
  if (value > MONEY_MAX) fail('money', 'above 2^63 - 1');
  return value;
});

/** Safe integer of either sign in 8 bytes. */
export const safeIntCodec: P.CoderType<number> = P.wrap({
  size: 8,
  encodeStream(writer, value: number) {
    const high = Math.floor(value / WORD);
    P.I32BE.encodeStream(writer, high);
    P.U32BE.encodeStream(writer, value - high * WORD);
  },
  decodeStream: (reader) => P.I32BE.decodeStream(reader) * WORD + P.U32BE.decodeStream(reader),
  validate: (value: number) => {
    if (!Number.isSafeInteger(value)) fail('integer', 'not a safe integer');
    // One spelling of zero, so that equal encodings mean equal values.
    return value + 0;
  },
});

/** SHA-256 of something that stays off the chain. */
export const hashCodec: P.CoderType<Uint8Array> = P.bytes(32);

/** One of a closed list of names, in one byte. */
export function nameCodec<T extends string>(names: readonly T[]): P.CoderType<T> {
  return P.map(P.U8, Object.fromEntries(names.map((name, index) => [name, index]))) as unknown as P.CoderType<T>;
}

/** A value or `null`. */
export function nullable<T>(inner: P.CoderType<T>): P.CoderType<T | null> {
  return P.apply(P.optional(P.bool, inner), {
    encode: (value: T | undefined) => value ?? null,
    decode: (value: T | null) => value ?? undefined,
  });
}

/** Fields in their order. The coder's own type would make every field optional that may be `null`. */
export function recordCodec<T>(fields: { readonly [K in keyof T]: P.CoderType<T[K]> }): P.CoderType<T> {
  return P.struct(fields as Record<string, P.CoderType<unknown>>) as unknown as P.CoderType<T>;
}

function identifierCodec(what: string, isValid: (text: string) => boolean): P.CoderType<string> {
  return P.validate(asciiCodec, (text) => {
    if (!isValid(text)) fail(what, 'outside its alphabet');
    return text;
  });
}

function fail(name: string, reason: string): never {
  throw new EnergyError({ code: 'ARGUMENT', name, reason });
}
