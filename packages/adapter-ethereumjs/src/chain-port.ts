/**
 * Blockchain and virtual machine of EthereumJS as the chain of a Fiducia host.
 *
 * @module
 */
import { type BlockHeader, createBlockHeaderFromRLP, type Block as EthereumBlock } from '@ethereumjs/block';
import type { Blockchain } from '@ethereumjs/blockchain';
import type { TypedTransaction } from '@ethereumjs/tx';
import { createAddressFromString, equalsBytes, isValidAddress } from '@ethereumjs/util';
import type { VM } from '@ethereumjs/vm';
import type { BlockId, Bytes, Fact, FactKind } from '@fiducia/consensus';
import { tryDecode } from '@fiducia/consensus';
import type {
  Block,
  BlockLocator,
  BuildRequest,
  ChainPort,
  ChainUpdate,
  ExecuteRequest,
  ExecutionResult,
  StoredBlock,
} from '@fiducia/consensus/ports';
import { attachSeal, decodeBlock, findBlock, hasBeaconData, makeCanonical } from './blocks.ts';
import type { DirectiveHook } from './directives.ts';
import { Executor } from './execution.ts';
import { decodeExtraData, encodeExtraData, PROOFS_BYTES_MAX } from './extra-data.ts';
import type { FactSource } from './facts.ts';
import { blockIdOf, type ChainIdentity, projectHeader } from './identity.ts';
import { PortRecords } from './port-records.ts';
import { decodeProofs, encodeProofs } from './proofs.ts';
import type { CheckpointStore } from './states.ts';

/** What {@link createEthereumChainPort} joins. */
export interface EthereumChainPortOptions {
  /** Blocks; created without consensus validation, which is the host's. Its `Common` is that of {@link createChainConfig}. */
  readonly blockchain: Blockchain;
  /** Virtual machine; its state manager must keep the states of past blocks. */
  readonly vm: VM;
  /** Where facts come from. */
  readonly facts: FactSource;
  /** What the host stores beside blocks; not the database of `blockchain`. */
  readonly store: CheckpointStore;
  /** Identity of the chain, 32 bytes: the `chainId` of the host. */
  readonly identity: ChainIdentity;
  /** Applies directives. @defaultValue nothing is applied */
  readonly directives?: DirectiveHook;
  /** Candidates for the next block, in order. @defaultValue none */
  readonly transactions?: () => readonly TypedTransaction[];
}

/** Blocks executed and not yet stored; the host stores each soon after. */
const PENDING_MAX = 1_024;
const DIFFICULTY = 1n;
const MS_PER_SECOND = 1_000;

/**
 * Creates the chain of a host (`createHost` of `@fiducia/host`): blocks and accounts are those of EthereumJS, everything
 * around consensus is the host's, with evidence, gadgets, messages, fork choice and restart.
 *
 * The weight of a branch is the host's business, so every block has difficulty 1 and the canonical chain follows the host.
 * Evidence and certificates travel in the extra data. Headers count whole seconds: a block claims the next one.
 *
 * What the host stores is written before the pointer to the head, and a block without a record counts as absent. A crash within
 * `commit` leaves the old head, to which the canonical chain returns with the next one.
 *
 * @example
 * ```ts
 * const chain = createEthereumChainPort({ blockchain, vm, facts, store, identity: { chainId, sha256: crypto.sha256 } });
 * const host = createHost({ chain, chainId, crypto, signer, net, log, clock, plugins: [dtDpos()], eras });
 * ```
 * @see docs/spec/contract.md, section 11.
 */
export function createEthereumChainPort(options: EthereumChainPortOptions): ChainPort {
  return new EthereumChainPort(options);
}

class EthereumChainPort implements ChainPort {
  readonly provides: ReadonlySet<FactKind>;
  readonly #options: EthereumChainPortOptions;
  readonly #executor: Executor;
  readonly #records: PortRecords;
  readonly #pending = new Map<BlockId, EthereumBlock>();
  #queue: Promise<unknown> | undefined;

  constructor(options: EthereumChainPortOptions) {
    const { vm, directives, facts, store } = options;
    this.provides = facts.provides;
    this.#options = options;
    this.#records = new PortRecords(store);
    this.#executor = new Executor(vm, directives, async (hash) => {
      const block = await this.#find(blockIdOf(hash));
      if (block === undefined) throw new Error(`no block ${blockIdOf(hash)}`);
      return block;
    });
  }

  async read(locator: BlockLocator): Promise<StoredBlock | null> {
    const { blockchain } = this.#options;
    const genesisId = blockIdOf(blockchain.genesisBlock.hash());
    const id = await this.#idAt(locator, genesisId);
    if (id === null) return null;
    const stored = await this.#records.read(id);
    if (stored === null && id !== genesisId) return null;
    const found = await findBlock(blockchain, id);
    const block = found === undefined ? null : this.#project(found.header, found);
    return block === null ? null : { block, record: new Uint8Array(), ...stored };
  }

  async #idAt(locator: BlockLocator, genesisId: BlockId): Promise<BlockId | null> {
    switch (locator.kind) {
      case 'genesis':
        return genesisId;
      case 'head':
        return (await this.#records.pointers())?.head ?? genesisId;
      case 'finalized':
        return (await this.#records.pointers())?.finalized ?? genesisId;
      case 'id':
        return locator.id;
      case 'height':
        return this.#inTurn(() => this.#idAtHeight(locator.height));
    }
  }

  async #idAtHeight(height: number): Promise<BlockId | null> {
    const hash = await this.#options.blockchain.safeNumberToHash(BigInt(height));
    return hash === false ? null : blockIdOf(hash);
  }

  /** Also before the first answer: a crash may have left a canonical chain that was not committed. */
  async #followHead(): Promise<void> {
    const { blockchain } = this.#options;
    const pointers = await this.#records.pointers();
    const head = pointers && (await findBlock(blockchain, pointers.head));
    if (head !== undefined) await makeCanonical(blockchain, head);
  }

  /** Nobody may look at the canonical chain while it moves. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#queue ??= this.#followHead();
    const answer = this.#queue.then(work);
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  decode(bytes: Bytes, part: 'block' | 'header'): Block | null {
    const { common } = this.#options.blockchain;
    if (part === 'block') {
      const block = decodeBlock(bytes, common);
      return block === undefined || block.uncleHeaders.length > 0 ? null : this.#project(block.header, block);
    }
    const header = tryDecode(() => createBlockHeaderFromRLP(bytes, { common, setHardfork: true }));
    return header !== undefined && equalsBytes(header.serialize(), bytes) ? this.#project(header) : null;
  }

  #project(header: BlockHeader, block?: EthereumBlock): Block | null {
    const projected = projectHeader(header, this.#options.identity);
    const extra = decodeExtraData(header.extraData);
    const proofs = header.isGenesis() ? NO_PROOFS : extra && decodeProofs(extra.proofs);
    if (projected === undefined || proofs === undefined) return null;
    const bytes = block?.serialize() ?? new Uint8Array();
    return { header: projected, headerBytes: header.serialize(), bytes, ...proofs };
  }

  async build(request: BuildRequest): Promise<Block | null> {
    const { parentId, author, protocol, digest, directives } = request;
    const parent = await this.#find(parentId);
    const proofs = encodeProofs(request);
    if (parent === undefined || !isValidAddress(author) || proofs.length > PROOFS_BYTES_MAX) return null;
    if (!(await this.#executor.hasStateOf(parent))) return null;
    const seconds = Math.ceil(request.timestamp / MS_PER_SECOND);
    const height = Number(parent.header.number) + 1;
    const context = { parentId, height, timestamp: seconds * MS_PER_SECOND, author, protocol, digest };
    const headerData = {
      coinbase: createAddressFromString(author),
      timestamp: BigInt(seconds),
      difficulty: DIFFICULTY,
      extraData: encodeExtraData({ protocol, digest, proofs, seal: new Uint8Array() }),
    };
    const transactions = this.#options.transactions?.() ?? [];
    const built = await this.#executor.build(headerData, transactions, { parent, directives, context });
    return built === null ? null : this.#project(built.header, built);
  }

  seal(block: Block, seal: Bytes): Block {
    const decoded = decodeBlock(block.bytes, this.#options.blockchain.common);
    const sealed = decoded === undefined ? undefined : attachSeal(decoded, seal);
    return (sealed && this.#project(sealed.header, sealed)) ?? block;
  }

  async execute(block: Block, { directives, census }: ExecuteRequest): Promise<ExecutionResult> {
    const { facts, blockchain } = this.#options;
    const decoded = decodeBlock(block.bytes, blockchain.common);
    if (decoded === undefined) return { kind: 'invalid', code: 'BLOCK_ENCODING' };
    const { stateRoot: root } = decoded.header;
    let told: readonly Fact[] | null = [];
    if (!decoded.isGenesis()) {
      const parent = await this.#find(block.header.parentId);
      if (parent === undefined || !(await this.#executor.hasStateOf(parent))) return { kind: 'unavailable' };
      if (!(await isValidChild(decoded, parent))) return { kind: 'invalid', code: 'BLOCK_INVALID' };
      const base = { parent, directives, context: block.header };
      if (!(await this.#executor.run(decoded, base))) return { kind: 'invalid', code: 'EXECUTION_INVALID' };
      this.#hold(block.header.id, decoded);
      told = await facts.factsOf({ height: block.header.height, parentRoot: parent.header.stateRoot, root });
    }
    const counted = census === undefined ? undefined : await facts.census(root);
    if (told === null || counted === null) return { kind: 'unavailable' };
    return {
      kind: 'executed',
      facts: told,
      ...(counted && { census: counted.filter(({ kind }) => census?.includes(kind)) }),
    };
  }

  commit(update: ChainUpdate): Promise<void> {
    return this.#inTurn(() => this.#commit(update));
  }

  async #commit({ store, headId, finalized, checkpoint }: ChainUpdate): Promise<void> {
    const { blockchain } = this.#options;
    // Read first: if the chunks cannot be made, nothing of the update may become visible.
    const chunks = checkpoint === undefined ? undefined : [...checkpoint.chunks];
    for (const { block, record, proof } of store) {
      const decoded = this.#pending.get(block.header.id) ?? decodeBlock(block.bytes, blockchain.common);
      if (decoded === undefined) continue;
      if (!decoded.isGenesis()) await blockchain.putBlock(decoded);
      await this.#records.write(block.header.id, { record, ...(proof && { proof }) });
      this.#pending.delete(block.header.id);
    }
    if (checkpoint !== undefined && chunks !== undefined)
      await this.#records.write(checkpoint.id, { checkpoint: chunks });
    if (finalized?.proof !== undefined) await this.#records.write(finalized.id, { proof: finalized.proof });
    await this.#records.point({ head: headId, ...(finalized && { finalized: finalized.id }) });
    await this.#followHead();
  }

  #hold(id: BlockId, block: EthereumBlock): void {
    this.#pending.set(id, block);
    const [oldest] = this.#pending.keys();
    if (this.#pending.size > PENDING_MAX && oldest !== undefined) this.#pending.delete(oldest);
  }

  async #find(id: BlockId): Promise<EthereumBlock | undefined> {
    return this.#pending.get(id) ?? (await findBlock(this.#options.blockchain, id));
  }
}

const NO_PROOFS = { evidence: [], certificates: [] } as const;

/**
 * What EthereumJS checks of a header when it is put. A block has to be judged before that: its parent may not be stored yet.
 */
async function isValidChild(block: EthereumBlock, { header: parent }: EthereumBlock): Promise<boolean> {
  const { header } = block;
  if (header.timestamp <= parent.timestamp || header.difficulty !== DIFFICULTY) return false;
  if (header.baseFeePerGas !== parent.calcNextBaseFee() || hasBeaconData(header)) return false;
  if (header.excessBlobGas !== undefined && header.excessBlobGas !== parent.calcNextExcessBlobGas(header.common))
    return false;
  try {
    header.validateGasLimit(parent);
    await block.validateData();
    return true;
  } catch {
    return false;
  }
}
