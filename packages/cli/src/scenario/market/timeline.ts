/**
 * Times of the demo chain (energy DM4): consensus slots are market slots.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import { DEMO_ENERGY_PARAMS } from '@fiducia/energy';

/** Length of a market slot and of a consensus slot. */
export const SLOT_SECONDS = 900;

/** T_0: Unix second at which row 0 of the input starts, 2014-01-13T00:00:00Z. */
const FIRST_ROW_SECONDS = 1_389_571_200;

/** Consensus slots before the first row, for admissions and the first orders. */
const LEAD_SLOTS = 16;

/** Slots between the placing of an order and the start of its row (energy DM7). */
const ORDER_LEAD_SLOTS = 6;

/** Timestamp of genesis. */
export const DEMO_GENESIS_TIME: Millis = (FIRST_ROW_SECONDS - LEAD_SLOTS * SLOT_SECONDS) * 1000;

/** Market slot of a row. */
export function marketSlotOf(row: number): number {
  return FIRST_ROW_SECONDS / SLOT_SECONDS + row;
}

/** When the orders of a row are placed (energy DM7). */
export function orderTime(row: number): Millis {
  return startOf(row - ORDER_LEAD_SLOTS);
}

/** When the readings of a row are sent: at its end (energy DM7). */
export function readingTime(row: number): Millis {
  return startOf(row + 1);
}

/** When the gate of a row closes: no block takes an order for it any more (energy SM1). */
export function gateTime(row: number): Millis {
  return startOf(row) - DEMO_ENERGY_PARAMS.gateLeadSec * 1000;
}

/** When the window of a row's readings is over (energy TX10). */
export function readingDeadline(row: number): Millis {
  return readingTime(row) + DEMO_ENERGY_PARAMS.readingWindowSec * 1000;
}

/** T_r: when a row starts. */
function startOf(row: number): Millis {
  return (FIRST_ROW_SECONDS + row * SLOT_SECONDS) * 1000;
}
