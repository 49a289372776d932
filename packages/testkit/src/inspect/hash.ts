/**
 * The hash that runs of the kit are decided by.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Bytes } from '@fiducia/consensus';

/** SHA-256. */
export function sha256(data: Bytes): Bytes {
  return new Uint8Array(createHash('sha256').update(data).digest());
}

/** Lower-case hex. */
export function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
