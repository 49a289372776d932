/**
 * Booking one round for all nodes of which something is known.
 *
 * @module
 */
import { TrustError } from './errors.ts';
import { type Round, requireInteger } from './integer.ts';
import type { TrustParams } from './params.ts';
import { type Activity, applyActivity, type TrustRecord } from './record.ts';

/** One established event about one node. Silence needs no event: it shows in the rounds counted for all. */
export interface TrustFact {
  /**
   * `correct`: did what it was chosen for (BLOCK_PRODUCED). `missed`: did not (BLOCK_MISSED).
   * `malicious`: one proven offence. `participated`: took part in the round (VOTE_CAST).
   */
  readonly kind: 'correct' | 'missed' | 'malicious' | 'participated';
  /** Identity of the node, as in the records. */
  readonly node: string;
}

/** Where the records are: a `Map` fits, and so does any store with a `get`. */
export interface TrustRecordReader {
  /** Returns the record of `node`, or `undefined` if it was never admitted. */
  get(node: string): TrustRecord | undefined;
}

/**
 * Aggregates the facts of one round per node, so that their order has no effect.
 *
 * Several `participated` of one node count once (trust F2).
 *
 * @returns Nodes in order of their first fact.
 */
export function collectActivities(facts: Iterable<TrustFact>): ReadonlyMap<string, Activity> {
  const activities = new Map<string, Activity>();
  for (const fact of facts) {
    const known = activities.get(fact.node) ?? NOTHING;
    activities.set(fact.node, addFact(known, fact.kind));
  }
  return activities;
}

/**
 * Books one round: {@link applyActivity} for each node with an activity, and no other (trust L2).
 *
 * The records are not changed. The result holds the new ones; whoever may have to undo the round
 * keeps the old values of the same nodes (trust F6).
 *
 * @returns New records of exactly the nodes in `activities`, in the same order.
 * @throws {@link TrustError} with `UNKNOWN_NODE` for a node without a record, and as `applyActivity`;
 *   in both cases nothing was booked.
 * @see docs/spec/trust.md, rules F1 and F2.
 * @example
 * ```ts
 * const facts = [{ kind: 'participated', node: 'meter-7' }] as const;
 * const changed = applyRound(records, 1, collectActivities(facts), params);
 * for (const [node, record] of changed) records.set(node, record);
 * ```
 */
export function applyRound(
  records: TrustRecordReader,
  round: Round,
  activities: Iterable<readonly [node: string, activity: Activity]>,
  params: TrustParams,
): ReadonlyMap<string, TrustRecord> {
  requireInteger('round', round, 1);
  const changed = new Map<string, TrustRecord>();
  for (const [node, activity] of activities) {
    const record = records.get(node);
    if (record === undefined) throw new TrustError({ code: 'UNKNOWN_NODE', node });
    changed.set(node, applyActivity(record, round, activity, params));
  }
  return changed;
}

const NOTHING: Activity = { correct: 0, missed: 0, malicious: 0, participated: false };

function addFact(activity: Activity, kind: TrustFact['kind']): Activity {
  switch (kind) {
    case 'correct':
      return { ...activity, correct: activity.correct + 1 };
    case 'missed':
      return { ...activity, missed: activity.missed + 1 };
    case 'malicious':
      return { ...activity, malicious: activity.malicious + 1 };
    case 'participated':
      return { ...activity, participated: true };
  }
}
