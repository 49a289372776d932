/**
 * Hexadecimal text of bytes, for keys of maps and recordings.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';

const HEX = /^([0-9a-f]{2})*$/;

/** Two digits for each byte: hashes become text all the time, and formatting each byte takes ten times as long. */
const DIGITS: readonly string[] = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** Lower-case hexadecimal text. */
export function toHex(bytes: Bytes): string {
  let text = '';
  for (let index = 0; index < bytes.length; index++) text += DIGITS[bytes[index] as number];
  return text;
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
