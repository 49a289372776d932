/**
 * Clearing of a slot inside the ledger: the auction of `clearing.ts` in steps that fit into blocks (energy TX21).
 *
 * COLLECT sums the price levels, ALLOCATE gives every order its whole share, ROUND hands out the Wh that are left
 * by largest remainder, BOOK turns fills into positions and escrow, PAIR makes the trades. Each step walks the
 * orders by id and may stop after any of them; the cursor in the slot's record says where.
 *
 * @module
 */
import {
  clearLevels,
  type LevelOutcome,
  type MarginalLevel,
  type PriceLevel,
  placeAtMargin,
  proRataShare,
  type Side,
  sellerPrice,
  sortLevels,
} from '../clearing.ts';
import { assertInvariant } from '../errors.ts';
import { buyEscrow, sellBond } from '../escrow.ts';
import { release } from '../state/accounts.ts';
import { EMPTY_SLOT, type MarketOrder, type MarketSlotRecord, type SlotCursor } from '../state/records.ts';
import { memberKey, ORDERS, PORTFOLIOS, pad, required, SHARES, SLOTS, slotKey, zoneOf } from '../state/tables.ts';
import type { MicroMoney, WattHours } from '../units.ts';
import { pairFills } from './pair.ts';
import {
  entriesAfter,
  type SlotJob,
  type StepOutcome,
  saveSlot,
  saveZone,
  slotPrefix,
  startStage,
  takeWork,
} from './work.ts';

/** Closes the gate of a slot and clears it, as far as the work of the block goes. */
export function clearSlot(job: SlotJob): StepOutcome {
  const record = job.context.state.get(SLOTS, slotKey(job.zone, job.slot)) ?? EMPTY_SLOT;
  let cursor: SlotCursor | null = record.cursor ?? startStage('COLLECT');
  let current: MarketSlotRecord = { ...record, state: 'CLOSED', cursor };
  while (cursor !== null) {
    const step = STAGES[cursor.stage];
    assertInvariant(step !== undefined, `stage ${cursor.stage} in a clearing`);
    const next = step(job, current, cursor);
    current = next.record;
    if (next.paused) {
      saveSlot(job, current);
      return 'paused';
    }
    cursor = current.cursor;
  }
  saveSlot(job, { ...current, state: 'CLEARED' });
  countSlot(job, current);
  return 'done';
}

/** Record of the slot after a step; its cursor is `null` when the clearing is complete. */
interface StageResult {
  readonly record: MarketSlotRecord;
  readonly paused: boolean;
}

type Stage = (job: SlotJob, record: MarketSlotRecord, cursor: SlotCursor) => StageResult;

const STAGES: Readonly<Partial<Record<SlotCursor['stage'], Stage>>> = {
  COLLECT: collect,
  ALLOCATE: allocate,
  ROUND: roundUp,
  BOOK: book,
  PAIR: pair,
};

/** CL1: sums the open orders by price. */
function collect(job: SlotJob, record: MarketSlotRecord, cursor: SlotCursor): StageResult {
  const bids = new Map(cursor.bids.map(({ price, qty }) => [price, qty]));
  const asks = new Map(cursor.asks.map(({ price, qty }) => [price, qty]));
  const levels = () => ({ bids: sortedLevels('buy', bids), asks: sortedLevels('sell', asks) });
  let { after } = cursor;
  for (const [key, order] of entriesAfter(job.context.state, ORDERS, slotPrefix(job), after)) {
    if (!takeWork(job.budget)) return pause(record, { ...cursor, ...levels(), after });
    after = key;
    const price = sellerPrice(order, job.gridFee);
    if (order.state !== 'OPEN' || price < 0) continue;
    const side = order.side === 'buy' ? bids : asks;
    side.set(price, (side.get(price) ?? 0) + order.qty);
  }
  const found = levels();
  const outcome = clearLevels(found.bids, found.asks, job.params.kPermille);
  if (outcome.kind === 'empty') {
    return advance({ ...record, reason: outcome.reason }, { ...startStage('BOOK') });
  }
  const rests = { bidRest: outcome.bid.filled, askRest: outcome.ask.filled };
  const { price, volume } = outcome;
  return advance({ ...record, price, volume }, { ...startStage('ALLOCATE'), ...found, ...rests });
}

/** CL5: levels before the margin fill whole, the marginal one pro rata, floored. */
function allocate(job: SlotJob, record: MarketSlotRecord, cursor: SlotCursor): StageResult {
  const { state } = job.context;
  const margins = marginsOf(job, cursor);
  let { after, bidRest, askRest } = cursor;
  for (const [key, order] of entriesAfter(state, ORDERS, slotPrefix(job), after)) {
    if (!takeWork(job.budget)) return pause(record, { ...cursor, after, bidRest, askRest });
    after = key;
    if (order.state !== 'OPEN') continue;
    const level = order.side === 'buy' ? margins.bid : margins.ask;
    const place = placeAtMargin(order.side, sellerPrice(order, job.gridFee), level);
    if (place === -1) continue;
    const share = place === 1 ? { whole: order.qty, remainder: 0 } : proRataShare(order.qty, level);
    if (share.whole > 0) state.set(ORDERS, key, { ...order, filled: share.whole });
    if (place === 1) continue;
    if (order.side === 'buy') bidRest -= share.whole;
    else askRest -= share.whole;
    // Largest remainder first: the rank falls as the remainder grows.
    state.set(SHARES, shareKey(job, order, key, level.qty - share.remainder), key);
  }
  return advance(record, { ...startStage('ROUND'), bidRest, askRest });
}

/** CL5: one Wh each by largest remainder, ties by lowest order id. */
function roundUp(job: SlotJob, record: MarketSlotRecord, cursor: SlotCursor): StageResult {
  const { state } = job.context;
  let { bidRest, askRest } = cursor;
  for (const [key, orderKey] of state.entries(SHARES, slotPrefix(job))) {
    if (!takeWork(job.budget)) return pause(record, { ...cursor, bidRest, askRest });
    state.delete(SHARES, key);
    const order = required(state.get(ORDERS, orderKey), `order ${orderKey}`);
    if ((order.side === 'buy' ? bidRest : askRest) === 0) continue;
    state.set(ORDERS, orderKey, { ...order, filled: order.filled + 1 });
    if (order.side === 'buy') bidRest--;
    else askRest--;
  }
  assertInvariant(bidRest === 0 && askRest === 0, 'I-1: the marginal levels are filled');
  return advance(record, startStage('BOOK'));
}

/** SM1: fills become positions; the escrow of the unfilled rest is freed (energy ES2). */
function book(job: SlotJob, record: MarketSlotRecord, cursor: SlotCursor): StageResult {
  const { state } = job.context;
  let { after } = cursor;
  for (const [key, order] of entriesAfter(state, ORDERS, slotPrefix(job), after)) {
    if (!takeWork(job.budget)) return pause(record, { ...cursor, after });
    after = key;
    if (order.state !== 'OPEN') continue;
    const locked = lockedForFill(job, order, record.price ?? 0);
    release(state, order.owner, order.escrow - locked);
    if (order.filled > 0) addPosition(job, order, record.price ?? 0, locked);
    state.set(ORDERS, key, { ...order, state: order.filled === order.qty ? 'FILLED' : 'EXPIRED', escrow: 0n });
  }
  return record.volume === 0 ? advance(record, null) : advance(record, startStage('PAIR'));
}

/** CL6. */
function pair(job: SlotJob, record: MarketSlotRecord, cursor: SlotCursor): StageResult {
  const { paused, tradeCount, cursor: next } = pairFills(job, record, cursor);
  return paused ? pause({ ...record, tradeCount }, next) : advance({ ...record, tradeCount }, null);
}

function pause(record: MarketSlotRecord, cursor: SlotCursor): StageResult {
  return { record: { ...record, cursor }, paused: true };
}

function advance(record: MarketSlotRecord, cursor: SlotCursor | null): StageResult {
  return { record: { ...record, cursor }, paused: false };
}

function sortedLevels(side: Side, quantities: ReadonlyMap<number, WattHours>): readonly PriceLevel[] {
  return sortLevels(
    side,
    [...quantities].map(([price, qty]) => ({ price, qty })),
  );
}

function marginsOf(job: SlotJob, cursor: SlotCursor): { readonly bid: MarginalLevel; readonly ask: MarginalLevel } {
  const outcome: LevelOutcome = clearLevels(cursor.bids, cursor.asks, job.params.kPermille);
  assertInvariant(outcome.kind === 'cleared', 'the levels of a cleared slot cross');
  return outcome;
}

/** Key under which a marginal order waits for one more Wh: side, rank, then order id. */
function shareKey(job: SlotJob, order: MarketOrder, key: string, rank: number): string {
  const id = key.slice(slotPrefix(job).length);
  return `${slotKey(job.zone, job.slot)}/${order.side}/${pad(rank, 16)}/${id}`;
}

/** What stays locked for the filled part: the bond of a sell, price and fee of a buy (energy ES1, ES2). */
function lockedForFill(job: SlotJob, order: MarketOrder, price: number): MicroMoney {
  if (order.filled === 0) return 0n;
  return order.side === 'sell'
    ? sellBond(order.filled, order.price, job.params, order.bondBp)
    : buyEscrow(order.filled, price + job.gridFee, job.params);
}

function addPosition(job: SlotJob, order: MarketOrder, price: number, locked: MicroMoney): void {
  const { state } = job.context;
  const key = memberKey(job.zone, job.slot, order.owner);
  const portfolio = required(state.get(PORTFOLIOS, key), `portfolio ${key}`);
  const value = BigInt(order.filled) * BigInt(price);
  const escrow = portfolio.escrow + locked;
  state.set(
    PORTFOLIOS,
    key,
    order.side === 'buy'
      ? { ...portfolio, escrow, bought: portfolio.bought + order.filled, boughtValue: portfolio.boughtValue + value }
      : { ...portfolio, escrow, sold: portfolio.sold + order.filled, soldValue: portfolio.soldValue + value },
  );
}

function countSlot(job: SlotJob, record: MarketSlotRecord): void {
  const zone = zoneOf(job.context.state, job.zone);
  const traded = record.volume > 0;
  saveZone(job, {
    ...zone,
    nextClear: job.slot + 1,
    clearedSlots: zone.clearedSlots + (traded ? 1 : 0),
    tradedWh: zone.tradedWh + record.volume,
    tradedValue: zone.tradedValue + BigInt(record.volume) * BigInt(record.price ?? 0),
  });
}
