/**
 * Fiducia's consensus plugins on an EthereumJS chain.
 *
 * A plugin becomes the `Consensus` object of an `@ethereumjs/blockchain` chain: digest and seal travel in the extra data of
 * the header, facts come from the storage of a contract or from a register, directives change the state of accounts, and the
 * total difficulty is the weight of the branch. {@link createEthereumConsensus} makes that object, {@link createEthereumChain}
 * joins it with blockchain and virtual machine, and {@link createSealer} runs the engine of the plugin.
 *
 * {@link createEthereumChainPort} is the other way: the same chain under `@fiducia/host`, which then owns import and fork
 * choice, and brings evidence, finality gadgets, voting protocols and changes of consensus.
 *
 * Not for: chains after the merge, whose headers have no room for a digest, and networking.
 *
 * @example
 * ```ts
 * import { createBlockchain } from '@ethereumjs/blockchain';
 * import { Common } from '@ethereumjs/common';
 * import { createVM } from '@ethereumjs/vm';
 * import {
 *   createAddressCrypto,
 *   createAddressSigner,
 *   createChainConfig,
 *   createEthereumChain,
 *   createEthereumConsensus,
 *   createRegistryFacts,
 *   createSealer,
 * } from '@fiducia/adapter-ethereumjs';
 * import { dtDpos } from '@fiducia/consensus-dt-dpos';
 *
 * const plugin = dtDpos();
 * const config = { preset: 'minimal', slotMs: 1_000 };
 * const crypto = createAddressCrypto();
 * const signer = createAddressSigner({ secretKey: new Uint8Array(32).fill(7) });
 * const consensus = createEthereumConsensus({
 *   plugin,
 *   config,
 *   crypto,
 *   facts: createRegistryFacts({
 *     provides: ['admission', 'exit', 'deposit', 'ballot', 'participation'],
 *     census: [{ kind: 'admission', actor: signer.self, deposit: 1n, category: 'sealer' }],
 *   }),
 *   now: Date.now,
 * });
 * const common = new Common({
 *   chain: createChainConfig({ name: 'example', chainId: 7_357, algorithm: 'dt-dpos', genesisSeconds: 1_800_000_000 }),
 * });
 * const blockchain = await createBlockchain({
 *   common,
 *   validateConsensus: true,
 *   consensusDict: { [consensus.algorithm]: consensus },
 *   genesisState: {},
 * });
 * const vm = await createVM({ common, blockchain });
 * const chain = await createEthereumChain({ blockchain, vm, consensus });
 * chain.head().header.height; // 0
 * ```
 *
 * @packageDocumentation
 */
export {
  type BuildOptions,
  createEthereumChain,
  type EthereumChain,
  type EthereumChainOptions,
  type HeadChange,
  type ImportOutcome,
} from './chain.ts';
export { type ChainConfigOptions, createChainConfig } from './chain-config.ts';
export { createEthereumChainPort, type EthereumChainPortOptions } from './chain-port.ts';
export {
  createEthereumConsensus,
  type EthereumConsensus,
  type EthereumConsensusOptions,
  type Judgement,
} from './consensus.ts';
export {
  createStateDirectives,
  type DirectiveHook,
  type DirectivePlace,
  type StateDirectivesOptions,
} from './directives.ts';
export { AdapterError, type AdapterErrorData, isAdapterError } from './errors.ts';
export {
  decodeExtraData,
  EXTRA_DATA_BYTES_MAX,
  type ExtraData,
  encodeExtraData,
  PROOFS_BYTES_MAX,
} from './extra-data.ts';
export { createRegistryFacts, type ExecutedBlock, type FactRegistry, type FactSource } from './facts.ts';
export { type ChainIdentity, computeChainId } from './identity.ts';
export { createJournalFacts, JOURNAL_KINDS, type JournalEntry, type JournalFactsOptions } from './journal-facts.ts';
export {
  type AddressCryptoOptions,
  type AddressSignerOptions,
  createAddressCrypto,
  createAddressSigner,
  type GuardRecord,
  type GuardRecords,
} from './keys.ts';
export type { AdapterRefusal, AddressSigningRefusal } from './refusals.ts';
export { createSealer, type Sealer, type SealerOptions } from './sealer.ts';
export type { CheckpointStore } from './states.ts';
