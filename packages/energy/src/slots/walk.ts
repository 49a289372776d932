/**
 * The slot machine at the start of every block (energy TX21, SM3).
 *
 * No keeper sends transactions for it: what is due follows from the time in the header, and how far it has come is
 * state. Steps are taken in the order of the limits at which they were due, and with those as their time, so a block
 * that comes late leaves the state that blocks in time would have left (energy I-15). That also continues an
 * unfinished step before anything else, since nothing can be due earlier than what was due before.
 *
 * @module
 */
import type { BlockContext, Table } from '@fiducia/ledger';
import type { EnergyParams, Zone } from '../params.ts';
import { secondsOf } from '../state/members.ts';
import type { ZoneRecord } from '../state/records.ts';
import { ORDERS, PORTFOLIOS, paramsOf, READINGS, required, SLOTS, slotKey, TRADES, zoneOf } from '../state/tables.ts';
import type { MarketSlot } from '../units.ts';
import { clearSlot } from './clear.ts';
import { settleMarketSlot } from './settle.ts';
import { type SlotJob, type StepOutcome, saveSlot, saveZone, slotPrefix, takeWork, type WorkBudget } from './work.ts';

/** Does what is due at the time of the block, at most `maxWorkPerBlock` entries of it. */
export function walkDueSlots(context: BlockContext): void {
  const params = paramsOf(context.state);
  const budget: WorkBudget = { left: params.maxWorkPerBlock };
  const seconds = secondsOf(context);
  for (let outcome: StepOutcome = 'done'; outcome === 'done' && budget.left > 0; ) {
    const step = earliestStep(context, params);
    if (step === undefined || step.dueSeconds > seconds) return;
    takeWork(budget);
    const { zone, ...rest } = step;
    outcome = step.run({ context, params, zone: zone.id, gridFee: zone.gridFee, budget, ...rest });
  }
}

/** A slot of a zone, about to advance by one state. */
interface DueStep {
  readonly zone: Zone;
  readonly slot: MarketSlot;
  /** Header time from which on it is due. */
  readonly dueSeconds: number;
  readonly run: (job: SlotJob) => StepOutcome;
}

/** The step that is due first; at one limit in the order of the zones, and old slots before young ones. */
function earliestStep({ state }: BlockContext, params: EnergyParams): DueStep | undefined {
  let earliest: DueStep | undefined;
  for (const zone of params.zones) {
    for (const step of nextSteps(params, zone, zoneOf(state, zone.id))) {
      if (earliest === undefined || step.dueSeconds < earliest.dueSeconds) earliest = step;
    }
  }
  return earliest;
}

/** SM3: a slot is due from the header time that equals its limit; clearing comes first, settlement next. */
function nextSteps(params: EnergyParams, zone: Zone, { nextClear, nextSettle, nextFinal }: ZoneRecord): DueStep[] {
  const { slotSec, gateLeadSec, readingWindowSec, disputeWindowSec } = params;
  const settleAt = (slot: MarketSlot): number => (slot + 1) * slotSec + readingWindowSec;
  const steps: DueStep[] = [];
  if (nextFinal < nextSettle) {
    steps.push({ zone, slot: nextFinal, dueSeconds: settleAt(nextFinal) + disputeWindowSec, run: finaliseSlot });
  }
  if (nextSettle < nextClear) {
    steps.push({ zone, slot: nextSettle, dueSeconds: settleAt(nextSettle), run: settleMarketSlot });
  }
  steps.push({ zone, slot: nextClear, dueSeconds: nextClear * slotSec - gateLeadSec, run: clearSlot });
  return steps;
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
