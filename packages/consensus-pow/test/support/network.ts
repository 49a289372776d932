import type { Era } from '@fiducia/consensus';
import { createHost, type HostLimits } from '@fiducia/host';
import type { GenesisConfig } from '@fiducia/ledger';
import {
  type ChainNode,
  createChainNode,
  createSimulation,
  createStubCrypto,
  type NetworkConditions,
  type Simulation,
  type StubCrypto,
} from '@fiducia/simulator';
import { pow } from '../../src/index.ts';
import { GENESIS_TIME, sha256 } from './rules.ts';
import { type HashPower, withSimulatedMining } from './simulated-mining.ts';

/** A proof-of-work network under virtual time. */
export interface TestNetwork {
  readonly simulation: Simulation;
  readonly crypto: StubCrypto;
  readonly nodes: ChainNode[];
  readonly powers: readonly HashPower[];
  run(durationMs: number): Promise<void>;
  /** Ends the host of a node and begins another one on what the ledger kept. */
  restart(index: number): Promise<ChainNode>;
}

/** What a network starts from. */
export interface TestNetworkOptions {
  readonly seed?: number;
  /** Raw configuration of the plugin. */
  readonly config: object;
  /** Hashes a second, one per node; `null` for a node that only follows. */
  readonly powers: readonly (number | null)[];
  /** Names of the keys, if not one per node. */
  readonly keys?: readonly string[];
  readonly network?: NetworkConditions;
  readonly hostLimits?: Partial<HostLimits>;
}

/** Starts one node per entry of `powers`. */
export async function createTestNetwork(options: TestNetworkOptions): Promise<TestNetwork> {
  const { seed = 1, config, network = {}, hostLimits } = options;
  const simulation = createSimulation({ seed, startTime: GENESIS_TIME, sha256, network });
  const crypto = createStubCrypto({ sha256 });
  const eras: Era[] = [{ fromHeight: 1, production: { name: 'pow', config } }];
  const powers = options.powers.map((hashesPerSecond) => ({ hashesPerSecond: hashesPerSecond ?? 0 }));
  const plugins = [pow()];
  const genesis = createGenesis(eras);
  const partsOf = (index: number, ports: ChainNode['ports']) => ({
    crypto: withSimulatedMining(crypto, { clock: ports.clock, power: powerAt(powers, index), seed, index }),
    signer: options.powers[index] === null ? null : crypto.createSigner(options.keys?.[index] ?? ports.name),
    plugins,
    eras,
  });
  const nodes = powers.map((_power, index) => {
    const ports = simulation.addNode(`node-${index}`);
    return createChainNode({ ports, genesis, ...partsOf(index, ports), ...(hostLimits && { hostLimits }) });
  });
  for (const node of nodes) await node.start();
  return {
    simulation,
    crypto,
    nodes,
    powers,
    run: (durationMs) => simulation.runUntil(simulation.now() + durationMs),
    async restart(index) {
      const old = nodes[index];
      if (old === undefined) throw new Error(`no node ${index}`);
      const { ports, ledger } = old;
      await old.host.stop();
      const { clock, net, log, recorder } = ports;
      const { chainId } = ledger;
      const host = createHost({ chain: ledger, chainId, clock, net, log, recorder, ...partsOf(index, ports) });
      host.events.on('faulted', ({ error }) => ports.fail(error));
      const node = { ...old, host, stop: async () => host.stop() };
      nodes[index] = node;
      await host.start();
      return node;
    },
  };
}

function powerAt(powers: readonly HashPower[], index: number): HashPower {
  return powers[index] ?? { hashesPerSecond: 0 };
}

/** A chain without accounts. */
export function createGenesis(eras: readonly Era[]): GenesisConfig {
  return {
    chainName: 'proof of work',
    timestamp: GENESIS_TIME,
    minimumFee: 0n,
    accounts: [],
    admission: 'open',
    supervisors: { keys: [], threshold: 0 },
    depositMin: 0n,
    unbondingBlocks: 0,
    candidates: [],
    ballots: [],
    consensus: new TextEncoder().encode(JSON.stringify(eras)),
  };
}

export const heightOf = (node: ChainNode | undefined): number => node?.host.head().header.height ?? -1;

export const headOf = (node: ChainNode | undefined): string => node?.host.head().header.id ?? '';
