/**
 * Parts of composite trust that are functions of counts and shares: A, B, H, V, M.
 *
 * @module
 */
import { BASIS_POINTS, FULL_TRUST_MICRO, floorDivide, type Micro, requireAmount, requireInteger } from './integer.ts';
import { CORRECT_PER_ROUND_MAX, MALICIOUS_PER_ROUND_MAX } from './limits.ts';
import { type TrustParams, WINDOW_ROUNDS_MAX } from './params.ts';

const FULL_TRUST = BigInt(FULL_TRUST_MICRO);

/**
 * A: what a node did while it had the floor, from correct and malicious behaviours in the window.
 *
 * Signed on purpose: a malicious past outweighs participation instead of stopping at zero. Routine
 * participation does not count here (gap G-08), and neither do missed duties, since an entry of
 * value zero would raise a negative average.
 *
 * @param correct - C_T, 0 to 10^9.
 * @param malicious - C_F, 0 to 1.6·10^7.
 * @returns −`mu2` to `mu1`; `neutralA` without any behaviour.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule A1.
 * @example
 * ```ts
 * behaviourFactor(1, 2, trustPreset('paper')); // -833_334
 * ```
 */
export function behaviourFactor(correct: number, malicious: number, params: TrustParams): Micro {
  // N5: 10^9 * mu1 + 1.6 * 10^7 * mu2 < 2^53, so the numerator is exact.
  requireInteger('correct', correct, 0, WINDOW_ROUNDS_MAX * CORRECT_PER_ROUND_MAX);
  requireInteger('malicious', malicious, 0, WINDOW_ROUNDS_MAX * MALICIOUS_PER_ROUND_MAX);
  const count = correct + malicious;
  if (count === 0) return params.neutralA;
  return floorDivide(correct * params.mu1 - malicious * params.mu2, count);
}

/**
 * B: share of the window's rounds in which the node took part.
 *
 * @param participated - E_i, 0 to 1 000 000; counts as at most `rounds`.
 * @param rounds - E, 0 to 1 000 000, including rounds before the node joined.
 * @returns 0 to 1 000 000; `neutralB` before the first round.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule B1.
 */
export function participationFactor(participated: number, rounds: number, params: TrustParams): Micro {
  requireInteger('participated', participated, 0, WINDOW_ROUNDS_MAX);
  requireInteger('rounds', rounds, 0, WINDOW_ROUNDS_MAX);
  if (rounds === 0) return params.neutralB;
  return floorDivide(Math.min(participated, rounds) * FULL_TRUST_MICRO, rounds);
}

/**
 * H: historical trust, the weighted mean of behaviour and participation. Signed, as A is.
 *
 * @param behaviour - A, −`mu2` to `mu1`.
 * @param participation - B, 0 to 1 000 000.
 * @returns −`mu2` to 1 000 000.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule H1.
 */
export function historicalTrust(behaviour: Micro, participation: Micro, params: TrustParams): Micro {
  requireInteger('behaviour', behaviour, -params.mu2, params.mu1);
  requireInteger('participation', participation, 0, FULL_TRUST_MICRO);
  return floorDivide(params.omega1Bp * behaviour + params.omega2Bp * participation, BASIS_POINTS);
}

/**
 * V: share of the votes that others gave to the node, full from 1/`voteSaturation` of all votes on.
 *
 * @param votes - Weight of the votes for the node, at least 0, without its own (trust F4).
 * @param totalVotes - Weight of all votes, at least 0.
 * @returns 0 to 1 000 000; full while nobody has voted.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule V1.
 */
export function voteShare(votes: bigint, totalVotes: bigint, params: TrustParams): Micro {
  requireAmount('votes', votes, 0n);
  requireAmount('totalVotes', totalVotes, 0n);
  if (totalVotes === 0n) return FULL_TRUST_MICRO;
  const share = (votes * BigInt(params.voteSaturation) * FULL_TRUST) / totalVotes;
  return Number(share < FULL_TRUST ? share : FULL_TRUST);
}

/**
 * M: share of the deposit that is expected of everybody; a larger deposit gains nothing more.
 *
 * @param deposit - At least 0.
 * @param depositTarget - At least 1.
 * @returns 0 to 1 000 000.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule M1.
 */
export function depositShare(deposit: bigint, depositTarget: bigint): Micro {
  requireAmount('deposit', deposit, 0n);
  requireAmount('depositTarget', depositTarget, 1n);
  const counted = deposit < depositTarget ? deposit : depositTarget;
  return Number((counted * FULL_TRUST) / depositTarget);
}
