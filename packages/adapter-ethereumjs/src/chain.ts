/**
 * Blockchain, virtual machine and consensus as one: import, build, seal, choose the head.
 *
 * @module
 */
import type { Block } from '@ethereumjs/block';
import type { Blockchain } from '@ethereumjs/blockchain';
import type { TypedTransaction } from '@ethereumjs/tx';
import { createAddressFromString, isValidAddress } from '@ethereumjs/util';
import type { VM } from '@ethereumjs/vm';
import {
  type ActorId,
  type BlockId,
  type Bytes,
  type ConsensusHeader,
  compareHeads,
  type HeaderContext,
  type Millis,
  type Tip,
} from '@fiducia/consensus';
import { attachSeal, decodeBlock, findBlock, makeCanonical } from './blocks.ts';
import type { EthereumConsensus, Judgement } from './consensus.ts';
import type { DirectiveHook } from './directives.ts';
import { AdapterError, isAdapterError } from './errors.ts';
import { type ExecutionBase, Executor } from './execution.ts';
import { encodeExtraData } from './extra-data.ts';
import { blockIdOf } from './identity.ts';

/** What {@link createEthereumChain} joins. */
export interface EthereumChainOptions<State> {
  /** Blocks; created with `consensus` in its `consensusDict` and with `validateConsensus`. */
  readonly blockchain: Blockchain;
  /** Virtual machine; its state manager must keep the states of past blocks. */
  readonly vm: VM;
  /** The consensus object of `blockchain`. */
  readonly consensus: EthereumConsensus<State>;
  /** Applies directives. @defaultValue nothing is applied */
  readonly directives?: DirectiveHook;
  /** Longest block that is taken from a peer, in bytes. @defaultValue 8 388 608 */
  readonly blockBytesMax?: number;
  /**
   * Deepest parent of a new block, counted from the head. Deriving the state of an older one would cost more than a peer
   * may cause; branches that leave the chain there are not followed, so let it be longer than any cut of the network that is to
   * heal by itself, and keep states and checkpoints of consensus accordingly. @defaultValue 768, three of the default checkpoints
   */
  readonly reorgBlocksMax?: number;
}

/** What became of a block; nothing a peer sends makes the import throw. */
export type ImportOutcome =
  /** Valid and stored; `isHead` says whether the chain now ends with it. */
  | { readonly kind: 'imported'; readonly header: ConsensusHeader; readonly isHead: boolean }
  /** It was stored before. */
  | { readonly kind: 'known'; readonly id: BlockId }
  /** Its parent is not here: ask for it. */
  | { readonly kind: 'orphan'; readonly id: BlockId; readonly parentId: BlockId }
  /**
   * Invalid for ever: the code of the plugin or the crypto port, or `BLOCK_ENCODING`, `BLOCK_TOO_LARGE`, `EXTRA_DATA`,
   * `WRONG_PROTOCOL`, `WRONG_HEIGHT`, `WRONG_DIFFICULTY`, `WRONG_GENESIS`, `PROOFS_NOT_ALLOWED`, `UNCLES_NOT_ALLOWED`,
   * `BEACON_DATA_NOT_ALLOWED`, `EXECUTION_INVALID`, `BLOCK_INVALID`.
   */
  | { readonly kind: 'rejected'; readonly code: string }
  /** Try again at `until`. */
  | { readonly kind: 'early'; readonly until: Millis }
  /** The state of the parent is not here any more, or too deep below the head. */
  | { readonly kind: 'unavailable' };

/** What to build. */
export interface BuildOptions {
  /** Block to build on. */
  readonly parentId: BlockId;
  /** Time to claim, in whole seconds as milliseconds. */
  readonly timestamp: Millis;
  /** Who will seal the block and gets the fees. */
  readonly author: ActorId;
  /** Data of the plugin for the header. */
  readonly digest: Bytes;
  /** Candidates in order; those that do not fit or are invalid are passed over. */
  readonly transactions: readonly TypedTransaction[];
}

/** A change of the head. */
export interface HeadChange<State> {
  /** The new head. */
  readonly tip: Tip<State>;
  /** Blocks that left the adopted branch, newest first. */
  readonly reverted: readonly BlockId[];
  /** Blocks that joined it, oldest first. */
  readonly applied: readonly BlockId[];
}

/** An EthereumJS chain under a Fiducia plugin. Calls are answered one after the other. */
export interface EthereumChain<State> {
  /** The consensus object. */
  readonly consensus: EthereumConsensus<State>;
  /** Adopted head. */
  head(): Tip<State>;
  /** Decodes, judges, executes and stores a block of a peer, and chooses the head anew. */
  importBlock(bytes: Bytes): Promise<ImportOutcome>;
  /** A stored block of any branch, or `null`. */
  blockOf(id: BlockId): Promise<Block | null>;
  /**
   * Builds an unsealed block: directives first, then transactions.
   *
   * @returns `null` if the parent or its state is not here.
   * @throws {@link AdapterError} with `TIMESTAMP_FRACTION` or `AUTHOR_INVALID`.
   */
  build(options: BuildOptions): Promise<Block | null>;
  /** Attaches a seal; the hash changes, what was signed does not. */
  seal(block: Block, seal: Bytes): Block;
  /** Calls back after every change of the head, until the returned function is called. */
  onHeadChanged(listener: (change: HeadChange<State>) => void): () => void;
}

/** Blocks built here whose execution is known to be valid. */
const BUILT_MAX = 64;

const MS_PER_SECOND = 1_000;

/**
 * Joins a blockchain and a virtual machine under a consensus object.
 *
 * The head is chosen as in contract H-20: what the plugin prefers, then weight, then the lower id. EthereumJS itself only knows
 * the heavier branch and keeps the first of two equal ones; the canonical chain is moved through its public methods when it
 * differs. A crash in between leaves a canonical chain that ends earlier, and the next import moves it again.
 *
 * @throws {@link AdapterError} with `STATE_UNAVAILABLE` if the state of the stored head cannot be derived.
 * @example
 * ```ts
 * const chain = await createEthereumChain({ blockchain, vm, consensus });
 * chain.head().header.height;
 * ```
 */
export async function createEthereumChain<State>(options: EthereumChainOptions<State>): Promise<EthereumChain<State>> {
  const header = await options.blockchain.getCanonicalHeadHeader();
  return new Chain(options, await options.consensus.tipAfter(header.hash()));
}

class Chain<State> implements EthereumChain<State> {
  readonly consensus: EthereumConsensus<State>;
  readonly #options: EthereumChainOptions<State>;
  readonly #executor: Executor;
  readonly #listeners = new Set<(change: HeadChange<State>) => void>();
  /** Seal hashes. */
  readonly #built = new Set<string>();
  #head: Tip<State>;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: EthereumChainOptions<State>, head: Tip<State>) {
    this.consensus = options.consensus;
    const { vm, directives, blockchain } = options;
    this.#options = options;
    this.#executor = new Executor(vm, directives, (hash) => blockchain.getBlock(hash));
    this.#head = head;
  }

  head(): Tip<State> {
    return this.#head;
  }

  importBlock(bytes: Bytes): Promise<ImportOutcome> {
    return this.#inTurn(() => this.#import(bytes));
  }

  async blockOf(id: BlockId): Promise<Block | null> {
    return (await this.#stored(id)) ?? null;
  }

  build(options: BuildOptions): Promise<Block | null> {
    return this.#inTurn(() => this.#build(options));
  }

  seal(block: Block, seal: Bytes): Block {
    return attachSeal(block, seal);
  }

  onHeadChanged(listener: (change: HeadChange<State>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The virtual machine has one state, so nothing may overlap. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const answer = this.#queue.then(work);
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  async #import(bytes: Bytes): Promise<ImportOutcome> {
    if (bytes.length > (this.#options.blockBytesMax ?? BLOCK_BYTES_MAX)) return rejected('BLOCK_TOO_LARGE');
    const block = this.#decode(bytes);
    if (block === undefined) return rejected('BLOCK_ENCODING');
    const id = blockIdOf(block.hash());
    if ((await this.#stored(id)) !== undefined) return { kind: 'known', id };
    const parentId = blockIdOf(block.header.parentHash);
    const parent = await this.#stored(parentId);
    if (parent === undefined) return { kind: 'orphan', id, parentId };
    const depth = this.#head.header.height - Number(parent.header.number);
    if (depth > (this.#options.reorgBlocksMax ?? REORG_BLOCKS_MAX)) return { kind: 'unavailable' };
    const judgement = await this.consensus.judge(block.header);
    return judgement.kind === 'accepted' ? this.#execute(block, parent, judgement.header) : judgement;
  }

  #decode(bytes: Bytes): Block | undefined {
    return decodeBlock(bytes, this.#options.blockchain.common);
  }

  async #execute(block: Block, parent: Block, header: ConsensusHeader): Promise<ImportOutcome> {
    const before = await this.consensus.tipAfter(header.parentId);
    const sealHash = blockIdOf(header.sealHash);
    if (!this.#built.delete(sealHash)) {
      if (!(await this.#executor.hasStateOf(parent))) return { kind: 'unavailable' };
      const base = this.#baseOf(parent, before, header);
      if (!(await this.#executor.run(block, base))) return rejected('EXECUTION_INVALID');
    }
    try {
      await this.#options.blockchain.putBlock(block);
    } catch (error) {
      // It validates base fee, gas limit and transactions, and says what is wrong by a text.
      if (!isAdapterError(error)) return rejected('BLOCK_INVALID');
      return error.data.code === 'BLOCK_REFUSED' ? rejected(error.data.reason) : { kind: 'unavailable' };
    }
    const tip = await this.consensus.tipAfter(header.id);
    const isHead = compareHeads(this.consensus.rules(), tip, this.#head) > 0;
    await this.#adopt(isHead ? tip : this.#head);
    return { kind: 'imported', header, isHead };
  }

  async #build(options: BuildOptions): Promise<Block | null> {
    const { parentId, timestamp, author, digest, transactions } = options;
    if (timestamp % MS_PER_SECOND !== 0) throw new AdapterError({ code: 'TIMESTAMP_FRACTION', timestamp });
    if (!isValidAddress(author)) throw new AdapterError({ code: 'AUTHOR_INVALID', author });
    const parentBlock = await this.#stored(parentId);
    if (parentBlock === undefined || !(await this.#executor.hasStateOf(parentBlock))) return null;
    const parent = await this.consensus.tipAfter(parentId);
    const { protocol } = this.consensus;
    const context = { parentId, height: parent.header.height + 1, timestamp, author, protocol, digest };
    const extraData = encodeExtraData({ protocol, digest, proofs: NO_BYTES, seal: NO_BYTES });
    const headerData = {
      coinbase: createAddressFromString(author),
      timestamp: BigInt(timestamp / MS_PER_SECOND),
      difficulty: this.consensus.difficultyOf(parent, context),
      extraData,
    };
    const base = this.#baseOf(parentBlock, parent, context);
    const block = await this.#executor.build(headerData, transactions, base);
    if (block !== null) this.#rememberBuilt(block);
    return block;
  }

  #baseOf(parentBlock: Block, { state }: Tip<State>, context: HeaderContext): ExecutionBase {
    const directives = this.consensus.rules().directives?.(state, context, []) ?? [];
    return { parent: parentBlock, directives, context };
  }

  #rememberBuilt(block: Block): void {
    const header = this.consensus.project(block.header);
    if (header === undefined) return;
    this.#built.add(blockIdOf(header.sealHash));
    const [oldest] = this.#built;
    if (this.#built.size > BUILT_MAX && oldest !== undefined) this.#built.delete(oldest);
  }

  /** Makes the branch of `tip` canonical, if it is not. */
  async #adopt(tip: Tip<State>): Promise<void> {
    const block = await this.#stored(tip.header.id);
    if (block !== undefined) await makeCanonical(this.#options.blockchain, block);
    await this.#announce(tip);
  }

  async #announce(tip: Tip<State>): Promise<void> {
    const before = this.#head;
    if (tip.header.id === before.header.id) return;
    const applied: BlockId[] = [];
    const reverted: BlockId[] = [];
    let [left, right] = [before.header, tip.header];
    while (left.id !== right.id) {
      if (right.height >= left.height) {
        applied.unshift(right.id);
        right = (await this.consensus.tipAfter(right.parentId)).header;
      } else {
        reverted.push(left.id);
        left = (await this.consensus.tipAfter(left.parentId)).header;
      }
    }
    this.#head = tip;
    for (const listener of this.#listeners) listener({ tip, reverted, applied });
  }

  #stored(id: BlockId): Promise<Block | undefined> {
    return findBlock(this.#options.blockchain, id);
  }
}

const NO_BYTES = new Uint8Array();
const BLOCK_BYTES_MAX = 8_388_608;
const REORG_BLOCKS_MAX = 768;

function rejected(code: string): Extract<Judgement, { readonly kind: 'rejected' }> {
  return { kind: 'rejected', code };
}
