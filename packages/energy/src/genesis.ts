/**
 * Genesis configuration of the market.
 *
 * @module
 */
import { actorIdCodec, type BlockContext, isActorId, issueToModules, listCodec } from '@fiducia/ledger';
import { createRoundWindow } from '@fiducia/trust';
import * as P from 'micro-packed';
import { EnergyError } from './errors.ts';
import { type EnergyParams, requireEnergyParams } from './params.ts';
import { FUND, GRID } from './settlement.ts';
import { marketIdCodec, moneyCodec } from './state/codec.ts';
import { secondsOf } from './state/members.ts';
import type { Participant } from './state/records.ts';
import {
  ACCOUNTS,
  AUDIT_COUNT,
  KEYS,
  MONEY,
  PARAMS,
  PARTICIPANTS,
  paramsCodec,
  RESERVED,
  SINGLE,
  ZONES,
} from './state/tables.ts';
import { isMarketId, type MarketId, type MicroMoney, MONEY_MAX, marketSlotAt } from './units.ts';

/** A supervisor of genesis (energy SV1). */
export interface GenesisSupervisor {
  /** Participant id, e.g. `SUPERVISOR`. */
  readonly id: MarketId;
  /** Account that acts for it. */
  readonly actor: string;
}

/** Money that waits for a participant. */
export interface GenesisMarketAccount {
  /** Id that the participant will register. */
  readonly id: MarketId;
  /** Only account that may register the id. */
  readonly actor: string;
  /** Free money at the start. */
  readonly balance: MicroMoney;
}

/** Where the market starts; the same on every node, since it is part of the chain's identity. */
export interface EnergyGenesis {
  /** Parameters, e.g. {@link DEMO_ENERGY_PARAMS}. */
  readonly params: EnergyParams;
  /** The grid operator, participant `GRID`, and its money; it must cover the expected feed-in (energy SE5). */
  readonly grid: { readonly actor: string; readonly balance: MicroMoney };
  /** Supervisors, at least one. */
  readonly supervisors: readonly GenesisSupervisor[];
  /** Money of participants that register later (energy DM6). */
  readonly accounts: readonly GenesisMarketAccount[];
}

/**
 * Checks a genesis configuration.
 *
 * @returns `genesis`, unchanged.
 * @throws {@link EnergyError} with `CONFIG`.
 */
export function requireEnergyGenesis(genesis: EnergyGenesis): EnergyGenesis {
  requireEnergyParams(genesis.params);
  const { grid, supervisors, accounts } = genesis;
  if (supervisors.length < 1 || supervisors.length > MEMBERS_MAX) fail('supervisors', `1 to ${MEMBERS_MAX} are needed`);
  if (accounts.length > MEMBERS_MAX) fail('accounts', `at most ${MEMBERS_MAX}`);
  const ids = new Set([GRID, FUND]);
  const actors = new Set<string>();
  for (const { id, actor } of [{ id: '', actor: grid.actor }, ...supervisors, ...accounts]) {
    if (id !== '' && (!isMarketId(id) || ids.has(id))) fail('ids', `${id} is not a market id, or appears twice`);
    if (!isActorId(actor) || actors.has(actor)) fail('actors', `${actor} is not an actor id, or appears twice`);
    ids.add(id);
    actors.add(actor);
  }
  let money = 0n;
  for (const { balance } of [grid, ...accounts]) {
    if (balance < 0n) fail('balances', `${balance} is negative`);
    money += balance;
  }
  if (money > MONEY_MAX) fail('balances', 'more than 2^63 - 1 in all');
  return genesis;
}

/** Canonical encoding of a genesis configuration; part of the chain id. */
export function encodeEnergyGenesis(genesis: EnergyGenesis): Uint8Array {
  return genesisCodec.encode({
    params: genesis.params,
    grid: genesis.grid,
    supervisors: [...genesis.supervisors],
    accounts: [...genesis.accounts],
  });
}

/** Writes the initial tables. */
export function applyEnergyGenesis(
  context: BlockContext,
  { params, grid, supervisors, accounts }: EnergyGenesis,
): void {
  const { state } = context;
  state.set(PARAMS, SINGLE, params);
  addMember(context, GRID, 'GRID', grid.actor, params);
  for (const { id, actor } of supervisors) addMember(context, id, 'SUPERVISOR', actor, params);

  let money = 0n;
  for (const { id, balance } of [{ id: GRID, balance: grid.balance }, { id: FUND, balance: 0n }, ...accounts]) {
    state.set(ACCOUNTS, id, { available: balance, escrow: 0n, debt: 0n });
    money += balance;
  }
  for (const { id, actor } of accounts) state.set(RESERVED, id, actor);
  state.set(MONEY, SINGLE, money);
  state.set(AUDIT_COUNT, SINGLE, 0);
  issueToModules(state, money);

  // The first slot that can still be traded: its gate lies after genesis.
  const firstSlot = marketSlotAt(secondsOf(context) + params.gateLeadSec, params.slotSec) + 1;
  for (const { id } of params.zones) {
    state.set(ZONES, id, {
      firstSlot,
      nextClear: firstSlot,
      nextSettle: firstSlot,
      nextFinal: firstSlot,
      firstActive: null,
      clearedSlots: 0,
      tradedWh: 0,
      tradedValue: 0n,
      window: createRoundWindow(),
    });
  }
}

/** Most supervisors, and most reserved accounts. */
const MEMBERS_MAX = 65_535;

const genesisCodec = P.struct({
  params: paramsCodec,
  grid: P.struct({ actor: actorIdCodec, balance: moneyCodec }),
  supervisors: listCodec(P.struct({ id: marketIdCodec, actor: actorIdCodec }), MEMBERS_MAX),
  accounts: listCodec(P.struct({ id: marketIdCodec, actor: actorIdCodec, balance: moneyCodec }), MEMBERS_MAX),
});

function addMember(
  { state }: BlockContext,
  id: MarketId,
  role: 'GRID' | 'SUPERVISOR',
  actor: string,
  params: EnergyParams,
): void {
  const participant: Participant = {
    role,
    actor,
    status: 'ACTIVE',
    zone: params.zones[0]?.id ?? '',
    capGenW: 0,
    capLoadW: 0,
    docsHash: new Uint8Array(32),
    deposit: 0n,
    meters: [],
    suspendedUntil: null,
  };
  state.set(PARTICIPANTS, id, participant);
  state.set(KEYS, actor, id);
}

function fail(path: string, reason: string): never {
  throw new EnergyError({ code: 'CONFIG', path, reason });
}
