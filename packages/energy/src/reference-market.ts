/**
 * The market as a plain loop over an input, without chain, escrow or time: the yardstick of the ledger module.
 *
 * @module
 */
import { type ClearingResult, clearUniform } from './clearing.ts';
import { type DemoOrder, demoOrders } from './demo-strategy.ts';
import type { MarketInput, MarketInputRow } from './market-input.ts';
import { clearingParamsOf, DEMO_ENERGY_PARAMS, type EnergyParams, settlementParamsOf } from './params.ts';
import { FUND, GRID, type SettlementResult, type SettlementTrade, settleSlot } from './settlement.ts';
import { floorQuotient, type MicroMoney, type Permille, type PriceMicro, type WattHours } from './units.ts';

/** Money of every participant at the start of the demo (energy DM1). */
export const DEMO_BALANCE: MicroMoney = 5_000_000_000n;

/** Money of the grid operator at the start of the demo (energy DM1). */
export const DEMO_GRID_BALANCE: MicroMoney = 100_000_000_000n;

/** What {@link runMarket} varies. */
export interface ReferenceMarketOptions {
  /** Parameters; the demo's by default. The grid fee is that of the first zone. */
  readonly params?: EnergyParams;
  /** Percent of its forecast that a participant puts on the market, by id; 100 if absent. */
  readonly offerPercent?: ReadonlyMap<string, number>;
}

/** One row after clearing and settlement. */
export interface ReferenceSlot {
  /** The row. */
  readonly row: MarketInputRow;
  /** Orders of the row. */
  readonly orders: readonly DemoOrder[];
  /** Their clearing. */
  readonly clearing: ClearingResult;
  /** Settlement against the metered energy. */
  readonly settlement: SettlementResult;
}

/** One participant over the whole run. */
export interface ReferenceParticipant {
  /** Its id. */
  readonly id: string;
  /** Money gained (or lost, negative) over the run. */
  readonly cash: bigint;
  /** Slots in which its delivery left the tolerance, per thousand slots in which it sold (energy TF4, floored). */
  readonly breachPermille: Permille;
  /** Share of sold energy that was not delivered, per season, in order of appearance (energy TF4, floored). */
  readonly shortPermille: ReadonlyMap<string, Permille>;
}

/** Figures of a run; see energy DM3. */
export interface ReferenceMarket {
  /** Every row. */
  readonly slots: readonly ReferenceSlot[];
  /** Rows with a trade. */
  readonly clearedSlots: number;
  /** Traded energy. */
  readonly tradedWh: WattHours;
  /** Traded energy per season, in order of appearance. */
  readonly tradedWhBySeason: ReadonlyMap<string, WattHours>;
  /** Volume-weighted mean price, floored; 0 if nothing was traded. */
  readonly meanPriceMicro: PriceMicro;
  /** Metered import of all participants. */
  readonly demandWh: WattHours;
  /** Metered export of all participants. */
  readonly supplyWh: WattHours;
  /** Share of the demand that the community could cover in the same slot (energy DM3), floored. */
  readonly selfSufficiencyPermille: Permille;
  /** Per participant, in input order. */
  readonly participants: readonly ReferenceParticipant[];
  /** Penalties collected. */
  readonly fund: MicroMoney;
  /** Gain of the grid operator. */
  readonly gridCash: bigint;
  /** Σ of everything that could not be paid. */
  readonly debt: MicroMoney;
}

/**
 * Runs the demo's strategy over an input: clears and settles row by row (energy DM1, DM3).
 *
 * @example
 * ```ts
 * const { tradedWh, meanPriceMicro } = runMarket(parseMarketCsv(text));
 * ```
 */
export function runMarket(input: MarketInput, options: ReferenceMarketOptions = {}): ReferenceMarket {
  const params = options.params ?? DEMO_ENERGY_PARAMS;
  const start = new Map([
    ...input.participants.map(({ id }) => [id, DEMO_BALANCE] as const),
    [GRID, DEMO_GRID_BALANCE] as const,
    [FUND, 0n] as const,
  ]);
  let balances: ReadonlyMap<string, MicroMoney> = start;
  const slots = input.rows.map((row) => {
    const slot = runRow(input, row, balances, params, options.offerPercent);
    balances = slot.settlement.balances;
    return slot;
  });
  const gain = (account: string): bigint => (balances.get(account) ?? 0n) - (start.get(account) ?? 0n);
  return {
    slots,
    ...energyFigures(slots),
    participants: input.participants.map(({ id }) => ({ id, cash: gain(id), ...deliveryFigures(slots, id) })),
    fund: gain(FUND),
    gridCash: gain(GRID),
    debt: slots.flatMap(({ settlement }) => [...settlement.debts.values()]).reduce((sum, debt) => sum + debt, 0n),
  };
}

function runRow(
  input: MarketInput,
  row: MarketInputRow,
  balances: ReadonlyMap<string, MicroMoney>,
  params: EnergyParams,
  offerPercent: ReadonlyMap<string, number> | undefined,
): ReferenceSlot {
  const gridFee = params.zones[0]?.gridFee ?? 0;
  const orders = demoOrders(input.participants, row, offerPercent);
  const clearing = clearUniform(orders, clearingParamsOf(params, gridFee));
  const owners = new Map(orders.map(({ id, owner }) => [id, owner]));
  const trades = clearing.trades.map(
    ({ buyOrder, sellOrder, wh }, index): SettlementTrade => ({
      id: String(index).padStart(6, '0'),
      buyer: owners.get(buyOrder) ?? '',
      seller: owners.get(sellOrder) ?? '',
      wh,
      price: clearing.price ?? 0,
    }),
  );
  const meters = new Map(input.participants.map(({ id }, index) => [id, row.actualWh[index] ?? 0]));
  const settlement = settleSlot({ trades, meters, balances, params: settlementParamsOf(params, gridFee) });
  return { row, orders, clearing, settlement };
}

function energyFigures(slots: readonly ReferenceSlot[]) {
  const tradedWhBySeason = new Map<string, WattHours>();
  let clearedSlots = 0;
  let tradedWh = 0;
  let value = 0n;
  let demandWh = 0;
  let supplyWh = 0;
  let coveredWh = 0;
  for (const { row, clearing } of slots) {
    if (clearing.price !== null) clearedSlots++;
    tradedWh += clearing.volume;
    value += BigInt(clearing.volume) * BigInt(clearing.price ?? 0);
    tradedWhBySeason.set(row.season, (tradedWhBySeason.get(row.season) ?? 0) + clearing.volume);
    const demand = row.actualWh.reduce((sum, wh) => sum + Math.max(0, wh), 0);
    const supply = row.actualWh.reduce((sum, wh) => sum + Math.max(0, -wh), 0);
    demandWh += demand;
    supplyWh += supply;
    coveredWh += Math.min(demand, supply);
  }
  return {
    clearedSlots,
    tradedWh,
    tradedWhBySeason,
    meanPriceMicro: tradedWh === 0 ? 0 : Number(value / BigInt(tradedWh)),
    demandWh,
    supplyWh,
    selfSufficiencyPermille: demandWh === 0 ? 0 : floorQuotient(1000 * coveredWh, demandWh),
  };
}

function deliveryFigures(slots: readonly ReferenceSlot[], id: string) {
  const sold = new Map<string, WattHours>();
  const short = new Map<string, WattHours>();
  let soldSlots = 0;
  let breaches = 0;
  for (const { row, clearing, orders, settlement } of slots) {
    const own = new Set(orders.filter(({ owner, side }) => owner === id && side === 'sell').map((order) => order.id));
    const soldWh = clearing.fills.reduce((sum, fill) => sum + (own.has(fill.id) ? fill.filled : 0), 0);
    const deviation = settlement.deviations.get(id);
    if (soldWh === 0 || deviation === undefined) continue;
    soldSlots++;
    if (deviation.breach > 0) breaches++;
    sold.set(row.season, (sold.get(row.season) ?? 0) + soldWh);
    short.set(row.season, (short.get(row.season) ?? 0) + deviation.shortfall);
  }
  const shortPermille = new Map(
    [...sold].map(([season, wh]) => [season, floorQuotient(1000 * (short.get(season) ?? 0), wh)] as const),
  );
  return { breachPermille: soldSlots === 0 ? 0 : floorQuotient(1000 * breaches, soldSlots), shortPermille };
}
