/**
 * A chain without accounts: the least that a host can run on.
 *
 * @module
 */
import { type Bytes, ByteWriter, type Fact, type FactKind, type HashFunction, type Millis } from '@fiducia/consensus';
import type { Block, BuildRequest, ChainPort, CryptoPort } from '@fiducia/consensus/ports';
import { createBlockFormat, createMemoryBlocks } from '@fiducia/host';

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
  const { genesisTimestamp, chainName, sha256, provides = [], factsOf = noFacts, payloadOf = noPayload } = options;
  const recall = options.recall ?? ((_space, _bytes, compute) => compute());
  const chainId = sha256(new ByteWriter().text('bare chain').text(chainName).finish());
  const format = createBlockFormat({ chainId, sha256 });
  const spaces = { block: `bare block/${chainName}`, header: `bare header/${chainName}`, record: 'bare record' };
  const genesis = format.composeGenesis({ root: EMPTY, payload: EMPTY }, genesisTimestamp);
  const blocks = createMemoryBlocks(genesis);
  return {
    ...blocks,
    chainId,
    genesis,
    provides: new Set(provides),
    commit(update) {
      // What a host keeps beside a block is the same on every node, and longer as an array than as bytes.
      const store = update.store.map((item) => ({
        ...item,
        record: recall(spaces.record, item.record, () => item.record),
      }));
      blocks.commit({ ...update, store });
    },
    decode: (bytes, part) => recall(spaces[part], bytes, () => format.decode(bytes, part)),
    seal: format.seal,
    build(request) {
      const parent = blocks.read({ kind: 'id', id: request.parentId });
      if (parent === null) return null;
      const height = parent.block.header.height + 1;
      return format.compose({ ...request, height }, { root: EMPTY, payload: payloadOf(request) }, request);
    },
    execute(block, { census }) {
      const facts = factsOf(block);
      if (census === undefined) return { kind: 'executed', facts };
      return { kind: 'executed', facts, census: facts.filter(({ kind }) => census.includes(kind)) };
    },
  };
}

const EMPTY: Bytes = new Uint8Array();
const noFacts = (): readonly Fact[] => [];
const noPayload = (): Bytes => EMPTY;
