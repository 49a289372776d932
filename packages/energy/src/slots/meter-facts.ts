/**
 * What the meters of a participant say about one slot (energy SE1, SE4).
 *
 * @module
 */
import type { BlockContext } from '@fiducia/ledger';
import { MISSED_IN_ROW_MAX, type ReadingFacts } from '../market-trust.ts';
import { gapPostings, type Posting, type SettlementParams } from '../settlement.ts';
import { ordersOf } from '../state/members.ts';
import type { Meter, Participant, Portfolio, StoredReading } from '../state/records.ts';
import { METERS, memberKey, READINGS, required } from '../state/tables.ts';
import type { MarketId, MarketSlot, WattHours } from '../units.ts';

/** Metered energy of a participant in one slot. */
export interface MeteredEnergy extends ReadingFacts {
  /** M: import − export of all meters (energy SE1). */
  readonly netWh: WattHours;
  /** Energy of earlier slots without a reading, settled outside any contract (energy SE4). */
  readonly gapPostings: readonly Posting[];
}

/** Slot of a participant. */
export interface MeterQuery {
  /** Participant. */
  readonly id: MarketId;
  /** Its record. */
  readonly participant: Participant;
  /** Slot. */
  readonly slot: MarketSlot;
  /** Orders of the slot. */
  readonly portfolio: Portfolio;
  /** Prices. */
  readonly params: SettlementParams;
}

/** Reads all meters of a participant for one slot and books missed readings in their records. */
export function readMeters(context: BlockContext, query: MeterQuery): MeteredEnergy {
  const { state } = context;
  let netWh = 0;
  let timely = 0;
  let missing = 0;
  let newlyChronic = 0;
  let anyChronic = false;
  const postings: Posting[] = [];
  for (const id of query.participant.meters) {
    const meter = required(state.get(METERS, id), `meter ${id}`);
    const reading = state.get(READINGS, memberKey(query.participant.zone, query.slot, id));
    if (reading !== undefined) {
      netWh += reading.importWh - reading.exportWh;
      timely++;
      postings.push(...settleGap(query, meter, reading));
      if (meter.missedInRow > 0) state.set(METERS, id, { ...meter, missedInRow: 0, estimatedImportWh: 0 });
    } else if (isOwed(meter, query.slot)) {
      const estimateWh = boughtThrough(context, query, id);
      const missedInRow = meter.missedInRow + 1;
      netWh += estimateWh;
      missing++;
      if (missedInRow === MISSED_IN_ROW_MAX) newlyChronic++;
      anyChronic ||= missedInRow >= MISSED_IN_ROW_MAX;
      state.set(METERS, id, { ...meter, missedInRow, estimatedImportWh: meter.estimatedImportWh + estimateWh });
    }
  }
  return { netWh, timely, missing, newlyChronic, anyChronic, gapPostings: postings };
}

/** A reading is owed from the first slot that an order named or a reading covered. */
function isOwed(meter: Meter, slot: MarketSlot): boolean {
  return meter.status === 'ACTIVE' && meter.dueFrom !== null && meter.dueFrom <= slot;
}

function settleGap({ id, params }: MeterQuery, meter: Meter, reading: StoredReading): readonly Posting[] {
  const { gapImport, gapExport } = reading;
  return gapPostings(id, { gapImport, gapExport, countedImport: meter.estimatedImportWh }, params);
}

/** SE4: without a reading, the import is what was bought through orders naming the meter. */
function boughtThrough(context: BlockContext, query: MeterQuery, meter: MarketId): WattHours {
  return ordersOf(context.state, query.participant.zone, query.slot, query.id, query.portfolio)
    .filter(([, order]) => order.meter === meter && order.side === 'buy')
    .reduce((sum, [, order]) => sum + order.filled, 0);
}
