/**
 * A chain without accounts: the least that a host can run on.
 *
 * @module
 */
import { type Bytes, ByteWriter, type Fact, type FactKind, type HashFunction, type Millis } from '@fiducia/consensus';
import type {
  Block,
  BlockLocator,
  BuildRequest,
  ChainPort,
  ChainUpdate,
  CryptoPort,
  ExecuteRequest,
  ExecutionResult,
  StoredBlock,
} from '@fiducia/consensus/ports';
import { type BlockFormat, createBlockFormat, createMemoryBlocks, type MemoryBlocks } from '@fiducia/host';

/** What a chain without accounts consists of; the same on all nodes. */
export interface BareChainOptions {
  /** Time of the first block, from which protocols with slots count. */
  readonly genesisTimestamp: Millis;
  /** Tells chains apart: signatures and blocks of one are void on any other. */
  readonly chainName: string;
  /** SHA-256 for block ids. */
  readonly sha256: HashFunction;
  /** That of the crypto port; absent: every node decodes for itself. */
  readonly recall?: CryptoPort['recall'];
  /** Facts that plugins may want of it. None if left out. */
  readonly provides?: Iterable<FactKind>;
  /**
   * Facts that a block establishes, a pure function of the block; those of genesis are what the first era starts
   * from. None if left out.
   */
  factsOf?(block: Block): readonly Fact[];
  /** Opaque bytes for the body of a block that is built. Empty if left out. */
  payloadOf?(request: BuildRequest): Bytes;
}

/** Chain port of one node, with its own blocks in memory. */
export interface BareChain extends ChainPort {
  /** 32 bytes that follow from the name of the chain. */
  readonly chainId: Bytes;
  /** First block, equal on all nodes. */
  readonly genesis: Block;
}

/**
 * Creates the chain of one node on the block format of the host. It has no accounts and no transactions, never finds
 * a block invalid, and ignores directives: what remains is consensus, at the least cost per block.
 *
 * Not for protocols whose members must be able to lose a deposit, and not for checks of balances.
 *
 * @example
 * ```ts
 * const chain = createBareChain({ genesisTimestamp: simulation.now(), chainName: 'test', sha256: crypto.sha256 });
 * const node = createBareNode({ ports: simulation.addNode('ada'), chain, crypto, signer, plugins, eras });
 * ```
 */
export function createBareChain(options: BareChainOptions): BareChain {
  return new BareChainPort(options);
}

/** A class: functions of its own for each node are as many more things to look at wherever a thousand of them take turns. */
class BareChainPort implements BareChain {
  readonly chainId: Bytes;
  readonly genesis: Block;
  readonly provides: ReadonlySet<FactKind>;
  readonly #blocks: MemoryBlocks;
  readonly #recall: Required<CryptoPort>['recall'];
  readonly #blockSpace: string;
  readonly #headerSpace: string;
  readonly #format: BlockFormat;
  readonly #factsOf: NonNullable<BareChainOptions['factsOf']>;
  readonly #payloadOf: NonNullable<BareChainOptions['payloadOf']>;

  constructor(options: BareChainOptions) {
    const { genesisTimestamp, chainName, sha256, provides = [], factsOf = noFacts, payloadOf = noPayload } = options;
    this.chainId = sha256(new ByteWriter().text('bare chain').text(chainName).finish());
    this.provides = new Set(provides);
    this.#recall = options.recall ?? ((_space, _bytes, compute) => compute());
    this.#blockSpace = `bare block/${chainName}`;
    this.#headerSpace = `bare header/${chainName}`;
    this.#format = createBlockFormat({ chainId: this.chainId, sha256 });
    this.#factsOf = factsOf;
    this.#payloadOf = payloadOf;
    this.genesis = this.#format.composeGenesis({ root: EMPTY, payload: EMPTY }, genesisTimestamp);
    this.#blocks = createMemoryBlocks(this.genesis);
  }

  read(locator: BlockLocator): StoredBlock | null {
    return this.#blocks.read(locator);
  }

  commit(update: ChainUpdate): void {
    // What a host keeps beside a block is the same on every node, and longer as an array than as bytes.
    const store = update.store.map((item) => ({
      ...item,
      record: this.#recall(RECORD_SPACE, item.record, () => item.record),
    }));
    this.#blocks.commit({ ...update, store });
  }

  decode(bytes: Bytes, part: 'block' | 'header'): Block | null {
    const space = part === 'block' ? this.#blockSpace : this.#headerSpace;
    return this.#recall(space, bytes, () => this.#format.decode(bytes, part));
  }

  seal(block: Block, seal: Bytes): Block {
    return this.#format.seal(block, seal);
  }

  build(request: BuildRequest): Block | null {
    const parent = this.read({ kind: 'id', id: request.parentId });
    if (parent === null) return null;
    const height = parent.block.header.height + 1;
    return this.#format.compose({ ...request, height }, { root: EMPTY, payload: this.#payloadOf(request) }, request);
  }

  execute(block: Block, { census }: ExecuteRequest): ExecutionResult {
    const facts = this.#factsOf(block);
    if (census === undefined) return { kind: 'executed', facts };
    return { kind: 'executed', facts, census: facts.filter(({ kind }) => census.includes(kind)) };
  }
}

const RECORD_SPACE = 'bare record';
const EMPTY: Bytes = new Uint8Array();
const noFacts = (): readonly Fact[] => [];
const noPayload = (): Bytes => EMPTY;
