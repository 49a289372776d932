/**
 * Hexadecimal text of bytes, for keys of maps and recordings.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';

const HEX = /^([0-9a-f]{2})*$/;

/** Lower-case hexadecimal text. */
export function toHex(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
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
