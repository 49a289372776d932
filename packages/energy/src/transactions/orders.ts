/**
 * Orders of the uniform-price auction (energy TX6, TX7, TX25).
 *
 * @module
 */
import { safeUintCodec, type TransactionContext, type TransactionType } from '@fiducia/ledger';
import * as P from 'micro-packed';
import { type Side, sellerPrice } from '../clearing.ts';
import { buyEscrow, sellBond } from '../escrow.ts';
import { bondBpOf, bookedRounds, marketScore } from '../market-trust.ts';
import type { EnergyParams } from '../params.ts';
import type { MarketRefusal } from '../refusals.ts';
import { lock, release } from '../state/accounts.ts';
import { marketIdCodec } from '../state/codec.ts';
import {
  activeMemberOf,
  isOpen,
  type Member,
  markActive,
  mayTrade,
  memberOf,
  ordersOf,
  secondsOf,
} from '../state/members.ts';
import {
  EMPTY_PORTFOLIO,
  EMPTY_SLOT,
  type MarketOrder,
  type MarketSlotRecord,
  type Meter,
  type Portfolio,
} from '../state/records.ts';
import {
  METERS,
  memberKey,
  ORDERS,
  orderKey,
  PORTFOLIOS,
  paramsOf,
  required,
  SLOTS,
  sideCodec,
  slotKey,
  TRUST,
  zoneOf,
} from '../state/tables.ts';
import {
  floorQuotient,
  type MarketId,
  type MarketSlot,
  ORDER_WH_MAX,
  type PriceMicro,
  type WattHours,
} from '../units.ts';

/** A limit order for one market slot. */
export interface PlaceOrder {
  /** Own meter that will deliver or take the energy. */
  readonly meter: MarketId;
  /** Market slot. */
  readonly slot: MarketSlot;
  /** Side. */
  readonly side: Side;
  /** Limit in µ¤/Wh: of a sell at least feed-in, of a buy at most retail and including the grid fee. */
  readonly price: PriceMicro;
  /** Wh, 1 to 10⁹ and within the meter's largest slot. */
  readonly qty: WattHours;
  /** Reference chosen by the owner, new for it and the slot. */
  readonly clientRef: MarketId;
}

/** Withdrawal of an order before the gate; the order's id is `slot/clientRef/owner` (energy TX25). */
export interface CancelOrder {
  /** Market slot. */
  readonly slot: MarketSlot;
  /** Reference given by the owner. */
  readonly clientRef: MarketId;
  /** Participant that placed it: the signer's. */
  readonly owner: MarketId;
}

/** Places an order (energy TX6) and locks what the worst case can cost (energy ES4). */
export const placeOrder: TransactionType<PlaceOrder> = {
  kind: 'energy/placeOrder',
  codec: P.struct({
    meter: marketIdCodec,
    slot: safeUintCodec,
    side: sideCodec,
    price: P.U32BE,
    qty: P.U32BE,
    clientRef: marketIdCodec,
  }),
  execute(context, payload): MarketRefusal | undefined {
    const { state } = context;
    const member = activeMemberOf(context, context.signer);
    if (member === undefined) return 'E_STATUS';
    if (!mayTrade(member)) return 'E_ROLE';
    const meter = state.get(METERS, payload.meter);
    if (meter?.owner !== member.id || meter.status !== 'ACTIVE') return 'E_METER';
    const params = paramsOf(state);
    if (!isOpen(payload.slot, secondsOf(context), params)) return 'E_SLOT_CLOSED';

    const desk = openDesk(context, member, payload, params);
    const refusal = checkLimits(payload, params) ?? checkBook(desk, meter, payload, params);
    if (refusal !== undefined) return refusal;
    const bondBp = payload.side === 'sell' ? sellerBondBp(context, member, params) : 0;
    if (bondBp === undefined) return 'E_TRUST';
    const escrow =
      payload.side === 'sell'
        ? sellBond(payload.qty, payload.price, params, bondBp)
        : buyEscrow(payload.qty, payload.price, params);
    if (!lock(state, member.id, escrow)) return 'E_ESCROW';
    writeOrder(context, member, meter, desk, payload, { escrow, bondBp });
    return undefined;
  },
};

/** Withdraws an order (energy TX7) and frees its escrow. */
export const cancelOrder: TransactionType<CancelOrder> = {
  kind: 'energy/cancelOrder',
  codec: P.struct({ slot: safeUintCodec, clientRef: marketIdCodec, owner: marketIdCodec }),
  execute(context, { slot, clientRef, owner }): MarketRefusal | undefined {
    const { state } = context;
    const member = memberOf(state, context.signer);
    if (member?.id !== owner) return 'E_ROLE';
    const params = paramsOf(state);
    const seconds = secondsOf(context);
    if (!isOpen(slot, seconds, params)) return 'E_SLOT_CLOSED';
    const key = orderKey(member.zone, slot, clientRef, owner);
    const order = state.get(ORDERS, key);
    if (order?.state !== 'OPEN') return 'E_STATUS';

    release(state, owner, order.escrow);
    state.set(ORDERS, key, { ...order, state: 'CANCELLED', escrow: 0n });
    const portfolioKey = memberKey(member.zone, slot, owner);
    const portfolio = required(state.get(PORTFOLIOS, portfolioKey), `portfolio ${portfolioKey}`);
    if (isLate(slot, seconds, params)) {
      state.set(PORTFOLIOS, portfolioKey, { ...portfolio, cancelledLate: portfolio.cancelledLate + 1 });
    }
    return undefined;
  },
};

/** What the checks of an order look at. */
interface Desk {
  readonly gridFee: PriceMicro;
  readonly record: MarketSlotRecord;
  readonly portfolio: Portfolio;
  readonly own: readonly MarketOrder[];
}

function openDesk(context: TransactionContext, member: Member, payload: PlaceOrder, params: EnergyParams): Desk {
  const { state } = context;
  const portfolio = state.get(PORTFOLIOS, memberKey(member.zone, payload.slot, member.id)) ?? EMPTY_PORTFOLIO;
  return {
    gridFee: params.zones.find(({ id }) => id === member.zone)?.gridFee ?? 0,
    record: state.get(SLOTS, slotKey(member.zone, payload.slot)) ?? EMPTY_SLOT,
    portfolio,
    own: ordersOf(state, member.zone, payload.slot, member.id, portfolio).map(([, order]) => order),
  };
}

/** Price band (energy PB1) and quantity. */
function checkLimits({ side, price, qty }: PlaceOrder, params: EnergyParams): MarketRefusal | undefined {
  if (side === 'sell' ? price < params.feedIn : price > params.retail) return 'E_PRICE_BAND';
  if (qty < 1 || qty > ORDER_WH_MAX) return 'E_QTY';
  return undefined;
}

/** What depends on the participant's other orders of the slot. */
function checkBook(desk: Desk, meter: Meter, payload: PlaceOrder, params: EnergyParams): MarketRefusal | undefined {
  const { side, qty, clientRef } = payload;
  const open = desk.own.filter((order) => order.state === 'OPEN');
  // I-13: what a meter cannot deliver or take must not be on the market.
  const onMeter = open.filter((order) => order.meter === payload.meter && order.side === side);
  const wh = onMeter.reduce((sum, order) => sum + order.qty, qty);
  if (wh > (side === 'sell' ? meter.maxExportWh : meter.maxImportWh)) return 'E_CAPACITY';
  // Cancelled orders count, or somebody could fill the state by placing and cancelling (AD-14).
  const placed = desk.own.filter((order) => order.side === side).length;
  if (placed >= params.maxOrdersPerSide || desk.record.orderCount >= params.maxOrdersPerSlot) return 'E_TOO_MANY';
  if (desk.portfolio.orders.includes(clientRef)) return 'E_DUP';
  const limit = sellerPrice(payload, desk.gridFee);
  const crosses = open.some((order) => {
    if (order.side === side) return false;
    const other = sellerPrice(order, desk.gridFee);
    return side === 'buy' ? limit >= other : other >= limit;
  });
  return crosses ? 'E_SELF_CROSS' : undefined;
}

/** Bond that the seller's market trust demands, or `undefined` if selling is barred (energy TF5). */
function sellerBondBp(context: TransactionContext, member: Member, params: EnergyParams): number | undefined {
  const trust = required(context.state.get(TRUST, member.id), `trust of ${member.id}`);
  if (trust.sellingSuspended) return undefined;
  const zone = zoneOf(context.state, member.zone);
  return bondBpOf(marketScore(trust, zone, bookedRounds(zone)).composite, params);
}

function writeOrder(
  context: TransactionContext,
  member: Member,
  meter: Meter,
  desk: Desk,
  { meter: meterId, slot, side, price, qty, clientRef }: PlaceOrder,
  lockedFor: Pick<MarketOrder, 'escrow' | 'bondBp'>,
): void {
  const { state } = context;
  const order: MarketOrder = {
    owner: member.id,
    meter: meterId,
    side,
    price,
    qty,
    filled: 0,
    state: 'OPEN',
    ...lockedFor,
  };
  state.set(ORDERS, orderKey(member.zone, slot, clientRef, member.id), order);
  state.set(PORTFOLIOS, memberKey(member.zone, slot, member.id), {
    ...desk.portfolio,
    orders: [...desk.portfolio.orders, clientRef],
  });
  state.set(SLOTS, slotKey(member.zone, slot), { ...desk.record, orderCount: desk.record.orderCount + 1 });
  if (meter.dueFrom === null || meter.dueFrom > slot) state.set(METERS, meterId, { ...meter, dueFrom: slot });
  markActive(state, member.zone, slot);
}

/** The last tenth of the time between opening and gate, in whole market slots (energy TF2, orderAbuse). */
function isLate(slot: MarketSlot, seconds: number, { slotSec, openLeadSec, gateLeadSec }: EnergyParams): boolean {
  const gate = slot * slotSec - gateLeadSec;
  return seconds >= gate - floorQuotient(openLeadSec - gateLeadSec, 10 * slotSec) * slotSec;
}
