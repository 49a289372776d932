/**
 * Configuration of an EthereumJS chain whose blocks a Fiducia plugin seals.
 *
 * @module
 */
import { type ChainConfig, Hardfork } from '@ethereumjs/common';

/** What tells one chain from another, see {@link createChainConfig}. */
export interface ChainConfigOptions {
  /** Name of the chain. */
  readonly name: string;
  /** EIP-155 chain id; it must not be that of a chain EthereumJS knows. */
  readonly chainId: number;
  /** `algorithm` of the consensus object: the name of its plugin. */
  readonly algorithm: string;
  /** Time of the genesis block in seconds; slots are counted from it. */
  readonly genesisSeconds: number;
  /** Gas limit of the genesis block. @defaultValue 30 000 000 */
  readonly gasLimit?: number;
}

/** None of the types that EthereumJS knows: each of them brings rules of its own, about miners, signers or difficulty. */
const CONSENSUS_TYPE = 'fiducia';

/** Hard forks that are active from the genesis block on. Later ones switch to proof of stake, where headers carry no difficulty. */
const HARDFORKS = [
  Hardfork.Chainstart,
  Hardfork.Homestead,
  Hardfork.TangerineWhistle,
  Hardfork.SpuriousDragon,
  Hardfork.Byzantium,
  Hardfork.Constantinople,
  Hardfork.Petersburg,
  Hardfork.Istanbul,
  Hardfork.Berlin,
  Hardfork.London,
] as const;

/**
 * Creates the configuration for `new Common({ chain })`: all hard forks up to London from block 0 on, and the consensus
 * algorithm of a plugin.
 *
 * The chains that EthereumJS brings do not fit: their first blocks are under older rules, and from the merge on the
 * format of a header leaves no room for a digest. Single later proposals may be turned on with `eips` of `Common`.
 *
 * @example
 * ```ts
 * const common = new Common({
 *   chain: createChainConfig({ name: 'meters', chainId: 7_357, algorithm: 'dt-dpos', genesisSeconds: 1_800_000_000 }),
 * });
 * ```
 */
export function createChainConfig(options: ChainConfigOptions): ChainConfig {
  const { name, chainId, algorithm, genesisSeconds, gasLimit = 30_000_000 } = options;
  return {
    name,
    chainId,
    defaultHardfork: Hardfork.London,
    consensus: { type: CONSENSUS_TYPE, algorithm },
    genesis: {
      timestamp: `0x${genesisSeconds.toString(16)}`,
      gasLimit,
      difficulty: 1,
      nonce: '0x0000000000000000',
      extraData: '0x',
      baseFeePerGas: '0x7',
    },
    hardforks: HARDFORKS.map((hardfork) => ({ name: hardfork, block: 0 })),
    bootstrapNodes: [],
  };
}
