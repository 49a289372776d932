/**
 * Hexadecimal text of bytes, for keys of maps.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';

/** Lower-case hexadecimal text. */
export function toHex(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
