/**
 * A shuffled order of very many things that need not be listed.
 *
 * @module
 */

const ROUNDS = 4;

/**
 * Where a position lies in an order drawn from a seed: a bijection of `[0, count)`.
 *
 * A Feistel network permutes the next power of four; what falls outside walks on until it is inside, which takes fewer
 * than four steps on average.
 *
 * @param position - 0 to `count - 1`.
 * @param count - 1 to 2^53 - 1; a half has at most 27 bits.
 * @param seed - 32 bits.
 */
export function permuteIndex(position: number, count: number, seed: number): number {
  const halfBits = Math.max(1, Math.ceil(Math.ceil(Math.log2(Math.max(2, count))) / 2));
  const half = 2 ** halfBits;
  let left = Math.floor(position / half);
  let right = position % half;
  do {
    for (let round = 0; round < ROUNDS; round++) {
      const mixed = (left ^ mix(right, seed, round)) % half;
      left = right;
      right = mixed;
    }
    // Beyond 2^53 the sum is rounded, and never to what is inside: the walk goes on from the halves, which are exact.
  } while (left * half + right >= count);
  return left * half + right;
}

/** 32 well-mixed bits, of which a half takes the lower ones. */
function mix(value: number, seed: number, round: number): number {
  let state = Math.imul(value ^ Math.imul(seed + round, 0x9e3779b1), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13) ^ round, 0xc2b2ae35);
  state ^= state >>> 16;
  return state & 0x3fffffff;
}
