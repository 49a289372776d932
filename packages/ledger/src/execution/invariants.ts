/**
 * What must hold after every block (simulation I4), checked on the entries that the block changed.
 *
 * @module
 */
import { ACCOUNTS, INCOMES, SUPPLY, type Supply } from '../account/accounts.ts';
import { LedgerError } from '../errors.ts';
import { CANDIDATES, type CandidateRecord } from '../modules/registry.ts';
import { leafValue } from '../state/stored-value.ts';
import type { StateReader, Table } from '../state/table.ts';
import { differences, type Leaf, subtreeOf, type Tree } from '../state/tree.ts';

/** Units in the places of the core, and what the counters say they should be. */
export interface SupplyReport {
  /** Sum of all trading balances. */
  readonly balances: bigint;
  /** Sum of all producer incomes. */
  readonly incomes: bigint;
  /** Sum of all deposits, unbonding ones included. */
  readonly deposits: bigint;
  /** The counters. */
  readonly supply: Supply;
  /** Whether balances + incomes + deposits + modules = issued - burnt. */
  readonly conserved: boolean;
}

/**
 * Counts the whole supply, entry by entry. For audits and tests; the executor checks the same after
 * every block on the changed entries alone.
 */
export function auditSupply(state: StateReader): SupplyReport {
  let balances = 0n;
  let incomes = 0n;
  let deposits = 0n;
  for (const [, account] of state.entries(ACCOUNTS)) balances += account.balance;
  for (const [, income] of state.entries(INCOMES)) incomes += income;
  for (const [, record] of state.entries(CANDIDATES)) deposits += heldBy(record);
  const supply = state.get(SUPPLY, '') ?? { issued: 0n, burnt: 0n, modules: 0n };
  const conserved = balances + incomes + deposits + supply.modules === supply.issued - supply.burnt;
  return { balances, incomes, deposits, supply, conserved };
}

/**
 * Asserts that a block neither made nor lost units and left no place negative (simulation I4).
 *
 * @throws {@link LedgerError} with `INVARIANT`: a defect of the ledger or of a module.
 */
export function assertSupply(before: Tree, after: Tree): void {
  const change =
    changeOf(before, after, ACCOUNTS, (account) => account.balance) +
    changeOf(before, after, INCOMES, (income) => income) +
    changeOf(before, after, CANDIDATES, heldBy) +
    changeOf(before, after, SUPPLY, (supply) => supply.modules);
  const counted =
    changeOf(before, after, SUPPLY, (supply) => supply.issued) -
    changeOf(before, after, SUPPLY, (supply) => supply.burnt);
  if (change !== counted) {
    throw new LedgerError({ code: 'INVARIANT', rule: 'I4', reason: `supply changed by ${change}, counted ${counted}` });
  }
}

/** Smallest part of a candidate's holdings must not be negative either, so the sum alone is not enough. */
function heldBy(record: CandidateRecord): bigint {
  return record.unbonding.reduce(
    (sum, { amount }) => sum + assertNotNegative(amount),
    assertNotNegative(record.deposit),
  );
}

function changeOf<T>(before: Tree, after: Tree, table: Table<T>, amountOf: (value: T) => bigint): bigint {
  let change = 0n;
  for (const [old, current] of differences(subtreeOf(before, table.prefix), subtreeOf(after, table.prefix))) {
    change += amountIn(current, table, amountOf) - amountIn(old, table, amountOf);
  }
  return change;
}

function amountIn<T>(leaf: Leaf | undefined, { codec }: Table<T>, amountOf: (value: T) => bigint): bigint {
  return leaf === undefined ? 0n : assertNotNegative(amountOf(leafValue(leaf, codec)));
}

function assertNotNegative(amount: bigint): bigint {
  // Checked of thousands of amounts: the text is for the one that is negative.
  if (amount < 0n) throw new LedgerError({ code: 'INVARIANT', rule: 'I4', reason: `negative amount ${amount}` });
  return amount;
}
