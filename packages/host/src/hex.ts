/**
 * Hexadecimal text of bytes, for keys of maps and recordings.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';

const HEX = /^([0-9a-f]{2})*$/;

/** Longer ones would not fit on the stack as arguments. */
const CHUNK_BYTES = 4_096;

/**
 * Lower-case hexadecimal text. Of all its characters at once: text that grows byte by byte is a tree of pieces, and
 * hashes become keys all the time, for which the pieces are joined.
 */
export function toHex(bytes: Bytes): string {
  if (bytes.length <= CHUNK_BYTES) return textOf(bytes);
  let text = '';
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    text += textOf(bytes.subarray(start, start + CHUNK_BYTES));
  }
  return text;
}

function textOf(bytes: Bytes): string {
  const codes = new Array<number>(bytes.length * 2);
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    codes[2 * index] = codeOf(byte >>> 4);
    codes[2 * index + 1] = codeOf(byte & 15);
  }
  return String.fromCharCode.apply(null, codes);
}

/** Figures follow 47, letters 96. */
function codeOf(digit: number): number {
  return digit < 10 ? 48 + digit : 87 + digit;
}

/** Text of one character per byte: the cheapest key for a hash that nobody reads. */
export function byteStringOf(hash: Bytes): string {
  return String.fromCharCode.apply(null, hash as unknown as number[]);
}

/** Bytes of lower-case hexadecimal text, or `null` for any other text. */
export function fromHex(text: string): Bytes | null {
  if (!HEX.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}
