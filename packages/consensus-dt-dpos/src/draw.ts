/**
 * Seeded draws: uniform integers, and members by weight with and without replacement.
 *
 * @module
 */
import type { Bytes, HashFunction } from '@fiducia/consensus';
import { DtDposError } from './errors.ts';

/** Result of {@link draw}. */
export interface Draw {
  /** Uniform in `0 .. total - 1`. */
  readonly value: number;
  /** Counter to pass to the next draw of the same label. */
  readonly counter: number;
}

const SPACE = 1n << 64n;

/**
 * Draws a uniform integer below `total` from a public seed, by rejection: modulo alone would prefer
 * small values.
 *
 * Whoever knows the seed knows the result. Secrecy until the seed is fixed is a matter of the seed.
 *
 * @param seed - 32 bytes.
 * @param label - Separates uses of one seed, e.g. `committee` or `slot/17`.
 * @param counter - First counter to try, at least 0.
 * @param total - Number of outcomes, a safe integer of at least 1.
 * @throws {@link DtDposError} with `TOTAL_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule E1.
 * @example
 * ```ts
 * draw(new Uint8Array(32), 'committee', 0, 1_000, sha256); // { value: 415, counter: 1 }
 * ```
 */
export function draw(seed: Bytes, label: string, counter: number, total: number, sha256: HashFunction): Draw {
  if (!Number.isSafeInteger(total) || total < 1) throw new DtDposError({ code: 'TOTAL_OUT_OF_RANGE', total });
  const prefix = new TextEncoder().encode(`dt-dpos/${label}/`);
  const preimage = new Uint8Array(prefix.length + seed.length + 8);
  preimage.set(prefix);
  preimage.set(seed, prefix.length);
  const view = new DataView(preimage.buffer, prefix.length + seed.length);

  const divisor = BigInt(total);
  const limit = SPACE - (SPACE % divisor);
  // Each try fails with a chance below 2^-11, since total < 2^53; the loop ends in practice at once.
  for (let next = counter; ; next++) {
    view.setBigUint64(0, BigInt(next));
    const hash = sha256(preimage);
    const sample = new DataView(hash.buffer, hash.byteOffset).getBigUint64(0);
    if (sample < limit) return { value: Number(sample % divisor), counter: next + 1 };
  }
}

/** Position chosen by `value`: the smallest one whose running sum of weights exceeds it (trust E1). */
export function positionAt(weights: readonly number[], value: number): number {
  let rest = value;
  for (const [position, weight] of weights.entries()) {
    if (rest < weight) return position;
    rest -= weight;
  }
  throw new DtDposError({ code: 'TOTAL_OUT_OF_RANGE', total: value });
}

/**
 * Draws up to `count` distinct positions, each with a chance proportional to its weight among those
 * left; stops early when no weight is left (trust E2, S3). A Fenwick tree makes it
 * O(n + count·log n) (trust L4).
 *
 * @returns Positions in order of their draw.
 */
export function drawWithoutReplacement(
  weights: readonly number[],
  count: number,
  seed: Bytes,
  label: string,
  sha256: HashFunction,
): readonly number[] {
  const tree = buildTree(weights);
  let total = weights.reduce((sum, weight) => sum + weight, 0);
  let counter = 0;
  const chosen: number[] = [];
  while (chosen.length < count && total > 0) {
    const drawn = draw(seed, label, counter, total, sha256);
    counter = drawn.counter;
    const position = searchTree(tree, drawn.value);
    const weight = weights[position] ?? 0;
    chosen.push(position);
    total -= weight;
    for (let node = position + 1; node < tree.length; node += node & -node) tree[node] = (tree[node] ?? 0) - weight;
  }
  return chosen;
}

/** Fenwick tree: entry `i`, counted from 1, holds the sum of the `i & -i` weights that end there. */
function buildTree(weights: readonly number[]): number[] {
  const tree = [0, ...weights];
  for (let node = 1; node < tree.length; node++) {
    const parent = node + (node & -node);
    if (parent < tree.length) tree[parent] = (tree[parent] ?? 0) + (tree[node] ?? 0);
  }
  return tree;
}

/** Smallest position whose running sum exceeds `value`. */
function searchTree(tree: readonly number[], value: number): number {
  let position = 0;
  let rest = value;
  for (let step = 2 ** (31 - Math.clz32(tree.length)); step >= 1; step >>>= 1) {
    const sum = tree[position + step];
    if (sum === undefined || sum > rest) continue;
    position += step;
    rest -= sum;
  }
  return position;
}
