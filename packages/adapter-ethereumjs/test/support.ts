import type { Block } from '@ethereumjs/block';
import { type Blockchain, createBlockchain } from '@ethereumjs/blockchain';
import { Common, type GenesisState } from '@ethereumjs/common';
import type { TypedTransaction } from '@ethereumjs/tx';
import type { DB, DBObject } from '@ethereumjs/util';
import { createVM } from '@ethereumjs/vm';
import type { ActorId, Bytes, ConsensusPlugin, Fact, Millis } from '@fiducia/consensus';
import { SEAL_DOMAIN } from '@fiducia/consensus';
import type { ClockPort, CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { type DtDposState, dtDpos, encodeDigest, leadersBetween } from '@fiducia/consensus-dt-dpos';
import {
  type ChainConfigOptions,
  type CheckpointStore,
  createAddressCrypto,
  createAddressSigner,
  createChainConfig,
  createEthereumChain,
  createEthereumConsensus,
  createRegistryFacts,
  type DirectiveHook,
  type EthereumChain,
  type EthereumConsensus,
  type FactSource,
} from '../src/index.ts';

const GENESIS_SECONDS = 1_800_000_000;
export const GENESIS_MS = GENESIS_SECONDS * 1_000;
export const SLOT_MS = 1_000;
export const NO_BYTES = new Uint8Array();

/** Time that moves only when it is told to. */
export class ManualClock implements ClockPort {
  #now = GENESIS_MS;
  #timers: { readonly at: Millis; readonly callback: () => void }[] = [];

  now(): Millis {
    return this.#now;
  }

  schedule(at: Millis, callback: () => void): () => void {
    const timer = { at, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  entropy(): Bytes {
    return new Uint8Array(32).fill(9);
  }

  /** Moves to the start of a slot and lets timers fire. */
  moveTo(slot: number): void {
    this.#now = GENESIS_MS + slot * SLOT_MS;
    const due = this.#timers.filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
  }
}

/** The signers of all members, who have signed nothing yet. */
export function createSigners(): readonly SignerPort[] {
  return [1, 2, 3, 4].map((seed) => createAddressSigner({ secretKey: new Uint8Array(32).fill(seed) }));
}

const SIGNERS: readonly SignerPort[] = createSigners();
export const MEMBERS: readonly ActorId[] = SIGNERS.map(({ self }) => self);

export function signerOf(actor: ActorId): SignerPort {
  const signer = SIGNERS.find(({ self }) => self === actor);
  if (signer === undefined) throw new Error(`nobody is ${actor}`);
  return signer;
}

function censusOf(members: readonly ActorId[]): readonly Fact[] {
  return members.map((actor) => ({ kind: 'admission', actor, deposit: 1_000n, category: 'sealer' }));
}

export const REGISTRY_FACTS = createRegistryFacts({
  provides: ['admission', 'exit', 'deposit', 'ballot', 'participation'],
  census: censusOf(MEMBERS),
});

export const DT_DPOS = dtDpos();
export const DT_DPOS_CONFIG = {
  preset: 'minimal',
  slotMs: SLOT_MS,
  driftMs: 0,
  electionLagEpochs: 0,
} as const;

export interface TestChain<State> {
  readonly chain: EthereumChain<State>;
  readonly consensus: EthereumConsensus<State>;
  readonly blockchain: Blockchain;
  readonly clock: ManualClock;
}

export interface TestChainOptions<State> {
  readonly plugin: ConsensusPlugin<unknown, State>;
  readonly config: unknown;
  readonly crypto?: CryptoPort;
  readonly facts?: FactSource;
  readonly store?: CheckpointStore;
  readonly statesMax?: number;
  readonly checkpointBlocks?: number;
  readonly directives?: DirectiveHook;
  readonly clock?: ManualClock;
  readonly db?: DB<Uint8Array | string | number, Uint8Array | string | DBObject>;
  readonly genesisState?: GenesisState;
  readonly reorgBlocksMax?: number;
  readonly hardfork?: ChainConfigOptions['hardfork'];
}

/** A chain in memory. Without transactions and directives all its blocks have the empty state, which every machine has. */
export async function createTestChain<State>(options: TestChainOptions<State>): Promise<TestChain<State>> {
  const { plugin, config, crypto = createAddressCrypto(), facts = REGISTRY_FACTS, clock = new ManualClock() } = options;
  const { store, statesMax, checkpointBlocks, directives, db, genesisState, reorgBlocksMax, hardfork } = options;
  const consensus = createEthereumConsensus({
    ...{ plugin, config, crypto, facts },
    now: () => clock.now(),
    ...(store && { store }),
    ...(statesMax && { statesMax }),
    ...(checkpointBlocks && { checkpointBlocks }),
  });
  const blockchain = await createTestBlockchain(consensus, db, genesisState, hardfork);
  const vm = await createVM({ common: blockchain.common, blockchain });
  if (genesisState !== undefined) await vm.stateManager.generateCanonicalGenesis?.(genesisState);
  const chain = await createEthereumChain({
    blockchain,
    vm,
    consensus,
    ...(directives && { directives }),
    ...(reorgBlocksMax !== undefined && { reorgBlocksMax }),
  });
  return { chain, consensus, blockchain, clock };
}

export function createTestBlockchain<State>(
  consensus: EthereumConsensus<State>,
  db?: TestChainOptions<State>['db'],
  genesisState: GenesisState = {},
  hardfork: ChainConfigOptions['hardfork'] = 'london',
): Promise<Blockchain> {
  const chain = createChainConfig({
    name: 'test',
    chainId: 7_357,
    algorithm: consensus.algorithm,
    genesisSeconds: GENESIS_SECONDS,
    hardfork,
  });
  return createBlockchain({
    common: new Common({ chain }),
    genesisState,
    validateConsensus: true,
    consensusDict: { [consensus.algorithm]: consensus },
    ...(db && { db }),
  });
}

export function createDtDposChain(
  options: Partial<TestChainOptions<DtDposState>> = {},
): Promise<TestChain<DtDposState>> {
  return createTestChain({
    plugin: DT_DPOS as ConsensusPlugin<unknown, DtDposState>,
    config: DT_DPOS_CONFIG,
    ...options,
  });
}

/** What a dishonest or clumsy sealer does differently. */
export interface Deviations {
  readonly author?: ActorId;
  readonly digest?: Bytes;
  readonly timestamp?: Millis;
  readonly signer?: SignerPort;
  readonly parentId?: string;
  readonly transactions?: readonly TypedTransaction[];
}

/** Builds and seals the block of a slot under DT-DPoS as its leader does, but for what deviates. */
export async function sealAt(
  { chain, consensus }: TestChain<DtDposState>,
  slot: number,
  deviations: Deviations = {},
): Promise<Block> {
  const parentId = deviations.parentId ?? chain.head().header.id;
  const { state } = await consensus.tipAfter(parentId);
  const config = DT_DPOS.parseConfig(DT_DPOS_CONFIG);
  const leader = leadersBetween(state, slot, config, createAddressCrypto().sha256).at(-1) ?? '';
  const built = await chain.build({
    parentId,
    timestamp: deviations.timestamp ?? GENESIS_MS + slot * SLOT_MS,
    author: deviations.author ?? leader,
    digest: deviations.digest ?? encodeDigest({ slot }),
    transactions: deviations.transactions ?? [],
  });
  const header = built === null ? undefined : consensus.project(built.header);
  if (built === null || header === undefined) throw new Error('nothing was built');
  return chain.seal(built, await sealOf(consensus, header.sealHash, deviations.signer ?? signerOf(header.author)));
}

async function sealOf(consensus: EthereumConsensus<DtDposState>, data: Bytes, signer: SignerPort): Promise<Bytes> {
  const result = await signer.sign({ scope: consensus.scope(), domain: SEAL_DOMAIN, data });
  if (result.kind !== 'signed') throw new Error('an unguarded request is always signed');
  return result.signature;
}

/** Seals and imports the blocks of the slots from `first` to `last`. */
export async function extend(test: TestChain<DtDposState>, first: number, last: number): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  for (let slot = first; slot <= last; slot++) {
    test.clock.moveTo(slot);
    const block = await sealAt(test, slot);
    const outcome = await test.chain.importBlock(block.serialize());
    if (outcome.kind !== 'imported') throw new Error(`slot ${slot}: ${JSON.stringify(outcome)}`);
    blocks.push(block);
  }
  return blocks;
}
