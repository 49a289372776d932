/**
 * Whole nodes under the protocols of a subject, on simulated ports.
 *
 * @module
 */
import type { ActorId, ConsensusPlugin, Era, Validator } from '@fiducia/consensus';
import type { CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { createHost, type HostRecord } from '@fiducia/host';
import { createRoundVote, createTransaction, type GenesisConfig, type LedgerModule, transfer } from '@fiducia/ledger';
import {
  type ChainNode,
  createChainNode,
  createSimulation,
  createStubCrypto,
  type NetworkConditions,
  type SimulatedPorts,
  type Simulation,
  type StubCrypto,
} from '@fiducia/simulator';
import { sha256 } from '../inspect/hash.ts';
import { createGenesis, createModules, GENESIS_TIME } from './genesis.ts';
import { withSimulatedMining } from './simulated-mining.ts';

/** What a network is made of. */
export interface NetworkOptions {
  /** Names the chain. */
  readonly name: string;
  readonly seed: number;
  readonly nodeCount: number;
  /** Candidates of the least deposit without a node. */
  readonly idleCandidates?: number;
  readonly conditions: NetworkConditions;
  /** Protocols by height, for the given members. */
  readonly eras: (members: readonly ActorId[]) => readonly Era[];
  /** Plugins of one node; each node may have its own copies. */
  readonly plugins: (index: number) => readonly ConsensusPlugin[];
  /** Speed of each node's mining. */
  readonly hashesPerSecond: number;
  /** Key of each node; `null` for one that only follows. @defaultValue one key per node */
  readonly keys?: readonly (string | null)[];
  /** Gets every engine call of every node. */
  readonly onRecord?: (index: number, record: HostRecord) => void;
  /** Told of every node before it starts, at first and after each restart. */
  readonly onNode?: (node: ChainNode, index: number) => void;
  /** Validators that genesis hands over. @defaultValue all members with weight 1 */
  readonly validators?: (members: readonly ActorId[]) => readonly Validator[];
  /** Nodes that do not start by themselves. */
  readonly late?: readonly number[];
}

/** A running network. */
export interface KitNetwork {
  readonly simulation: Simulation;
  readonly crypto: StubCrypto;
  readonly nodes: ChainNode[];
  readonly members: readonly ActorId[];
  /** Crypto port of a node, as its host has it. */
  cryptoOf(index: number): CryptoPort;
  /** Runs for a while. */
  run(durationMs: number): Promise<void>;
  /** Hands a transfer to itself to one node only, so that its next block differs from those of others. */
  pay(index: number, amount: bigint): Promise<void>;
  /** Ends a node between two events and starts it again, on its own blocks or from genesis. */
  restart(index: number, store: 'kept' | 'lost'): Promise<void>;
  stop(): Promise<void>;
}

interface Machine {
  readonly ports: SimulatedPorts;
  readonly crypto: CryptoPort;
  readonly signer: SignerPort | null;
  readonly plugins: readonly ConsensusPlugin[];
}

interface Chain {
  readonly genesis: GenesisConfig;
  readonly modules: readonly LedgerModule[];
  readonly eras: readonly Era[];
  readonly genesisValidators: readonly Validator[];
}

/** Starts all nodes but the late ones. */
export async function createNetwork(options: NetworkOptions): Promise<KitNetwork> {
  const { name, seed, nodeCount, conditions, hashesPerSecond, late = [] } = options;
  const crypto = createStubCrypto({ sha256 });
  const simulation = createSimulation({ seed, startTime: GENESIS_TIME, sha256, network: conditions });
  const keys = options.keys ?? Array.from({ length: nodeCount }, (_, index) => `node-${index}`);
  const memberKeys = [...new Set(keys.filter((key) => key !== null))];
  const members = memberKeys.map((key) => crypto.identity(key).address);
  const machines = keys.map((key, index): Machine => {
    const ports = recordingPorts(simulation.addNode(`node-${index}`), options);
    const signer = key === null ? null : crypto.createSigner(key);
    const mining = { clock: ports.clock, hashesPerSecond, seed, index };
    return { ports, crypto: withSimulatedMining(crypto, mining), signer, plugins: options.plugins(index) };
  });
  const plugins = machines[0]?.plugins ?? [];
  const chain: Chain = {
    genesis: createGenesis(name, members, options.idleCandidates ?? 0),
    modules: createModules(plugins, memberKeys, crypto),
    eras: options.eras(members),
    genesisValidators: options.validators?.(members) ?? members.map((id) => ({ id, weight: 1n })),
  };
  const hasVotes = plugins.some(({ requires }) => requires.facts.includes('participation'));
  const prepare = (node: ChainNode, index: number): ChainNode => {
    const key = keys[index];
    if (hasVotes && key !== null && key !== undefined) voteInEveryRound(node, key, crypto);
    options.onNode?.(node, index);
    return node;
  };
  const nodes = machines.map((machine, index) => prepare(freshNode(machine, chain), index));
  for (const [index, node] of nodes.entries()) if (!late.includes(index)) await node.start();

  return {
    simulation,
    crypto,
    nodes,
    members,
    cryptoOf: (index) => at(machines, index).crypto,
    run: (durationMs) => simulation.runUntil(simulation.now() + durationMs),
    pay: (index, amount) => payToItself(at(nodes, index), crypto.identity(keys[index] ?? 'nobody'), amount),
    async restart(index, store) {
      const old = at(nodes, index);
      const machine = at(machines, index);
      await old.stop();
      const node = prepare(store === 'lost' ? freshNode(machine, chain) : nodeOnLedgerOf(old, machine, chain), index);
      nodes[index] = node;
      await node.start();
    },
    async stop() {
      for (const node of nodes) await node.stop();
    },
  };
}

function recordingPorts(ports: SimulatedPorts, { onRecord }: NetworkOptions): SimulatedPorts {
  return {
    ...ports,
    recorder(record) {
      ports.recorder(record);
      onRecord?.(ports.index, record);
    },
  };
}

function freshNode({ ports, crypto, signer, plugins }: Machine, chain: Chain): ChainNode {
  return createChainNode({ ports, crypto, signer, plugins, ...chain });
}

/** A node whose ledger is that of an earlier one. */
function nodeOnLedgerOf(old: ChainNode, { ports, crypto, signer, plugins }: Machine, chain: Chain): ChainNode {
  const { ledger } = old;
  const { clock, net, log, recorder } = ports;
  const { eras, genesisValidators } = chain;
  const surroundings = { chain: ledger, chainId: ledger.chainId, clock, net, log, recorder };
  const host = createHost({ ...surroundings, crypto, signer, plugins, eras, genesisValidators });
  host.events.on('faulted', ({ error }) => ports.fail(error));
  return {
    ...old,
    host,
    async start() {
      ledger.start();
      await host.start();
    },
    async stop() {
      await host.stop();
      ledger.stop();
    },
  };
}

/** One vote per head, as a round voter sends it. */
function voteInEveryRound({ host, ledger }: ChainNode, key: string, crypto: StubCrypto): void {
  const signer = crypto.identity(key);
  host.events.on('headChanged', ({ tip }) => {
    const { id, height } = tip.header;
    const vote = createRoundVote({ chainId: ledger.chainId, height: height + 1, parentId: id, signer });
    void ledger.submitRoundVote(vote);
  });
}

async function payToItself(
  { ledger }: ChainNode,
  signer: ReturnType<StubCrypto['identity']>,
  amount: bigint,
): Promise<void> {
  const nonce = ledger.nonceOf(signer.address);
  const payload = { to: signer.address, amount };
  await ledger.submit(createTransaction(transfer, { chainId: ledger.chainId, nonce, fee: 1n, payload, signer }));
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no node ${index}`);
  return item;
}
