/**
 * When the transactions of a comparison are sent. Time is counted in phases, each one market slot.
 *
 * Everything that a phase sends stands in blocks of the same market slot under every protocol, which is what equal
 * application states need (energy I-15): it is sent early in the slot, and a slot has room for many blocks.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import { DEMO_ENERGY_PARAMS, type EnergyParams } from '@fiducia/energy';

/** Parameters of the market: those of the demo, with readings due one slot after delivery. */
export const COMPARE_ENERGY_PARAMS: EnergyParams = {
  ...DEMO_ENERGY_PARAMS,
  readingWindowSec: DEMO_ENERGY_PARAMS.slotSec,
};

/** Length of a market slot. */
export const MARKET_SLOT_MS: Millis = COMPARE_ENERGY_PARAMS.slotSec * 1000;

/** Market slot in which genesis lies, 2014-01-13T00:00:00Z. */
const GENESIS_SLOT = 1_543_968;

/** Timestamp of genesis: the start of a market slot. */
export const COMPARE_GENESIS_TIME: Millis = GENESIS_SLOT * MARKET_SLOT_MS;

/** Phases of admission: application, review, meter, approval. */
export const ADMISSION = { apply: 0, review: 1, registerMeter: 2, approveMeter: 3 } as const;

/** First phase in which orders are placed. */
export const FIRST_TRADING_PHASE = 4;

/** Phases in which orders are placed. */
const TRADING_PHASES = 10;

/** Phases between an order and its delivery; its gate closes one phase before. */
export const DELIVERY_LEAD = 3;

/** Last phase in which orders are placed. */
export const LAST_TRADING_PHASE = FIRST_TRADING_PHASE + TRADING_PHASES - 1;

/** First phase for which orders were placed. */
export const FIRST_DELIVERY_PHASE = FIRST_TRADING_PHASE + DELIVERY_LEAD;

/** Last phase for which orders were placed. */
export const LAST_DELIVERY_PHASE = LAST_TRADING_PHASE + DELIVERY_LEAD;

/** Phase after the last good transaction: readings follow their slot by one phase. */
export const CLOSING_PHASE = LAST_DELIVERY_PHASE + 2;

/** Phases in all; in the last one nothing is sent, and all market slots with orders are settled. */
export const PHASES = CLOSING_PHASE + 2;

/** Market slot of a phase; phase 0 follows the slot of genesis. */
export function marketSlotOfPhase(phase: number): number {
  return GENESIS_SLOT + 1 + phase;
}

/** When a phase begins. */
export function phaseStart(phase: number): Millis {
  return marketSlotOfPhase(phase) * MARKET_SLOT_MS;
}
