/**
 * Work that all nodes of a simulation do alike, done once.
 *
 * @module
 */
import type { HashFunction } from '@fiducia/consensus';
import type { CryptoPort } from '@fiducia/consensus/ports';

/** Results remembered of one space; the oldest go first. A few dozen blocks and messages per node are under way. */
const RESULTS_MAX = 4_096;
/** One for each kind of message and chain. */
const SPACES_MAX = 64;

/**
 * Creates the `recall` of a crypto port. What is asked for must be a pure function of space and bytes, so remembering
 * it changes the time that a run takes and nothing else (simulation E5).
 */
export function createRecall(sha256: HashFunction): Required<CryptoPort>['recall'] {
  const spaces = new Map<string, Map<string, unknown>>();
  return <T>(space: string, bytes: Uint8Array, compute: () => T): T => {
    const results = spaces.get(space) ?? new Map<string, unknown>();
    const key = String.fromCharCode.apply(null, sha256(bytes) as unknown as number[]);
    const known = results.get(key);
    if (known !== undefined || results.has(key)) return known as T;
    const result = compute();
    spaces.set(space, results.set(key, result));
    dropOldest(results, RESULTS_MAX);
    dropOldest(spaces, SPACES_MAX);
    return result;
  };
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  const [oldest] = map.size > max ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}
