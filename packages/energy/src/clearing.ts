/**
 * Uniform-price double auction of one market slot (energy CL1–CL6), as pure functions.
 *
 * Nothing here depends on the order in which orders arrived, so whoever assembles a block cannot sell places in
 * a queue. The ledger module clears step by step over several blocks if it must; it uses the same building
 * blocks, and a property test holds the two together.
 *
 * @module
 */
import { EnergyError } from './errors.ts';
import type { NoTradeReason } from './refusals.ts';
import {
  compareIds,
  floorQuotient,
  ORDER_WH_MAX,
  type Permille,
  PRICE_MAX,
  type PriceMicro,
  type WattHours,
} from './units.ts';

/** Side of an order: `buy` takes energy from the grid, `sell` gives it (energy UN5). */
export type Side = 'buy' | 'sell';

/** What clearing needs to know of an order. */
export interface ClearingOrder {
  /** Unique; decides ties by byte order. */
  readonly id: string;
  /** Side of the market. */
  readonly side: Side;
  /** Limit in µ¤/Wh: of a buy all-in, including the grid fee; of a sell what the seller wants to receive. */
  readonly price: PriceMicro;
  /** Wh offered or wanted, 1 to 10⁹. */
  readonly qty: WattHours;
}

/** Parameters of a clearing. */
export interface ClearingParams {
  /** Grid fee in µ¤/Wh, paid by the buyer on top of the price (energy CL4). */
  readonly gridFee: PriceMicro;
  /** Place of the price between the lowest (0) and the highest (1000) price that clears (energy CL4). */
  readonly kPermille: Permille;
}

/** All orders of one side at one price in seller space. */
export interface PriceLevel {
  /** Price in seller space: of a buy its limit minus the grid fee. */
  readonly price: PriceMicro;
  /** Sum of their Wh. */
  readonly qty: WattHours;
}

/** The last matched level of one side (energy CL5): better levels fill whole, this one pro rata. */
export interface MarginalLevel extends PriceLevel {
  /** Wh of the level that were matched, 1 to `qty`. */
  readonly filled: WattHours;
}

/** Result of matching price levels (energy CL1–CL4). */
export type LevelOutcome =
  | {
      readonly kind: 'cleared';
      /** Matched Wh, at least 1. */
      readonly volume: WattHours;
      /** Uniform price in seller space. */
      readonly price: PriceMicro;
      /** Lowest price at which the matched volume clears. */
      readonly lo: PriceMicro;
      /** Highest price at which the matched volume clears. */
      readonly hi: PriceMicro;
      /** Marginal level of the buyers. */
      readonly bid: MarginalLevel;
      /** Marginal level of the sellers. */
      readonly ask: MarginalLevel;
    }
  | { readonly kind: 'empty'; readonly reason: NoTradeReason };

/** Wh that an order was filled with. */
export interface Fill {
  /** Order. */
  readonly id: string;
  /** Filled Wh, 0 to the quantity of the order. */
  readonly filled: WattHours;
}

/** A matched pair (energy CL6). */
export interface MatchedPair {
  /** Buy order. */
  readonly buyOrder: string;
  /** Sell order. */
  readonly sellOrder: string;
  /** Energy of the pair, at least 1 Wh. */
  readonly wh: WattHours;
}

/** Result of {@link clearUniform}. */
export interface ClearingResult {
  /** Matched Wh. */
  readonly volume: WattHours;
  /** Uniform price in seller space, or `null` if nothing was matched; the buyer pays it plus the grid fee. */
  readonly price: PriceMicro | null;
  /** Lowest price at which the volume clears, or `null`. */
  readonly lo: PriceMicro | null;
  /** Highest price at which the volume clears, or `null`. */
  readonly hi: PriceMicro | null;
  /** Why nothing was matched, or `null`. */
  readonly reason: NoTradeReason | null;
  /** One entry per order that took part, by id; empty if nothing was matched. */
  readonly fills: readonly Fill[];
  /** Matched pairs in trade order. */
  readonly trades: readonly MatchedPair[];
}

/**
 * Clears one market slot at one price.
 *
 * @param orders - The open orders, in any order; the result does not depend on it (energy I-9).
 * @throws {@link EnergyError} with `ARGUMENT` if an order or parameter is out of range or an id appears twice.
 * @see docs/spec/energy.md, rules CL1–CL6.
 * @example
 * ```ts
 * const { price, volume } = clearUniform(
 *   [
 *     { id: 'b1', side: 'buy', price: 408, qty: 100 },
 *     { id: 's1', side: 'sell', price: 401, qty: 100 },
 *   ],
 *   { gridFee: 0, kPermille: 500 },
 * );
 * // price 404, volume 100
 * ```
 */
export function clearUniform(orders: readonly ClearingOrder[], params: ClearingParams): ClearingResult {
  requireOrders(orders);
  requireClearingParams(params);

  const sorted = [...orders].sort((a, b) => compareIds(a.id, b.id));
  const taking = sorted.filter((order) => sellerPrice(order, params.gridFee) >= 0);
  const outcome = clearLevels(levelsOf(taking, 'buy', params), levelsOf(taking, 'sell', params), params.kPermille);
  if (outcome.kind === 'empty') {
    return { volume: 0, price: null, lo: null, hi: null, reason: outcome.reason, fills: [], trades: [] };
  }

  const fills = new Map<string, WattHours>();
  for (const side of ['buy', 'sell'] as const) fillSide(taking, side, outcome, params, fills);
  const filled = taking.map((order) => ({ ...order, filled: fills.get(order.id) ?? 0 }));
  return {
    volume: outcome.volume,
    price: outcome.price,
    lo: outcome.lo,
    hi: outcome.hi,
    reason: null,
    fills: filled.map(({ id, filled }) => ({ id, filled })),
    trades: pairFills(filled),
  };
}

/** Limit of an order in seller space; negative for a buy that cannot even pay the fee and takes no part. */
export function sellerPrice(order: Pick<ClearingOrder, 'side' | 'price'>, gridFee: PriceMicro): number {
  return order.side === 'buy' ? order.price - gridFee : order.price;
}

/**
 * Matches price levels and sets the price (energy CL1–CL4).
 *
 * @param bids - Levels of the buyers in seller space, best (highest) first, each with at least 1 Wh.
 * @param asks - Levels of the sellers, best (lowest) first, each with at least 1 Wh.
 * @param kPermille - 0 to 1000.
 */
export function clearLevels(
  bids: readonly PriceLevel[],
  asks: readonly PriceLevel[],
  kPermille: Permille,
): LevelOutcome {
  if (bids.length === 0) return { kind: 'empty', reason: 'NO_BIDS' };
  if (asks.length === 0) return { kind: 'empty', reason: 'NO_ASKS' };

  let volume = 0;
  let bid: MarginalLevel | undefined;
  let ask: MarginalLevel | undefined;
  let bidIndex = 0;
  let askIndex = 0;
  let bidUsed = 0;
  let askUsed = 0;
  for (;;) {
    const bestBid = bids[bidIndex];
    const bestAsk = asks[askIndex];
    if (bestBid === undefined || bestAsk === undefined || bestBid.price < bestAsk.price) break;
    const matched = Math.min(bestBid.qty - bidUsed, bestAsk.qty - askUsed);
    volume += matched;
    bidUsed += matched;
    askUsed += matched;
    bid = { ...bestBid, filled: bidUsed };
    ask = { ...bestAsk, filled: askUsed };
    if (bidUsed === bestBid.qty) [bidIndex, bidUsed] = [bidIndex + 1, 0];
    if (askUsed === bestAsk.qty) [askIndex, askUsed] = [askIndex + 1, 0];
  }
  if (bid === undefined || ask === undefined) return { kind: 'empty', reason: 'NO_CROSS' };

  // CL3: what is left on either side must not want to trade at the price.
  const lo = Math.max(ask.price, bids[bidIndex]?.price ?? ask.price);
  const hi = Math.min(bid.price, asks[askIndex]?.price ?? bid.price);
  // CL4: the midpoint is floored, one of the roundings listed in UN3.
  const price = lo + floorQuotient((hi - lo) * kPermille, 1000);
  return { kind: 'cleared', volume, price, lo, hi, bid, ask };
}

/** Whole Wh of a pro-rata share and what was cut off, in units of 1 Wh / `qty` of the level (energy CL5). */
export interface ProRataShare {
  /** Floored share. */
  readonly whole: WattHours;
  /** Remainder, 0 to `level.qty − 1`; the largest ones get one Wh more. */
  readonly remainder: WattHours;
}

/** Pro-rata share of an order of the marginal level (energy CL5). */
export function proRataShare(qty: WattHours, level: MarginalLevel): ProRataShare {
  // The product of two quantities may exceed 2^53.
  const product = BigInt(qty) * BigInt(level.filled);
  const size = BigInt(level.qty);
  return { whole: Number(product / size), remainder: Number(product % size) };
}

/** Whether an order lies before (1), at (0) or behind (−1) the marginal level of its side. */
export function placeAtMargin(side: Side, price: number, level: PriceLevel): 1 | 0 | -1 {
  if (price === level.price) return 0;
  return price > level.price === (side === 'buy') ? 1 : -1;
}

function levelsOf(orders: readonly ClearingOrder[], side: Side, params: ClearingParams): readonly PriceLevel[] {
  const quantities = new Map<number, number>();
  for (const order of orders) {
    if (order.side !== side) continue;
    const price = sellerPrice(order, params.gridFee);
    quantities.set(price, (quantities.get(price) ?? 0) + order.qty);
  }
  return sortLevels(
    side,
    [...quantities].map(([price, qty]) => ({ price, qty })),
  );
}

/** Puts the levels of one side into the order of energy CL1: best first. */
export function sortLevels(side: Side, levels: readonly PriceLevel[]): readonly PriceLevel[] {
  return [...levels].sort((a, b) => (side === 'buy' ? b.price - a.price : a.price - b.price));
}

function fillSide(
  orders: readonly ClearingOrder[],
  side: Side,
  outcome: Extract<LevelOutcome, { kind: 'cleared' }>,
  params: ClearingParams,
  fills: Map<string, WattHours>,
): void {
  const level = side === 'buy' ? outcome.bid : outcome.ask;
  const shares: { id: string; remainder: WattHours }[] = [];
  let rest = level.filled;
  for (const order of orders) {
    if (order.side !== side) continue;
    const place = placeAtMargin(side, sellerPrice(order, params.gridFee), level);
    if (place === 1) fills.set(order.id, order.qty);
    if (place !== 0) continue;
    const { whole, remainder } = proRataShare(order.qty, level);
    fills.set(order.id, whole);
    rest -= whole;
    shares.push({ id: order.id, remainder });
  }
  // CL5: one Wh each by largest remainder, ties by lowest id.
  shares.sort((a, b) => b.remainder - a.remainder || compareIds(a.id, b.id));
  for (const { id } of shares.slice(0, rest)) fills.set(id, (fills.get(id) ?? 0) + 1);
}

/** CL6: filled buys and filled sells, each by id, walked together. */
function pairFills(orders: readonly (ClearingOrder & Fill)[]): readonly MatchedPair[] {
  const sells = orders.filter((order) => order.side === 'sell' && order.filled > 0);
  const trades: MatchedPair[] = [];
  let index = 0;
  let used = 0;
  for (const buy of orders) {
    if (buy.side !== 'buy') continue;
    for (let wanted = buy.filled; wanted > 0; ) {
      const sell = sells[index];
      if (sell === undefined) break;
      const wh = Math.min(wanted, sell.filled - used);
      trades.push({ buyOrder: buy.id, sellOrder: sell.id, wh });
      wanted -= wh;
      used += wh;
      if (used === sell.filled) [index, used] = [index + 1, 0];
    }
  }
  return trades;
}

function requireOrders(orders: readonly ClearingOrder[]): void {
  const ids = new Set<string>();
  for (const { id, price, qty } of orders) {
    if (ids.has(id)) throw new EnergyError({ code: 'ARGUMENT', name: 'orders', reason: `id ${id} appears twice` });
    ids.add(id);
    requireInteger(`price of ${id}`, price, 0, PRICE_MAX);
    requireInteger(`quantity of ${id}`, qty, 1, ORDER_WH_MAX);
  }
}

function requireClearingParams(params: ClearingParams): void {
  requireInteger('gridFee', params.gridFee, 0, PRICE_MAX);
  requireInteger('kPermille', params.kPermille, 0, 1000);
}

function requireInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new EnergyError({ code: 'ARGUMENT', name, reason: `${value} is not an integer from ${min} to ${max}` });
}
