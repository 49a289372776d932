/** Networks of whole nodes that change their protocol at a height. */
import type { ConsensusPlugin, Era, Height } from '@fiducia/consensus';
import { dpos } from '@fiducia/consensus-dpos';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { pbft } from '@fiducia/consensus-pbft';
import { pos } from '@fiducia/consensus-pos';
import { pow } from '@fiducia/consensus-pow';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import { createHost, type HostRecord } from '@fiducia/host';
import {
  createRoundVote,
  type GenesisConfig,
  type Ledger,
  type LedgerModule,
  validatorKeysModule,
} from '@fiducia/ledger';
import { withSimulatedMining } from '../../../consensus-pow/test/support/simulated-mining.ts';
import {
  type ChainNode,
  createChainNode,
  createSimulation,
  createStubCrypto,
  type NetworkConditions,
  type Simulation,
} from '../../src/index.ts';
import { START } from './chain.ts';
import { sha256 } from './hash.ts';
import { subjectOf } from './subjects.ts';

/** Protocols between which a chain may change. */
export const EXCHANGEABLE = ['dt-dpos', 'dpos', 'pos', 'pow', 'pbft'] as const;
export type Exchangeable = (typeof EXCHANGEABLE)[number];

const NODES = 6;
const DEPOSIT = 1_000n;
const HASHES_PER_SECOND = 0.05;

/** All plugins; a chain uses those that its eras name. */
export const ALL_PLUGINS: readonly ConsensusPlugin[] = [
  dtDpos() as ConsensusPlugin,
  dpos() as ConsensusPlugin,
  pos() as ConsensusPlugin,
  pow() as ConsensusPlugin,
  pbft() as ConsensusPlugin,
  checkpointFinality() as ConsensusPlugin,
];

/** A network whose nodes can crash and come back. */
export interface EraNetwork {
  readonly simulation: Simulation;
  readonly nodes: readonly ChainNode[];
  /** Engine calls of each node since it last started. */
  readonly records: readonly HostRecord[][];
  /** Evidence that any node found. */
  readonly accusations: readonly string[];
  /** Heights that each node reported as final. */
  readonly finals: readonly Height[][];
  /** Actor of every node. */
  readonly actors: readonly string[];
  crash(index: number): Promise<void>;
  /** Starts a machine again with its blocks, its log and the records of its guard. */
  recover(index: number): Promise<void>;
  /** Lets time pass until `node` has a head at `height` or above. */
  runTo(index: number, height: Height): Promise<void>;
}

/** Configuration of a protocol for these networks. @param validators - Named where nobody hands them over. */
export function configOf(name: Exchangeable, validators: readonly string[] = []): object {
  if (name === 'pbft') return { blockTimeMs: 1_000, roundTimeoutMs: 2_000, validators };
  return subjectOf(name).config;
}

/** Starts nodes that all hold the same deposit and vote for the next one. */
export async function createEraNetwork(options: {
  readonly seed: number;
  readonly eras: (actors: readonly string[]) => readonly Era[];
  readonly conditions?: NetworkConditions;
  /** Number of nodes, six if absent. */
  readonly size?: number;
  /** Ledger modules beside the usual ones. */
  readonly modules?: readonly LedgerModule[];
  /** Plugins of one node; all of them if absent. */
  readonly pluginsOf?: (index: number) => readonly ConsensusPlugin[];
}): Promise<EraNetwork> {
  const {
    seed,
    size = NODES,
    pluginsOf = () => ALL_PLUGINS,
    conditions = { delayMs: { min: 5, max: 200 }, lossPermille: 20 },
  } = options;
  const crypto = createStubCrypto({ sha256 });
  const simulation = createSimulation({ seed, startTime: START, sha256, network: conditions });
  const keys = Array.from({ length: size }, (_, index) => `node-${index}`);
  const actors = keys.map((key) => crypto.identity(key).address);
  const eras = options.eras(actors);
  const genesis = genesisOf(actors);
  const vrfKeys = keys.map((key, index) => {
    return { actor: actors[index] ?? '', publicKey: crypto.identity(`${key}/vrf`).publicKey };
  });
  const records: HostRecord[][] = keys.map(() => []);
  const finals: Height[][] = keys.map(() => []);
  const accusations: string[] = [];

  const watch = ({ host, ledger, ports }: ChainNode, index: number): void => {
    const signer = crypto.identity(`node-${index}`);
    host.events.on('finalized', ({ header }) => finals[index]?.push(header.height));
    host.events.on('faulted', ({ error }) => ports.fail(error));
    host.events.on('evidenceFound', ({ evidence }) => accusations.push(`${evidence.kind} ${evidence.protocol}`));
    host.events.on('headChanged', ({ tip }) => {
      const { id, height } = tip.header;
      const vote = createRoundVote({ chainId: ledger.chainId, height: height + 1, parentId: id, signer });
      void ledger.submitRoundVote(vote);
    });
  };
  const machines = keys.map((key, index) => {
    const ports = simulation.addNode(key);
    const recorder = (record: HostRecord): void => {
      records[index]?.push(record);
      ports.recorder(record);
    };
    const power = { hashesPerSecond: HASHES_PER_SECOND };
    const mining = withSimulatedMining(crypto, { clock: ports.clock, power, seed, index });
    return { key, ports: { ...ports, recorder }, crypto: mining, signer: crypto.createSigner(key) };
  });
  const nodes = machines.map(({ key: _key, ...parts }, index) => {
    const modules = [validatorKeysModule({ keys: vrfKeys }), ...(options.modules ?? [])];
    const node = createChainNode({ ...parts, genesis, modules, plugins: pluginsOf(index), eras });
    watch(node, index);
    return node;
  });
  for (const node of nodes) await node.start();

  const restart = (ledger: Ledger, index: number): ChainNode => {
    const machine = machines[index];
    if (machine === undefined) throw new Error('no such machine');
    const { key, ports, crypto: mining, signer } = machine;
    const host = createHost({
      ...ports,
      chain: ledger,
      chainId: ledger.chainId,
      crypto: mining,
      signer,
      plugins: pluginsOf(index),
      eras,
    });
    const start = async (): Promise<void> => {
      ledger.start();
      await host.start();
    };
    const stop = async (): Promise<void> => {
      await host.stop();
      ledger.stop();
    };
    const node: ChainNode = { name: key, ports, ledger, host, start, stop };
    watch(node, index);
    return node;
  };

  return {
    simulation,
    nodes,
    records,
    accusations,
    finals,
    actors,
    crash: async (index) => nodes[index]?.stop(),
    async recover(index) {
      const stopped = nodes[index];
      if (stopped === undefined) throw new Error('no such machine');
      records[index]?.splice(0);
      const node = restart(stopped.ledger, index);
      nodes[index] = node;
      await node.start();
    },
    async runTo(index, height) {
      const deadline = simulation.now() + 3_600_000;
      while ((nodes[index]?.host.head().header.height ?? 0) < height) {
        if (simulation.now() > deadline) throw new Error(`node ${index} does not reach height ${height} in an hour`);
        await simulation.runUntil(simulation.now() + 200);
      }
    },
  };
}

function genesisOf(actors: readonly string[]): GenesisConfig {
  return {
    chainName: 'eras',
    timestamp: START,
    minimumFee: 1n,
    accounts: actors.map((actor) => ({ actor, balance: 1_000_000n })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 10_000,
    candidates: actors.map((id) => ({ id, owner: id, deposit: DEPOSIT, category: 'WIND', signatures: [] })),
    ballots: actors.map((from, index) => ({ from, to: actors[(index + 1) % actors.length] ?? from, weight: DEPOSIT })),
    consensus: new TextEncoder().encode('eras'),
  };
}
