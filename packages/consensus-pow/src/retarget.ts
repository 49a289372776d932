/**
 * Difficulty and time: the retarget and the median it is measured by (pos-pow D2 to D4, T1).
 *
 * @module
 */
import { ConsensusError, type Millis } from '@fiducia/consensus';
import { requireTarget } from './target.ts';

/** What a retarget depends on. */
export interface RetargetInput {
  /** Target of the window that ends, 1 to 2^256 − 1. */
  readonly target: bigint;
  /** How long the window took by its medians; a safe integer, also negative. */
  readonly actualMs: Millis;
  /** How long it should have taken, at least 1. */
  readonly expectedMs: Millis;
  /** Most the time may count above or below the expected one, an integer of at least 1. */
  readonly clamp: number;
  /** Greatest target of the chain, 1 to 2^256 − 1. */
  readonly powLimit: bigint;
}

/**
 * Target of the next window: the old one times actual over expected time, within clamp and limit.
 *
 * @returns 1 to `powLimit`, rounded down.
 * @throws `ConsensusError` with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/pos-pow.md, rules D3 and D4.
 * @example
 * ```ts
 * const old = 2n ** 240n - 1n;
 * computeRetarget({ target: old, actualMs: 300_000, expectedMs: 600_000, clamp: 4, powLimit: old }); // 2n ** 239n - 1n
 * ```
 */
export function computeRetarget(input: RetargetInput): bigint {
  const target = requireTarget('target', input.target, 1n);
  const powLimit = requireTarget('powLimit', input.powLimit, 1n);
  const expected = requireInteger('expectedMs', input.expectedMs, 1);
  const clamp = requireInteger('clamp', input.clamp, 1);

  // D3: all operands are positive, so the division floors.
  const shortest = expected / clamp;
  const longest = expected * clamp;
  const actual = requireInteger('actualMs', input.actualMs, Number.MIN_SAFE_INTEGER);
  const counted = limit(actual, shortest, longest);

  // D4: multiplying first keeps the only rounding the last step.
  return limit((target * counted) / expected, 1n, powLimit);
}

/**
 * Median of the latest timestamps: of n sorted values the one at index floor(n / 2).
 *
 * @param timestamps - Those of the last blocks in any order, at least one.
 * @throws `ConsensusError` with `VALUE_OUT_OF_RANGE` for an empty list.
 * @see docs/spec/pos-pow.md, rule T1.
 * @example
 * ```ts
 * medianTimePast([30, 10, 20]); // 20
 * medianTimePast([10, 20]); // 20
 * ```
 */
export function medianTimePast(timestamps: readonly Millis[]): Millis {
  const { length } = timestamps;
  const place = length >> 1;
  // Counting costs less than sorting a dozen, and makes no list of them; in the middle is usually the median itself.
  for (let tried = 0; tried < length; tried++) {
    const candidate = timestamps[(place + tried) % length] as Millis;
    let below = 0;
    let equal = 0;
    for (const timestamp of timestamps) {
      if (timestamp < candidate) below++;
      else if (timestamp === candidate) equal++;
    }
    if (below <= place && place < below + equal) return candidate;
  }
  throw new ConsensusError({ code: 'VALUE_OUT_OF_RANGE', name: 'timestamps', value: 0, expected: 'at least 1 entry' });
}

function limit(value: bigint, min: bigint, max: bigint): bigint {
  if (value < min) return min;
  if (value > max) return max;
  return value;
}

function requireInteger(name: string, value: number, min: number): bigint {
  if (Number.isSafeInteger(value) && value >= min) return BigInt(value);
  throw new ConsensusError({ code: 'VALUE_OUT_OF_RANGE', name, value, expected: `an integer of at least ${min}` });
}
