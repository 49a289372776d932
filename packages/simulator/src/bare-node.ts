/**
 * A node without accounts on simulated ports.
 *
 * @module
 */
import type { ConsensusPlugin, Era, Validator } from '@fiducia/consensus';
import type { CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { type ConsensusHost, createHost, type HostLimits } from '@fiducia/host';
import type { BareChain } from './bare-chain.ts';
import type { SimulatedPorts } from './simulation.ts';

/** What a node without accounts is put together from. */
export interface BareNodeOptions {
  /** Clock, network and log, from `Simulation.addNode`. */
  readonly ports: SimulatedPorts;
  /** Its blocks. */
  readonly chain: BareChain;
  /** Real or stand-in cryptography (simulation E5). */
  readonly crypto: CryptoPort;
  /** Key of the validator; `null` for a node that only follows. */
  readonly signer: SignerPort | null;
  /** Plugins that the eras name. */
  readonly plugins: readonly ConsensusPlugin[];
  /** Protocols of the chain by height. */
  readonly eras: readonly Era[];
  /** Validators that genesis hands to the first era, for plugins that do not elect theirs. */
  readonly genesisValidators?: readonly Validator[];
  /** Limits of the host. */
  readonly hostLimits?: Partial<HostLimits>;
}

/** A node of a simulation whose chain is a {@link BareChain}. */
export interface BareNode {
  /** Name in the simulation. */
  readonly name: string;
  /** Its ports. */
  readonly ports: SimulatedPorts;
  /** Its blocks. */
  readonly chain: BareChain;
  /** Consensus. */
  readonly host: ConsensusHost;
  /** Joins the network. Deterministic also outside of `Simulation.runUntil`. */
  start(): Promise<void>;
  /** Leaves the network; the node can be read afterwards. */
  stop(): Promise<void>;
}

/**
 * Puts a host and a chain without accounts together, as `createChainNode` does with a ledger: every engine call enters
 * the trace (simulation E4), and a fault of the host ends the run (simulation E6).
 *
 * @throws What `createHost` throws on configurations that do not fit.
 * @example
 * ```ts
 * const node = createBareNode({
 *   ports: simulation.addNode('ada'),
 *   chain: createBareChain({ genesisTimestamp: simulation.now(), chainName: 'test', sha256: crypto.sha256 }),
 *   crypto, signer, genesisValidators,
 *   plugins: [roundRobin()],
 *   eras: [{ fromHeight: 1, production: { name: 'round-robin', config: {} } }],
 * });
 * await node.start();
 * await simulation.runUntil(simulation.now() + 60_000);
 * ```
 */
export function createBareNode(options: BareNodeOptions): BareNode {
  const { ports, chain, crypto, signer, plugins, eras, genesisValidators, hostLimits } = options;
  const { clock, net, log, recorder } = ports;
  const host = createHost({
    chain,
    net,
    crypto,
    signer,
    clock,
    log,
    chainId: chain.chainId,
    plugins,
    eras,
    recorder,
    ...(genesisValidators && { genesisValidators }),
    ...(hostLimits && { limits: hostLimits }),
  });
  host.events.on('faulted', ({ error }) => ports.fail(error));
  return { name: ports.name, ports, chain, host, start: () => host.start(), stop: () => host.stop() };
}
