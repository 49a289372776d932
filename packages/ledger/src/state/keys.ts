/**
 * Keys of the state tree as strings of bytes, and their bits.
 *
 * Inside the tree a key is a string with one character per UTF-8 byte, so that comparing characters
 * compares bytes. ASCII keys, by far the most, are their own byte strings.
 *
 * @module
 */
import { LedgerError } from '../errors.ts';
import { KEY_BYTES_MAX, type Table } from './table.ts';

/** Bits per byte of a key: one that says the byte exists, then its eight bits. */
export const BITS_PER_BYTE = 9;

/** Longest key inside the tree: the prefix of a table (subtree, two names and their marks) and an entry's key. */
export const TREE_KEY_BYTES_MAX = 78 + KEY_BYTES_MAX;

const NOT_ASCII = /[\u0080-\uffff]/;
const TEXT_DECODER = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true });

/** Turns text into a byte string. Lone surrogates become U+FFFD, as everywhere in UTF-8. */
export function byteStringOf(text: string): string {
  return NOT_ASCII.test(text) ? byteStringFrom(new TextEncoder().encode(text)) : text;
}

/** Turns bytes into a byte string; meant for keys and hashes, which are short. */
export function byteStringFrom(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** Turns a byte string back into text; a byte order mark is a character like any other. */
export function textOf(byteString: string): string {
  return NOT_ASCII.test(byteString) ? TEXT_DECODER.decode(bytesOf(byteString)) : byteString;
}

/** Bytes of a byte string. */
export function bytesOf(byteString: string): Uint8Array {
  const result = new Uint8Array(byteString.length);
  putByteString(result, 0, byteString);
  return result;
}

/** Writes the bytes of a byte string at `offset`. */
export function putByteString(target: Uint8Array, offset: number, byteString: string): void {
  for (let index = 0; index < byteString.length; index++) target[offset + index] = byteString.charCodeAt(index);
}

/**
 * Key of an entry inside the tree.
 *
 * @throws {@link LedgerError} with `KEY_INVALID` if the entry's key exceeds {@link KEY_BYTES_MAX}.
 */
export function treeKeyOf(table: Table<unknown>, key: string): string {
  return table.prefix + entryKeyOf(key);
}

/**
 * The part of {@link treeKeyOf} behind the prefix of the table.
 *
 * @throws {@link LedgerError} as there.
 */
export function entryKeyOf(key: string): string {
  const result = byteStringOf(key);
  if (result.length > KEY_BYTES_MAX) throw new LedgerError({ code: 'KEY_INVALID', value: key });
  return result;
}

/**
 * Bit `index` of a byte string, 0 or 1. The presence bit in front of every byte orders a key before
 * its extensions and makes every key prefix-free.
 */
export function bitAt(byteString: string, index: number): 0 | 1 {
  const within = index % BITS_PER_BYTE;
  const position = (index - within) / BITS_PER_BYTE;
  if (position >= byteString.length) return 0;
  if (within === 0) return 1;
  return ((byteString.charCodeAt(position) >> (8 - within)) & 1) as 0 | 1;
}

/** Bit `index` of two byte strings in a row, which need not be put together for it. */
export function bitAtOf(first: string, second: string, index: number): 0 | 1 {
  const bits = prefixBits(first);
  return index < bits ? bitAt(first, index) : bitAt(second, index - bits);
}

/** Index of the first bit in which two byte strings differ, or -1 if they are equal. */
export function firstDifference(a: string, b: string): number {
  const common = Math.min(a.length, b.length);
  for (let position = 0; position < common; position++) {
    const difference = a.charCodeAt(position) ^ b.charCodeAt(position);
    // The highest of eight bits is bit 1 of its group, behind the presence bit.
    if (difference !== 0) return position * BITS_PER_BYTE + 1 + (Math.clz32(difference) - 24);
  }
  return a.length === b.length ? -1 : common * BITS_PER_BYTE;
}

/** Number of bits that a prefix fixes. */
export function prefixBits(byteString: string): number {
  return byteString.length * BITS_PER_BYTE;
}
