import type { Era } from '@fiducia/consensus';
import type { SignerPort } from '@fiducia/consensus/ports';
import { createTransaction, type GenesisConfig, transfer, validatorKeysModule } from '@fiducia/ledger';
import {
  type ChainNode,
  createChainNode,
  createSimulation,
  createStubCrypto,
  type DoubleSign,
  monitorDoubleSigns,
  requireEqualStates,
  requireIntegrity,
  type Simulation,
  type StubCrypto,
} from '@fiducia/simulator';
import { pos } from '../src/index.ts';
import { sha256, T0 } from './support.ts';

export const SLOT_MS = 1_000;
export const STAKES = [4_000n, 3_000n, 2_000n, 3_000n] as const;
export const RAW_CONFIG = { slotMs: SLOT_MS, epochSlots: 30, minStake: '1', blockReward: '50' };

/** A head that is 400 ms under way must have arrived before heads are compared. */
const LATE_IN_SLOT_MS = 950;
const SLOTS_TO_AGREE_MAX = 40;

export interface TestNetwork {
  readonly simulation: Simulation;
  readonly crypto: StubCrypto;
  readonly nodes: ChainNode[];
  /** Codes of refused blocks, over all nodes. */
  readonly rejections: string[];
  readonly counts: { reverted: number; deepest: number; accusations: number };
  readonly doubleSigns: () => readonly DoubleSign[];
  /** Name of the key behind each node. */
  readonly names: readonly string[];
  runSlots(count: number): Promise<void>;
  /** Puts a node together again from genesis, with the guard records of its signer kept. */
  restart(index: number): Promise<void>;
  height(): number;
}

export interface NetworkOptions {
  readonly seed: number;
  /** Key of each node; two machines may share one. */
  readonly names?: readonly string[];
  readonly lossPermille?: number;
  /** Nodes without a signer. */
  readonly observers?: readonly number[];
}

export async function createNetwork(options: NetworkOptions): Promise<TestNetwork> {
  const { seed, lossPermille = 100, names = STAKES.map((_, index) => `node-${index}`), observers = [] } = options;
  const crypto = createStubCrypto({ sha256 });
  const network = { delayMs: { min: 5, max: 400 }, lossPermille };
  const simulation = createSimulation({ seed, startTime: T0, sha256, network });
  const signers = names.map((name, index) => (observers.includes(index) ? null : crypto.createSigner(name)));
  const ports = names.map((_name, index) => simulation.addNode(`machine-${index}`));
  const rejections: string[] = [];
  const counts = { reverted: 0, deepest: 0, accusations: 0 };
  const make = (index: number): ChainNode => {
    const own = ports[index];
    if (own === undefined) throw new Error('no such node');
    const node = createNode(own, signers[index] ?? null, crypto);
    node.host.events.on('headChanged', ({ reverted }) => {
      counts.reverted += reverted.length;
      counts.deepest = Math.max(counts.deepest, reverted.length);
    });
    node.host.events.on('evidenceFound', () => (counts.accusations += 1));
    node.host.events.on('blockRejected', ({ code }) => rejections.push(code));
    return node;
  };
  const nodes = names.map((_name, index) => make(index));
  const [first] = nodes;
  if (first === undefined) throw new Error('a chain needs nodes');
  const context = { chainId: first.ledger.chainId, era: 0, protocol: 'pos@1', sha256 } as const;
  const rules = pos().createRules(pos().parseConfig(RAW_CONFIG), context);
  const monitor = monitorDoubleSigns({ simulation, chain: first.ledger, rules });
  for (const node of nodes) await node.start();

  let slot = 0;
  return {
    simulation,
    crypto,
    nodes,
    rejections,
    counts,
    names,
    doubleSigns: () => monitor.found(),
    async runSlots(count) {
      for (let index = 0; index < count; index++) await simulation.runUntil(T0 + slot++ * SLOT_MS + LATE_IN_SLOT_MS);
    },
    async restart(index) {
      await nodes[index]?.stop();
      nodes[index] = make(index);
      await nodes[index]?.start();
    },
    height: () => Math.min(...nodes.map(({ host }) => host.head().header.height)),
  };
}

/** Runs until all heads are equal; throws if that takes too long or states differ. */
export async function settle(network: TestNetwork): Promise<number> {
  const heads = () => new Set(network.nodes.map(({ host }) => host.head().header.id));
  let slots = 0;
  for (; heads().size > 1 && slots < SLOTS_TO_AGREE_MAX; slots++) await network.runSlots(1);
  const head = network.nodes[0]?.host.head().header.id ?? '';
  requireEqualStates(network.nodes, head);
  for (const node of network.nodes) await requireIntegrity(node);
  return slots;
}

/** Puts a transfer to itself into the ledger of one machine, which the others learn of later. */
export async function submitTransfer(network: TestNetwork, index: number, amount: bigint): Promise<void> {
  const node = network.nodes[index];
  const signer = network.crypto.identity(network.names[index] ?? '');
  if (node === undefined) throw new Error('no such node');
  const { chainId } = node.ledger;
  const nonce = node.ledger.nonceOf(signer.address);
  const payload = { to: signer.address, amount };
  await node.ledger.submit(createTransaction(transfer, { chainId, nonce, fee: 1n, payload, signer }));
}

function createNode(
  ports: Parameters<typeof createChainNode>[0]['ports'],
  signer: SignerPort | null,
  crypto: StubCrypto,
): ChainNode {
  const ids = STAKES.map((_, index) => crypto.identity(`node-${index}`).address);
  const eras: Era[] = [{ fromHeight: 1, production: { name: 'pos', config: RAW_CONFIG } }];
  const keys = ids.map((actor, index) => ({ actor, publicKey: crypto.identity(`node-${index}/vrf`).publicKey }));
  const genesis: GenesisConfig = {
    chainName: 'proof of stake',
    timestamp: T0,
    minimumFee: 1n,
    accounts: ids.map((actor) => ({ actor, balance: 1_000_000n })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 1_000,
    candidates: ids.map((id, index) => ({
      id,
      owner: id,
      deposit: STAKES[index] ?? 1n,
      category: 'WIND',
      signatures: [],
    })),
    ballots: [],
    consensus: new TextEncoder().encode(JSON.stringify(RAW_CONFIG)),
  };
  const modules = [validatorKeysModule({ keys })];
  return createChainNode({ ports, genesis, modules, crypto, signer, plugins: [pos()], eras });
}
