/**
 * Bytes as text, for keys of maps and for traces.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';

/** Lower-case hexadecimal digits. */
export function toHex(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
