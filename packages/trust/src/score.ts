/**
 * Scoring of one node at one round.
 *
 * @module
 */
import { compositeTrust, type Tier, type TrustParts, tierOf } from './composite.ts';
import { effectiveDynamicTrust } from './dynamic.ts';
import { behaviourFactor, historicalTrust, participationFactor } from './factors.ts';
import { type Micro, type Round, requireInteger } from './integer.ts';
import type { TrustParams } from './params.ts';
import { sumsAt, type TrustRecord } from './record.ts';
import { epochOf, type RoundWindow, roundsInWindow } from './window.ts';

/** The parts of composite trust that do not come from the record; full where nobody votes or deposits. */
export interface TrustShares {
  /** V, see {@link voteShare}; 0 to 1 000 000. */
  readonly votes: Micro;
  /** M, see {@link depositShare}; 0 to 1 000 000. */
  readonly deposit: Micro;
}

/** Composite trust of a node with everything it was made of. */
export interface TrustScore extends TrustParts {
  /** A: behaviour factor, −`mu2` to `mu1`. */
  readonly behaviour: Micro;
  /** B: participation factor, 0 to 1 000 000. */
  readonly participation: Micro;
  /** R: composite trust, 0 to `dMax`. */
  readonly composite: Micro;
  /** Class of `composite`. */
  readonly tier: Tier;
}

/**
 * Scores a node after `round`. Pure: scoring more or less often changes no later score.
 *
 * @param window - Rounds counted up to and including `round`.
 * @param round - Last completed round, not before the last activity of the node.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @see docs/spec/trust.md, rules A1 to R1, W1 and L1.
 * @example
 * ```ts
 * const params = trustPreset('paper');
 * const record = applyActivity(
 *   createTrustRecord(params, 0),
 *   1,
 *   { participated: true, correct: 1, missed: 0, malicious: 0 },
 *   params,
 * );
 * const window = countRound(createRoundWindow(), 1, params);
 * scoreTrust(record, window, 1, { votes: 1_000_000, deposit: 1_000_000 }, params).tier; // 'TRUSTED'
 * ```
 */
export function scoreTrust(
  record: TrustRecord,
  window: RoundWindow,
  round: Round,
  shares: TrustShares,
  params: TrustParams,
): TrustScore {
  requireInteger('round', round, record.lastActive);
  const sums = sumsAt(record, epochOf(round, params), params);
  const behaviour = behaviourFactor(sums.correct, sums.malicious, params);
  const participation = participationFactor(sums.participated, roundsInWindow(window, round, params), params);
  const historical = historicalTrust(behaviour, participation, params);
  const { votes, deposit } = shares;
  const dynamic = effectiveDynamicTrust(record.dynamicBase, round - record.lastActive, params);
  const composite = compositeTrust({ historical, votes, deposit, dynamic }, params);
  const tier = tierOf(composite, params);
  // No spread: it would cost ten times the arithmetic, for every candidate at every refresh.
  return { historical, votes, deposit, dynamic, behaviour, participation, composite, tier };
}
