/**
 * The inner loop of mining: nonces of one residue class, tried in slices.
 *
 * @module
 */
import type { Bytes, HashFunction } from '@fiducia/consensus';
import type { MiningTask } from '@fiducia/consensus/ports';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';

/** Length of the nonces that are tried, in bytes. */
const NONCE_BYTES = 8;

/** Nonces of this length are searched from a start and then around. */
export const NONCE_COUNT = 2n ** 64n;

/** Which nonces one of several searchers tries. */
export interface NonceClass {
  /** First nonce, 0 to 2^64 − 1. */
  readonly first: bigint;
  /** Gap to the next one, at least 1: the number of searchers. */
  readonly step: bigint;
}

/**
 * Nonces for searcher `index` of `count`: all that are congruent to `index`, from the first one at or
 * above `start` (pos-pow M1). No two searchers share a nonce, and together they try all.
 */
export function nonceClass(start: bigint, index: number, count: number): NonceClass {
  const step = BigInt(count);
  const above = start + ((((BigInt(index) - start) % step) + step) % step);
  return { first: above < NONCE_COUNT ? above : BigInt(index), step };
}

/** One search; it goes on where the last slice ended. */
export class NonceSearch {
  readonly #workHash: HashFunction;
  readonly #target: bigint;
  readonly #targetPrefix: number;
  readonly #step: bigint;
  readonly #residue: bigint;
  readonly #input: Bytes;
  readonly #nonce: DataView;
  #next: bigint;

  constructor(task: Pick<MiningTask, 'data' | 'target'>, workHash: HashFunction, nonces: NonceClass) {
    this.#workHash = workHash;
    this.#target = task.target;
    this.#targetPrefix = task.target >> 256n > 0n ? 0xff_ff_ff_ff : Number(task.target >> 224n);
    this.#step = nonces.step;
    this.#residue = nonces.first % nonces.step;
    this.#next = nonces.first;
    this.#input = concatBytes(task.data, new Uint8Array(NONCE_BYTES));
    this.#nonce = new DataView(this.#input.buffer, task.data.length);
  }

  /**
   * Tries at most `count` nonces.
   *
   * @returns The first whose hash is at most the target, and how many were tried.
   */
  run(count: number): { readonly nonce: Bytes | null; readonly hashes: number } {
    for (let hashes = 1; hashes <= count; hashes++) {
      this.#nonce.setBigUint64(0, this.#next);
      this.#next += this.#step;
      // All nonces of the class were tried: around again, in the same class.
      if (this.#next >= NONCE_COUNT) this.#next = this.#residue;
      if (this.#meetsTarget(this.#workHash(this.#input))) {
        return { nonce: this.#input.slice(-NONCE_BYTES), hashes };
      }
    }
    return { nonce: null, hashes: count };
  }

  /** Nearly every hash fails on its first four bytes, which cost far less than a big integer. */
  #meetsTarget(hash: Bytes): boolean {
    const [first = 0, second = 0, third = 0, fourth = 0] = hash;
    const prefix = ((first << 24) | (second << 16) | (third << 8) | fourth) >>> 0;
    return prefix <= this.#targetPrefix && BigInt(`0x${bytesToHex(hash)}`) <= this.#target;
  }
}
