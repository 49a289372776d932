/**
 * The energy market of the demo: its place in genesis, and the agents behind the six nodes.
 *
 * @module
 */
import {
  CHRONIC_SHORT_LIMITS,
  DEMO_BALANCE,
  DEMO_ENERGY_PARAMS,
  DEMO_GRID_BALANCE,
  energyModule,
  type MarketInput,
} from '@fiducia/energy';
import type { LedgerModule } from '@fiducia/ledger';
import type { DemoInput } from '../../input/load.ts';
import { CORE_BALANCE, type GenesisAccount, supervisorKeyPair } from '../genesis.ts';
import type { Network } from '../network.ts';
import { startAdmission } from './admission.ts';
import { createGateway } from './gateway.ts';
import { gridKeyPair, type MarketParticipant, marketParticipants } from './participants.ts';
import { startWorkload } from './workload.ts';

/** What the market adds to a network. */
export interface DemoMarket {
  /** The one zone of the demo. */
  readonly zone: string;
  readonly module: LedgerModule;
  /** Core accounts for fees, of participants, grid operator and supervisor (energy DM6). */
  readonly accounts: readonly GenesisAccount[];
  /** Starts admission, orders and readings on a started network. */
  start(network: Network): MarketAgents;
}

/** The agents at work. */
export interface MarketAgents {
  /** How many of their transactions no node took so far, by code; empty unless somebody ran out of means. */
  refusals(): Readonly<Record<string, number>>;
}

/** Puts the market of an input together. */
export function createDemoMarket({ market, file }: DemoInput): DemoMarket {
  const participants = marketParticipants(market);
  // The limits of TF4 are fitted to the data files; with the built-in community they would punish the honest.
  const params =
    file === undefined ? DEMO_ENERGY_PARAMS : { ...DEMO_ENERGY_PARAMS, chronicShortLimits: CHRONIC_SHORT_LIMITS };
  const zone = params.zones[0]?.id ?? '';
  const grid = gridKeyPair().address;
  const supervisor = supervisorKeyPair().address;
  return {
    zone,
    module: energyModule({
      params,
      grid: { actor: grid, balance: DEMO_GRID_BALANCE },
      supervisors: [{ id: 'SUPERVISOR', actor: supervisor }],
      accounts: participants.map(({ id, account }) => ({ id, actor: account.address, balance: DEMO_BALANCE })),
    }),
    accounts: [grid, supervisor, ...participants.map(({ account }) => account.address)].map((actor) => ({
      actor,
      balance: CORE_BALANCE,
    })),
    start: (network) => startAgents(network, market, participants, zone),
  };
}

function startAgents(
  { simulation, crypto, nodes }: Network,
  { rows }: MarketInput,
  participants: readonly MarketParticipant[],
  zone: string,
): MarketAgents {
  const refusals = new Map<string, number>();
  const countRefusal = (code: string): void => void refusals.set(code, (refusals.get(code) ?? 0) + 1);
  const gateways = nodes.map(({ node: { ledger } }) => {
    return createGateway({ ledger, crypto, simulation, onRefused: countRefusal });
  });
  const gatewayOf = (number: number) => {
    const gateway = gateways[number - 1];
    if (gateway === undefined) throw new RangeError(`there is no node ${number}`);
    return gateway;
  };
  startAdmission({ simulation, crypto, gatewayOf, participants, zone });
  startWorkload({ simulation, crypto, gatewayOf, participants, rows });
  return { refusals: () => Object.fromEntries(refusals) };
}
