/**
 * Work that all nodes of a simulation do alike, done once.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import type { CryptoPort } from '@fiducia/consensus/ports';

/** Results remembered of one space; the oldest go first. A few dozen blocks and messages per node are under way. */
const RESULTS_MAX = 4_096;
/** One for each kind of message and chain. */
const SPACES_MAX = 64;
/** Bytes that a key is made of, at least, of those that are there. */
const SAMPLED = 32;
const WORD_BYTES = 4;
/** Up to this length an array has no buffer outside of the heap until somebody asks for it, at the price of a hash. */
const SHORT_BYTES = 64;

/** What came out, with a copy of what went in: an array may change after it was asked about. */
interface Remembered {
  readonly bytes: Bytes;
  /** Of those bytes; `null` of few. */
  readonly view: DataView | null;
  readonly result: unknown;
}

/**
 * Creates the `recall` of a crypto port. What is asked for must be a pure function of space and bytes, so remembering
 * it changes the time that a run takes and nothing else (simulation E5).
 *
 * Bytes are found by a key of some of them and then compared whole, which takes a fraction of the time of a hash.
 */
export function createRecall(): Required<CryptoPort>['recall'] {
  const spaces = new Map<string, Map<number, Remembered>>();
  return <T>(space: string, bytes: Bytes, compute: () => T): T => {
    const results = spaces.get(space) ?? new Map<number, Remembered>();
    const key = keyOf(bytes);
    const known = results.get(key);
    if (known !== undefined && isEqual(known, bytes)) return known.result as T;
    const result = compute();
    const copy = bytes.slice();
    results.set(key, { bytes: copy, view: copy.length > SHORT_BYTES ? viewOf(copy) : null, result });
    spaces.set(space, results);
    dropOldest(results, RESULTS_MAX);
    dropOldest(spaces, SPACES_MAX);
    return result;
  };
}

/** FNV-1a over bytes at equal distances, from the end: what tells messages apart is often a signature there. */
function keyOf(bytes: Bytes): number {
  const step = Math.max(1, Math.floor(bytes.length / SAMPLED));
  let key = 0x811c9dc5 ^ bytes.length;
  for (let index = bytes.length - 1; index >= 0; index -= step) {
    key = Math.imul(key ^ (bytes[index] as number), 0x01000193);
  }
  return key;
}

/** Four bytes at a time: blocks are long. */
function isEqual({ bytes: known, view }: Remembered, bytes: Bytes): boolean {
  const { length } = known;
  if (length !== bytes.length) return false;
  let index = 0;
  if (view !== null) {
    const other = viewOf(bytes);
    for (; index + WORD_BYTES <= length; index += WORD_BYTES) {
      if (view.getInt32(index, true) !== other.getInt32(index, true)) return false;
    }
  }
  for (; index < length; index++) if (known[index] !== bytes[index]) return false;
  return true;
}

function viewOf({ buffer, byteOffset, length }: Bytes): DataView {
  return new DataView(buffer, byteOffset, length);
}

function dropOldest(map: Map<unknown, unknown>, max: number): void {
  const [oldest] = map.size > max ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}
