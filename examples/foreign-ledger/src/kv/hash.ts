import { createHash } from 'node:crypto';

/** SHA-256 in lower-case hexadecimal, the only hash of the chain. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
