/**
 * A complete node on simulated ports.
 *
 * @module
 */
import type { ConsensusPlugin, Era, Validator } from '@fiducia/consensus';
import type { CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { type ConsensusHost, createHost, type HostLimits } from '@fiducia/host';
import { createLedger, type GenesisConfig, type Ledger, type LedgerLimits, type LedgerModule } from '@fiducia/ledger';
import type { SimulatedPorts } from './simulation.ts';

/** What a node is put together from. */
export interface ChainNodeOptions {
  /** Clock, network and log, from `Simulation.addNode`. */
  readonly ports: SimulatedPorts;
  /** Genesis configuration, the same on all nodes. */
  readonly genesis: GenesisConfig;
  /** Ledger modules beside the built-in ones, the same on all nodes. */
  readonly modules?: readonly LedgerModule[];
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
  /** Limits of the ledger. */
  readonly ledgerLimits?: Partial<LedgerLimits>;
}

/** A node of a simulation: host and ledger as they ship, on simulated ports. */
export interface ChainNode {
  /** Name in the simulation. */
  readonly name: string;
  /** Its ports. */
  readonly ports: SimulatedPorts;
  /** Accounts, transactions, state. */
  readonly ledger: Ledger;
  /** Consensus. */
  readonly host: ConsensusHost;
  /** Joins the network. Deterministic also outside of `Simulation.runUntil`. */
  start(): Promise<void>;
  /** Leaves the network; the node can be read afterwards. */
  stop(): Promise<void>;
}

/**
 * Puts ledger and host together. Every engine input and effect enters the trace (simulation E4), and
 * a fault of the host ends the run (simulation E6).
 *
 * Agents such as a round voter, a workload or an adversary are attached by the caller.
 *
 * @throws What `createLedger` and `createHost` throw on configurations that do not fit.
 * @example
 * ```ts
 * const node = createChainNode({
 *   ports: simulation.addNode('wind'),
 *   genesis, crypto, signer, plugins: [roundRobin()], genesisValidators,
 *   eras: [{ fromHeight: 1, production: { name: 'round-robin', config: {} } }],
 * });
 * await node.start();
 * await simulation.runUntil(simulation.now() + 60_000);
 * ```
 */
export function createChainNode(options: ChainNodeOptions): ChainNode {
  const { ports, genesis, modules, crypto, signer, plugins, eras, genesisValidators } = options;
  const { clock, net, log, recorder } = ports;
  const ledger = createLedger({
    genesis,
    crypto,
    net,
    ...(modules && { modules }),
    ...(options.ledgerLimits && { limits: options.ledgerLimits }),
  });
  const host = createHost({
    chain: ledger,
    net,
    crypto,
    signer,
    clock,
    log,
    chainId: ledger.chainId,
    plugins,
    eras,
    recorder,
    ...(genesisValidators && { genesisValidators }),
    ...(options.hostLimits && { limits: options.hostLimits }),
  });

  host.events.on('faulted', ({ error }) => ports.fail(error));

  return {
    name: ports.name,
    ports,
    ledger,
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
