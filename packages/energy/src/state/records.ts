/**
 * Records of the market's state (energy ST1–ST3, SM1–SM3).
 *
 * @module
 */
import type { RoundWindow, TrustRecord } from '@fiducia/trust';
import type { PriceLevel, Side } from '../clearing.ts';
import type { Role } from '../params.ts';
import type { NoTradeReason } from '../refusals.ts';
import type { Deviation, PaidPosting } from '../settlement.ts';
import type { MarketId, MarketSlot, MicroMoney, PriceMicro, WattHours, Watts } from '../units.ts';

/** Life of a participant (energy ST1); a `REVOKED` or `REJECTED` id never returns. */
export type ParticipantStatus = 'PENDING' | 'ACTIVE' | 'SUSPENDED' | 'REVOKED' | 'REJECTED';

/** A member of the market. */
export interface Participant {
  /** What it is; decides what it may do, never its trust. */
  readonly role: Role;
  /** Account whose signature acts for it; of its public key the ledger knows this address only. */
  readonly actor: string;
  /** Admission. */
  readonly status: ParticipantStatus;
  /** The one zone it trades in (energy ST2). */
  readonly zone: MarketId;
  /** Approved generation in W. */
  readonly capGenW: Watts;
  /** Approved load in W. */
  readonly capLoadW: Watts;
  /** Salted hash of the documents that stay off the chain (energy PV1). */
  readonly docsHash: Uint8Array;
  /** Deposit, part of the account's escrow. */
  readonly deposit: MicroMoney;
  /** Its meters, in order of registration, at most 16. */
  readonly meters: readonly MarketId[];
  /** First slot in which a suspension no longer holds, or `null` for an open end. */
  readonly suspendedUntil: MarketSlot | null;
}

/** A meter. */
export interface Meter {
  /** Participant it measures. */
  readonly owner: MarketId;
  /** Address of the key that signs its readings. */
  readonly key: string;
  /** `ACTIVE` once the grid operator and a supervisor have approved it (energy TX4). */
  readonly status: 'PENDING' | 'ACTIVE';
  /** Most Wh of import per slot. */
  readonly maxImportWh: WattHours;
  /** Most Wh of export per slot. */
  readonly maxExportWh: WattHours;
  /** Sequence number of the last reading, 0 before the first. */
  readonly lastSeq: number;
  /** Import register at the end of the last reading. */
  readonly regImport: WattHours;
  /** Export register at the end of the last reading. */
  readonly regExport: WattHours;
  /** Slot of the last reading; before the first, the last slot before the approval. */
  readonly lastSlot: MarketSlot;
  /** First slot for which a reading is owed: the first that an order named or a reading covered. */
  readonly dueFrom: MarketSlot | null;
  /** Missed readings in a row, as of the last settlement. */
  readonly missedInRow: number;
  /** Import that estimates counted since the last reading (energy SE4). */
  readonly estimatedImportWh: WattHours;
}

/** Money of a participant or of a system account. */
export interface MarketAccount {
  /** Free to use. */
  readonly available: MicroMoney;
  /** Locked for open orders, unsettled trades and the deposit (energy I-5). */
  readonly escrow: MicroMoney;
  /** What could not be paid (energy SE5). */
  readonly debt: MicroMoney;
}

/**
 * How far a slot has come (energy SM3). `DELIVERING` and `METERING` follow from the time alone and are not stored;
 * see {@link marketSlotState}.
 */
export type StoredSlotState = 'OPEN' | 'CLOSED' | 'CLEARED' | 'PROVISIONAL' | 'FINAL';

/** What the slot machine is doing when the work of one block was used up (energy TX21). */
export type CursorStage = 'COLLECT' | 'ALLOCATE' | 'ROUND' | 'BOOK' | 'PAIR' | 'TRADES' | 'PARTICIPANTS';

/** Where a slot's clearing or settlement continues in the next block: state, not memory (energy AD-19). */
export interface SlotCursor {
  /** Step. */
  readonly stage: CursorStage;
  /** Last entry that the step has finished, empty at its start. */
  readonly after: string;
  /** Buyers' price levels found so far, best first. */
  readonly bids: readonly PriceLevel[];
  /** Sellers' price levels found so far, best first. */
  readonly asks: readonly PriceLevel[];
  /** Wh of the buyers' marginal level that are still to be given out. */
  readonly bidRest: WattHours;
  /** Wh of the sellers' marginal level that are still to be given out. */
  readonly askRest: WattHours;
  /** Wh of the buy after `after` that are paired. */
  readonly buyUsed: WattHours;
  /** Last sell order that is paired whole, empty at the start. */
  readonly sellAfter: string;
  /** Wh of the sell after `sellAfter` that are paired. */
  readonly sellUsed: WattHours;
}

/** One market slot of a zone. It outlives the pruning of its orders, trades and readings (energy CX1). */
export interface MarketSlotRecord {
  /** How far it has come. */
  readonly state: StoredSlotState;
  /** Clearing price in seller space, `null` before the clearing or without a trade. */
  readonly price: PriceMicro | null;
  /** Traded energy. */
  readonly volume: WattHours;
  /** Why nothing was traded, or `null`. */
  readonly reason: NoTradeReason | null;
  /** Orders placed, cancelled ones included. */
  readonly orderCount: number;
  /** Trades. */
  readonly tradeCount: number;
  /** Σ N of the settlement; 0 by energy I-6. */
  readonly contractWh: WattHours;
  /** Σ M of the settlement. */
  readonly meteredWh: WattHours;
  /** Σ D of the settlement: energy that the grid operator balanced. */
  readonly deviationWh: WattHours;
  /** Where unfinished work continues. */
  readonly cursor: SlotCursor | null;
}

/** Life of an order under uniform clearing (energy SM1); an `EXPIRED` one may be partly filled. */
export type OrderState = 'OPEN' | 'FILLED' | 'CANCELLED' | 'EXPIRED' | 'REVOKED';

/** An order; it is never split, it carries `filled` (energy ST3). */
export interface MarketOrder {
  /** Participant that placed it. */
  readonly owner: MarketId;
  /** Meter that will deliver or take the energy. */
  readonly meter: MarketId;
  /** Side. */
  readonly side: Side;
  /** Limit; of a buy including the grid fee. */
  readonly price: PriceMicro;
  /** Wh wanted or offered. */
  readonly qty: WattHours;
  /** Wh traded. */
  readonly filled: WattHours;
  /** Life. */
  readonly state: OrderState;
  /** Money still locked for it; moves to the portfolio at the clearing. */
  readonly escrow: MicroMoney;
  /** Bond in basis points that held when a sell was placed; 0 for a buy. */
  readonly bondBp: number;
}

/** A trade of one slot; how far it has come follows from the slot (energy SM2). */
export interface MarketTrade {
  /** Buy order, id as in energy TX25. */
  readonly buyOrder: string;
  /** Sell order. */
  readonly sellOrder: string;
  /** Buying participant. */
  readonly buyer: MarketId;
  /** Selling participant. */
  readonly seller: MarketId;
  /** Energy. */
  readonly wh: WattHours;
  /** What the seller gets per Wh. */
  readonly price: PriceMicro;
  /** What the buyer pays on top per Wh. */
  readonly gridFee: PriceMicro;
}

/** Settlement of one participant and slot, with every posting beyond its trades. */
export interface ParticipantSettlement extends Deviation {
  /** Postings in order. */
  readonly postings: readonly PaidPosting[];
}

/** What one participant holds in one slot: its orders, its position and, later, its settlement. */
export interface Portfolio {
  /** Client references of its orders, in order of arrival. */
  readonly orders: readonly MarketId[];
  /** Orders cancelled in the last tenth of the time before the gate (energy TF2). */
  readonly cancelledLate: number;
  /** Wh bought. */
  readonly bought: WattHours;
  /** Wh sold. */
  readonly sold: WattHours;
  /** Value of `bought` at the clearing price. */
  readonly boughtValue: MicroMoney;
  /** Value of `sold` at the clearing price. */
  readonly soldValue: MicroMoney;
  /** Money locked until the settlement: bonds, prices to be paid and revenue not yet released. */
  readonly escrow: MicroMoney;
  /** Settlement, or `null` before it. */
  readonly settlement: ParticipantSettlement | null;
}

/** A reading with the gap before it (energy TX10). */
export interface StoredReading {
  /** Sequence number of the meter. */
  readonly seq: number;
  /** Wh taken in the slot. */
  readonly importWh: WattHours;
  /** Wh given in the slot. */
  readonly exportWh: WattHours;
  /** Wh taken in the missed slots before. */
  readonly gapImport: WattHours;
  /** Wh given in the missed slots before. */
  readonly gapExport: WattHours;
  /** How the meter got the values. */
  readonly quality: ReadingQuality;
}

/** Certificate of origin for the energy that one meter sold and exported in one slot (energy SE6). */
export interface Certificate {
  /** Role of the generator. */
  readonly source: Role;
  /** Σ of the holdings, at most the metered export (energy I-11). */
  readonly wh: WattHours;
  /** Who holds it: the buyers of the slot, in settlement order. */
  readonly holdings: readonly CertificateHolding[];
}

/** One holder's part of a certificate. */
export interface CertificateHolding {
  /** Participant. */
  readonly owner: MarketId;
  /** Its part. */
  readonly wh: WattHours;
}

/** How a meter got its values. */
export type ReadingQuality = 'MEASURED' | 'ESTIMATED';

/** Market trust of one participant (energy TF1, TF2). */
export interface MarketTrust {
  /** State of the trust model. */
  readonly record: TrustRecord;
  /** Offences that the next settled slot books. */
  readonly pendingMalicious: number;
  /** Adjustment in µ that the next settled slot books. */
  readonly pendingAdjustment: number;
  /** Whether a meter has missed three readings in a row. */
  readonly sellingSuspended: boolean;
  /** Wh sold since chronicShort was last looked at. */
  readonly chronicSold: WattHours;
  /** Wh not delivered since then. */
  readonly chronicShort: WattHours;
}

/** Progress and totals of one zone. */
export interface ZoneRecord {
  /** First slot whose gate lies after genesis; round 1 of the market score. */
  readonly firstSlot: MarketSlot;
  /** Next slot to clear. */
  readonly nextClear: MarketSlot;
  /** Next slot to settle. */
  readonly nextSettle: MarketSlot;
  /** Next slot to finalise. */
  readonly nextFinal: MarketSlot;
  /**
   * First slot that an order named or a reading covered. Rounds of the market score count from here, since nobody
   * could take part before, and so do the spans of chronicShort (energy TF2).
   */
  readonly firstActive: MarketSlot | null;
  /** Slots with a trade. */
  readonly clearedSlots: number;
  /** Energy traded so far. */
  readonly tradedWh: WattHours;
  /** Σ Wh · price of all trades. */
  readonly tradedValue: MicroMoney;
  /** Rounds of the market score. */
  readonly window: RoundWindow;
}

/** One entry of the append-only audit log (energy SV3). */
export interface AuditEntry {
  /** Account that acted, or `null` if a rule did. */
  readonly actor: string | null;
  /** What was done. */
  readonly action: AuditAction;
  /** Participant or meter. */
  readonly subject: MarketId;
  /** Why. */
  readonly reasonCode: string;
  /** Hash of the evidence, if an actor gave one. */
  readonly evidenceHash: Uint8Array | null;
  /** Height of the block. */
  readonly height: number;
}

/** Acts that the audit log records. */
export type AuditAction =
  | 'APPROVE'
  | 'REJECT'
  | 'APPROVE_METER'
  | 'SUSPEND'
  | 'ACTIVATE'
  | 'REVOKE'
  | 'DOUBLE_READING'
  | 'GRID_ARREARS';

/** A portfolio without orders. */
export const EMPTY_PORTFOLIO: Portfolio = {
  orders: [],
  cancelledLate: 0,
  bought: 0,
  sold: 0,
  boughtValue: 0n,
  soldValue: 0n,
  escrow: 0n,
  settlement: null,
};

/** A slot in which nothing happened. */
export const EMPTY_SLOT: MarketSlotRecord = {
  state: 'OPEN',
  price: null,
  volume: 0,
  reason: null,
  orderCount: 0,
  tradeCount: 0,
  contractWh: 0,
  meteredWh: 0,
  deviationWh: 0,
  cursor: null,
};
