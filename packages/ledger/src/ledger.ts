/**
 * The ledger as the host sees it: a ChainPort, with a mempool beside it.
 *
 * @module
 */
import type { ActorId, BlockId, BufferUsage, Bytes, Directive, Fact, FactKind } from '@fiducia/consensus';
import type {
  Block,
  BlockLocator,
  BuildRequest,
  ChainPort,
  ChainUpdate,
  CryptoPort,
  ExecuteRequest,
  ExecutionResult,
  NetPort,
  StoredBlock,
} from '@fiducia/consensus/ports';
import { bytesToHex } from '@noble/hashes/utils.js';
import {
  assembleBlock,
  type BlockEncodingCode,
  decodeBlock,
  decodeBlockHeader,
  type LedgerBlock,
} from './block/codec.ts';
import { sameBytes } from './codec.ts';
import { assertInvariant, LedgerError } from './errors.ts';
import { LedgerEmitter, type LedgerEvents } from './events.ts';
import { buildBlock } from './execution/builder.ts';
import { BlockExecution, type Executed } from './execution/execution.ts';
import { createModuleRegistry, type ModuleRegistry, type PreparedTransaction } from './execution/registry.ts';
import { Verifier } from './execution/verifier.ts';
import { createGenesisBlock, type GenesisBlock, genesisClaims } from './genesis/block.ts';
import { GENESIS_SCOPE_CHAIN_ID, type GenesisConfig, genesisChainId } from './genesis/genesis.ts';
import { type LedgerLimits, requireLimits } from './limits.ts';
import { Intake, ROUND_VOTES_CHANNEL, type SubmitResult, TRANSACTIONS_CHANNEL } from './mempool/intake.ts';
import { Mempool, type PoolHead } from './mempool/pool.ts';
import { RoundVotePool } from './mempool/votes.ts';
import { CandidateLookup } from './modules/candidate-lookup.ts';
import type { LedgerModule } from './modules/module.ts';
import { stakingModule } from './modules/staking.ts';
import { accountModule } from './modules/transfer.ts';
import { type Recall, recallOf } from './recall.ts';
import { TreeReader } from './state/state.ts';
import { rootOf } from './state/tree.ts';
import { StateVersions, type Version } from './state/versions.ts';
import type { BlockStore, ReplayableBlock } from './store/block-store.ts';
import { type CheckedStore, createCheckedStore } from './store/checked-store.ts';
import { DurableBlockStore } from './store/durable.ts';
import type { KvStore } from './store/kv-store.ts';
import { MemoryBlockStore } from './store/memory.ts';
import { type RecoveryReport, recoverStore } from './store/recovery.ts';
import { ledgerScope } from './transaction/create.ts';
import { createStateView, type LedgerStateView } from './view.ts';

/** What a ledger is made of. */
export interface LedgerOptions {
  /** Configuration of the chain. */
  readonly genesis: GenesisConfig;
  /** Modules beside the ledger's own, in the order in which their hooks run. */
  readonly modules?: readonly LedgerModule[];
  /** Checks signatures and hashes. */
  readonly crypto: CryptoPort;
  /** Relays transactions and round votes; absent: nothing is relayed. */
  readonly net?: NetPort;
  /** Limits of this node. */
  readonly limits?: Partial<LedgerLimits>;
}

/** A ledger. The host drives the methods of the port; everybody else uses the rest. */
export interface Ledger extends ChainPort {
  /** Identity of the chain, 32 bytes. */
  readonly chainId: Bytes;
  /** Observers subscribe here. */
  readonly events: LedgerEvents;
  /** Begins to relay over the net; does nothing without one, or the second time. */
  start(): void;
  /** Stops relaying. */
  stop(): void;
  /** Takes a transaction into the mempool and gossips it. Total: any bytes give an answer. */
  submit(transaction: Bytes): Promise<SubmitResult>;
  /** Takes a round vote into its pool and gossips it. Total: any bytes give an answer. */
  submitRoundVote(vote: Bytes): Promise<SubmitResult>;
  /** Nonce for the next transaction of an actor, transactions in waiting counted. */
  nonceOf(actor: ActorId): number;
  /** Number of transactions that wait for a block. */
  pendingCount(): number;
  /**
   * Lists every bounded buffer: how many entries it has and may have. For metrics, and to see that nothing grows
   * without bound (simulation I11).
   */
  usage(): readonly BufferUsage[];
  /** State after a block, by default after the head; `undefined` if it was never executed or is pruned. */
  stateAt(blockId?: BlockId): LedgerStateView | undefined;
  /** Decodes a block as `decode` does, with the transactions in it. */
  decode(bytes: Bytes, part: 'block' | 'header'): LedgerBlock | null;
}

/**
 * Makes a ledger that stands at genesis.
 *
 * @throws {@link LedgerError} with `INVALID_GENESIS`, `NAME_INVALID` or `INVALID_LIMIT`.
 * @example
 * ```ts
 * const ledger = createLedger({ genesis, crypto: await createCrypto() });
 * const stored = await ledger.read({ kind: 'genesis' });
 * ```
 */
export function createLedger(options: LedgerOptions): Ledger {
  return new AccountLedger(options, ({ genesis }) => new MemoryBlockStore(genesis));
}

/** What a ledger that outlives its process is made of. */
export interface StoredLedgerOptions extends LedgerOptions {
  /** Where blocks are kept. The ledger is its only user, and does not close it. */
  readonly store: KvStore;
}

/** A ledger on a {@link KvStore}. */
export interface StoredLedger extends Ledger {
  /** What opening the store found and did. */
  readonly recovery: RecoveryReport;
}

/**
 * Opens the ledger that a store holds, or starts one at genesis in an empty store.
 *
 * Every update of the host is one commit of the store, and `commit` resolves once that is durable (storage S2, S3).
 * Opening checks what is there, executes the adopted branch again, and where a record is damaged goes back to the
 * newest block that holds, never below the final one (storage S9). {@link StoredLedger.recovery} tells what was done.
 *
 * @throws {@link LedgerError} as `createLedger`, with `STORE_WRONG_CHAIN` or `STORE_SCHEMA` for a store of another
 *   chain or a newer version, and with `STORE_INCONSISTENT` if the final chain is damaged: keep the files and
 *   synchronise into an empty store. Rejects with what the store throws if the disk fails.
 * @example
 * ```ts
 * const store = createMemoryStore();
 * const ledger = await openLedger({ genesis, crypto, store });
 * ledger.recovery.blocksRewound; // 0
 * ```
 * @see docs/spec/storage.md, section 2.
 */
export async function openLedger(options: StoredLedgerOptions): Promise<StoredLedger> {
  const kv = createCheckedStore(options.store);
  let blocks: DurableBlockStore | undefined;
  const ledger = new AccountLedger(options, (parts) => {
    blocks = new DurableBlockStore({ kv, ...parts });
    return blocks;
  });
  assertInvariant(blocks !== undefined, 'store', 'a ledger makes its block store');
  const recovery = await ledger.recover(kv, blocks);
  return Object.assign(ledger, { recovery });
}

type BlockStoreParts = Omit<ConstructorParameters<typeof DurableBlockStore>[0], 'kv'>;

class AccountLedger implements Ledger {
  readonly chainId: Bytes;
  readonly provides: ReadonlySet<FactKind>;
  readonly events: LedgerEvents;
  readonly #options: LedgerOptions;
  readonly #limits: LedgerLimits;
  readonly #registry: ModuleRegistry;
  readonly #genesis: GenesisBlock;
  readonly #store: BlockStore;
  readonly #versions: StateVersions;
  readonly #votes: RoundVotePool;
  readonly #mempool: Mempool;
  readonly #verifier: Verifier;
  readonly #intake: Intake;
  readonly #recall: Recall;
  /** Names decoding for `recall`: the chain decides what is a block. */
  readonly #spaces: { readonly block: string; readonly header: string };
  readonly #emitter = new LedgerEmitter();
  readonly #candidates = new CandidateLookup();
  #head: PoolHead;
  #unsubscribe: (() => void) | undefined;

  constructor(options: LedgerOptions, createStore: (parts: BlockStoreParts) => BlockStore) {
    const { genesis, crypto, modules = [] } = options;
    this.#options = options;
    this.#limits = requireLimits(options.limits);
    const { sha256 } = crypto;
    this.chainId = genesisChainId(genesis, modules, sha256);
    this.#recall = recallOf(crypto);
    const chain = bytesToHex(this.chainId);
    this.#spaces = { block: `ledger block/${chain}`, header: `ledger header/${chain}` };
    this.#registry = createModuleRegistry([accountModule(), stakingModule(genesis), ...modules]);
    this.provides = this.#registry.provides;
    this.events = this.#emitter;

    // The chain id covers everything that genesis depends on.
    this.#genesis = this.#recall('ledger genesis', this.chainId, () =>
      createGenesisBlock(genesis, this.#registry, this.chainId, sha256),
    );
    const { block, tree } = this.#genesis;
    this.#versions = new StateVersions(this.#limits.stateVersions);
    this.#store = createStore({
      genesis: { block, record: new Uint8Array() },
      chainId: this.chainId,
      sha256: crypto.sha256,
      versionOf: (id) => this.#versions.get(id),
      stateVersions: this.#limits.stateVersions,
    });
    this.#keepVersion(block, tree, []);
    this.#head = { state: new TreeReader(tree), height: 0 };

    this.#votes = new RoundVotePool(this.#limits.roundVotes);
    this.#verifier = new Verifier(this.#registry, crypto, this.chainId, this.#votes, this.#limits.verifiedTransactions);
    const onDropped = (id: string, code: string) => this.#emitter.emit('transactionDropped', { id, code });
    this.#mempool = new Mempool(this.#limits, genesis.minimumFee, onDropped);
    this.#intake = new Intake({
      verifier: this.#verifier,
      mempool: this.#mempool,
      votes: this.#votes,
      head: () => this.#head,
      emitter: this.#emitter,
      sha256: crypto.sha256,
      recall: this.#recall,
      limits: this.#limits,
    });
  }

  async read(locator: BlockLocator): Promise<StoredBlock | null> {
    return this.#store.read(locator);
  }

  decode(bytes: Bytes, part: 'block' | 'header'): LedgerBlock | null {
    const decoded = this.#decodedOf(bytes, part);
    return typeof decoded === 'string' ? null : decoded;
  }

  refusalOf(bytes: Bytes): string {
    const decoded = this.#decodedOf(bytes, 'block');
    return typeof decoded === 'string' ? decoded : 'BLOCK_ENCODING';
  }

  async build(request: BuildRequest): Promise<Block | null> {
    const parent = this.#versionOf(request.parentId);
    if (parent === undefined || request.timestamp < parent.timestamp) return null;
    const { block } = buildBlock(
      {
        registry: this.#registry,
        chainId: this.chainId,
        minimumFee: this.#options.genesis.minimumFee,
        mempool: this.#mempool,
        votes: this.#votes,
        buildBytes: this.#limits.buildBytes,
        sha256: this.#options.crypto.sha256,
      },
      request,
      parent,
    );
    return block;
  }

  seal(block: Block, seal: Bytes): Block {
    const { fields, transactions, roundVotes, evidence, certificates } = this.#contentOf(block);
    const body = { transactions, roundVotes, evidence, certificates };
    return assembleBlock({ ...fields, seal }, body, this.#options.crypto.sha256);
  }

  async execute(block: Block, request: ExecuteRequest): Promise<ExecutionResult> {
    if (block.header.id === this.#genesis.block.header.id) return this.#executeGenesis(request);
    const content = this.#contentOf(block);
    const { header } = content;
    const parent = this.#versionOf(header.parentId);
    if (parent === undefined) return { kind: 'unavailable' };
    if (header.height !== parent.height + 1) return { kind: 'invalid', code: 'BLOCK_HEIGHT' };
    if (header.timestamp < parent.timestamp) return { kind: 'invalid', code: 'BLOCK_TIME' };
    const verified = await this.#verifier.verify(content.transactions, content.roundVotes);
    if (typeof verified === 'string') return { kind: 'invalid', code: verified };

    const executed = this.#advance(content, verified, parent, request.directives);
    return typeof executed === 'string' ? { kind: 'invalid', code: executed } : this.#result(executed, request);
  }

  async commit(update: ChainUpdate): Promise<void> {
    const version = this.#versionOf(update.headId);
    if (version === undefined) throw new LedgerError({ code: 'UNKNOWN_BLOCK', id: update.headId });
    // Read before: what the update makes final may rule these blocks out, and then they are gone.
    const abandoned = new Map(update.reverted.map((id) => [id, this.#transactionsOf(id)]));
    const written = this.#store.commit(update);
    if (written !== undefined) await written;
    this.#head = { state: new TreeReader(version.tree), height: version.height };
    if (update.finalized !== undefined) {
      const finalized = this.#store.read({ kind: 'finalized' });
      if (finalized !== null) this.#versions.dropBelow(finalized.block.header.height);
    }
    const fresh = new Map(update.store.map(({ block }) => [block.header.id, block]));
    const applied = update.applied.flatMap((id) => this.#transactionsOf(id, fresh.get(id)));
    const transactionIds = applied.map((transaction) => transaction.id);
    const included = new Set(transactionIds);
    // First, so that what the new branch has included leaves its room to what the old one had.
    this.#mempool.advance(included, this.#head);
    this.#returnReverted(update.reverted, abandoned, included);
    this.#votes.advance(version.height + 1);
    if (update.applied.length === 0) return;
    this.#emitter.emit('headChanged', { headId: update.headId, height: version.height, transactionIds });
  }

  start(): void {
    const { net } = this.#options;
    if (net !== undefined) this.#unsubscribe ??= this.#intake.subscribe(net);
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  async submit(transaction: Bytes): Promise<SubmitResult> {
    const result = await this.#intake.submitTransaction(transaction);
    if (result.kind === 'added') this.#options.net?.send(null, TRANSACTIONS_CHANNEL, transaction);
    return result;
  }

  async submitRoundVote(vote: Bytes): Promise<SubmitResult> {
    const result = await this.#intake.submitRoundVote(vote);
    if (result.kind === 'added') this.#options.net?.send(null, ROUND_VOTES_CHANNEL, vote);
    return result;
  }

  nonceOf(actor: ActorId): number {
    return this.#mempool.nextNonce(actor, this.#head.state);
  }

  pendingCount(): number {
    return this.#mempool.size;
  }

  usage(): readonly BufferUsage[] {
    const parts = [this.#mempool, this.#votes, this.#intake, this.#verifier, this.#versions];
    return parts.flatMap((part) => part.usage());
  }

  stateAt(blockId: BlockId = this.#store.headId): LedgerStateView | undefined {
    const version = this.#versionOf(blockId);
    return version && createStateView(version, this.#options.crypto.sha256);
  }

  #decodedOf(bytes: Bytes, part: 'block' | 'header'): LedgerBlock | BlockEncodingCode {
    const decode = part === 'block' ? decodeBlock : decodeBlockHeader;
    return this.#recall(this.#spaces[part], bytes, () => decode(bytes, this.chainId, this.#options.crypto.sha256));
  }

  /** Brings a store to where its chain is consistent, and stands on its head. */
  async recover(kv: CheckedStore, blocks: DurableBlockStore): Promise<RecoveryReport> {
    const report = await recoverStore({
      kv,
      blocks,
      chainId: this.chainId,
      genesisId: this.#genesis.block.header.id,
      execute: (id) => this.#versionOf(id) !== undefined,
      keepState: (block, tree) => this.#keepStored(this.#contentOf(block), tree),
      keepGenesis: () => this.#keepVersion(this.#genesis.block, this.#genesis.tree, []),
    });
    const version = this.#versionOf(blocks.headId);
    assertInvariant(version !== undefined, 'store', 'the head of a recovered store was executed');
    this.#head = { state: new TreeReader(version.tree), height: version.height };
    return report;
  }

  /** Keeps a state that was read from a store, if it is the one that its block names. */
  #keepStored(content: LedgerBlock, tree: Executed['tree']): boolean {
    if (!sameBytes(rootOf(tree, this.#options.crypto.sha256), content.fields.stateRoot)) return false;
    this.#keepVersion(content, tree, []);
    return true;
  }

  /** State after a block, executed again from the store if it is not in memory. */
  #versionOf(id: BlockId): Version | undefined {
    const known = this.#versions.get(id);
    return known ?? (this.#replay(id) ? this.#versions.get(id) : undefined);
  }

  /** Executes stored blocks from the nearest state in memory; they were verified before they were stored. */
  #replay(id: BlockId): boolean {
    const path: ReplayableBlock[] = [];
    let next = id;
    while (this.#versions.get(next) === undefined) {
      const stored = path.length < this.#limits.stateVersions ? this.#store.replayable(next) : null;
      if (stored === null) return false;
      path.push(stored);
      next = stored.block.header.parentId;
    }
    for (const { block, directives } of path.reverse()) {
      const content = this.#contentOf(block);
      const parent = this.#versions.get(content.header.parentId);
      const prepared = content.transactions.map((transaction) => this.#verifier.prepare(transaction));
      if (parent === undefined || !isPrepared(prepared)) return false;
      if (typeof this.#advance(content, prepared, parent, directives) === 'string') return false;
    }
    return true;
  }

  /** Executes a block whose signatures hold, and keeps its state. @returns A code if the block is not valid. */
  #advance(
    content: LedgerBlock,
    transactions: readonly PreparedTransaction[],
    parent: Version,
    directives: readonly Directive[],
  ): Executed | string {
    const executed = this.#run(content, transactions, parent, directives);
    if (typeof executed === 'string') return executed;
    const root = rootOf(executed.tree, this.#options.crypto.sha256);
    if (!sameBytes(root, content.fields.stateRoot)) return 'STATE_ROOT_MISMATCH';
    this.#keepVersion(content, executed.tree, directives);
    return executed;
  }

  #run(
    block: LedgerBlock,
    transactions: readonly PreparedTransaction[],
    parent: Version,
    directives: readonly Directive[],
  ): Executed | string {
    const { height, parentId, timestamp, author } = block.header;
    const frame = { chainId: this.chainId, height, parentId, timestamp, author };
    const execution = new BlockExecution(
      this.#registry,
      { ...frame, minimumFee: this.#options.genesis.minimumFee },
      parent.tree,
      this.#candidates,
    );
    execution.begin(directives);
    for (const vote of block.roundVotes) {
      const code = execution.applyRoundVote(vote);
      if (code !== undefined) return code;
    }
    for (const transaction of transactions) {
      const code = execution.applyTransaction(transaction);
      if (code !== undefined) return code;
    }
    return execution.finish();
  }

  async #executeGenesis(request: ExecuteRequest): Promise<ExecutionResult> {
    const claims = genesisClaims(this.#options.genesis);
    if (claims.length > 0) {
      const result = await this.#options.crypto.verify(ledgerScope(GENESIS_SCOPE_CHAIN_ID), claims);
      if (result.kind === 'invalid') return { kind: 'invalid', code: result.code };
    }
    return this.#result(this.#genesis, request);
  }

  #result({ facts, tree }: Executed, { census }: ExecuteRequest): ExecutionResult {
    if (census === undefined) return { kind: 'executed', facts };
    return { kind: 'executed', facts, census: censusOf(this.#registry.modules, new TreeReader(tree), census) };
  }

  #keepVersion({ header }: LedgerBlock, tree: Executed['tree'], directives: readonly Directive[]): void {
    const { height, timestamp } = header;
    const root = rootOf(tree, this.#options.crypto.sha256);
    this.#versions.add(header.id, { height, timestamp, tree, root, directives }, this.#store.headId);
  }

  /** The ledger's own form of a block; a host may have stored and restored it as bytes. */
  #contentOf(block: Block): LedgerBlock {
    if ('fields' in block) return block as LedgerBlock;
    const content = this.decode(block.bytes, 'block');
    if (content === null) throw new LedgerError({ code: 'INVALID_VALUE', what: 'block', reason: 'not canonical' });
    return content;
  }

  #transactionsOf(id: BlockId, fresh?: Block): LedgerBlock['transactions'] {
    const block = fresh ?? this.#store.read({ kind: 'id', id })?.block;
    return block === undefined ? [] : this.#contentOf(block).transactions;
  }

  /** Transactions of abandoned blocks wait again, oldest first, unless the new branch has them too; who finds no place is told of. */
  #returnReverted(
    reverted: readonly BlockId[],
    transactionsOf: ReadonlyMap<BlockId, LedgerBlock['transactions']>,
    included: ReadonlySet<string>,
  ): void {
    for (const id of [...reverted].reverse()) {
      for (const transaction of transactionsOf.get(id) ?? []) {
        if (included.has(transaction.id)) continue;
        const prepared = this.#verifier.prepare(transaction);
        const code = typeof prepared === 'string' ? prepared : this.#mempool.add(prepared, this.#head);
        if (code !== undefined) this.#emitter.emit('transactionDropped', { id: transaction.id, code });
      }
    }
  }
}

function isPrepared(list: readonly (PreparedTransaction | string)[]): list is readonly PreparedTransaction[] {
  return list.every((item) => typeof item !== 'string');
}

/** For every kind in the order asked for, core modules before others. */
function censusOf(modules: readonly LedgerModule[], state: TreeReader, kinds: readonly FactKind[]): Iterable<Fact> {
  return {
    *[Symbol.iterator]() {
      for (const kind of kinds) {
        for (const module of modules) yield* module.census?.(state, kind) ?? [];
      }
    },
  };
}
