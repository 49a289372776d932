/**
 * Names of what a node is put together from.
 *
 * @module
 */
import type { ConsensusPlugin, Era } from '@fiducia/consensus';
import type { ChainPort, ClockPort, CryptoPort, LogPort, NetPort, SignerPort } from '@fiducia/consensus/ports';
import type { ConsensusHost } from '@fiducia/host';
import type { InjectionToken } from 'tsyringe';

/**
 * Token under which values of type `T` are registered.
 *
 * Symbols of the global registry are used, so that two installed copies of this package agree. The type
 * stands only in the compiler: whoever registers under a name has to mean the same by it. Applications
 * name their own tokens `<application>/<name>`.
 *
 * @example
 * ```ts
 * const TARIFF = token<{ readonly nightPermille: number }>('my-app/tariff');
 * container.register(TARIFF, { useValue: nightTariff });
 * ```
 */
export function token<T>(name: string): InjectionToken<T> {
  return Symbol.for(`@fiducia/1/${name}`);
}

/** Tokens of the plugins, the eras, the six ports and the host. */
export const TOKENS = {
  /** Consensus plugins, registered once each; see `pluginModule`. */
  plugin: token<ConsensusPlugin>('plugin'),
  /** Eras of the chain, first one first. */
  eras: token<readonly Era[]>('eras'),
  /** Ledger. */
  chain: token<ChainPort>('chain'),
  /** Network. */
  net: token<NetPort>('net'),
  /** Checks of claims. */
  crypto: token<CryptoPort>('crypto'),
  /** Keys; `null` for a node that only follows. */
  signer: token<SignerPort | null>('signer'),
  /** Time and randomness. */
  clock: token<ClockPort>('clock'),
  /** Durable consensus log. */
  log: token<LogPort>('log'),
  /** What runs the plugins over the ports. */
  host: token<ConsensusHost>('host'),
} as const;
