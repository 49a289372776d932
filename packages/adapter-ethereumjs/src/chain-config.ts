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
  /**
   * Newest rules of execution, in force from the genesis block on. `shanghai` adds PUSH0 and a limit on initcode, `cancun`
   * transient storage, MCOPY and blobs; both leave out what the beacon chain brings.
   *
   * @defaultValue `london`
   */
  readonly hardfork?: 'london' | 'shanghai' | 'cancun';
}

/** None of the types that EthereumJS knows: each of them brings rules of its own, about miners, signers or difficulty. */
const CONSENSUS_TYPE = 'fiducia';

/** Hard forks that are active from the genesis block on, up to the one that is asked for. */
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
  Hardfork.Paris,
  Hardfork.Shanghai,
  Hardfork.Cancun,
] as const;

/**
 * Paris without the merge. Proof of stake would forbid difficulty and longer extra data, and its randomness would be a field that
 * the sealer is free to choose: contracts go on reading the difficulty.
 */
const PARIS = { eips: [] };

/**
 * Creates the configuration for `new Common({ chain })`: all hard forks up to London, Shanghai or Cancun from block 0 on, and the
 * consensus algorithm of a plugin.
 *
 * The chains that EthereumJS brings do not fit: their first blocks are under older rules, and from the merge on the
 * format of a header leaves no room for a digest. So the merge itself is left out: headers keep their difficulty and their extra
 * data, withdrawals and the root of a beacon block have to be empty, and `PREVRANDAO` is `DIFFICULTY` as before. Transactions with
 * blobs need a library for their proofs in `customCrypto` of `Common`.
 *
 * @example
 * ```ts
 * const common = new Common({
 *   chain: createChainConfig({ name: 'meters', chainId: 7_357, algorithm: 'dt-dpos', genesisSeconds: 1_800_000_000 }),
 * });
 * ```
 */
export function createChainConfig(options: ChainConfigOptions): ChainConfig {
  const { name, chainId, algorithm, genesisSeconds, gasLimit = 30_000_000, hardfork = Hardfork.London } = options;
  const hardforks = HARDFORKS.slice(0, HARDFORKS.indexOf(hardfork) + 1);
  return {
    name,
    chainId,
    defaultHardfork: hardfork,
    consensus: { type: CONSENSUS_TYPE, algorithm },
    genesis: {
      timestamp: `0x${genesisSeconds.toString(16)}`,
      gasLimit,
      difficulty: 1,
      nonce: '0x0000000000000000',
      extraData: '0x',
      baseFeePerGas: '0x7',
    },
    hardforks: hardforks.map((item) => ({ name: item, block: 0 })),
    ...(hardforks.includes(Hardfork.Paris) && { customHardforks: { [Hardfork.Paris]: PARIS } }),
    bootstrapNodes: [],
  };
}
