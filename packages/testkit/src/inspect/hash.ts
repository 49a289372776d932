/**
 * The hash that runs of the kit are decided by.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Bytes } from '@fiducia/consensus';

/** SHA-256. */
export function sha256(data: Bytes): Bytes {
  return new Uint8Array(createHash('sha256').update(data).digest());
}

/** Lower-case hex. */
export function toHex(bytes: Bytes): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
}
