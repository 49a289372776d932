/**
 * Ready-made modules.
 *
 * @module
 */
import type { ConsensusPlugin, Era } from '@fiducia/consensus';
import type { ChainPort, ClockPort, CryptoPort, LogPort, NetPort, SignerPort } from '@fiducia/consensus/ports';
import type { Module } from './container.ts';
import { TOKENS } from './tokens.ts';

/**
 * Makes consensus plugins available to the eras that name them.
 *
 * @example
 * ```ts
 * const modules = [defaultModule(options), pluginModule(dtDpos(), checkpointFinality())];
 * ```
 */
export function pluginModule(...plugins: readonly ConsensusPlugin[]): Module {
  return (container) => {
    for (const plugin of plugins) container.register(TOKENS.plugin, { useValue: plugin });
  };
}

/**
 * Sets the eras of the chain.
 *
 * @example
 * ```ts
 * const modules = [
 *   pluginModule(dpos(), pbft()),
 *   eraModule(
 *     { fromHeight: 1, production: { name: 'dpos', config: {} } },
 *     { fromHeight: 100_000, production: { name: 'pbft', config: {} } },
 *   ),
 * ];
 * ```
 */
export function eraModule(...eras: readonly Era[]): Module {
  return (container) => {
    container.register(TOKENS.eras, { useValue: eras });
  };
}

/** Uses a chain of one's own in place of the default ledger. */
export function chainModule(chain: ChainPort): Module {
  return portModule({ chain });
}

/** Ports to be replaced; those left out stay as they are. */
export interface PortValues {
  /** Ledger. */
  readonly chain?: ChainPort;
  /** Network. */
  readonly net?: NetPort;
  /** Checks of claims. */
  readonly crypto?: CryptoPort;
  /** Keys; `null` makes the node an observer. */
  readonly signer?: SignerPort | null;
  /** Time and randomness. */
  readonly clock?: ClockPort;
  /** Durable consensus log. */
  readonly log?: LogPort;
}

/**
 * Replaces ports by values.
 *
 * @example
 * ```ts
 * const modules = [defaultModule(options), portModule({ clock: stoppedClock, net: simulatedNetwork })];
 * ```
 */
export function portModule(ports: PortValues): Module {
  return (container) => {
    const { chain, net, crypto, signer, clock, log } = ports;
    if (chain !== undefined) container.register(TOKENS.chain, { useValue: chain });
    if (net !== undefined) container.register(TOKENS.net, { useValue: net });
    if (crypto !== undefined) container.register(TOKENS.crypto, { useValue: crypto });
    // tsyringe takes a null value for a missing one, so the signer comes out of a factory.
    if (signer !== undefined) container.register(TOKENS.signer, { useFactory: () => signer });
    if (clock !== undefined) container.register(TOKENS.clock, { useValue: clock });
    if (log !== undefined) container.register(TOKENS.log, { useValue: log });
  };
}
