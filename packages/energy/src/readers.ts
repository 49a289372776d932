/**
 * Readers of the market's state, for reports and explorers: what one node's own state says.
 *
 * @module
 */
import type { StateReader } from '@fiducia/ledger';
import type { TrustScore } from '@fiducia/trust';
import { bookedRounds, marketScore } from './market-trust.ts';
import type { EnergyParams } from './params.ts';
import { accountOf } from './state/accounts.ts';
import type {
  AuditEntry,
  Certificate,
  MarketAccount,
  MarketOrder,
  MarketSlotRecord,
  MarketTrade,
  Meter,
  Participant,
  Portfolio,
  StoredReading,
  ZoneRecord,
} from './state/records.ts';
import {
  ACCOUNTS,
  AUDIT,
  CERTIFICATES,
  METERS,
  ORDERS,
  PARTICIPANTS,
  PORTFOLIOS,
  paramsOf,
  READINGS,
  SLOTS,
  slotKey,
  TRADES,
  TRUST,
  ZONES,
} from './state/tables.ts';
import type { MarketId, MarketSlot, PriceMicro, WattHours } from './units.ts';

/** A market slot with its place. */
export interface MarketSlotReport extends MarketSlotRecord {
  /** Zone. */
  readonly zone: MarketId;
  /** Slot. */
  readonly slot: MarketSlot;
}

/** A member of the market with its money and trust. */
export interface ParticipantReport extends Participant {
  /** Id. */
  readonly id: MarketId;
  /** Money. */
  readonly account: MarketAccount;
  /** Market score after the last settled slot, or `null` before admission and for the system's own. */
  readonly trust: TrustScore | null;
}

/** The market as one state holds it. */
export interface MarketReport {
  /** Parameters in force. */
  readonly params: EnergyParams;
  /** Progress per zone, by zone id. */
  readonly zones: ReadonlyMap<MarketId, ZoneRecord>;
  /** Every slot that was opened, by zone and slot. */
  readonly slots: readonly MarketSlotReport[];
  /** Members by id. */
  readonly participants: readonly ParticipantReport[];
  /** Accounts by id, `GRID`, `FUND` and those that still wait for their participant included. */
  readonly accounts: ReadonlyMap<MarketId, MarketAccount>;
  /** Slots with a trade. */
  readonly clearedSlots: number;
  /** Traded energy. */
  readonly tradedWh: WattHours;
  /** Σ Wh · price / Σ Wh, floored; 0 if nothing was traded. */
  readonly meanPriceMicro: PriceMicro;
}

/**
 * Reads the whole market, without what belongs to single slots.
 *
 * @example
 * ```ts
 * const state = ledger.stateAt();
 * if (state !== undefined) report(readMarket(state).tradedWh);
 * ```
 */
export function readMarket(state: StateReader): MarketReport {
  const zones = new Map(state.entries(ZONES));
  let tradedWh = 0;
  let value = 0n;
  let clearedSlots = 0;
  for (const zone of zones.values()) {
    tradedWh += zone.tradedWh;
    value += zone.tradedValue;
    clearedSlots += zone.clearedSlots;
  }
  return {
    params: paramsOf(state),
    zones,
    slots: [...state.entries(SLOTS)].map(([key, record]) => ({ ...placeOf(key), ...record })),
    participants: [...state.entries(PARTICIPANTS)].map(([id, participant]) => reportOf(state, id, participant, zones)),
    accounts: new Map(state.entries(ACCOUNTS)),
    clearedSlots,
    tradedWh,
    meanPriceMicro: tradedWh === 0 ? 0 : Number(value / BigInt(tradedWh)),
  };
}

/** One slot, or `undefined` if it was never opened. */
export function readMarketSlot(state: StateReader, zone: MarketId, slot: MarketSlot): MarketSlotRecord | undefined {
  return state.get(SLOTS, slotKey(zone, slot));
}

/** A meter, or `undefined`. */
export function readMeter(state: StateReader, meter: MarketId): Meter | undefined {
  return state.get(METERS, meter);
}

/** Orders of a slot in the order of energy TX25, by `clientRef/owner`; empty once the slot is final. */
export function readOrders(state: StateReader, zone: MarketId, slot: MarketSlot): ReadonlyMap<string, MarketOrder> {
  return ofSlot(state.entries(ORDERS, `${slotKey(zone, slot)}/`));
}

/** Trades of a slot in settlement order (energy SE3); empty once the slot is final. */
export function readTrades(state: StateReader, zone: MarketId, slot: MarketSlot): readonly MarketTrade[] {
  return [...state.entries(TRADES, `${slotKey(zone, slot)}/`)].map(([, trade]) => trade);
}

/** Positions and settlements of a slot by participant; empty once the slot is final. */
export function readPortfolios(state: StateReader, zone: MarketId, slot: MarketSlot): ReadonlyMap<MarketId, Portfolio> {
  return ofSlot(state.entries(PORTFOLIOS, `${slotKey(zone, slot)}/`));
}

/** Readings of a slot by meter; empty once the slot is final. Every validator sees them (energy PV2). */
export function readReadings(
  state: StateReader,
  zone: MarketId,
  slot: MarketSlot,
): ReadonlyMap<MarketId, StoredReading> {
  return ofSlot(state.entries(READINGS, `${slotKey(zone, slot)}/`));
}

/** Certificates of origin of one meter by market slot (energy SE6). */
export function readCertificates(state: StateReader, meter: MarketId): ReadonlyMap<MarketSlot, Certificate> {
  const entries = [...state.entries(CERTIFICATES, `${meter}/`)];
  return new Map(entries.map(([key, certificate]) => [Number(key.split('/')[1]), certificate] as const));
}

/** The audit log, oldest first (energy SV3). */
export function readAudit(state: StateReader): readonly AuditEntry[] {
  return [...state.entries(AUDIT)].map(([, entry]) => entry);
}

/** State of a slot as energy SM3 names it, the stretches that follow from the time included. */
export type MarketSlotState =
  | 'FUTURE'
  | 'OPEN'
  | 'CLOSED'
  | 'CLEARED'
  | 'DELIVERING'
  | 'METERING'
  | 'PROVISIONAL'
  | 'FINAL';

/**
 * State of a slot at a moment (energy SM3).
 *
 * @param record - Its record, `undefined` if nothing happened in it yet.
 * @param seconds - Unix seconds of the block that the state belongs to.
 */
export function marketSlotState(
  record: MarketSlotRecord | undefined,
  slot: MarketSlot,
  seconds: number,
  params: EnergyParams,
): MarketSlotState {
  const start = slot * params.slotSec;
  const stored = record?.state ?? 'OPEN';
  if (stored === 'OPEN') {
    if (seconds < start - params.openLeadSec) return 'FUTURE';
    return seconds < start - params.gateLeadSec ? 'OPEN' : 'CLOSED';
  }
  if (stored !== 'CLEARED' || seconds < start) return stored;
  return seconds < start + params.slotSec ? 'DELIVERING' : 'METERING';
}

function reportOf(
  state: StateReader,
  id: MarketId,
  participant: Participant,
  zones: ReadonlyMap<MarketId, ZoneRecord>,
): ParticipantReport {
  const zone = zones.get(participant.zone);
  const trust = state.get(TRUST, id);
  const score = zone === undefined || trust === undefined ? null : marketScore(trust, zone, bookedRounds(zone));
  return { id, ...participant, account: accountOf(state, id), trust: score };
}

function placeOf(key: string): { readonly zone: MarketId; readonly slot: MarketSlot } {
  const [zone = '', slot = ''] = key.split('/');
  return { zone, slot: Number(slot) };
}

/** Drops `zone/slot/` from the keys. */
function ofSlot<T>(entries: Iterable<readonly [key: string, value: T]>): ReadonlyMap<string, T> {
  return new Map([...entries].map(([key, value]) => [key.split('/').slice(2).join('/'), value] as const));
}
