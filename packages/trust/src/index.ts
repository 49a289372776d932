/**
 * The composite trust model: who has earned how much trust, in integers every machine agrees on.
 *
 * Nodes take part in rounds, behave correctly or maliciously, or stay idle. What they did is booked
 * with {@link applyRound} or {@link applyActivity}, and {@link scoreTrust} turns the recent past into one
 * number and a class. Rounds may be blocks of a chain, measuring intervals or batches of requests:
 * the package knows no blocks, keys, clocks or networks, and depends on nothing.
 *
 * All values are integers in millionths of full trust, and every division is {@link floorDivide}. All
 * records are immutable plain data: a rollback is keeping the old value, saving is serialising it.
 *
 * It is not for verifying: a fact is something the caller has already established, and only what is
 * proven may count as malicious. It does not elect, schedule or slash; a consensus plugin does.
 *
 * @example
 * ```ts
 * import {
 *   applyRound,
 *   collectActivities,
 *   countRound,
 *   createRoundWindow,
 *   createTrustRecord,
 *   requireTrustParams,
 *   scoreTrust,
 *   type TrustFact,
 *   trustPreset,
 * } from '@fiducia/trust';
 *
 * // A gateway scores its sensors once a minute: an hour of memory, an idle sensor fades after ten minutes.
 * const params = requireTrustParams({ ...trustPreset('paper'), epochRounds: 10, windowEpochs: 6, decayT: 10 });
 * const records = new Map(['roof', 'cellar', 'garden'].map((node) => [node, createTrustRecord(params, 0)]));
 * let window = createRoundWindow();
 *
 * for (let minute = 1; minute <= 60; minute++) {
 *   const facts: TrustFact[] = [
 *     { kind: 'participated', node: 'roof' },
 *     { kind: 'correct', node: 'roof' },
 *   ];
 *   // The cellar goes silent half way; two readings of the garden are provably forged.
 *   if (minute <= 30) facts.push({ kind: 'participated', node: 'cellar' });
 *   facts.push({ kind: minute === 20 || minute === 40 ? 'malicious' : 'participated', node: 'garden' });
 *
 *   for (const [node, record] of applyRound(records, minute, collectActivities(facts), params)) records.set(node, record);
 *   window = countRound(window, minute, params);
 * }
 *
 * const shares = { votes: 1_000_000, deposit: 1_000_000 }; // nobody votes, nobody deposits
 * for (const [node, record] of records) {
 *   const { composite, tier } = scoreTrust(record, window, 60, shares, params);
 *   console.log(node, composite, tier);
 * }
 * // roof 1024000 TRUSTED
 * // cellar 912500 TRUSTED
 * // garden 376116 SUSPECT
 * ```
 *
 * @see docs/spec/trust.md, sections 3 to 8.
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
