/**
 * Six complete nodes in one process, on the simulator's clock, network and log (energy DM5, trust
 * "Node level").
 *
 * @module
 */
import type { Era, Millis } from '@fiducia/consensus';
import { type DtDposConfig, dtDpos } from '@fiducia/consensus-dt-dpos';
import { type Crypto, createCrypto, type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import { type Module, pluginModule, portModule } from '@fiducia/di';
import type { GenesisConfig, LedgerModule } from '@fiducia/ledger';
import { createNode, defaultModule, encodeEras, type FiduciaNode } from '@fiducia/node';
import { createSimulation, type SimulatedPorts, type Simulation } from '@fiducia/simulator';
import { FiduciaCommandError } from '../failure.ts';
import { createGenesis, type GenesisAccount } from './genesis.ts';
import { createMaliciousProducer } from './malicious.ts';
import { NODE_PROFILES, type NodeProfile } from './nodes.ts';
import { participatesIn } from './participation.ts';
import type { MaliciousAct } from './result.ts';

/** What distinguishes one network from another. */
export interface NetworkOptions {
  /** Seed of the simulated network. */
  readonly seed: number;
  /** Timestamp of genesis, the start of slot 0. */
  readonly genesisTime: Millis;
  /** Configuration of DT-DPoS: a preset and overrides. */
  readonly consensus: Readonly<Record<string, unknown>>;
  /** Node 1 to 6 that is malicious, 0 for none. */
  readonly malicious: number;
  readonly act: MaliciousAct;
  /** Ledger modules beside the built-in ones. */
  readonly ledgerModules: readonly LedgerModule[];
  /** Core accounts with funds, beside those of the six nodes. */
  readonly accounts: readonly GenesisAccount[];
}

/** One of the six. */
interface NetworkNode extends NodeProfile {
  readonly isMalicious: boolean;
  readonly keyPair: KeyPair;
  readonly node: FiduciaNode;
}

/** A network that is ready to run. */
export interface Network {
  readonly simulation: Simulation;
  readonly crypto: Crypto;
  /** Configuration that the chain runs on, complete. */
  readonly config: DtDposConfig;
  readonly nodes: readonly NetworkNode[];
  /** First node that is not malicious: where the chain is read. */
  readonly observer: NetworkNode;
  /** Starts all nodes. */
  start(): Promise<void>;
  /**
   * Runs until a consensus slot is over and what happened in it has reached everybody.
   * @throws {@link FiduciaCommandError} with `NODE_FAULTED` if a node stopped by itself.
   */
  runSlot(slot: number): Promise<void>;
  /** Stops all nodes; they can be read afterwards. */
  stop(): Promise<void>;
}

/** Delay of every message; far below half a slot, so that votes arrive in time (trust F8). */
const DELAY_MS = { min: 10, max: 80 };

/** Ledger states that a node keeps: far more than a reorganisation of six nodes ever goes back. */
const STATE_VERSIONS = 128;

/** Deposit of every node in base units: full, and enough for five ballots of weight 1. */
const DEPOSIT = 1_000n;

/** Builds the network; nothing runs before {@link Network.start}. */
export async function createNetwork(options: NetworkOptions): Promise<Network> {
  const crypto = await createCrypto();
  const consensus = { ...options.consensus, depositMin: DEPOSIT, depositTarget: DEPOSIT };
  const plugin = dtDpos();
  const config = plugin.parseConfig(consensus);
  const eras: readonly Era[] = [{ fromHeight: 1, production: { name: plugin.name, config: consensus } }];
  const keyPairs = NODE_PROFILES.map(({ number }) => keyPairFromSeed(`fiducia-demo/node/${number}`));
  const genesis = createGenesis({ ...options, config, consensus: encodeEras(eras, [plugin]), keyPairs, crypto });
  const simulation = createSimulation({
    seed: options.seed,
    startTime: options.genesisTime,
    sha256: crypto.sha256,
    network: { delayMs: DELAY_MS },
  });

  const members: (NetworkNode & { readonly ports: SimulatedPorts })[] = [];
  for (const [index, keyPair] of keyPairs.entries()) {
    const profile = NODE_PROFILES[index] as NodeProfile;
    const ports = simulation.addNode(`node-${profile.number}`);
    const isMalicious = profile.number === options.malicious;
    const modules = [...nodeModules({ index, keyPair, crypto, genesis, options, ports }), pluginModule(plugin)];
    // A host never publishes a block that it rejects, so the malicious node produces around its own.
    if (isMalicious) modules.push(portModule({ signer: null }));
    members.push({ ...profile, isMalicious, keyPair, ports, node: await createNode({ modules, eras }) });
  }

  const producers = members
    .filter(({ isMalicious }) => isMalicious)
    .map(({ node, ports, keyPair }) =>
      createMaliciousProducer({ act: options.act, node, ports, config, keyPair, crypto }),
    );
  const faults = collectFaults(members);
  return {
    simulation,
    crypto,
    config,
    nodes: members,
    observer: members.find(({ isMalicious }) => !isMalicious) as NetworkNode,
    async start() {
      for (const { node } of members) await node.start();
      for (const producer of producers) producer.start();
    },
    async runSlot(slot) {
      const end = options.genesisTime + slot * config.slotMs + Math.floor(config.slotMs / 2);
      await simulation.runUntil(end);
      if (faults[0] !== undefined) throw faults[0];
    },
    async stop() {
      for (const producer of producers) producer.stop();
      for (const { node } of members) await node.stop();
    },
  };
}

interface NodeParts {
  readonly index: number;
  readonly keyPair: KeyPair;
  readonly crypto: Crypto;
  readonly genesis: GenesisConfig;
  readonly options: NetworkOptions;
  readonly ports: SimulatedPorts;
}

function nodeModules({ index, keyPair, crypto, genesis, options, ports }: NodeParts): Module[] {
  const { clock, net, log, recorder } = ports;
  return [
    defaultModule({
      genesis,
      keyPair,
      crypto,
      ledgerModules: options.ledgerModules,
      participates: (height) => participatesIn(index, height),
      host: { recorder },
      // Readers ask for blocks that were just adopted, and six full histories would take a gigabyte.
      ledgerLimits: { stateVersions: STATE_VERSIONS },
    }),
    portModule({ clock, net, log }),
  ];
}

/** Faults of nodes as they happen; a fault is a defect, because peers cannot cause one. */
function collectFaults(nodes: readonly NetworkNode[]): readonly FiduciaCommandError[] {
  const faults: FiduciaCommandError[] = [];
  for (const { number, node } of nodes) {
    node.host.events.on('faulted', ({ error }) => {
      faults.push(new FiduciaCommandError({ code: 'NODE_FAULTED', node: number, reason: error.message }));
    });
  }
  return faults;
}
