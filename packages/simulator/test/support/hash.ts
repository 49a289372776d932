import { hash } from 'node:crypto';
import type { HashFunction } from '@fiducia/consensus';

/** A `Buffer` as result costs more than the hash of a short input. */
export const sha256: HashFunction = (data) => {
  const digest = hash('sha256', data, 'binary');
  const bytes = new Uint8Array(digest.length);
  for (let index = 0; index < digest.length; index++) bytes[index] = digest.charCodeAt(index);
  return bytes;
};
