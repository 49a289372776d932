/**
 * Strategy of the demo's participants (energy DM1): each offers its forecast at a fixed price.
 *
 * @module
 */
import type { ClearingOrder } from './clearing.ts';
import type { MarketInputParticipant, MarketInputRow } from './market-input.ts';
import type { MarketRole } from './params.ts';
import { floorQuotient, type PriceMicro, type WattHours } from './units.ts';

/** An order of the demo, ready for the market: `id` is also the client reference of energy TX25. */
export interface DemoOrder extends ClearingOrder {
  /** Participant that places it. */
  readonly owner: string;
}

/**
 * Order of one participant for one row, or `null` if it expects to be balanced.
 *
 * @param index - k of energy DM1: position of the participant in the input, 0 to 99.
 * @param forecastWh - Expected net Wh; + is import.
 * @example
 * ```ts
 * demoOrder({ id: 'wind1', role: 'WIND' }, 0, -2048);
 * // { id: '00s', owner: 'wind1', side: 'sell', price: 340, qty: 2048 }
 * ```
 */
export function demoOrder(participant: MarketInputParticipant, index: number, forecastWh: WattHours): DemoOrder | null {
  if (forecastWh === 0) return null;
  const prefix = String(index).padStart(2, '0');
  if (forecastWh > 0) {
    return { id: `${prefix}b`, owner: participant.id, side: 'buy', price: 620 - 20 * (index % 7), qty: forecastWh };
  }
  const price = SELL_PRICES[participant.role] ?? 350 + 10 * (index % 5);
  return { id: `${prefix}s`, owner: participant.id, side: 'sell', price, qty: -forecastWh };
}

/**
 * Orders of all participants for one row.
 *
 * @param offerPercent - Share of the forecast that a participant puts on the market, for what-if runs; 100 if
 *   absent. Exports are scaled towards −∞.
 */
export function demoOrders(
  participants: readonly MarketInputParticipant[],
  row: MarketInputRow,
  offerPercent: ReadonlyMap<string, number> = new Map(),
): readonly DemoOrder[] {
  return participants.flatMap((participant, index) => {
    const forecastWh = scale(row.forecastWh[index] ?? 0, offerPercent.get(participant.id) ?? 100);
    return demoOrder(participant, index, forecastWh) ?? [];
  });
}

const SELL_PRICES: Readonly<Partial<Record<MarketRole, PriceMicro>>> = {
  WIND: 340,
  PV: 360,
  HYDRO: 320,
  INTEGRATED: 380,
};

/** `floor(wh * percent / 100)`, toward −∞. */
function scale(wh: WattHours, percent: number): WattHours {
  if (wh >= 0) return floorQuotient(wh * percent, 100);
  return -floorQuotient(-wh * percent + 99, 100);
}
