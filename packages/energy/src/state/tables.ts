/**
 * Tables of the module and the keys of their entries.
 *
 * Everything of one slot starts with `zone/slot/`, so that it can be walked in byte order and pruned together.
 *
 * Everything but the audit log lies in the application subtree of the state, so no height, no position in a block and
 * no time finer than the market's may stand in it (energy I-15).
 *
 * @module
 */
import {
  actorIdCodec,
  defineTable,
  listCodec,
  type StateReader,
  type StateSubtree,
  safeUintCodec,
  type Table,
} from '@fiducia/ledger';
import * as P from 'micro-packed';
import { type EnergyParams, MARKET_ROLES, ROLES } from '../params.ts';
import type { PaidPosting } from '../settlement.ts';
import type { MarketId, MarketSlot, MicroMoney } from '../units.ts';
import {
  entryKeyCodec,
  hashCodec,
  marketIdCodec,
  moneyCodec,
  nameCodec,
  nullable,
  reasonCodec,
  safeIntCodec,
} from './codec.ts';
import type {
  AuditEntry,
  Certificate,
  MarketAccount,
  MarketOrder,
  MarketSlotRecord,
  MarketTrade,
  MarketTrust,
  Meter,
  Participant,
  Portfolio,
  SlotCursor,
  StoredReading,
  ZoneRecord,
} from './records.ts';

/** Name of the module, owner of its tables and prefix of its transactions. */
export const MODULE = 'energy';

/** Most meters of one participant. */
export const METERS_MAX = 16;

/** Most orders of one participant in one slot: both sides at the largest `maxOrdersPerSide`. */
const OWN_ORDERS_MAX = 128;

/** Two deviations, one penalty, and two gaps per meter. */
const POSTINGS_MAX = 3 + 2 * METERS_MAX;

/** Buckets of the trust model's window, more than profile `paper` with 28 epochs ever holds. */
const BUCKETS_MAX = 1_024;

/** Longest list of price levels or holders: `maxOrdersPerSlot` is at most this. */
const LEVELS_MAX = 65_535;

const REASONS = ['NO_BIDS', 'NO_ASKS', 'NO_CROSS'] as const;
const SIDES = ['buy', 'sell'] as const;
const POSTING_REASONS = [
  'energy',
  'gridfee',
  'top-up',
  'penalty-short',
  'feed-in',
  'penalty-under',
  'gap-import',
  'gap-export',
] as const;

/** Coder of a role. */
export const roleCodec = nameCodec(ROLES);

/** Coder of a side. */
export const sideCodec = nameCodec(SIDES);

/** Coder of a reading's quality. */
export const qualityCodec = nameCodec(['MEASURED', 'ESTIMATED'] as const);

const amountsByRole = P.struct(Object.fromEntries(MARKET_ROLES.map((role) => [role, moneyCodec])));
const limitsByRole = P.struct(Object.fromEntries(MARKET_ROLES.map((role) => [role, nullable(P.U16BE)])));

/** Coder of the parameters; part of the genesis encoding. */
export const paramsCodec = P.struct({
  slotSec: P.U32BE,
  gateLeadSec: P.U32BE,
  openLeadSec: P.U32BE,
  readingWindowSec: P.U32BE,
  disputeWindowSec: P.U32BE,
  feedIn: P.U32BE,
  retail: P.U32BE,
  penalty: P.U32BE,
  zones: listCodec(P.struct({ id: marketIdCodec, gridFee: P.U32BE }), 64),
  tolWh: P.U32BE,
  tolPermille: P.U16BE,
  kPermille: P.U16BE,
  maxOrdersPerSide: P.U16BE,
  maxOrdersPerSlot: P.U32BE,
  maxWorkPerBlock: P.U32BE,
  bondTiers: listCodec(P.struct({ minTrustMicro: P.U32BE, bondBp: P.U32BE }), 16),
  minimumDeposits: amountsByRole,
  chronicShortLimits: limitsByRole,
}) as unknown as P.CoderType<EnergyParams>;

const countsFields = { correct: P.U32BE, malicious: P.U32BE, participated: P.U32BE };

const trustRecordCodec = P.struct({
  dynamicBase: P.U32BE,
  lastActive: safeUintCodec,
  buckets: listCodec(P.struct({ epoch: safeUintCodec, ...countsFields }), BUCKETS_MAX),
  sums: P.struct(countsFields),
  faultCount: P.U32BE,
});

const levelsCodec = listCodec(P.struct({ price: P.U32BE, qty: safeUintCodec }), LEVELS_MAX);

const cursorCodec: P.CoderType<SlotCursor> = P.struct({
  stage: nameCodec(['COLLECT', 'ALLOCATE', 'ROUND', 'BOOK', 'PAIR', 'TRADES', 'PARTICIPANTS'] as const),
  after: entryKeyCodec,
  bids: levelsCodec,
  asks: levelsCodec,
  bidRest: safeUintCodec,
  askRest: safeUintCodec,
  buyUsed: safeUintCodec,
  sellAfter: entryKeyCodec,
  sellUsed: safeUintCodec,
}) as unknown as P.CoderType<SlotCursor>;

const postingCodec: P.CoderType<PaidPosting> = P.struct({
  payer: marketIdCodec,
  payee: marketIdCodec,
  due: moneyCodec,
  reason: nameCodec(POSTING_REASONS),
  paid: moneyCodec,
});

const settlementCodec = P.struct({
  contract: safeIntCodec,
  meter: safeIntCodec,
  deviation: safeIntCodec,
  shortfall: safeUintCodec,
  undertake: safeUintCodec,
  breach: safeUintCodec,
  postings: listCodec(postingCodec, POSTINGS_MAX),
});

/** Parameters, under the key {@link SINGLE}. */
export const PARAMS = table<EnergyParams>('params', paramsCodec);

/** Money inside the market, under the key {@link SINGLE}: moved by funding and withdrawal only (energy I-4). */
export const MONEY = table<MicroMoney>('money', moneyCodec);

/** Key of a table that holds one entry. */
export const SINGLE = 'current';

/** Participants by id. */
export const PARTICIPANTS = table<Participant>(
  'participant',
  P.struct({
    role: roleCodec,
    actor: actorIdCodec,
    status: nameCodec(['PENDING', 'ACTIVE', 'SUSPENDED', 'REVOKED', 'REJECTED'] as const),
    zone: marketIdCodec,
    capGenW: P.U32BE,
    capLoadW: P.U32BE,
    docsHash: hashCodec,
    deposit: moneyCodec,
    meters: listCodec(marketIdCodec, METERS_MAX),
    suspendedUntil: nullable(safeUintCodec),
  }),
);

/** Accounts for which genesis reserved an id: id → actor that may register it. */
export const RESERVED = table<string>('reserved', actorIdCodec);

/** Participant that an account acts for, by its address. */
export const KEYS = table<MarketId>('key', marketIdCodec);

/**
 * Meter that a key sits in, by its address. Apart from {@link KEYS}: an owner names the key of its meter without
 * proving that it has it, and must not keep an account from becoming a participant that way.
 */
export const METER_KEYS = table<MarketId>('meterKey', marketIdCodec);

/** Meters by id. */
export const METERS = table<Meter>(
  'meter',
  P.struct({
    owner: marketIdCodec,
    key: actorIdCodec,
    status: nameCodec(['PENDING', 'ACTIVE'] as const),
    maxImportWh: P.U32BE,
    maxExportWh: P.U32BE,
    lastSeq: safeUintCodec,
    regImport: safeUintCodec,
    regExport: safeUintCodec,
    lastSlot: safeUintCodec,
    dueFrom: nullable(safeUintCodec),
    missedInRow: P.U32BE,
    estimatedImportWh: safeUintCodec,
  }),
);

/** Accounts by participant id, `GRID` and `FUND` included. */
export const ACCOUNTS = table<MarketAccount>(
  'account',
  P.struct({ available: moneyCodec, escrow: moneyCodec, debt: moneyCodec }),
);

/** Progress of each zone. */
export const ZONES = table<ZoneRecord>(
  'zone',
  P.struct({
    firstSlot: safeUintCodec,
    nextClear: safeUintCodec,
    nextSettle: safeUintCodec,
    nextFinal: safeUintCodec,
    firstActive: nullable(safeUintCodec),
    clearedSlots: safeUintCodec,
    tradedWh: safeUintCodec,
    tradedValue: P.U128BE,
    window: P.struct({
      rounds: listCodec(P.struct({ epoch: safeUintCodec, count: P.U32BE }), BUCKETS_MAX),
      total: P.U32BE,
    }),
  }),
);

/** Slots, by {@link slotKey}. */
export const SLOTS = table<MarketSlotRecord>(
  'slot',
  P.struct({
    state: nameCodec(['OPEN', 'CLOSED', 'CLEARED', 'PROVISIONAL', 'FINAL'] as const),
    price: nullable(P.U32BE),
    volume: safeUintCodec,
    reason: nullable(nameCodec(REASONS)),
    orderCount: P.U32BE,
    tradeCount: P.U32BE,
    contractWh: safeIntCodec,
    meteredWh: safeIntCodec,
    deviationWh: safeIntCodec,
    cursor: nullable(cursorCodec),
  }),
);

/** Orders, by {@link orderKey}. */
export const ORDERS = table<MarketOrder>(
  'order',
  P.struct({
    owner: marketIdCodec,
    meter: marketIdCodec,
    side: sideCodec,
    price: P.U32BE,
    qty: P.U32BE,
    filled: P.U32BE,
    state: nameCodec(['OPEN', 'FILLED', 'CANCELLED', 'EXPIRED', 'REVOKED'] as const),
    escrow: moneyCodec,
    bondBp: P.U32BE,
  }),
);

/** Remainders of the marginal levels while a slot is being cleared: `slot key/side/rank/clientRef/owner`. */
export const SHARES = table<string>('share', entryKeyCodec);

/** Trades, by {@link tradeKey}. */
export const TRADES = table<MarketTrade>(
  'trade',
  P.struct({
    buyOrder: entryKeyCodec,
    sellOrder: entryKeyCodec,
    buyer: marketIdCodec,
    seller: marketIdCodec,
    wh: P.U32BE,
    price: P.U32BE,
    gridFee: P.U32BE,
  }),
);

/** Portfolios, by {@link memberKey} of the participant. */
export const PORTFOLIOS = table<Portfolio>(
  'portfolio',
  P.struct({
    orders: listCodec(marketIdCodec, OWN_ORDERS_MAX),
    cancelledLate: P.U16BE,
    bought: safeUintCodec,
    sold: safeUintCodec,
    boughtValue: moneyCodec,
    soldValue: moneyCodec,
    escrow: moneyCodec,
    settlement: nullable(settlementCodec),
  }),
);

/** Readings, by {@link memberKey} of the meter. */
export const READINGS = table<StoredReading>(
  'reading',
  P.struct({
    seq: safeUintCodec,
    importWh: safeUintCodec,
    exportWh: safeUintCodec,
    gapImport: safeUintCodec,
    gapExport: safeUintCodec,
    quality: qualityCodec,
  }),
);

/** Certificates of origin, by {@link certificateKey}. They are property: pruning a slot leaves them. */
export const CERTIFICATES = table<Certificate>(
  'certificate',
  P.struct({
    source: roleCodec,
    wh: safeUintCodec,
    holdings: listCodec(P.struct({ owner: marketIdCodec, wh: safeUintCodec }), LEVELS_MAX),
  }),
);

/** Market trust by participant id. */
export const TRUST = table<MarketTrust>(
  'trust',
  P.struct({
    record: trustRecordCodec,
    pendingMalicious: P.U16BE,
    pendingAdjustment: safeIntCodec,
    sellingSuspended: P.bool,
    chronicSold: safeUintCodec,
    chronicShort: safeUintCodec,
  }),
);

/** Market slots of the readings by which meters offended, by `meter/seq`; each counts once. */
export const OFFENCES = table<MarketSlot>('offence', safeUintCodec);

/** Entries of the audit log so far, under the key {@link SINGLE}. */
export const AUDIT_COUNT = table<number>('auditCount', safeUintCodec, 'chain');

/** Audit log by entry number: what happened in which block, in the order in which it did. */
export const AUDIT = table<AuditEntry>(
  'audit',
  P.struct({
    actor: nullable(actorIdCodec),
    action: nameCodec([
      'APPROVE',
      'REJECT',
      'APPROVE_METER',
      'SUSPEND',
      'ACTIVATE',
      'REVOKE',
      'DOUBLE_READING',
      'GRID_ARREARS',
    ] as const),
    subject: marketIdCodec,
    reasonCode: reasonCodec,
    evidenceHash: nullable(hashCodec),
    height: safeUintCodec,
  }),
  'chain',
);

/** Key of a slot; numbers are padded so that byte order is their order. */
export function slotKey(zone: MarketId, slot: MarketSlot): string {
  return `${zone}/${pad(slot, 13)}`;
}

/** Key of a participant or meter in a slot. */
export function memberKey(zone: MarketId, slot: MarketSlot, id: MarketId): string {
  return `${slotKey(zone, slot)}/${id}`;
}

/** Key of an order: its id with the zone in front, so that a slot's orders are walked in the order of energy TX25. */
export function orderKey(zone: MarketId, slot: MarketSlot, clientRef: MarketId, owner: MarketId): string {
  return `${slotKey(zone, slot)}/${clientRef}/${owner}`;
}

/** Id of an order (energy TX25). */
export function orderId(slot: MarketSlot, clientRef: MarketId, owner: MarketId): string {
  return `${slot}/${clientRef}/${owner}`;
}

/** Key of a trade: trades of a slot are walked in the order of energy SE3. */
export function tradeKey(zone: MarketId, slot: MarketSlot, trade: MarketTrade, index: number): string {
  const parts = [trade.buyer, trade.seller, pad(trade.wh, 10), pad(trade.price, 10), pad(index, 7)];
  return `${slotKey(zone, slot)}/${parts.join('/')}`;
}

/** Key of the certificate of a meter and slot. */
export function certificateKey(meter: MarketId, slot: MarketSlot): string {
  return `${meter}/${pad(slot, 13)}`;
}

/** Decimal number with leading zeros. */
export function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** Parameters in force. */
export function paramsOf(state: StateReader): EnergyParams {
  return required(state.get(PARAMS, SINGLE), 'parameters');
}

/** Money inside the market. */
export function moneyInMarket(state: StateReader): MicroMoney {
  return required(state.get(MONEY, SINGLE), 'money of the market');
}

/** Progress of a zone that the parameters name. */
export function zoneOf(state: StateReader, zone: MarketId): ZoneRecord {
  return required(state.get(ZONES, zone), `zone ${zone}`);
}

/** A value that genesis or an earlier rule must have written. */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`energy invariant broken: ${what} is missing`);
  return value;
}

function table<T>(name: string, codec: unknown, subtree: StateSubtree = 'application'): Table<T> {
  // The coders describe mutable values; the records are the same values, read-only.
  return defineTable<T>({ module: MODULE, name, subtree, codec: codec as P.CoderType<T> });
}
