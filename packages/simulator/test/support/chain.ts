import type { Era, Validator } from '@fiducia/consensus';
import { createTransaction, type GenesisConfig, transfer } from '@fiducia/ledger';
import { roundRobin } from '../../../../examples/custom-plugin/src/round-robin.ts';
import {
  type ByzantineProducer,
  type ByzantineProducerOptions,
  type ChainNode,
  createByzantineProducer,
  createChainNode,
  createSimulation,
  createStubCrypto,
  type NetworkConditions,
  type Simulation,
  type StubCrypto,
} from '../../src/index.ts';
import { sha256 } from './hash.ts';

export const SLOT_MS = 1_000;
export const START = 1_700_000_000_000;

export interface TestChain {
  readonly simulation: Simulation;
  readonly crypto: StubCrypto;
  readonly genesis: GenesisConfig;
  readonly eras: readonly Era[];
  readonly validators: readonly Validator[];
  readonly nodes: readonly ChainNode[];
  readonly honest: readonly ChainNode[];
  readonly adversary: ByzantineProducer | null;
  runSlots(count: number): Promise<void>;
}

type Alter = ByzantineProducerOptions<unknown, unknown>['alter'];

/** A round-robin chain; the last node is the adversary if `alter` is given. */
export async function createTestChain(options: {
  readonly seed?: number;
  readonly size: number;
  readonly network?: NetworkConditions;
  readonly alter?: (request: Parameters<Alter>[0], node: ChainNode, crypto: StubCrypto) => ReturnType<Alter>;
}): Promise<TestChain> {
  const { seed = 1, size, network = {}, alter } = options;
  const crypto = createStubCrypto({ sha256 });
  const simulation = createSimulation({ seed, startTime: START, sha256, network });
  const names = Array.from({ length: size }, (_, index) => `node-${index}`);
  const validators: Validator[] = names.map((name) => ({ id: crypto.identity(name).address, weight: 1n }));
  const plugin = roundRobin();
  const eras: Era[] = [{ fromHeight: 1, production: { name: plugin.name, config: { slotMs: SLOT_MS } } }];
  const genesis = createGenesis(validators);

  const nodes = names.map((name, index) => {
    const isAdversary = alter !== undefined && index === size - 1;
    const signer = isAdversary ? null : crypto.createSigner(name);
    const ports = simulation.addNode(name);
    return createChainNode({ ports, genesis, crypto, signer, plugins: [plugin], eras, genesisValidators: validators });
  });
  for (const node of nodes) await node.start();

  const last = nodes.at(-1);
  const adversary =
    alter === undefined || last === undefined
      ? null
      : createByzantineProducer({
          plugin,
          config: { slotMs: SLOT_MS },
          host: last.host,
          chain: last.ledger,
          signer: crypto.createSigner(last.name),
          net: last.ports.net,
          clock: last.ports.clock,
          crypto,
          chainId: last.ledger.chainId,
          alter: (request) => alter(request, last, crypto),
        });
  adversary?.start();

  return {
    simulation,
    crypto,
    genesis,
    eras,
    validators,
    nodes,
    honest: adversary === null ? nodes : nodes.slice(0, -1),
    adversary,
    runSlots: (count) => simulation.runUntil(simulation.now() + count * SLOT_MS),
  };
}

/** Transfers between the accounts of the nodes, one per node and slot. */
export function addWorkload({ simulation, nodes, crypto }: TestChain, slots: number): void {
  const random = simulation.random('workload');
  for (const [index, node] of nodes.entries()) {
    const signer = crypto.identity(node.name);
    for (let slot = 0; slot < slots; slot++) {
      simulation.schedule(simulation.now() + slot * SLOT_MS + index, 'transfer', async () => {
        const to = crypto.identity(`node-${random.integer(0, nodes.length - 1)}`).address;
        const { chainId } = node.ledger;
        const nonce = node.ledger.nonceOf(signer.address);
        const payload = { to, amount: BigInt(random.integer(1, 1_000)) };
        await node.ledger.submit(createTransaction(transfer, { chainId, nonce, fee: 1n, payload, signer }));
      });
    }
  }
}

function createGenesis(validators: readonly Validator[]): GenesisConfig {
  return {
    chainName: 'simulated',
    timestamp: START,
    minimumFee: 1n,
    accounts: validators.map(({ id }) => ({ actor: id, balance: 1_000_000n })),
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 0n,
    unbondingBlocks: 0,
    candidates: [],
    ballots: [],
    consensus: new TextEncoder().encode(`round-robin ${SLOT_MS}`),
  };
}
