/**
 * Who trades in a comparison, and the part of genesis that is theirs.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import { DEMO_BALANCE, DEMO_GRID_BALANCE, energyModule, type MarketRole } from '@fiducia/energy';
import type { LedgerModule } from '@fiducia/ledger';
import type { GenesisAccount } from '../../scenario/genesis.ts';
import { supervisorKeyPair } from '../../scenario/genesis.ts';
import { COMPARE_ENERGY_PARAMS } from './timeline.ts';

/** A participant with its keys. */
export interface CompareMember {
  /** Id of the participant. */
  readonly id: string;
  /** Generators sell, users buy. */
  readonly role: MarketRole;
  /** Key of its account. */
  readonly account: KeyPair;
  /** Id of its one meter. */
  readonly meterId: string;
  /** Key in the meter. */
  readonly meter: KeyPair;
}

/** Zone that everybody trades in. */
export const COMPARE_ZONE = COMPARE_ENERGY_PARAMS.zones[0]?.id ?? '';

/** Generation and load of every member in W, and what its meter measures at most in a slot. */
export const MEMBER_LIMITS = { capW: 40_000, meterWh: 10_000 } as const;

/** Participants: as many as one supervisor may have reviews waiting for in the mempool of a node. */
const MEMBERS = 40;

/** Half of them sell. */
const ROLES: readonly MarketRole[] = ['WIND', 'USER', 'PV', 'USER', 'HYDRO', 'USER', 'INTEGRATED', 'USER'];

/** Core balance of everybody who sends good transactions, for fees, transfers and funding. */
const MEMBER_BALANCE = 1_000_000_000n;

/** Core balance of an outsider: enough for fees, too little for what it tries. */
export const OUTSIDER_BALANCE = 1_000n;

/** Members in the order of their number. */
export function compareMembers(): readonly CompareMember[] {
  return Array.from({ length: MEMBERS }, (_, index) => {
    const id = `member${String(index).padStart(2, '0')}`;
    return {
      id,
      role: ROLES[index % ROLES.length] ?? 'USER',
      account: keyPairFromSeed(`fiducia-compare/member/${id}`),
      meterId: `${id}_meter`,
      meter: keyPairFromSeed(`fiducia-compare/meter/${id}`),
    };
  });
}

/** Key of the grid operator. */
export function compareGridKeyPair(): KeyPair {
  return keyPairFromSeed('fiducia-compare/grid');
}

/** Key of an account that is nobody's in the market. */
export function outsiderKeyPair(index: number): KeyPair {
  return keyPairFromSeed(`fiducia-compare/outsider/${index}`);
}

/** Stands for the hash of documents that stay off the chain (energy PV1). */
export function compareDocumentHash(id: string): Uint8Array {
  return createHash('sha256').update(`fiducia-compare/documents/${id}`).digest();
}

/** The market module and the core accounts of a comparison. */
export function compareMarket(outsiders: number): {
  readonly module: LedgerModule;
  readonly accounts: readonly GenesisAccount[];
} {
  const members = compareMembers();
  const grid = compareGridKeyPair().address;
  const supervisor = supervisorKeyPair().address;
  const rich = [grid, supervisor, ...members.map(({ account }) => account.address)];
  const poor = Array.from({ length: outsiders }, (_, index) => outsiderKeyPair(index).address);
  return {
    module: energyModule({
      params: COMPARE_ENERGY_PARAMS,
      grid: { actor: grid, balance: DEMO_GRID_BALANCE },
      supervisors: [{ id: 'SUPERVISOR', actor: supervisor }],
      accounts: members.map(({ id, account }) => ({ id, actor: account.address, balance: DEMO_BALANCE })),
    }),
    accounts: [
      ...rich.map((actor) => ({ actor, balance: MEMBER_BALANCE })),
      ...poor.map((actor) => ({ actor, balance: OUTSIDER_BALANCE })),
    ],
  };
}
