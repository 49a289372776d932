/**
 * Complete nodes with real signatures in one process, and what they send and store.
 *
 * @module
 */
import type { ActorId, ConsensusPlugin, Era, Height, Millis } from '@fiducia/consensus';
import { type Crypto, createCrypto, createMemorySigner, type KeyPair, keyPairFromSeed } from '@fiducia/crypto';
import type { GenesisConfig, TransactionSigner } from '@fiducia/ledger';
import { createRoundVoter } from '@fiducia/node';
import { type ChainNode, createChainNode, createSimulation, type Simulation } from '@fiducia/simulator';

const START: Millis = 1_700_000_000_000;

/** A plugin with its raw configuration. */
interface Configured {
  readonly plugin: ConsensusPlugin;
  readonly config: object;
}

/** What to build. */
export interface BenchNetworkOptions {
  /** Validators, each on a node of its own. */
  readonly seats: number;
  readonly production: Configured;
  readonly finality?: Configured;
  /** Whether every validator votes in every round (trust F8). */
  readonly votesInRounds: boolean;
}

/** What was sent, one message for every recipient. */
export interface Traffic {
  messages: number;
  bytes: number;
}

/** A running network. */
export interface BenchNetwork {
  readonly simulation: Simulation;
  readonly nodes: readonly ChainNode[];
  /** Whose blocks and events are read. */
  readonly observer: ChainNode;
  /** What was sent so far, by channel. */
  readonly traffic: ReadonlyMap<string, Traffic>;
  /** Library that checks signatures. */
  readonly backend: string;
  /** Runs until the observer adopted a block of this height. @throws Error if the chain stands still. */
  runTo(height: Height): Promise<void>;
  stop(): Promise<void>;
}

const DELAY_MS = { min: 20, max: 80 };
const STEP_MS: Millis = 250;
/** Simulated time within which a chain without faults grows by a block, many times over. */
const STILL_MAX_MS: Millis = 600_000;
const DEPOSIT = 1_000n;

/** Builds and starts a network without faults: no loss, delays of {@link DELAY_MS}. */
export async function createBenchNetwork(options: BenchNetworkOptions): Promise<BenchNetwork> {
  const { seats, production, finality, votesInRounds } = options;
  const crypto = await createCrypto();
  const keyPairs = Array.from({ length: seats }, (_, index) => keyPairFromSeed(`bench/finality/${index}`));
  const ids = keyPairs.map(({ address }) => address);
  const eras = [eraOf(production, finality)];
  const plugins = [production, ...(finality === undefined ? [] : [finality])].map(({ plugin }) => plugin);
  const genesis = genesisOf(ids);
  const genesisValidators = ids.map((id) => ({ id, weight: 1n }));
  const { sha256 } = crypto;
  const simulation = createSimulation({ seed: 1, startTime: START, sha256, network: { delayMs: DELAY_MS } });
  const nodeOf = (keyPair: KeyPair, index: number): ChainNode => {
    const ports = simulation.addNode(`node-${index}`);
    const signer = createMemorySigner({ keyPair, crypto });
    return createChainNode({ ports, genesis, crypto, signer, plugins, eras, genesisValidators });
  };
  const nodes = keyPairs.map(nodeOf);
  const traffic = countTraffic(simulation, seats);
  for (const node of nodes) await node.start();
  if (votesInRounds) {
    for (const [index, node] of nodes.entries()) startVoter(node, keyPairs[index] as KeyPair, crypto);
  }
  const observer = nodes[0] as ChainNode;
  return {
    simulation,
    nodes,
    observer,
    traffic,
    backend: crypto.backend,
    async runTo(height) {
      const end = simulation.now() + STILL_MAX_MS;
      while (observer.host.head().header.height < height) {
        if (simulation.now() > end) throw new Error(`the chain stands still below height ${height}`);
        await simulation.runUntil(simulation.now() + STEP_MS);
      }
    },
    async stop() {
      for (const node of nodes) await node.stop();
    },
  };
}

function eraOf(production: Configured, finality: Configured | undefined): Era {
  const reference = ({ plugin, config }: Configured) => ({ name: plugin.name, config });
  return {
    fromHeight: 1,
    production: reference(production),
    ...(finality !== undefined && { finality: reference(finality) }),
  };
}

/** Votes in every round, as nodes do that want their trust to grow (trust F8). */
function startVoter({ host, ledger }: ChainNode, keyPair: KeyPair, crypto: Crypto): void {
  const { address } = keyPair;
  const sign: TransactionSigner['sign'] = (scope, domain, data) => crypto.sign(keyPair, scope, domain, data);
  createRoundVoter({ host, ledger, signer: { address, sign } }).start();
}

function countTraffic(simulation: Simulation, nodes: number): ReadonlyMap<string, Traffic> {
  const byChannel = new Map<string, Traffic>();
  simulation.onSend(({ to, channel, bytes }) => {
    const traffic = byChannel.get(channel) ?? { messages: 0, bytes: 0 };
    const copies = to === null ? nodes - 1 : 1;
    traffic.messages += copies;
    traffic.bytes += copies * bytes.length;
    byChannel.set(channel, traffic);
  });
  return byChannel;
}

function genesisOf(ids: readonly ActorId[]): GenesisConfig {
  return {
    chainName: 'bench',
    timestamp: START,
    minimumFee: 1n,
    accounts: [],
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 10_000,
    candidates: ids.map((id) => ({ id, owner: id, deposit: DEPOSIT, category: 'WIND', signatures: [] })),
    ballots: [],
    consensus: new Uint8Array(),
  };
}
