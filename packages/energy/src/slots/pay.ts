/**
 * Carries out postings against escrow, free money and deposit (energy SE5, ES4).
 *
 * @module
 */
import { FUND, GRID, type PaidPosting, type Posting } from '../settlement.ts';
import { accountOf, addAvailable, addDebt, addEscrow } from '../state/accounts.ts';
import { audit, suspendByRule } from '../state/members.ts';
import { EMPTY_PORTFOLIO } from '../state/records.ts';
import { memberKey, PARTICIPANTS, PORTFOLIOS, required } from '../state/tables.ts';
import type { MarketId, MicroMoney } from '../units.ts';
import type { SlotJob } from './work.ts';

/**
 * Moves what a posting asks for. The payer pays from what is locked for the slot, then from free money, then from
 * its deposit; what is still missing becomes its debt (energy SE5).
 *
 * Revenue stays locked until the payee's own settlement, so that it cannot be withdrawn while a settlement spans
 * several blocks.
 */
export function carryOut(job: SlotJob, posting: Posting): PaidPosting {
  const { payer, payee, due } = posting;
  const isSystem = payer === GRID || payer === FUND;
  let missing = due;
  if (!isSystem) missing -= takeLocked(job, payer, missing);
  missing -= takeAvailable(job, payer, missing);
  if (!isSystem) missing -= takeDeposit(job, payer, missing);
  const paid = due - missing;
  if (payee === GRID || payee === FUND) addAvailable(job.context.state, payee, paid);
  else addLocked(job, payee, paid);
  if (missing > 0n) bookArrears(job, payer, missing);
  return { ...posting, paid };
}

/** Frees what is left of the slot's escrow of one participant. */
export function releaseSlot(job: SlotJob, id: MarketId): void {
  const { state } = job.context;
  const key = memberKey(job.zone, job.slot, id);
  const portfolio = state.get(PORTFOLIOS, key);
  if (portfolio === undefined || portfolio.escrow === 0n) return;
  addEscrow(state, id, -portfolio.escrow);
  addAvailable(state, id, portfolio.escrow);
  state.set(PORTFOLIOS, key, { ...portfolio, escrow: 0n });
}

function takeLocked(job: SlotJob, id: MarketId, wanted: MicroMoney): MicroMoney {
  const { state } = job.context;
  const key = memberKey(job.zone, job.slot, id);
  const portfolio = state.get(PORTFOLIOS, key);
  if (portfolio === undefined) return 0n;
  const taken = smaller(wanted, portfolio.escrow);
  if (taken === 0n) return 0n;
  addEscrow(state, id, -taken);
  state.set(PORTFOLIOS, key, { ...portfolio, escrow: portfolio.escrow - taken });
  return taken;
}

function addLocked(job: SlotJob, id: MarketId, amount: MicroMoney): void {
  const { state } = job.context;
  const key = memberKey(job.zone, job.slot, id);
  const portfolio = state.get(PORTFOLIOS, key) ?? EMPTY_PORTFOLIO;
  addEscrow(state, id, amount);
  state.set(PORTFOLIOS, key, { ...portfolio, escrow: portfolio.escrow + amount });
}

function takeAvailable(job: SlotJob, id: MarketId, wanted: MicroMoney): MicroMoney {
  const taken = smaller(wanted, accountOf(job.context.state, id).available);
  if (taken > 0n) addAvailable(job.context.state, id, -taken);
  return taken;
}

function takeDeposit(job: SlotJob, id: MarketId, wanted: MicroMoney): MicroMoney {
  if (wanted === 0n) return 0n;
  const { state } = job.context;
  const participant = required(state.get(PARTICIPANTS, id), `participant ${id}`);
  const taken = smaller(wanted, participant.deposit);
  if (taken === 0n) return 0n;
  addEscrow(state, id, -taken);
  state.set(PARTICIPANTS, id, { ...participant, deposit: participant.deposit - taken });
  return taken;
}

/** SE5: a participant in arrears is suspended; for the grid operator there is an alarm in the audit log instead. */
function bookArrears(job: SlotJob, id: MarketId, missing: MicroMoney): void {
  const first = accountOf(job.context.state, id).debt === 0n;
  addDebt(job.context.state, id, missing);
  if (id !== GRID) {
    suspendByRule(job.context, job.dueSeconds, id, 'ARREARS');
  } else if (first) {
    audit(job.context, { actor: null, action: 'GRID_ARREARS', subject: id, reasonCode: 'ARREARS', evidenceHash: null });
  }
}

function smaller(a: MicroMoney, b: MicroMoney): MicroMoney {
  return a < b ? a : b;
}
