/**
 * Values of the contract as JSON and back: bytes, big integers and maps carry a tag.
 *
 * @module
 */
import { toHex } from './hash.ts';

/** Anything that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const BYTES = '$bytes';
const BIGINT = '$bigint';
const MAP = '$map';

/** Turns plain data into JSON; fields without a value are left out. */
export function toTaggedJson(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (typeof value === 'bigint') return { [BIGINT]: String(value) };
  if (value instanceof Uint8Array) return { [BYTES]: toHex(value) };
  if (value instanceof Map)
    return { [MAP]: Array.from(value, ([key, item]) => [toTaggedJson(key), toTaggedJson(item)]) };
  if (Array.isArray(value)) return value.map(toTaggedJson);
  const fields = Object.entries(value as object).filter(([, item]) => item !== undefined);
  return Object.fromEntries(fields.map(([name, item]) => [name, toTaggedJson(item)]));
}

/** Turns it back. */
export function fromTaggedJson(json: Json): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (isList(json)) return json.map(fromTaggedJson);
  const { [BYTES]: hex, [BIGINT]: digits, [MAP]: entries } = json;
  if (typeof hex === 'string') return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  if (typeof digits === 'string') return BigInt(digits);
  if (entries !== undefined && isList(entries)) {
    return new Map(
      entries.map((entry) =>
        isList(entry) ? [fromTaggedJson(entry[0] ?? null), fromTaggedJson(entry[1] ?? null)] : [null, null],
      ),
    );
  }
  return Object.fromEntries(Object.entries(json).map(([name, item]) => [name, fromTaggedJson(item)]));
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
