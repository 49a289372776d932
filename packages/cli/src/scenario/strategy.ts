/**
 * The demo's trading strategy (energy DM1): one order per participant and market slot, at a price
 * that depends on nothing but who it is.
 *
 * @module
 */
import type { ClearingOrder } from '@fiducia/energy';
import type { InputParticipant, MarketRow } from '../input/market-input.ts';

/** Prices and tolerances of the demo (energy PA2), µ¤ per Wh. */
export const DEMO_PRICES = {
  retail: 620,
  feedIn: 300,
  penalty: 150,
  gridFee: 40,
  tolWh: 20,
  tolPermille: 50,
  kPermille: 500,
} as const;

const PLANT_ASKS = { WIND: 340, PV: 360, HYDRO: 320, INTEGRATED: 380 } as const;

/** An order of the strategy with the participant that places it. */
export interface StrategyOrder extends ClearingOrder {
  /** Index of the participant in the columns of the input. */
  readonly participant: number;
}

/**
 * The orders of one row: surplus is sold, need is bought, balance stays out (energy DM1).
 *
 * @returns At most one order per participant, in column order; the id is the client reference.
 */
export function ordersOfRow(participants: readonly InputParticipant[], row: MarketRow): readonly StrategyOrder[] {
  return participants.flatMap(({ role }, index): readonly StrategyOrder[] => {
    const forecast = row.forecastWh[index] ?? 0;
    if (forecast === 0) return [];
    const number = String(index).padStart(2, '0');
    if (forecast > 0) {
      const price = DEMO_PRICES.retail - 20 * (index % 7);
      return [{ id: `${number}b`, side: 'buy', price, qty: forecast, participant: index }];
    }
    const price = role === 'USER' ? 350 + 10 * (index % 5) : PLANT_ASKS[role];
    return [{ id: `${number}s`, side: 'sell', price, qty: -forecast, participant: index }];
  });
}
