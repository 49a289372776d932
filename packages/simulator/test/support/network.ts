/** A network of whole nodes under one protocol, whose machines can crash and come back. */
import type { ConsensusPlugin, ConsensusRules, Era, Validator } from '@fiducia/consensus';
import type { ClockPort, CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { createHost } from '@fiducia/host';
import {
  createRoundVote,
  createTransaction,
  type GenesisConfig,
  type LedgerModule,
  transfer,
  validatorKeysModule,
} from '@fiducia/ledger';
import { withSimulatedMining } from '../../../consensus-pow/test/support/simulated-mining.ts';
import {
  type ChainNode,
  createChainNode,
  createSimulation,
  createStubCrypto,
  type DoubleSignMonitor,
  monitorDoubleSigns,
  type NetworkConditions,
  type Simulation,
  type StubCrypto,
} from '../../src/index.ts';
import { START } from './chain.ts';
import { sha256 } from './hash.ts';
import { type Subject, type SubjectName, subjectOf } from './subjects.ts';

export const DEPOSIT = 1_000n;
const BALANCE = 1_000_000n;

/** How a machine comes back. */
interface RestartOptions {
  /** Whether its blocks are still there, or it starts from genesis. */
  readonly store: 'kept' | 'lost';
  /** How far its clock is behind that of the others from now on. */
  readonly clockBehindMs?: number;
  /** In place of the signer it had, which keeps its records. */
  readonly signer?: SignerPort;
}

/** Whole nodes under one protocol. */
export interface SubjectNetwork {
  readonly subject: Subject;
  readonly simulation: Simulation;
  readonly crypto: StubCrypto;
  readonly genesis: GenesisConfig;
  readonly nodes: ChainNode[];
  readonly rules: ConsensusRules<unknown>;
  readonly monitor: DoubleSignMonitor;
  /** Name of the key of a machine. */
  keyOf(index: number): string;
  /** Ends a machine, at an instant between two events. */
  crash(index: number): Promise<void>;
  /** Starts a machine again that crashed. */
  recover(index: number, options: RestartOptions): Promise<ChainNode>;
  /** Hands a transfer to itself to one machine only, so that its next block differs from those of others. */
  pay(index: number, amount: bigint): Promise<void>;
}

export interface SubjectNetworkOptions {
  readonly subject: SubjectName | Subject;
  readonly seed: number;
  /** Key of each machine, `null` for one that only follows; two may share one. */
  readonly keys?: readonly (string | null)[];
  /** In place of stand-in cryptography. */
  readonly crypto?: StubCrypto;
  readonly conditions?: NetworkConditions;
  /** Runs beside the protocol; gets the ids of all members. */
  readonly gadget?: (ids: readonly string[]) => { readonly plugin: ConsensusPlugin; readonly config: object };
  /** Told of every node that starts, before it does. */
  readonly onNode?: (node: ChainNode, index: number) => void;
}

/** Starts all machines. */
export async function createSubjectNetwork(options: SubjectNetworkOptions): Promise<SubjectNetwork> {
  const { seed, conditions = {}, onNode = () => undefined } = options;
  const subject = typeof options.subject === 'string' ? subjectOf(options.subject) : options.subject;
  const { plugin, config } = subject;
  const crypto = options.crypto ?? createStubCrypto({ sha256 });
  const simulation = createSimulation({ seed, startTime: START, sha256, network: conditions });
  const keys = options.keys ?? Array.from({ length: subject.nodes }, (_, index) => `node-${index}`);
  const members = [...new Set(keys.filter((key) => key !== null))];
  const ids = members.map((key) => crypto.identity(key).address);
  const genesis = createGenesis(ids, subject);
  const gadget = options.gadget?.(ids);
  const finality = gadget && { name: gadget.plugin.name, config: gadget.config };
  const eras: Era[] = [{ fromHeight: 1, production: { name: plugin.name, config }, ...(finality && { finality }) }];
  const genesisValidators: Validator[] = ids.map((id) => ({ id, weight: 1n }));
  const modules = modulesOf(subject, members, crypto);
  const machines = keys.map((key, index) => {
    const ports = simulation.addNode(`node-${index}`);
    const signer = key === null ? null : crypto.createSigner(key);
    return { ports, crypto: cryptoOf(subject, crypto, ports.clock, seed, index), signer };
  });
  const plugins = gadget === undefined ? [plugin] : [plugin, gadget.plugin];
  const common = { plugins, eras, genesisValidators };

  const keyOf = (index: number): string => required(keys[index] ?? undefined);
  const create = (index: number, restart: RestartOptions | null): ChainNode => {
    const machine = required(machines[index]);
    if (restart?.signer !== undefined) machine.signer = restart.signer;
    const ports = { ...machine.ports, clock: lateClock(machine.ports.clock, restart?.clockBehindMs ?? 0) };
    const parts = { crypto: machine.crypto, signer: machine.signer, ...common };
    const fresh = (): ChainNode => createChainNode({ ports, genesis, modules, ...parts });
    const node = restart?.store === 'kept' ? onLedgerOf(required(nodes[index]), ports, parts) : fresh();
    if (plugin.name === 'dt-dpos' && machine.signer !== null) voteInEveryRound(node, keyOf(index), crypto);
    onNode(node, index);
    return node;
  };
  const nodes: ChainNode[] = [];
  for (const index of keys.keys()) nodes.push(create(index, null));
  const { ledger } = required(nodes[0]);
  const { chainId } = ledger;
  const context = { chainId, era: 0, protocol: `${plugin.name}@1`, sha256 } as const;
  const rules = plugin.createRules(plugin.parseConfig(config), context);
  const monitor = monitorDoubleSigns({ simulation, chain: ledger, rules });
  for (const node of nodes) await node.start();

  return {
    subject,
    simulation,
    crypto,
    genesis,
    nodes,
    rules,
    monitor,
    keyOf,
    crash: (index) => required(nodes[index]).stop(),
    async recover(index, restart) {
      const node = create(index, restart);
      nodes[index] = node;
      await node.start();
      return node;
    },
    async pay(index, amount) {
      const signer = crypto.identity(keyOf(index));
      const { ledger } = required(nodes[index]);
      const nonce = ledger.nonceOf(signer.address);
      const payload = { to: signer.address, amount };
      await ledger.submit(createTransaction(transfer, { chainId, nonce, fee: 1n, payload, signer }));
    },
  };
}

/** A node whose ledger is that of an earlier one. */
function onLedgerOf(
  earlier: ChainNode,
  ports: ChainNode['ports'],
  parts: Pick<Parameters<typeof createHost>[0], 'crypto' | 'signer' | 'plugins' | 'eras' | 'genesisValidators'>,
): ChainNode {
  const { ledger } = earlier;
  const { clock, net, log, recorder } = ports;
  const host = createHost({ chain: ledger, chainId: ledger.chainId, clock, net, log, recorder, ...parts });
  host.events.on('faulted', ({ error }) => ports.fail(error));
  return {
    ...earlier,
    ports,
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

function lateClock(clock: ClockPort, behindMs: number): ClockPort {
  return {
    now: () => clock.now() - behindMs,
    schedule: (at, callback) => clock.schedule(at + behindMs, callback),
    entropy: () => clock.entropy(),
  };
}

function cryptoOf(subject: Subject, crypto: StubCrypto, clock: ClockPort, seed: number, index: number): CryptoPort {
  const { hashesPerSecond } = subject;
  return hashesPerSecond === 0
    ? crypto
    : withSimulatedMining(crypto, { clock, power: { hashesPerSecond }, seed, index });
}

function modulesOf({ hasVrfKeys }: Subject, members: readonly string[], crypto: StubCrypto): readonly LedgerModule[] {
  if (!hasVrfKeys) return [];
  const keys = members.map((key) => {
    return { actor: crypto.identity(key).address, publicKey: crypto.identity(`${key}/vrf`).publicKey };
  });
  return [validatorKeysModule({ keys })];
}

/** One vote per head, as a round voter sends it (trust F8). */
function voteInEveryRound({ host, ledger }: ChainNode, key: string, crypto: StubCrypto): void {
  const signer = crypto.identity(key);
  host.events.on('headChanged', ({ tip }) => {
    const { id, height } = tip.header;
    const vote = createRoundVote({ chainId: ledger.chainId, height: height + 1, parentId: id, signer });
    void ledger.submitRoundVote(vote);
  });
}

/** Every key is a member with the same deposit that votes for the one after it. */
function createGenesis(ids: readonly string[], { name }: Subject): GenesisConfig {
  return {
    chainName: 'campaign',
    timestamp: START,
    minimumFee: 1n,
    accounts: ids.map((actor) => ({ actor, balance: BALANCE })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 10_000,
    candidates: ids.map((id) => ({ id, owner: id, deposit: DEPOSIT, category: 'WIND', signatures: [] })),
    ballots: ids.flatMap((from, index) => {
      const to = ids[(index + 1) % ids.length];
      return to === undefined || to === from ? [] : [{ from, to, weight: DEPOSIT }];
    }),
    consensus: new TextEncoder().encode(name),
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no such machine');
  return value;
}
