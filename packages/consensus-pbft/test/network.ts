import type { Era } from '@fiducia/consensus';
import type { CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { createTransaction, type GenesisConfig, transfer } from '@fiducia/ledger';
import {
  type ChainNode,
  createChainNode,
  createSimulation,
  createStubCrypto,
  requireEqualStates,
  requireIntegrity,
  type Simulation,
  type StubCrypto,
} from '@fiducia/simulator';
import { pbft } from '../src/index.ts';
import { sha256, T0 } from './support.ts';

export const RAW_CONFIG = { blockTimeMs: 1_000, roundTimeoutMs: 2_000, blockReward: '50' };

export interface NetworkOptions {
  readonly seed: number;
  /** Key of each machine; two machines may share one. */
  readonly names?: readonly string[];
  /** Machines without a signer, which follow. */
  readonly followers?: number;
  readonly lossPermille?: number;
  readonly raw?: object;
  /** Machines that do not start by themselves. */
  readonly late?: readonly number[];
}

export interface TestNetwork {
  readonly simulation: Simulation;
  readonly crypto: StubCrypto;
  readonly nodes: ChainNode[];
  readonly names: readonly string[];
  readonly counts: { reverted: number; accusations: number; finalized: number };
  /** Codes of refused blocks, over all nodes. */
  readonly rejections: string[];
  run(durationMs: number): Promise<void>;
  /** Puts a node together again from genesis, with guard records and log kept. */
  restart(index: number): Promise<void>;
  height(): number;
}

/** Four validators on hosts and ledgers as they ship. */
export async function createNetwork(options: NetworkOptions): Promise<TestNetwork> {
  const { seed, lossPermille = 100, followers = 0, raw = RAW_CONFIG, late = [] } = options;
  const validators = ['node-0', 'node-1', 'node-2', 'node-3'];
  const names = options.names ?? validators;
  const crypto = createStubCrypto({ sha256 });
  const network = { delayMs: { min: 5, max: 400 }, lossPermille };
  const simulation = createSimulation({ seed, startTime: T0, sha256, network });
  const signers: (SignerPort | null)[] = names.map((name) => crypto.createSigner(name));
  for (let index = 0; index < followers; index++) signers.push(null);
  const ports = signers.map((_signer, index) => simulation.addNode(`machine-${index}`));
  const rejections: string[] = [];
  const counts = { reverted: 0, accusations: 0, finalized: 0 };
  const ids = validators.map((name) => crypto.identity(name).address);
  const make = (index: number): ChainNode => {
    const own = ports[index];
    if (own === undefined) throw new Error('no such node');
    const node = createNode({ ports: own, signer: signers[index] ?? null, crypto, ids, raw });
    node.host.events.on('headChanged', ({ reverted }) => (counts.reverted += reverted.length));
    node.host.events.on('evidenceFound', () => (counts.accusations += 1));
    node.host.events.on('finalized', () => (counts.finalized += 1));
    node.host.events.on('blockRejected', ({ code }) => rejections.push(code));
    return node;
  };
  const nodes = ports.map((_port, index) => make(index));
  for (const [index, node] of nodes.entries()) if (!late.includes(index)) await node.start();
  return {
    simulation,
    crypto,
    nodes,
    names,
    counts,
    rejections,
    run: (durationMs) => simulation.runUntil(simulation.now() + durationMs),
    async restart(index) {
      await nodes[index]?.stop();
      nodes[index] = make(index);
      await nodes[index]?.start();
    },
    height: () => Math.min(...nodes.map(({ host }) => host.head().header.height)),
  };
}

/** Runs until all heads are equal; throws if that takes too long, or if states differ. */
export async function settle(network: TestNetwork): Promise<void> {
  const heads = () => new Set(network.nodes.map(({ host }) => host.head().header.id));
  for (let step = 0; heads().size > 1 && step < 400; step++) await network.run(100);
  const head = network.nodes[0]?.host.head().header.id ?? '';
  requireEqualStates(network.nodes, head);
  for (const node of network.nodes) await requireIntegrity(node);
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

interface Parts {
  readonly ports: Parameters<typeof createChainNode>[0]['ports'];
  readonly signer: SignerPort | null;
  readonly crypto: CryptoPort;
  readonly ids: readonly string[];
  readonly raw: object;
}

export function createNode({ ports, signer, crypto, ids, raw }: Parts): ChainNode {
  const eras: Era[] = [{ fromHeight: 1, production: { name: 'pbft', config: raw } }];
  const genesis: GenesisConfig = {
    chainName: 'pbft',
    timestamp: T0,
    minimumFee: 1n,
    accounts: ids.map((actor) => ({ actor, balance: 1_000_000n })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 1n,
    unbondingBlocks: 1_000,
    candidates: ids.map((id) => ({ id, owner: id, deposit: 1_000n, category: 'WIND', signatures: [] })),
    ballots: [],
    consensus: new TextEncoder().encode(JSON.stringify(raw)),
  };
  const genesisValidators = ids.map((id) => ({ id, weight: 1n }));
  return createChainNode({ ports, genesis, crypto, signer, plugins: [pbft()], eras, genesisValidators });
}
