import type { Era } from '@fiducia/consensus';
import type { SignerPort } from '@fiducia/consensus/ports';
import { createHost } from '@fiducia/host';
import { CANDIDATES, type CandidateRecord, createTransaction, type GenesisConfig, transfer } from '@fiducia/ledger';
import {
  type ChainNode,
  createChainNode,
  createSimulation,
  createStubCrypto,
  type NetworkConditions,
  type Simulation,
  type StubCrypto,
} from '@fiducia/simulator';
import { type DposConfig, type DposState, dpos } from '../src/index.ts';
import { sha256, T0 } from './support.ts';

export const SLOT_MS = 2_000;
export const DEPOSIT = 1_000n;

/** A DPoS network under virtual time, one candidate per key. */
export interface TestNetwork {
  readonly simulation: Simulation;
  readonly crypto: StubCrypto;
  readonly config: DposConfig;
  readonly nodes: ChainNode[];
  /** Runs until shortly before the slot `count` after the present one begins. */
  runSlots(count: number): Promise<void>;
  /** Ends the host of a node and begins another one on the same ledger, log and guard records. */
  restart(index: number): Promise<ChainNode>;
}

export async function createTestNetwork(options: {
  readonly seed: number;
  readonly keys: readonly string[];
  readonly config: object;
  readonly network?: NetworkConditions;
}): Promise<TestNetwork> {
  const { seed, keys, network = {} } = options;
  const crypto = createStubCrypto({ sha256 });
  const simulation = createSimulation({ seed, startTime: T0, sha256, network });
  const raw = { slotMs: SLOT_MS, candidateDeposit: DEPOSIT, ...options.config };
  const eras: Era[] = [{ fromHeight: 1, production: { name: 'dpos', config: raw } }];
  const plugins = [dpos()];
  const genesis = createGenesis(keys, crypto);
  const signers: SignerPort[] = keys.map((key) => crypto.createSigner(key));
  const nodes = signers.map((signer, index) =>
    createChainNode({ ports: simulation.addNode(`node-${index}`), genesis, crypto, signer, plugins, eras }),
  );
  for (const node of nodes) await node.start();
  return {
    simulation,
    crypto,
    config: dpos().parseConfig(raw),
    nodes,
    runSlots: (count) => simulation.runUntil(simulation.now() + count * SLOT_MS),
    async restart(index) {
      const [old, signer] = [nodes[index], signers[index]];
      if (old === undefined || signer === undefined) throw new Error(`no node ${index}`);
      await old.host.stop();
      const { clock, net, log, recorder } = old.ports;
      const { chainId } = old.ledger;
      const host = createHost({ chain: old.ledger, chainId, clock, net, log, recorder, crypto, signer, plugins, eras });
      host.events.on('faulted', ({ error }) => old.ports.fail(error));
      const node = { ...old, host, stop: async () => host.stop() };
      nodes[index] = node;
      await host.start();
      return node;
    },
  };
}

/** Every key is a member that approves the one after it, so that all have equal votes. */
function createGenesis(keys: readonly string[], crypto: StubCrypto): GenesisConfig {
  const ids = [...new Set(keys)].map((key) => crypto.identity(key).address);
  return {
    chainName: 'delegated proof of stake',
    timestamp: T0,
    minimumFee: 1n,
    accounts: ids.map((actor) => ({ actor, balance: 1_000_000n })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: DEPOSIT,
    unbondingBlocks: 10_000,
    candidates: ids.map((id) => ({ id, owner: id, deposit: DEPOSIT, category: 'node', signatures: [] })),
    ballots: ids.map((from, index) => ({ from, to: ids[(index + 1) % ids.length] ?? from, weight: 1n })),
    consensus: new TextEncoder().encode('dpos'),
  };
}

export const stateOf = (node: ChainNode | undefined): DposState => node?.host.head().state as DposState;

export const heightOf = (node: ChainNode | undefined): number => node?.host.head().header.height ?? -1;

export const recordOf = (node: ChainNode | undefined, actor: string): CandidateRecord | undefined =>
  node?.ledger.stateAt()?.get(CANDIDATES, actor);

/** Hands a transfer to one node only, so that its next block differs from those of others. */
export async function submitTransfer(node: ChainNode, crypto: StubCrypto, key: string, amount: bigint): Promise<void> {
  const signer = crypto.identity(key);
  const { chainId } = node.ledger;
  const nonce = node.ledger.nonceOf(signer.address);
  const payload = { to: signer.address, amount };
  await node.ledger.submit(createTransaction(transfer, { chainId, nonce, fee: 1n, payload, signer }));
}
