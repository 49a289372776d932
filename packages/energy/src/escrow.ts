/**
 * What is locked so that a trade can never fail (energy ES1–ES3).
 *
 * @module
 */
import { EnergyError } from './errors.ts';
import type { EnergyParams } from './params.ts';
import { ceilQuotient, floorQuotient, type MicroMoney, type PriceMicro, type WattHours } from './units.ts';

/** The prices that the worst case depends on. */
export type EscrowParams = Pick<EnergyParams, 'retail' | 'feedIn' | 'penalty'>;

/**
 * Bond of a sell order: what the seller loses if it delivers nothing (energy ES1).
 *
 * It pays retail and penalty for every Wh and earns at least its own limit, so the bond and the revenue
 * together always cover the settlement. Rounded up, as the only amount of the market (energy UN3).
 *
 * @param price - Limit of the order.
 * @param bondBp - Share of the worst case in basis points, at least 10 000.
 */
export function sellBond(qty: WattHours, price: PriceMicro, params: EscrowParams, bondBp: number): MicroMoney {
  if (bondBp < 10_000) throw new EnergyError({ code: 'ARGUMENT', name: 'bondBp', reason: 'below 10 000' });
  const lossPerWh = Math.max(0, params.retail + params.penalty - price);
  return ceilQuotient(BigInt(qty) * BigInt(lossPerWh) * BigInt(bondBp), 10_000n);
}

/**
 * Escrow of a buy (energy ES2): the price, and the part of the penalty for not taking the energy that its
 * feed-in value does not cover.
 *
 * @param price - All-in price, including the grid fee: the limit of an order, or price plus fee of a trade.
 */
export function buyEscrow(qty: WattHours, price: PriceMicro, params: EscrowParams): MicroMoney {
  return BigInt(qty) * BigInt(price + Math.max(0, params.penalty - params.feedIn));
}

/**
 * Deposit that covers the use beyond any contract until it is settled (energy ES3): the largest import of a slot
 * at retail, for every slot in flight from its start to the end of its reading window.
 */
export function coveringDeposit(maxImportWh: WattHours, params: EnergyParams): MicroMoney {
  const inFlight = floorQuotient(params.slotSec + params.readingWindowSec + params.slotSec - 1, params.slotSec);
  return BigInt(maxImportWh) * BigInt(params.retail) * BigInt(inFlight);
}
