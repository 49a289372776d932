/**
 * Money of the market: every change has two legs (energy I-4, TX24).
 *
 * @module
 */
import type { StateReader, StateWriter } from '@fiducia/ledger';
import { assertInvariant } from '../errors.ts';
import { capMoney, type MarketId, type MicroMoney } from '../units.ts';
import type { MarketAccount } from './records.ts';
import { ACCOUNTS, MONEY, moneyInMarket, SINGLE } from './tables.ts';

const EMPTY_ACCOUNT: MarketAccount = { available: 0n, escrow: 0n, debt: 0n };

/** Account of a participant or system account; empty if nothing was ever booked. */
export function accountOf(state: StateReader, id: MarketId): MarketAccount {
  return state.get(ACCOUNTS, id) ?? EMPTY_ACCOUNT;
}

/** Moves free money into escrow (energy ES4); changes nothing and answers `false` if there is too little. */
export function lock(state: StateWriter, id: MarketId, amount: MicroMoney): boolean {
  const account = accountOf(state, id);
  if (account.available < amount) return false;
  if (amount > 0n) move(state, id, account, -amount, amount);
  return true;
}

/** Frees escrow. */
export function release(state: StateWriter, id: MarketId, amount: MicroMoney): void {
  if (amount > 0n) move(state, id, accountOf(state, id), amount, -amount);
}

/** Adds free money that left another account in the same step. */
export function addAvailable(state: StateWriter, id: MarketId, amount: MicroMoney): void {
  move(state, id, accountOf(state, id), amount, 0n);
}

/** Adds locked money that left another account in the same step. */
export function addEscrow(state: StateWriter, id: MarketId, amount: MicroMoney): void {
  move(state, id, accountOf(state, id), 0n, amount);
}

/** Books what could not be paid (energy SE5). A debt stops growing at the largest amount of money (UN2). */
export function addDebt(state: StateWriter, id: MarketId, amount: MicroMoney): void {
  const account = accountOf(state, id);
  state.set(ACCOUNTS, id, { ...account, debt: capMoney(account.debt + amount) });
}

/** Counts money that entered (positive) or left (negative) the market. */
export function moveMoney(state: StateWriter, amount: bigint): void {
  state.set(MONEY, SINGLE, moneyInMarket(state) + amount);
}

function move(state: StateWriter, id: MarketId, account: MarketAccount, available: bigint, escrow: bigint): void {
  const next = { ...account, available: account.available + available, escrow: account.escrow + escrow };
  // I-5: no rule may take more than there is.
  assertInvariant(next.available >= 0n && next.escrow >= 0n, `balance of ${id}`);
  state.set(ACCOUNTS, id, next);
}
