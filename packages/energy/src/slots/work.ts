/**
 * The bounded work at the start of a block (energy TX21).
 *
 * @module
 */
import type { BlockContext, StateReader, Table } from '@fiducia/ledger';
import type { EnergyParams } from '../params.ts';
import type { MarketSlotRecord, SlotCursor, ZoneRecord } from '../state/records.ts';
import { SLOTS, slotKey, ZONES } from '../state/tables.ts';
import type { MarketId, MarketSlot, PriceMicro } from '../units.ts';

/** What is left of the work of a block. */
export interface WorkBudget {
  /** Orders, trades and participants that may still be visited. */
  left: number;
}

/** One slot at work. */
export interface SlotJob {
  /** Block. */
  readonly context: BlockContext;
  /** Parameters in force. */
  readonly params: EnergyParams;
  /** Zone. */
  readonly zone: MarketId;
  /** Its grid fee. */
  readonly gridFee: PriceMicro;
  /** Slot. */
  readonly slot: MarketSlot;
  /** Limit at which the work was due, in Unix seconds; the block may come later. */
  readonly dueSeconds: number;
  /** Work left in the block. */
  readonly budget: WorkBudget;
}

/** Whether a step finished its slot or ran out of work. */
export type StepOutcome = 'done' | 'paused';

/** Cursor at the start of a stage. */
export function startStage(stage: SlotCursor['stage']): SlotCursor {
  return { stage, after: '', bids: [], asks: [], bidRest: 0, askRest: 0, buyUsed: 0, sellAfter: '', sellUsed: 0 };
}

/** Takes one unit of work; `false` if none is left. */
export function takeWork(budget: WorkBudget): boolean {
  if (budget.left <= 0) return false;
  budget.left--;
  return true;
}

/**
 * Entries behind `after`. Resuming steps over what was visited in earlier blocks, which costs a step of the tree
 * per entry and no work of the market.
 */
export function* entriesAfter<T>(
  state: StateReader,
  table: Table<T>,
  prefix: string,
  after: string,
): Generator<readonly [key: string, value: T]> {
  for (const entry of state.entries(table, prefix)) {
    if (entry[0] > after) yield entry;
  }
}

/** Prefix of everything that belongs to the slot of a job. */
export function slotPrefix(job: SlotJob): string {
  return `${slotKey(job.zone, job.slot)}/`;
}

/** Writes the record of the slot of a job. */
export function saveSlot(job: SlotJob, record: MarketSlotRecord): void {
  job.context.state.set(SLOTS, slotKey(job.zone, job.slot), record);
}

/** Writes the progress of the zone of a job. */
export function saveZone(job: SlotJob, record: ZoneRecord): void {
  job.context.state.set(ZONES, job.zone, record);
}
