/**
 * SHA-256 of a campaign.
 *
 * @module
 */
import { hash } from 'node:crypto';

/** Hashes. A text of one character per byte on the way, since a `Buffer` costs more than the hash of a short input. */
export function sha256(data: Uint8Array): Uint8Array {
  const digest = hash('sha256', data, 'binary');
  const bytes = new Uint8Array(digest.length);
  for (let index = 0; index < digest.length; index++) bytes[index] = digest.charCodeAt(index);
  return bytes;
}
