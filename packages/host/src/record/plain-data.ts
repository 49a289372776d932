/**
 * Plain data of the contract as JSON values and back: bytes, big integers and objects with sorted keys.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { fromHex, toHex } from '../hex.ts';

/** What `JSON.parse` can yield. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Keys of JSON objects that stand for something else. */
const BYTES = '$bytes';
const BIGINT = '$bigint';
const ESCAPE = '$';
/** Contract values nest a few levels; configurations may be deeper. */
const DEPTH_MAX = 64;
const BIGINT_TEXT = /^-?(0|[1-9]\d{0,4095})$/;

/**
 * Plain data as JSON. Properties that are `undefined` are left out, keys are sorted, so equal data has equal text.
 *
 * @throws TypeError for what is no plain data: functions, symbols, floats that are not finite, too deep nesting.
 */
export function toJson(value: unknown, depth = 0): JsonValue {
  if (depth > DEPTH_MAX) throw new TypeError('nested too deep');
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'bigint') return { [BIGINT]: value.toString() };
  if (value instanceof Uint8Array) return { [BYTES]: toHex(value) };
  if (Array.isArray(value)) return value.map((item) => toJson(item ?? null, depth + 1));
  if (typeof value !== 'object') throw new TypeError(`${typeof value} is no plain data`);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [escapeKey(key), toJson(item, depth + 1)]));
}

/**
 * The data behind a JSON value that {@link toJson} made.
 *
 * @throws TypeError for other values.
 */
export function fromJson(value: JsonValue, depth = 0): unknown {
  if (depth > DEPTH_MAX) throw new TypeError('nested too deep');
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((item) => fromJson(item, depth + 1));
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined) {
    const [key, text] = first;
    if (key === BYTES) return readBytes(text);
    if (key === BIGINT) return readBigint(text);
  }
  return Object.fromEntries(entries.map(([key, item]) => [unescapeKey(key), fromJson(item, depth + 1)]));
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function escapeKey(key: string): string {
  return key.startsWith(ESCAPE) ? ESCAPE + key : key;
}

function unescapeKey(key: string): string {
  if (!key.startsWith(ESCAPE)) return key;
  if (!key.startsWith(ESCAPE + ESCAPE)) throw new TypeError(`unknown key ${key}`);
  return key.slice(ESCAPE.length);
}

function readBytes(text: JsonValue | undefined): Bytes {
  const bytes = typeof text === 'string' ? fromHex(text) : null;
  if (bytes === null) throw new TypeError('bytes are no hexadecimal text');
  return bytes;
}

function readBigint(text: JsonValue | undefined): bigint {
  if (typeof text !== 'string' || !BIGINT_TEXT.test(text)) throw new TypeError('not a decimal integer');
  return BigInt(text);
}
