/**
 * Work that all nodes of a simulation do alike, done once.
 *
 * @module
 */
import type { HashFunction } from '@fiducia/consensus';
import type { CryptoPort } from '@fiducia/consensus/ports';

/** Results remembered; the oldest go first. A few dozen blocks and messages per node are under way at any time. */
const RESULTS_MAX = 16_384;

/**
 * Creates the `recall` of a crypto port. What is asked for must be a pure function of space and bytes, so remembering
 * it changes the time that a run takes and nothing else (simulation E5).
 */
export function createRecall(sha256: HashFunction): Required<CryptoPort>['recall'] {
  const results = new Map<string, unknown>();
  return <T>(space: string, bytes: Uint8Array, compute: () => T): T => {
    const key = `${space}/${String.fromCharCode.apply(null, sha256(bytes) as unknown as number[])}`;
    const known = results.get(key);
    if (known !== undefined || results.has(key)) return known as T;
    const result = compute();
    results.set(key, result);
    const [oldest] = results.size > RESULTS_MAX ? results.keys() : [];
    if (oldest !== undefined) results.delete(oldest);
    return result;
  };
}
