/**
 * Pieces of bytes as one.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';

/** Puts pieces behind each other; one alone is returned as it is. */
export function concatenate(chunks: readonly Bytes[]): Bytes {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
