/**
 * One text per value: equal exactly for equal values, whatever made them.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { toHex } from './hash.ts';

/** Depth at which a value counts as endless. */
const DEPTH_MAX = 24;

/** Text of any value of the contract. Entries of maps and sets count in their order, fields of objects do not. */
export function fingerprint(value: unknown): string {
  return write(value, 0);
}

/** Text of an encoded state: chunk borders count. */
export function fingerprintChunks(chunks: Iterable<Bytes>): string {
  return [...chunks].map(toHex).join('/');
}

function write(value: unknown, depth: number): string {
  if (depth > DEPTH_MAX) return '…';
  switch (typeof value) {
    case 'bigint':
      return `${value}n`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'string':
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, depth);
    case 'function':
      return 'function';
    default:
      return String(value);
  }
}

function writeObject(value: object, depth: number): string {
  if (value instanceof Uint8Array) return `0x${toHex(value)}`;
  const inner = (item: unknown): string => write(item, depth + 1);
  if (Array.isArray(value)) return `[${value.map(inner).join(',')}]`;
  if (value instanceof Map) {
    return `Map{${Array.from(value, ([key, item]) => `${inner(key)}:${inner(item)}`).join(',')}}`;
  }
  if (value instanceof Set) return `Set{${Array.from(value, inner).join(',')}}`;
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, item]) => `${name}:${inner(item)}`).join(',')}}`;
}
