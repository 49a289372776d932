/**
 * The slot machine at the start of every block (energy TX21, SM3).
 *
 * No keeper sends transactions for it: what is due follows from the time in the header, and how far it has come is
 * state. Per zone, unfinished slots go first, then the oldest due work.
 *
 * @module
 */
import type { BlockContext, Table } from '@fiducia/ledger';
import type { EnergyParams, Zone } from '../params.ts';
import { secondsOf } from '../state/members.ts';
import type { MarketSlotRecord, ZoneRecord } from '../state/records.ts';
import { ORDERS, PORTFOLIOS, paramsOf, READINGS, required, SLOTS, slotKey, TRADES, zoneOf } from '../state/tables.ts';
import type { MarketSlot } from '../units.ts';
import { clearSlot } from './clear.ts';
import { settleMarketSlot } from './settle.ts';
import { type SlotJob, type StepOutcome, saveSlot, saveZone, slotPrefix, takeWork, type WorkBudget } from './work.ts';

/** Does what is due at the time of the block, at most `maxWorkPerBlock` entries of it. */
export function walkDueSlots(context: BlockContext): void {
  const params = paramsOf(context.state);
  const budget: WorkBudget = { left: params.maxWorkPerBlock };
  for (const zone of params.zones) {
    // Each turn advances one slot by one state.
    let outcome: StepOutcome | 'idle' = 'done';
    while (outcome === 'done' && budget.left > 0) outcome = stepZone(context, params, zone, budget);
  }
}

/** One slot by one state; `idle` if nothing is due. */
function stepZone(
  context: BlockContext,
  params: EnergyParams,
  { id, gridFee }: Zone,
  budget: WorkBudget,
): StepOutcome | 'idle' {
  const zone = zoneOf(context.state, id);
  const job = (slot: MarketSlot): SlotJob => ({ context, params, zone: id, gridFee, slot, budget });
  const due = dueSteps(params, zone, secondsOf(context));
  const recordOf = (slot: MarketSlot): MarketSlotRecord | undefined => context.state.get(SLOTS, slotKey(id, slot));
  if (!due.final && !due.settle && !due.clear) return 'idle';
  takeWork(budget);

  // A slot that was left unfinished holds a cursor and is continued before anything else.
  if (due.clear && recordOf(zone.nextClear)?.cursor) return clearSlot(job(zone.nextClear), recordOf(zone.nextClear));
  if (due.settle && recordOf(zone.nextSettle)?.cursor) return settleMarketSlot(job(zone.nextSettle));
  if (due.final) return finaliseSlot(job(zone.nextFinal));
  if (due.settle) return settleMarketSlot(job(zone.nextSettle));
  return clearSlot(job(zone.nextClear), recordOf(zone.nextClear));
}

/** SM3: a slot is due from the header time that equals its limit. */
function dueSteps(params: EnergyParams, zone: ZoneRecord, seconds: number) {
  const { slotSec, gateLeadSec, readingWindowSec, disputeWindowSec } = params;
  const settleAt = (slot: MarketSlot): number => (slot + 1) * slotSec + readingWindowSec;
  return {
    clear: seconds >= zone.nextClear * slotSec - gateLeadSec,
    settle: zone.nextSettle < zone.nextClear && seconds >= settleAt(zone.nextSettle),
    final: zone.nextFinal < zone.nextSettle && seconds >= settleAt(zone.nextFinal) + disputeWindowSec,
  };
}

/** Prunes a slot to its record (energy CX1, PV4); what was deleted needs no cursor. */
function finaliseSlot(job: SlotJob): StepOutcome {
  const { state } = job.context;
  const tables: readonly Table<unknown>[] = [ORDERS, TRADES, READINGS, PORTFOLIOS];
  for (const table of tables) {
    for (const [key] of state.entries(table, slotPrefix(job))) {
      if (!takeWork(job.budget)) return 'paused';
      state.delete(table, key);
    }
  }
  const record = required(state.get(SLOTS, slotKey(job.zone, job.slot)), 'the slot to finalise');
  saveSlot(job, { ...record, state: 'FINAL' });
  saveZone(job, { ...zoneOf(state, job.zone), nextFinal: job.slot + 1 });
  return 'done';
}
