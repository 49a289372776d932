/**
 * Pairs the filled orders of a slot into trades (energy CL6).
 *
 * @module
 */
import type { Side } from '../clearing.ts';
import type { MarketOrder, MarketSlotRecord, MarketTrade, SlotCursor } from '../state/records.ts';
import { ORDERS, orderId, TRADES, tradeKey } from '../state/tables.ts';
import { entriesAfter, type SlotJob, slotPrefix, takeWork } from './work.ts';

/** How far the pairing came. */
export interface PairingResult {
  /** Whether the work of the block ran out. */
  readonly paused: boolean;
  /** Trades made so far. */
  readonly tradeCount: number;
  /** Where to continue. */
  readonly cursor: SlotCursor;
}

/**
 * Walks filled buys and filled sells together, each by id. Every trade costs one unit of work, and so does every
 * order that is left behind, so at most twice as much as there are orders.
 */
export function pairFills(job: SlotJob, record: MarketSlotRecord, start: SlotCursor): PairingResult {
  let cursor = start;
  let { tradeCount } = record;
  const buys = filledOrders(job, 'buy', cursor.after);
  const sells = filledOrders(job, 'sell', cursor.sellAfter);
  let buy = buys.next();
  let sell = sells.next();
  while (!buy.done && !sell.done) {
    if (!takeWork(job.budget)) return { paused: true, tradeCount, cursor };
    const [buyKey, buyOrder] = buy.value;
    const [sellKey, sellOrder] = sell.value;
    const wh = Math.min(buyOrder.filled - cursor.buyUsed, sellOrder.filled - cursor.sellUsed);
    writeTrade(job, record, tradeCount, [buyKey, buyOrder], [sellKey, sellOrder], wh);
    tradeCount++;
    cursor = { ...cursor, buyUsed: cursor.buyUsed + wh, sellUsed: cursor.sellUsed + wh };
    if (cursor.buyUsed === buyOrder.filled) {
      cursor = { ...cursor, after: buyKey, buyUsed: 0 };
      buy = buys.next();
    }
    if (cursor.sellUsed === sellOrder.filled) {
      cursor = { ...cursor, sellAfter: sellKey, sellUsed: 0 };
      sell = sells.next();
    }
  }
  return { paused: false, tradeCount, cursor };
}

type KeyedOrder = readonly [key: string, order: MarketOrder];

function* filledOrders(job: SlotJob, side: Side, after: string): Generator<KeyedOrder, undefined> {
  for (const entry of entriesAfter(job.context.state, ORDERS, slotPrefix(job), after)) {
    if (entry[1].side === side && entry[1].filled > 0) yield entry;
  }
  return undefined;
}

function writeTrade(
  job: SlotJob,
  record: MarketSlotRecord,
  index: number,
  [buyKey, buy]: KeyedOrder,
  [sellKey, sell]: KeyedOrder,
  wh: number,
): void {
  const trade: MarketTrade = {
    buyOrder: idOf(job, buyKey, buy),
    sellOrder: idOf(job, sellKey, sell),
    buyer: buy.owner,
    seller: sell.owner,
    wh,
    price: record.price ?? 0,
    gridFee: job.gridFee,
  };
  job.context.state.set(TRADES, tradeKey(job.zone, job.slot, trade, index), trade);
}

function idOf(job: SlotJob, key: string, order: MarketOrder): string {
  const clientRef = key.slice(slotPrefix(job).length).split('/')[0] ?? '';
  return orderId(job.slot, clientRef, order.owner);
}
