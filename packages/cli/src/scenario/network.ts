/**
 * Six complete nodes in one process, on the simulator's clock, network and log (energy DM5, trust
 * "Node level").
 *
 * @module
 */
import { join } from 'node:path';
import type { Bytes, Era, Millis } from '@fiducia/consensus';
import type { CryptoPort } from '@fiducia/consensus/ports';
import {
  type Crypto,
  createCrypto,
  createMemorySigner,
  isCryptoError,
  type KeyPair,
  keyPairFromSeed,
} from '@fiducia/crypto';
import { type Module, pluginModule, portModule } from '@fiducia/di';
import { type GenesisConfig, type LedgerModule, validatorKeysModule } from '@fiducia/ledger';
import {
  createNode,
  defaultModule,
  encodeEras,
  type FiduciaNode,
  isNodeError,
  type NodeOptions,
  type RecordingOptions,
} from '@fiducia/node';
import {
  type ByzantineProducer,
  createSimulation,
  type SimulatedPorts,
  type Simulation,
  withSharedResults,
} from '@fiducia/simulator';
import { FiduciaCommandError } from '../failure.ts';
import type { GadgetSetup } from './consensus/checkpoint.ts';
import type { ConsensusReader, ConsensusSetup } from './consensus/setup.ts';
import { createGenesis, type GenesisAccount, nodeKeyPair } from './genesis.ts';
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
  /** Protocol, configured. */
  readonly consensus: ConsensusSetup;
  /** Finality gadget beside it, if any. */
  readonly gadget?: GadgetSetup | undefined;
  /** Node 1 to 6 that is malicious, 0 for none. */
  readonly malicious: number;
  readonly act: MaliciousAct;
  /** Ledger modules beside the built-in ones. */
  readonly ledgerModules: readonly LedgerModule[];
  /** Core accounts with funds, beside those of the six nodes. */
  readonly accounts: readonly GenesisAccount[];
  /** Existing folder for recordings of the honest nodes. */
  readonly recordFolder?: string;
  /** What genesis says instead of what follows from the protocol. */
  readonly common?: CommonGenesis;
}

/**
 * Makes genesis the same under all protocols, so that their chains have one identity and the same signed transactions
 * hold on all of them.
 */
interface CommonGenesis {
  /** In place of the encoding of the eras. */
  readonly consensus: Bytes;
  /** Blocks that the deposit of a leaver stays locked. */
  readonly unbondingBlocks: number;
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
  /** Reads elections from blocks and states of this chain. */
  readonly reader: ConsensusReader;
  readonly nodes: readonly NetworkNode[];
  /** First node that is not malicious: where the chain is read. */
  readonly observer: NetworkNode;
  /** Starts all nodes. */
  start(): Promise<void>;
  /**
   * Runs until a round is over and what happened in it has reached everybody.
   * @throws {@link FiduciaCommandError} with `NODE_FAULTED` if a node stopped by itself.
   */
  runSlot(slot: number): Promise<void>;
  /**
   * Goes on for as long as a block is under way, which only protocols without slots can bring about at
   * the end of a round.
   * @throws {@link FiduciaCommandError} with `NODE_FAULTED` if a node stopped by itself.
   */
  settle(): Promise<void>;
  /** Stops all nodes; they can be read afterwards. */
  stop(): Promise<void>;
}

/** Delay of every message; far below half a slot, so that votes arrive in time (trust F8). */
const DELAY_MS = { min: 10, max: 80 };

/** Ledger states that a node keeps: far more than a reorganisation of six nodes ever goes back. */
const STATE_VERSIONS = 128;

/** Most rounds that {@link Network.settle} waits; equal work on two branches lasts for one or two. */
const SETTLE_ROUNDS_MAX = 20;

/**
 * Builds the network; nothing runs before {@link Network.start}.
 *
 * @throws {@link FiduciaCommandError} with `CRYPTO_UNAVAILABLE`.
 */
export async function createNetwork(options: NetworkOptions): Promise<Network> {
  const crypto = await loadCrypto();
  const { consensus: setup, gadget, genesisTime } = options;
  const eras = [eraOf(setup, gadget)];
  const plugins = gadget === undefined ? [setup.plugin] : [setup.plugin, gadget.plugin];
  const keys = NODE_PROFILES.map(({ number }) => nodeKeys(number));
  const keyPairs = keys.map(({ keyPair }) => keyPair);
  const { unbondingBlocks, consensus } = options.common ?? {
    unbondingBlocks: Math.max(setup.unbondingBlocks, gadget?.evidenceBlocks ?? 0),
    consensus: encodeEras(eras, plugins),
  };
  const genesis = createGenesis({ ...options, ...setup, unbondingBlocks, consensus, keyPairs, crypto });
  const usesVrf = options.common !== undefined || setup.usesVrf;
  const ledgerModules = [...options.ledgerModules, ...(usesVrf ? [vrfModule(keys)] : [])];
  const { seed } = options;
  const network = { delayMs: DELAY_MS };
  const simulation = createSimulation({ seed, startTime: genesisTime, sha256: crypto.sha256, network });

  const members: NetworkMember[] = [];
  const furtherMachines: NetworkMember[] = [];
  for (const [index, key] of keys.entries()) {
    const profile = NODE_PROFILES[index] as NodeProfile;
    const isMalicious = profile.number === options.malicious;
    const machinePlugins = (isMalicious && setup.machines?.(options.act)) || [setup.plugin];
    for (const [machine, plugin] of machinePlugins.entries()) {
      const ports = simulation.addNode(`node-${profile.number}${machine === 0 ? '' : `-machine-${machine + 1}`}`);
      const cryptoPort = cryptoPortOf({ setup, simulation, ports, crypto });
      const recording = recordingOf(options, profile);
      const modules = nodeModules({ setup, index, key, crypto, cryptoPort, genesis, ledgerModules, ports, recording });
      modules.push(pluginModule(...plugins, plugin));
      // A host never publishes a block that it rejects, so the malicious node produces around its own.
      if (isMalicious && setup.machines === undefined) modules.push(portModule({ signer: null }));
      const node = await createRecordableNode({ modules, eras });
      const member = { ...profile, isMalicious, keyPair: key.keyPair, key, ports, cryptoPort, node };
      (machine === 0 ? members : furtherMachines).push(member);
    }
  }

  const producers = setup.machines === undefined ? createProducers(members, options, crypto) : [];
  const machines = [...members, ...furtherMachines];
  const faults = collectFaults(machines);
  const observer = members.find((member) => !member.isMalicious) as NetworkMember;
  const run = async (until: Millis): Promise<void> => {
    await simulation.runUntil(until);
    if (faults[0] !== undefined) throw faults[0];
  };
  return {
    simulation,
    crypto,
    reader: setup.createReader({ chainId: observer.node.ledger.chainId, genesisTime, sha256: crypto.sha256 }),
    nodes: members,
    observer,
    async start() {
      for (const { node } of machines) await node.start();
      for (const producer of producers) producer.start();
    },
    runSlot: (slot) => run(genesisTime + slot * setup.slotMs + Math.floor(setup.slotMs / 2)),
    async settle() {
      const end = simulation.now() + SETTLE_ROUNDS_MAX * setup.slotMs;
      const hasOneHead = () => new Set(members.map(({ node }) => node.host.head().header.id)).size === 1;
      while (!hasOneHead() && simulation.now() < end) await run(simulation.now() + DELAY_MS.max);
    },
    async stop() {
      for (const producer of producers) producer.stop();
      for (const { node } of machines) await node.stop();
    },
  };
}

function eraOf({ plugin, config }: ConsensusSetup, gadget: GadgetSetup | undefined): Era {
  const finality = gadget && { name: gadget.plugin.name, config: gadget.config };
  return { fromHeight: 1, production: { name: plugin.name, config }, ...(finality && { finality }) };
}

function createProducers(
  members: readonly NetworkMember[],
  { consensus: setup, act }: NetworkOptions,
  crypto: Crypto,
): readonly ByzantineProducer[] {
  return members
    .filter(({ isMalicious }) => isMalicious)
    .map(({ node, ports, key, cryptoPort }) => {
      const signer = createMemorySigner({ ...signerParts(setup, key), crypto });
      const { keyPair } = key;
      return createMaliciousProducer({ act, setup, node, ports, keyPair, crypto, signer, cryptoPort });
    });
}

/** Six nodes in one process come to the same of one signature, so it is checked once. */
async function loadCrypto(): Promise<Crypto> {
  try {
    return withSharedResults(await createCrypto());
  } catch (error) {
    if (!isCryptoError(error)) throw error;
    throw new FiduciaCommandError({ code: 'CRYPTO_UNAVAILABLE', reason: error.message });
  }
}

/** A node with what the network itself needs to know about it. */
interface NetworkMember extends NetworkNode {
  readonly key: NodeKeys;
  readonly ports: SimulatedPorts;
  readonly cryptoPort: CryptoPort;
}

/** Keys of one node: for signatures, and another one for VRF outputs (randomness-vrf K2). */
interface NodeKeys {
  readonly keyPair: KeyPair;
  readonly vrfKeyPair: KeyPair;
}

function nodeKeys(number: number): NodeKeys {
  return {
    keyPair: nodeKeyPair(number),
    vrfKeyPair: keyPairFromSeed(`fiducia-demo/node/${number}/vrf`),
  };
}

function vrfModule(keys: readonly NodeKeys[]): LedgerModule {
  const registered = keys.map(({ keyPair, vrfKeyPair }) => ({
    actor: keyPair.address,
    publicKey: vrfKeyPair.publicKey,
  }));
  return validatorKeysModule({ keys: registered });
}

function signerParts({ usesVrf }: ConsensusSetup, { keyPair, vrfKeyPair }: NodeKeys) {
  return usesVrf ? { keyPair, vrfSecretKey: vrfKeyPair.secretKey } : { keyPair };
}

/** The library itself, or with mining in virtual time. */
function cryptoPortOf(parts: {
  readonly setup: ConsensusSetup;
  readonly simulation: Simulation;
  readonly ports: SimulatedPorts;
  readonly crypto: Crypto;
}): CryptoPort {
  const { setup, simulation, ports, crypto } = parts;
  if (setup.createMiner === undefined) return crypto;
  const random = simulation.random(`workload/${ports.index}`);
  return { ...crypto, mine: setup.createMiner({ clock: ports.clock, random, miners: NODE_PROFILES.length }) };
}

interface NodeParts {
  readonly setup: ConsensusSetup;
  readonly index: number;
  readonly key: NodeKeys;
  readonly crypto: Crypto;
  readonly cryptoPort: CryptoPort;
  readonly genesis: GenesisConfig;
  readonly ledgerModules: readonly LedgerModule[];
  readonly ports: SimulatedPorts;
  readonly recording: RecordingOptions | undefined;
}

/** Only honest nodes are recorded: what a malicious one does is not what its plugin says. */
function recordingOf(
  { recordFolder, malicious }: NetworkOptions,
  { number }: NodeProfile,
): RecordingOptions | undefined {
  return recordFolder === undefined || number === malicious
    ? undefined
    : { file: join(recordFolder, `node-${number}.jsonl`) };
}

async function createRecordableNode(options: NodeOptions): Promise<FiduciaNode> {
  try {
    return await createNode(options);
  } catch (error) {
    throw recordingFailureOf(error) ?? error;
  }
}

/** @returns `null` for any other failure. */
function recordingFailureOf(error: unknown): FiduciaCommandError | null {
  if (!isNodeError(error) || error.data.code !== 'RECORDING_FAILED') return null;
  const { file, reason } = error.data;
  return new FiduciaCommandError({ code: 'FILE_ACCESS', operation: 'write', file, reason });
}

function nodeModules(parts: NodeParts): Module[] {
  const { setup, index, key, crypto, genesis, ledgerModules, recording } = parts;
  const { clock, net, log, recorder } = parts.ports;
  return [
    defaultModule({
      ...signerParts(setup, key),
      genesis,
      crypto,
      ledgerModules,
      participates: (height) => setup.usesRoundVotes && participatesIn(index, height),
      host: { recorder },
      ...(recording && { recording }),
      // Readers ask for blocks that were just adopted, and six full histories would take a gigabyte.
      ledgerLimits: { stateVersions: STATE_VERSIONS },
    }),
    portModule({ clock, net, log, crypto: parts.cryptoPort }),
  ];
}

/**
 * Faults of nodes as they happen; a fault is a defect, because peers cannot cause one, unless a recording fails. So is an observer that throws: a
 * host goes on without it, and the figures would be wrong in silence.
 */
function collectFaults(nodes: readonly NetworkNode[]): readonly FiduciaCommandError[] {
  const faults: FiduciaCommandError[] = [];
  for (const { number, node } of nodes) {
    const defect = (reason: string) => new FiduciaCommandError({ code: 'NODE_FAULTED', node: number, reason });
    node.host.events.on('faulted', ({ error }) => {
      faults.push(recordingFailureOf(error.cause) ?? defect(error.message));
    });
    node.host.events.on('trace', ({ source, event, data }) => {
      if (source === 'host' && event === 'OBSERVER_THREW')
        faults.push(defect(`${event} ${data.event}: ${data.reason}`));
    });
  }
  return faults;
}
