/**
 * Settlement of a slot inside the ledger (energy SE1–SE6), and the booking of market trust (energy TF1).
 *
 * The postings are those of `settlement.ts`, in the order of energy SE3: first all trades, then participant by
 * participant. Both walks may stop after any entry and continue in the next block.
 *
 * @module
 */
import { bookSlot, countMarketRound, marketRound, marketScore, SUSPENSION_TRUST_MICRO } from '../market-trust.ts';
import { settlementParamsOf } from '../params.ts';
import { computeDeviation, deviationPostings, tradePostings } from '../settlement.ts';
import { mayTrade, suspendByRule } from '../state/members.ts';
import {
  EMPTY_PORTFOLIO,
  type MarketSlotRecord,
  type Participant,
  type ParticipantSettlement,
  type Portfolio,
  type SlotCursor,
} from '../state/records.ts';
import {
  memberKey,
  PARTICIPANTS,
  PORTFOLIOS,
  required,
  SLOTS,
  slotKey,
  TRADES,
  TRUST,
  zoneOf,
} from '../state/tables.ts';
import type { MarketId } from '../units.ts';
import { certifyTrade } from './certificates.ts';
import { type MeteredEnergy, readMeters } from './meter-facts.ts';
import { carryOut, releaseSlot } from './pay.ts';
import {
  entriesAfter,
  type SlotJob,
  type StepOutcome,
  saveSlot,
  saveZone,
  slotPrefix,
  startStage,
  takeWork,
} from './work.ts';

/** Settles a slot provisionally, as far as the work of the block goes. */
export function settleMarketSlot(job: SlotJob): StepOutcome {
  let record = required(job.context.state.get(SLOTS, slotKey(job.zone, job.slot)), 'the slot to settle');
  let cursor = record.cursor ?? startStage('TRADES');
  if (cursor.stage === 'TRADES') {
    const after = payTrades(job, cursor);
    if (after !== null) return pause(job, record, { ...cursor, after });
    cursor = startStage('PARTICIPANTS');
    saveZone(job, countMarketRound(zoneOf(job.context.state, job.zone), job.slot));
  }
  let { after } = cursor;
  for (const [id, participant] of entriesAfter(job.context.state, PARTICIPANTS, '', after)) {
    if (participant.zone !== job.zone || !mayTrade(participant) || !wasAdmitted(participant)) continue;
    if (!takeWork(job.budget)) return pause(job, record, { ...cursor, after });
    after = id;
    record = addToSlot(record, settleParticipant(job, id, participant));
  }
  saveSlot(job, { ...record, state: 'PROVISIONAL', cursor: null });
  saveZone(job, { ...zoneOf(job.context.state, job.zone), nextSettle: job.slot + 1 });
  return 'done';
}

function pause(job: SlotJob, record: MarketSlotRecord, cursor: SlotCursor): StepOutcome {
  saveSlot(job, { ...record, cursor });
  return 'paused';
}

/** Pays trades in the order of SE3, which is that of their keys; returns where it stopped, or `null` at the end. */
function payTrades(job: SlotJob, cursor: SlotCursor): string | null {
  let { after } = cursor;
  for (const [key, trade] of entriesAfter(job.context.state, TRADES, slotPrefix(job), after)) {
    if (!takeWork(job.budget)) return after;
    after = key;
    for (const posting of tradePostings({ ...trade, id: key }, settlementParamsOf(job.params, trade.gridFee))) {
      carryOut(job, posting);
    }
    certifyTrade(job, trade);
  }
  return null;
}

function wasAdmitted({ status }: Participant): boolean {
  return status !== 'PENDING' && status !== 'REJECTED';
}

/** Settles one participant; everything it is owed or owes for the slot is final afterwards. */
function settleParticipant(job: SlotJob, id: MarketId, participant: Participant): ParticipantSettlement {
  const { state } = job.context;
  const params = settlementParamsOf(job.params, job.gridFee);
  const key = memberKey(job.zone, job.slot, id);
  const portfolio = state.get(PORTFOLIOS, key) ?? EMPTY_PORTFOLIO;
  const metered = readMeters(job.context, { id, participant, slot: job.slot, portfolio, params });
  const deviation = computeDeviation(portfolio, metered.netWh, params);
  const due = [...deviationPostings(id, deviation, params), ...metered.gapPostings];
  const settlement = { ...deviation, postings: due.map((posting) => carryOut(job, posting)) };
  releaseSlot(job, id);
  const settled = state.get(PORTFOLIOS, key);
  if (settled !== undefined || metered.timely + metered.missing > 0) {
    // I-7: one settlement per participant and slot.
    state.set(PORTFOLIOS, key, { ...(settled ?? EMPTY_PORTFOLIO), settlement });
  }
  bookConduct(job, id, participant, portfolio, settlement, metered);
  return settlement;
}

/** Books a slot for trust; the energy of each meter is in the sums of its participant once (energy TF6). */
function bookConduct(
  job: SlotJob,
  id: MarketId,
  { role }: Participant,
  portfolio: Portfolio,
  deviation: ParticipantSettlement,
  readings: MeteredEnergy,
): void {
  const { state } = job.context;
  const zone = zoneOf(state, job.zone);
  const trust = required(state.get(TRUST, id), `trust of ${id}`);
  const booked = bookSlot(trust, zone, { slot: job.slot, role, portfolio, deviation, readings }, job.params);
  state.set(TRUST, id, booked);
  const { composite } = marketScore(booked, zone, marketRound(zone, job.slot));
  if (composite < SUSPENSION_TRUST_MICRO) suspendByRule(job.context, job.dueSeconds, id, 'TRUST');
}

/** I-6: the sums of the slot outlive its settlements. */
function addToSlot(record: MarketSlotRecord, { contract, meter, deviation }: ParticipantSettlement): MarketSlotRecord {
  return {
    ...record,
    contractWh: record.contractWh + contract,
    meteredWh: record.meteredWh + meter,
    deviationWh: record.deviationWh + deviation,
  };
}
