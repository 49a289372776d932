/**
 * Conservation laws of a market state (energy I-4 to I-6), as functions over any node's state.
 *
 * @module
 */
import type { StateReader } from '@fiducia/ledger';
import type { MarketSlotRecord } from './state/records.ts';
import { ACCOUNTS, moneyInMarket, ORDERS, PARTICIPANTS, PORTFOLIOS, SLOTS, slotKey } from './state/tables.ts';
import type { MarketId, MarketSlot, MicroMoney, WattHours } from './units.ts';

/** Result of {@link checkMoneyConserved}. */
export interface MoneyCheck {
  /** Whether both sums agree and no amount is negative. */
  readonly conserved: boolean;
  /** Σ (available + escrow) over all accounts, system accounts included. Debts are no money and do not count. */
  readonly held: MicroMoney;
  /** What genesis, funding and withdrawals put into the market. */
  readonly expected: MicroMoney;
}

/** Result of {@link checkEnergyConserved}. */
export interface EnergyCheck {
  /** Whether Σ N = 0, Σ D = Σ M, and both sides traded the volume of the slot. */
  readonly conserved: boolean;
  /** Σ N: contracts of all participants. */
  readonly contractWh: WattHours;
  /** Σ M: metered energy of all participants. */
  readonly meteredWh: WattHours;
  /** Σ D: energy that the grid operator balances. */
  readonly deviationWh: WattHours;
}

/** An account whose escrow does not match what it is locked for. */
export interface EscrowMismatch {
  /** Account. */
  readonly id: MarketId;
  /** Locked money. */
  readonly escrow: MicroMoney;
  /** Σ of its deposit, open orders and unsettled trades. */
  readonly expected: MicroMoney;
}

/**
 * Whether the money inside the market is what went in (energy I-4). Holds after every block.
 *
 * Together with the ledger's own account of the supply, in which the market's money is one part, no unit can
 * appear or vanish.
 */
export function checkMoneyConserved(state: StateReader): MoneyCheck {
  let held = 0n;
  let conserved = true;
  for (const [, { available, escrow, debt }] of state.entries(ACCOUNTS)) {
    held += available + escrow;
    if (available < 0n || escrow < 0n || debt < 0n) conserved = false;
  }
  const expected = moneyInMarket(state);
  return { conserved: conserved && held === expected, held, expected };
}

/**
 * Whether the energy of a settled slot adds up (energy I-6).
 *
 * While the settlements are there they are summed again; once the slot is final, the sums in its record speak.
 *
 * @returns `null` if the slot is not settled.
 */
export function checkEnergyConserved(state: StateReader, zone: MarketId, slot: MarketSlot): EnergyCheck | null {
  const record = state.get(SLOTS, slotKey(zone, slot));
  if (record === undefined || !isSettled(record)) return null;
  const { contractWh, meteredWh, deviationWh } = record;
  const sums = { contractWh, meteredWh, deviationWh };
  const balanced = contractWh === 0 && deviationWh === meteredWh;
  return { conserved: balanced && (record.state === 'FINAL' || settlementsAgree(state, zone, slot, record)), ...sums };
}

/** Accounts whose escrow is not Σ deposit, open orders and unsettled trades (energy I-5); empty in every valid state. */
export function findEscrowMismatches(state: StateReader): readonly EscrowMismatch[] {
  const expected = new Map<MarketId, MicroMoney>();
  const add = (id: MarketId, amount: MicroMoney): void => {
    expected.set(id, (expected.get(id) ?? 0n) + amount);
  };
  for (const [id, { deposit }] of state.entries(PARTICIPANTS)) add(id, deposit);
  for (const [, { owner, escrow }] of state.entries(ORDERS)) add(owner, escrow);
  for (const [key, { escrow }] of state.entries(PORTFOLIOS)) add(key.split('/')[2] ?? '', escrow);
  return [...state.entries(ACCOUNTS)]
    .map(([id, { escrow }]) => ({ id, escrow, expected: expected.get(id) ?? 0n }))
    .filter((entry) => entry.escrow !== entry.expected);
}

function isSettled({ state }: MarketSlotRecord): boolean {
  return state === 'PROVISIONAL' || state === 'FINAL';
}

function settlementsAgree(state: StateReader, zone: MarketId, slot: MarketSlot, record: MarketSlotRecord): boolean {
  let contractWh = 0;
  let meteredWh = 0;
  let deviationWh = 0;
  let bought = 0;
  let sold = 0;
  for (const [, portfolio] of state.entries(PORTFOLIOS, `${slotKey(zone, slot)}/`)) {
    bought += portfolio.bought;
    sold += portfolio.sold;
    contractWh += portfolio.settlement?.contract ?? 0;
    meteredWh += portfolio.settlement?.meter ?? 0;
    deviationWh += portfolio.settlement?.deviation ?? 0;
  }
  return (
    bought === record.volume &&
    sold === record.volume &&
    contractWh === record.contractWh &&
    meteredWh === record.meteredWh &&
    deviationWh === record.deviationWh
  );
}
