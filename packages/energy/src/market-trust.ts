/**
 * Market trust: the trust model with market slots as rounds and deliveries as behaviour (energy TF1–TF5).
 *
 * @module
 */
import {
  type Activity,
  applyActivity,
  countRound,
  createTrustRecord,
  FULL_TRUST_MICRO,
  floorDivide,
  scoreTrust,
  type TrustParams,
  type TrustScore,
  trustPreset,
} from '@fiducia/trust';
import type { EnergyParams } from './params.ts';
import type { Deviation } from './settlement.ts';
import type { MarketTrust, Participant, Portfolio, ZoneRecord } from './state/records.ts';
import { floorQuotient, type MarketSlot, type WattHours } from './units.ts';

/** Profile of the market score (energy TF1): `paper` with market slots as rounds and no votes. */
export const MARKET_TRUST_PARAMS: TrustParams = {
  ...trustPreset('paper'),
  epochRounds: 96,
  windowEpochs: 28,
  trustReward: 0,
  trustRewardBlock: 1_000,
  decayT: 672,
};

/** Slots between two looks at chronicShort (energy TF2). */
const CHRONIC_SHORT_SLOTS = 672;

/** Adjustment of a passed review, in µ (energy TF2). */
const APPROVAL_ADJUSTMENT_MICRO = 1_000;

/** Below this market trust a participant is suspended, pending review (energy TF5). */
export const SUSPENSION_TRUST_MICRO = 200_000;

/** Missed readings in a row that count as an offence (energy TF2). */
export const MISSED_IN_ROW_MAX = 3;

// TF1: nobody elects a participant, and its deposit is a condition of admission.
const FULL_SHARES = { votes: FULL_TRUST_MICRO, deposit: FULL_TRUST_MICRO };

/** Trust of a participant admitted now. */
export function newMarketTrust(zone: ZoneRecord): MarketTrust {
  return {
    record: createTrustRecord(MARKET_TRUST_PARAMS, bookedRounds(zone)),
    pendingMalicious: 0,
    pendingAdjustment: APPROVAL_ADJUSTMENT_MICRO,
    sellingSuspended: false,
    chronicSold: 0,
    chronicShort: 0,
  };
}

/** Rounds of the market score that are booked. */
export function bookedRounds(zone: ZoneRecord): number {
  return zone.nextSettle - zone.firstSlot;
}

/** Round of the market score that a slot is (energy TF1). */
export function marketRound(zone: ZoneRecord, slot: MarketSlot): number {
  return slot - zone.firstSlot + 1;
}

/** Counts a slot as a round for everybody, unless nobody could take part in it (energy TF1). */
export function countMarketRound(zone: ZoneRecord, slot: MarketSlot): ZoneRecord {
  if (zone.firstActive === null || slot < zone.firstActive) return zone;
  return { ...zone, window: countRound(zone.window, marketRound(zone, slot), MARKET_TRUST_PARAMS) };
}

/** Market score after a round. */
export function marketScore(trust: MarketTrust, zone: ZoneRecord, round: number): TrustScore {
  return scoreTrust(
    trust.record,
    zone.window,
    Math.max(round, trust.record.lastActive),
    FULL_SHARES,
    MARKET_TRUST_PARAMS,
  );
}

/** Bond for a market trust in basis points, or `undefined` if selling is barred (energy TF5). */
export function bondBpOf(trustMicro: number, params: EnergyParams): number | undefined {
  return params.bondTiers.find(({ minTrustMicro }) => trustMicro >= minTrustMicro)?.bondBp;
}

/** What happened to the readings of a participant in one slot. */
export interface ReadingFacts {
  /** Readings that arrived in time. */
  readonly timely: number;
  /** Readings that were owed and did not. */
  readonly missing: number;
  /** Meters that have now missed three in a row. */
  readonly newlyChronic: number;
  /** Whether any meter has missed three or more in a row. */
  readonly anyChronic: boolean;
}

/** One slot of one participant, as its market trust sees it. */
export interface SlotConduct {
  /** Slot. */
  readonly slot: MarketSlot;
  /** Class limits depend on the role. */
  readonly role: Participant['role'];
  /** Orders and position. */
  readonly portfolio: Portfolio;
  /** Settlement. */
  readonly deviation: Deviation;
  /** Readings. */
  readonly readings: ReadingFacts;
}

/** Books one slot of one participant: all its facts are one application of trust F2 (energy TF1). */
export function bookSlot(
  trust: MarketTrust,
  zone: ZoneRecord,
  conduct: SlotConduct,
  params: EnergyParams,
): MarketTrust {
  const chronic = countChronicShort(trust, zone, conduct, params);
  const delivery = deliveryFacts(conduct);
  const { readings } = conduct;
  const activity = {
    correct: delivery.correct,
    missed: readings.missing + (isOrderAbuse(conduct.portfolio) ? 1 : 0),
    malicious: trust.pendingMalicious + readings.newlyChronic + (chronic.offence ? 1 : 0),
    participated: readings.timely > 0 && readings.missing === 0,
    adjustment: delivery.adjustment + trust.pendingAdjustment,
  };
  return {
    record: hasFacts(activity)
      ? applyActivity(trust.record, marketRound(zone, conduct.slot), activity, MARKET_TRUST_PARAMS)
      : trust.record,
    pendingMalicious: 0,
    pendingAdjustment: 0,
    sellingSuspended: readings.anyChronic,
    chronicSold: chronic.sold,
    chronicShort: chronic.short,
  };
}

function hasFacts(activity: Required<Activity>): boolean {
  const { correct, missed, malicious, participated, adjustment } = activity;
  return correct + missed + malicious > 0 || participated || adjustment !== 0;
}

/** TF2: a delivery within tolerance is correct; a breach is no malice (TF4) and costs in proportion. */
function deliveryFacts({ portfolio, deviation }: SlotConduct): {
  readonly correct: number;
  readonly adjustment: number;
} {
  const { shortfall, undertake, breach } = deviation;
  const { sold, bought } = portfolio;
  const shortBreach = breach > 0 && shortfall > 0;
  const correct = sold > 0 && !shortBreach ? 1 : 0;
  if (breach === 0) return { correct, adjustment: 0 };
  const permille = shortBreach ? floorQuotient(1000 * shortfall, sold) : floorQuotient(1000 * undertake, bought);
  return { correct, adjustment: 0 - floorDivide(MARKET_TRUST_PARAMS.penaltyMiss * permille, 1000) };
}

/** TF2: more than half of the orders of a slot withdrawn in the last tenth of the time before the gate. */
function isOrderAbuse(portfolio: Portfolio): boolean {
  return 2 * portfolio.cancelledLate > portfolio.orders.length;
}

/** TF2, TF4: looks at the short ratio of the last 672 slots, every 672 slots from the first active one. */
function countChronicShort(
  trust: MarketTrust,
  zone: ZoneRecord,
  conduct: SlotConduct,
  params: EnergyParams,
): { readonly sold: WattHours; readonly short: WattHours; readonly offence: boolean } {
  const sold = trust.chronicSold + conduct.portfolio.sold;
  const short = trust.chronicShort + conduct.deviation.shortfall;
  const { role, slot } = conduct;
  if (zone.firstActive === null || slot < zone.firstActive) return { sold, short, offence: false };
  if ((slot - zone.firstActive + 1) % CHRONIC_SHORT_SLOTS !== 0) return { sold, short, offence: false };
  const limit = role === 'GRID' || role === 'SUPERVISOR' ? null : params.chronicShortLimits[role];
  const offence = limit !== null && sold > 0 && floorQuotient(1000 * short, sold) > limit;
  return { sold: 0, short: 0, offence };
}
