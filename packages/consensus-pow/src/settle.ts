/**
 * How deep a block must lie before a wallet may rely on it (pos-pow, settlement hint).
 *
 * Nakamoto, section 11: while a merchant waits for z blocks, an attacker with share q of the hash
 * power finds a number of blocks that is Poisson distributed with mean λ = z · q / p, p = 1 − q, and
 * then catches up from k blocks with probability (q / p)^(z − k), or certainly if k > z. With
 * a_k = λ^k / k! the chance of success is
 *
 *     (Σ_{k ≤ z} a_k · (q / p)^(z − k)  +  Σ_{k > z} a_k)  /  Σ_k a_k
 *
 * This form needs neither the exponential function nor a subtraction, so fixed-point integers give it
 * up to less than 2^-150 of the whole, and every node computes the same depth.
 *
 * @module
 */
import { ConsensusError } from '@fiducia/consensus';

/** One million parts per million. */
const WHOLE_PPM = 1_000_000n;

/** Binary digits behind the point. */
const PRECISION_BITS = 192n;

/** Bound of the search, above every depth in the allowed ranges: the greatest, of 45 % and 10⁻⁶, is 704. */
const DEPTH_LIMIT = 1_024;

/**
 * Smallest number of blocks after which an attacker succeeds with less than the given chance.
 *
 * @param sharePpm - Hash power of the attacker in millionths, 1 to 450 000.
 * @param epsilonPpm - Accepted chance in millionths, 1 to 999 999.
 * @returns At least 1.
 * @throws `ConsensusError` with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/pos-pow.md, paragraph S.
 * @example
 * ```ts
 * settleDepth(100_000, 1_000); // 5: 10 % of the power, one in a thousand
 * ```
 */
export function settleDepth(sharePpm: number, epsilonPpm: number): number {
  const share = requireParts('sharePpm', sharePpm, 450_000);
  const epsilon = requireParts('epsilonPpm', epsilonPpm, 999_999);

  let tooShallow = 0;
  let enough = 1;
  while (enough < DEPTH_LIMIT && !isSettled(BigInt(enough), share, epsilon)) {
    tooShallow = enough;
    enough *= 2;
  }
  // The chance falls with every further block, so halving the interval finds the first depth.
  while (enough - tooShallow > 1) {
    const middle = (tooShallow + enough) >> 1;
    if (isSettled(BigInt(middle), share, epsilon)) enough = middle;
    else tooShallow = middle;
  }
  return enough;
}

/** Whether an attacker with `share` succeeds against `depth` blocks with a chance below `epsilon`. */
function isSettled(depth: bigint, share: bigint, epsilon: bigint): boolean {
  const rest = WHOLE_PPM - share;
  let term = 1n << PRECISION_BITS;
  let total = term;
  let catchingUp = term;
  let ahead = 0n;
  // As λ < z, the terms beyond k = z fall faster than a geometric series, so the loop ends when they vanish.
  for (let k = 1n; k <= depth || term > 0n; k++) {
    term = (term * depth * share) / (rest * k);
    total += term;
    // Horner's scheme: one more factor q / p for every block that the attacker has not yet found.
    if (k <= depth) catchingUp = (catchingUp * share) / rest + term;
    else ahead += term;
  }
  return (catchingUp + ahead) * WHOLE_PPM < epsilon * total;
}

function requireParts(name: string, value: number, max: number): bigint {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return BigInt(value);
  throw new ConsensusError({ code: 'VALUE_OUT_OF_RANGE', name, value, expected: `an integer in [1, ${max}]` });
}
