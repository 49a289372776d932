/**
 * Accounts: trading balance and nonce, producer income, and the account of the whole supply.
 *
 * Every base unit is in exactly one of five places: a balance, a producer income, a deposit, an
 * unbonding deposit, or a module. The functions here and in `modules/staking` are the only ones that
 * move units between places, and the executor compares the sum after every block (simulation I4).
 *
 * @module
 */
import type { ActorId } from '@fiducia/consensus';
import { assertInvariant } from '../errors.ts';
import { defineTable, type StateReader, type StateWriter, type Table } from '../state/table.ts';
import { AMOUNT_BYTES, decodeWhole, SAFE_UINT_BYTES, WireWriter } from '../wire.ts';

/** Upper bound of all units ever issued, 2^120: no sum of amounts can leave its 16 bytes. */
export const SUPPLY_MAX = 1n << 120n;

/** An account. */
export interface Account {
  /** Units the owner may spend. */
  readonly balance: bigint;
  /** Nonce of the owner's next transaction, counting from 0. */
  readonly nonce: number;
}

/** Where the supply stands. Genesis and rewards issue, slashing burns. */
export interface Supply {
  /** Units ever issued: genesis, rewards, and what modules issued in their genesis. */
  readonly issued: bigint;
  /** Units destroyed. */
  readonly burnt: bigint;
  /** Units held by modules: taken with {@link debit}, returned with {@link credit}. */
  readonly modules: bigint;
}

/** Accounts by actor. An absent account has balance 0 and nonce 0. */
export const ACCOUNTS: Table<Account> = defineTable({
  module: 'account',
  name: 'account',
  subtree: 'application',
  codec: {
    encode: ({ balance, nonce }: Account) =>
      new WireWriter(AMOUNT_BYTES + SAFE_UINT_BYTES).amount(balance).safeUint(nonce).finish(),
    decode: (bytes) => decodeWhole(bytes, (reader) => ({ balance: reader.amount(), nonce: reader.safeUint() })),
  },
});

/** Producer income by actor: fees and rewards of the blocks it authored, until collected. */
export const INCOMES: Table<bigint> = defineTable({
  module: 'account',
  name: 'income',
  subtree: 'chain',
  codec: {
    encode: (income: bigint) => new WireWriter(AMOUNT_BYTES).amount(income).finish(),
    decode: (bytes) => decodeWhole(bytes, (reader) => reader.amount()),
  },
});

/** The supply, at the empty key. Rewards and slashes are decisions of consensus, so it lies beside the incomes. */
export const SUPPLY: Table<Supply> = defineTable({
  module: 'account',
  name: 'supply',
  subtree: 'chain',
  codec: {
    encode: ({ issued, burnt, modules }: Supply) =>
      new WireWriter(3 * AMOUNT_BYTES).amount(issued).amount(burnt).amount(modules).finish(),
    decode: (bytes) =>
      decodeWhole(bytes, (reader) => ({ issued: reader.amount(), burnt: reader.amount(), modules: reader.amount() })),
  },
});

const NEW_ACCOUNT: Account = { balance: 0n, nonce: 0 };
const NO_SUPPLY: Supply = { issued: 0n, burnt: 0n, modules: 0n };

/** Account of an actor; a new one if it was never used. */
export function readAccount(state: StateReader, actor: ActorId): Account {
  return state.get(ACCOUNTS, actor) ?? NEW_ACCOUNT;
}

/** Trading balance of an actor in base units, at least `0n`. */
export function readBalance(state: StateReader, actor: ActorId): bigint {
  return readAccount(state, actor).balance;
}

/** Income of a block author that it has not collected yet, at least `0n`. */
export function readProducerIncome(state: StateReader, author: ActorId): bigint {
  return state.get(INCOMES, author) ?? 0n;
}

/** The supply so far. */
export function readSupply(state: StateReader): Supply {
  return state.get(SUPPLY, '') ?? NO_SUPPLY;
}

/**
 * Moves units from the module that calls into a trading balance.
 *
 * @param amount - At least `0n`.
 * @throws {@link LedgerError} with `INVARIANT` if modules do not hold as much: a module may only pay
 *   out what it took with {@link debit} or issued with {@link issueToModules}.
 */
export function credit(state: StateWriter, actor: ActorId, amount: bigint): void {
  const supply = readSupply(state);
  assertInvariant(amount >= 0n && supply.modules >= amount, 'I4', 'a module pays out more than modules hold');
  state.set(SUPPLY, '', { ...supply, modules: supply.modules - amount });
  addBalance(state, actor, amount);
}

/**
 * Moves units from a trading balance into the module that calls.
 *
 * @param amount - At least `0n`.
 * @returns Whether the balance was sufficient; if not, nothing happened.
 */
export function debit(state: StateWriter, actor: ActorId, amount: bigint): boolean {
  if (!takeBalance(state, actor, amount)) return false;
  const supply = readSupply(state);
  state.set(SUPPLY, '', { ...supply, modules: supply.modules + amount });
  return true;
}

/**
 * Issues new units into the module that calls. For `genesis` of a module whose own accounts start
 * with funds; anywhere else it would be inflation.
 *
 * @throws {@link LedgerError} with `INVARIANT` beyond 2^120 units.
 */
export function issueToModules(state: StateWriter, amount: bigint): void {
  issue(state, amount);
  const supply = readSupply(state);
  state.set(SUPPLY, '', { ...supply, modules: supply.modules + amount });
}

/** Counts new units; the caller puts them somewhere. */
export function issue(state: StateWriter, amount: bigint): void {
  const supply = readSupply(state);
  const issued = supply.issued + amount;
  assertInvariant(amount >= 0n && issued <= SUPPLY_MAX, 'I4', 'issued units out of range');
  state.set(SUPPLY, '', { ...supply, issued });
}

/** Counts destroyed units; the caller took them from somewhere. */
export function burn(state: StateWriter, amount: bigint): void {
  const supply = readSupply(state);
  state.set(SUPPLY, '', { ...supply, burnt: supply.burnt + amount });
}

/** Adds units that the caller took from another place of the core. */
export function addBalance(state: StateWriter, actor: ActorId, amount: bigint): void {
  const account = readAccount(state, actor);
  state.set(ACCOUNTS, actor, { ...account, balance: account.balance + amount });
}

/** Takes units that the caller puts into another place of the core; `false` if there are too few. */
export function takeBalance(state: StateWriter, actor: ActorId, amount: bigint): boolean {
  const account = readAccount(state, actor);
  assertInvariant(amount >= 0n, 'I4', 'negative amount');
  if (account.balance < amount) return false;
  state.set(ACCOUNTS, actor, { ...account, balance: account.balance - amount });
  return true;
}

/** Books units that the caller took from another place of the core as income of an author. */
export function addIncome(state: StateWriter, author: ActorId, amount: bigint): void {
  if (amount > 0n) state.set(INCOMES, author, readProducerIncome(state, author) + amount);
}
