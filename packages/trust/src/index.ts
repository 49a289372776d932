/**
 * The composite trust model: who has earned how much trust, in integers every machine agrees on.
 *
 * @packageDocumentation
 */
export { compositeTrust, type Tier, type TrustParts, tierOf } from './composite.ts';
export { effectiveDynamicTrust, trustDecay } from './dynamic.ts';
export { isTrustError, TrustError, type TrustErrorData } from './errors.ts';
export { behaviourFactor, depositShare, historicalTrust, participationFactor, voteShare } from './factors.ts';
export {
  BASIS_POINTS,
  type BasisPoints,
  type Epoch,
  FULL_TRUST_MICRO,
  floorDivide,
  type Micro,
  type Round,
} from './integer.ts';
export { requireTrustParams, type TrustParams, trustPreset } from './params.ts';
export {
  type Activity,
  applyActivity,
  type Bucket,
  type Counts,
  createTrustRecord,
  type TrustRecord,
} from './record.ts';
export { applyRound, collectActivities, type TrustFact, type TrustRecordReader } from './round.ts';
export { parseRoundWindow, parseTrustRecord } from './saved.ts';
export { scoreTrust, type TrustScore, type TrustShares } from './score.ts';
export { countRound, createRoundWindow, type EpochRounds, epochOf, type RoundWindow } from './window.ts';
