/**
 * Missed slots: who left them empty, and how many of its last slots a delegate missed (pos-pow P3).
 *
 * @module
 */
import type { ActorId, PersistentMap } from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { assertDefined } from './errors.ts';
import { type EpochSpan, epochSlots, membersIn, roundAt, roundStart, type Schedule } from './schedule.ts';
import type { ActiveEpoch, DposState, MissRecord, Slot } from './state.ts';

/** Records of those who serve, by identity. */
export type MissRecords = PersistentMap<ActorId, MissRecord>;

const NO_SLOTS: MissRecord = { window: 0n, misses: 0 };

/**
 * Record after `count` further own slots, all missed or all used. What leaves the window is forgotten.
 *
 * @param count - At least 1.
 * @see docs/spec/pos-pow.md, rule P4.
 */
export function withOwnSlots(
  { window }: MissRecord,
  count: number,
  outcome: 'missed' | 'used',
  config: DposConfig,
): MissRecord {
  const shift = BigInt(Math.min(count, config.missWindow));
  const added = outcome === 'missed' ? (1n << shift) - 1n : 0n;
  const kept = ((window << shift) | added) & ((1n << BigInt(config.missWindow)) - 1n);
  return { window: kept, misses: countOnes(kept) };
}

/** Number of misses in a window. */
export function countOnes(window: bigint): number {
  let ones = 0;
  for (let rest = window; rest > 0n; rest >>= 32n) {
    for (let word = Number(rest & 0xffff_ffffn); word > 0; word = (word & (word - 1)) >>> 0) ones++;
  }
  return ones;
}

/** Records after `actor` used its slot (pos-pow P3). */
export function withUsedSlot(records: MissRecords, actor: ActorId, config: DposConfig): MissRecords {
  return records.with(actor, withOwnSlots(records.get(actor) ?? NO_SLOTS, 1, 'used', config));
}

/**
 * Records of an epoch that begins: whoever served to the end of the one before and was elected again goes
 * on, all others begin anew. So nobody is charged for slots before its election, and a suspension is
 * over with its epoch (pos-pow P3, P4).
 */
export function carryRecords(records: MissRecords, before: ActiveEpoch, after: ActiveEpoch): MissRecords {
  const served = new Set(membersIn(before, Number.MAX_SAFE_INTEGER));
  const elected = new Set(after.election.delegates);
  let carried = records;
  for (const [actor] of records.entries()) {
    if (!served.has(actor) || !elected.has(actor)) carried = carried.without(actor);
  }
  return carried;
}

/**
 * Records after the empty slots from `from` up to but excluding `until`, both in `span` or at its end. Only rounds
 * that are cut need their order; in whole rounds everybody misses once, so a gap of any length
 * costs three rounds (pos-pow P3).
 *
 * @param state - State of the parent, which fixes the schedule.
 */
export function countMisses(
  records: MissRecords,
  span: EpochSpan,
  range: { readonly from: Slot; readonly until: Slot },
  state: DposState,
  schedule: Schedule,
  config: DposConfig,
): MissRecords {
  let counted = records;
  const charge = (actor: ActorId, count: number): void => {
    counted = counted.with(actor, withOwnSlots(counted.get(actor) ?? NO_SLOTS, count, 'missed', config));
  };
  const chargePart = (from: Slot, until: Slot): void => {
    if (from >= until) return;
    const order = schedule.orderOf(state, span, roundAt(span, from));
    for (let slot = from; slot < until; slot++) {
      charge(assertDefined(order[(slot - span.firstSlot) % order.length], 'every slot of a round has a delegate'), 1);
    }
  };

  const { from, until } = range;
  if (from >= until) return records;
  const first = roundAt(span, from);
  const wholeFrom = roundStart(span, first) === from ? first : first + 1;
  const wholeUntil = roundAt(span, until);
  if (wholeFrom > wholeUntil) {
    chargePart(from, until);
    return counted;
  }
  chargePart(from, roundStart(span, wholeFrom));
  const whole = wholeUntil - wholeFrom;
  if (whole > 0) for (const actor of membersIn(span, wholeFrom)) charge(actor, whole);
  chargePart(roundStart(span, wholeUntil), until);
  return counted;
}

/** Slot after the last one of a span. */
export function spanEnd(span: EpochSpan, config: DposConfig): Slot {
  return span.firstSlot + span.count * epochSlots(span.election, config);
}
