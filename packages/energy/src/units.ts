/**
 * Units of the market (energy UN1–UN6) and the few integer helpers it needs.
 *
 * @module
 */
import { EnergyError } from './errors.ts';

/** Energy in whole watt-hours (energy UN1); a safe integer. Signed values follow energy UN5: + is import. */
export type WattHours = number;

/** Power in whole watts; a non-negative safe integer. */
export type Watts = number;

/** Price in whole µ¤ per Wh (energy UN3); a non-negative integer below 2³². 1 µ¤/Wh is 1 ¤/MWh. */
export type PriceMicro = number;

/** Money in whole micro-currency µ¤ (energy UN2), 0 to 2⁶³ − 1. One base unit of the core token is 1 µ¤ (TX24). */
export type MicroMoney = bigint;

/** Parts per thousand, an integer. */
export type Permille = number;

/** Index of a market slot, `floor(unixSeconds / slotSec)` (energy UN4); a non-negative integer below 2⁴⁸. */
export type MarketSlot = number;

/** Name of a participant, meter, zone or order: 1 to 32 of `0-9 A-Z a-z _`. See {@link isMarketId}. */
export type MarketId = string;

/** Most Wh of one order (energy UN1). */
export const ORDER_WH_MAX = 1_000_000_000;

/** Largest amount of money (energy UN2). */
export const MONEY_MAX = 2n ** 63n - 1n;

/** The largest amount of money instead of more (energy UN2): obligations are capped, payments never need to be. */
export function capMoney(amount: bigint): MicroMoney {
  return amount > MONEY_MAX ? MONEY_MAX : amount;
}

/** Highest price that a payload can carry; keeps quantity × price below 2⁶³ (energy AD-15). */
export const PRICE_MAX = 2 ** 32 - 1;

/** Highest market slot that a payload can carry. */
export const MARKET_SLOT_MAX = 2 ** 40;

/**
 * Tells whether `text` may name something in the market.
 *
 * Every allowed character sorts above `/`, the separator of composed ids, so that composed ids sort by their
 * parts and byte order equals the order of JavaScript strings (energy UN6, TX25).
 */
export function isMarketId(text: string): boolean {
  return /^[0-9A-Za-z_]{1,32}$/.test(text);
}

/** Byte order of market ids (energy UN6): negative, zero or positive. */
export function compareIds(a: MarketId, b: MarketId): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Market slot that contains a moment (energy UN4).
 *
 * @param seconds - Unix seconds of a block header, never of a local clock.
 */
export function marketSlotAt(seconds: number, slotSec: number): MarketSlot {
  return floorQuotient(seconds, slotSec);
}

/**
 * `floor(a / b)` without leaving the integers.
 *
 * @param a - Safe integer of at least 0.
 * @param b - Safe integer of at least 1.
 * @throws EnergyError with `ARGUMENT` outside these ranges.
 */
export function floorQuotient(a: number, b: number): number {
  if (!Number.isSafeInteger(a) || a < 0) throw new EnergyError({ code: 'ARGUMENT', name: 'a', reason: `${a}` });
  if (!Number.isSafeInteger(b) || b < 1) throw new EnergyError({ code: 'ARGUMENT', name: 'b', reason: `${b}` });
  return (a - (a % b)) / b;
}

/** `ceil(a / b)` for `a` ≥ 0 and `b` ≥ 1; the only rounding up of the market is the sell bond (energy UN3). */
export function ceilQuotient(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
