/**
 * Composite trust and its classification.
 *
 * @module
 */
import { BASIS_POINTS, FULL_TRUST_MICRO, floorDivide, type Micro, requireInteger } from './integer.ts';
import type { TrustParams } from './params.ts';

/** The four parts of composite trust. */
export interface TrustParts {
  /** H: from behaviour and participation in the window, −`mu2` to 1 000 000. */
  readonly historical: Micro;
  /** V: share of votes received, 0 to 1 000 000. */
  readonly votes: Micro;
  /** M: share of the expected deposit, 0 to 1 000 000. */
  readonly deposit: Micro;
  /** D: rewards minus idle loss and penalties, 0 to `dMax`. */
  readonly dynamic: Micro;
}

/** Class of composite trust, best first. */
export type Tier = 'TRUSTED' | 'NORMAL' | 'SUSPECT' | 'MALICIOUS';

/**
 * R: the weighted sum that an election reads. Only here a negative history is floored at 0.
 *
 * @returns 0 to `dMax`; exactly 1 000 000 if all parts are.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE` for a part outside its range.
 * @see docs/spec/trust.md, rule R1.
 */
export function compositeTrust(parts: TrustParts, params: TrustParams): Micro {
  requireInteger('historical', parts.historical, -params.mu2, FULL_TRUST_MICRO);
  requireInteger('votes', parts.votes, 0, FULL_TRUST_MICRO);
  requireInteger('deposit', parts.deposit, 0, FULL_TRUST_MICRO);
  requireInteger('dynamic', parts.dynamic, 0, params.dMax);
  const weighted =
    params.alphaBp * parts.historical +
    params.betaBp * parts.votes +
    params.deltaBp * parts.deposit +
    params.gammaBp * parts.dynamic;
  return Math.max(0, floorDivide(weighted, BASIS_POINTS));
}

/**
 * Classifies composite trust; the limits belong to the better class.
 *
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rule C1.
 */
export function tierOf(composite: Micro, params: TrustParams): Tier {
  requireInteger('composite', composite);
  if (composite >= params.tierTrusted) return 'TRUSTED';
  if (composite >= params.tierNormal) return 'NORMAL';
  if (composite >= params.tierSuspect) return 'SUSPECT';
  return 'MALICIOUS';
}
