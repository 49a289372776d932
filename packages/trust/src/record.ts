/**
 * What the model remembers of one node, and how a round changes it.
 *
 * @module
 */
import { effectiveDynamicTrust } from './dynamic.ts';
import { TrustError } from './errors.ts';
import { clamp, type Epoch, type Micro, type Round, requireInteger } from './integer.ts';
import { CORRECT_PER_ROUND_MAX, FAULT_COUNT_MAX, MALICIOUS_PER_ROUND_MAX, MISSED_PER_ROUND_MAX } from './limits.ts';
import type { TrustParams } from './params.ts';
import { countExpired, epochOf } from './window.ts';

/** Counts of behaviour and participation. */
export interface Counts {
  /** T: correct behaviours. */
  readonly correct: number;
  /** F: malicious behaviours, each proven. */
  readonly malicious: number;
  /** e: rounds in which the node took part. */
  readonly participated: number;
}

/** Counts of one node in one epoch. */
export interface Bucket extends Counts {
  /** The epoch. */
  readonly epoch: Epoch;
}

/**
 * Everything the model keeps of one node (trust G1, without what belongs to an election).
 *
 * Plain data, replaced and never modified: a rollback is keeping the old value, saving is
 * serialising it (trust F6). Equal histories give deeply equal records. Expired buckets stay until
 * the node is next touched, so an idle node costs nothing (trust L1).
 */
export interface TrustRecord {
  /** D before the loss of the current idle spell, 0 to `dMax` (trust D1). */
  readonly dynamicBase: Micro;
  /** Last round in which the node was active; the round of admission at first. */
  readonly lastActive: Round;
  /** Counts per epoch, ascending by epoch, at most `windowEpochs` entries, none without a count. */
  readonly buckets: readonly Bucket[];
  /** Sums over `buckets`. */
  readonly sums: Counts;
  /** Malicious behaviours since admission, also those the window forgot; stays at 2^32 − 1. */
  readonly faultCount: number;
}

/** What one node did in one round, aggregated: the order of events inside a round has no effect. */
export interface Activity {
  /** c: correct behaviours, e.g. blocks produced; 0 to 1000. */
  readonly correct: number;
  /** x: missed duties; 0 to 1000. They lower dynamic trust only. */
  readonly missed: number;
  /** m: malicious behaviours, each proven; more than 16 count as 16. Voids all earnings of the round. */
  readonly malicious: number;
  /** v: whether the node took part in the round, e.g. cast its vote. */
  readonly participated: boolean;
  /** a: change of dynamic trust by the application, in µ; nothing is gained next to a malicious behaviour. */
  readonly adjustment?: Micro;
}

/**
 * Starts the record of a node that was admitted in `admittedAt`.
 *
 * @param dynamicBase - 0 to `dMax`; founding members may start higher than `d0`.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE`.
 * @example
 * ```ts
 * const record = createTrustRecord(trustPreset('default'), 0);
 * record.dynamicBase; // 500_000
 * ```
 */
export function createTrustRecord(params: TrustParams, admittedAt: Round, dynamicBase: Micro = params.d0): TrustRecord {
  return {
    dynamicBase: requireInteger('dynamicBase', dynamicBase, 0, params.dMax),
    lastActive: requireInteger('admittedAt', admittedAt),
    buckets: [],
    sums: { correct: 0, malicious: 0, participated: 0 },
    faultCount: 0,
  };
}

/**
 * Books one round of one node; call it at most once per node and round, and only for nodes of which
 * something is known.
 *
 * A malicious behaviour voids the earnings of its round and is no activity. Otherwise taking part
 * or behaving correctly ends the idle spell, whose loss becomes permanent first.
 *
 * @param round - At least 1 and not before an earlier round of the record.
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE` or `ROUND_OUT_OF_ORDER`.
 * @see docs/spec/trust.md, rules F2 and P1.
 * @example
 * ```ts
 * const params = trustPreset('paper');
 * const vote = { correct: 0, missed: 0, malicious: 0, participated: true };
 * applyActivity(createTrustRecord(params, 0), 1, vote, params).dynamicBase; // 1_001_000
 * ```
 */
export function applyActivity(record: TrustRecord, round: Round, activity: Activity, params: TrustParams): TrustRecord {
  const epoch = requireRound(record, round, params);
  const earned = requireActivity(activity);
  const active = earned.participated > 0 || earned.correct > 0;
  // F2.2: the idle loss becomes permanent before anything is earned.
  const settled = active
    ? effectiveDynamicTrust(record.dynamicBase, Math.max(0, round - 1 - record.lastActive), params)
    : record.dynamicBase;
  const change =
    earned.participated * params.trustReward +
    earned.correct * params.trustRewardBlock -
    earned.malicious * params.penaltyMalicious -
    activity.missed * params.penaltyMiss +
    earned.adjustment;
  const { buckets, sums } = bookCounts(record, epoch, earned, params);
  return {
    // An adjustment near 2^53 may cost the sum its low bits, but only far outside 0..dMax, where all values clamp alike.
    dynamicBase: clamp(settled + change, 0, params.dMax),
    lastActive: active ? round : record.lastActive,
    buckets,
    sums,
    faultCount: Math.min(record.faultCount + earned.malicious, FAULT_COUNT_MAX),
  };
}

/** Sums of the record as seen from `epoch`, without buckets that expired since it was last touched. */
export function sumsAt(record: TrustRecord, epoch: Epoch, params: TrustParams): Counts {
  const expired = countExpired(record.buckets, epoch, params);
  return expired === 0 ? record.sums : record.buckets.slice(0, expired).reduce(subtractCounts, record.sums);
}

/** Checks that `round` is not in the past of the record and returns its epoch. */
function requireRound(record: TrustRecord, round: Round, params: TrustParams): Epoch {
  requireInteger('round', round, 1);
  if (round < record.lastActive) {
    throw new TrustError({ code: 'ROUND_OUT_OF_ORDER', round, latest: record.lastActive });
  }
  const epoch = epochOf(round, params);
  const latest = record.buckets.at(-1)?.epoch ?? epoch;
  if (epoch < latest) {
    throw new TrustError({ code: 'ROUND_OUT_OF_ORDER', round, latest: latest * params.epochRounds + 1 });
  }
  return epoch;
}

/** F2.1: what counts of an activity; nothing is earned next to a malicious behaviour. */
function requireActivity(activity: Activity): Counts & { readonly adjustment: Micro } {
  const correct = requireInteger('correct', activity.correct, 0, CORRECT_PER_ROUND_MAX);
  requireInteger('missed', activity.missed, 0, MISSED_PER_ROUND_MAX);
  const malicious = Math.min(requireInteger('malicious', activity.malicious), MALICIOUS_PER_ROUND_MAX);
  const adjustment = requireInteger('adjustment', activity.adjustment ?? 0, Number.MIN_SAFE_INTEGER);
  if (malicious > 0) return { correct: 0, malicious, participated: 0, adjustment: Math.min(adjustment, 0) };
  return { correct, malicious, participated: activity.participated ? 1 : 0, adjustment };
}

/** F2.3 with W2: drops expired buckets and adds the counts to the bucket of `epoch`. */
function bookCounts(
  record: TrustRecord,
  epoch: Epoch,
  counts: Counts,
  params: TrustParams,
): Pick<TrustRecord, 'buckets' | 'sums'> {
  const expired = countExpired(record.buckets, epoch, params);
  const added = counts.correct + counts.malicious + counts.participated > 0;
  if (expired === 0 && !added) return { buckets: record.buckets, sums: record.sums };

  const buckets = record.buckets.slice(expired);
  const sums = sumsAt(record, epoch, params);
  if (!added) return { buckets, sums };
  const running = buckets.at(-1)?.epoch === epoch ? buckets.pop() : undefined;
  const { correct, malicious, participated } = addCounts(running ?? NO_COUNTS, counts);
  buckets.push({ epoch, correct, malicious, participated });
  return { buckets, sums: addCounts(sums, counts) };
}

const NO_COUNTS: Counts = { correct: 0, malicious: 0, participated: 0 };

function addCounts(left: Counts, right: Counts): Counts {
  return {
    correct: left.correct + right.correct,
    malicious: left.malicious + right.malicious,
    participated: left.participated + right.participated,
  };
}

function subtractCounts(left: Counts, right: Counts): Counts {
  return {
    correct: left.correct - right.correct,
    malicious: left.malicious - right.malicious,
    participated: left.participated - right.participated,
  };
}
