/**
 * Blocks in a {@link KvStore}: everything of an update in one commit (storage S2).
 *
 * @module
 */
import type { BlockId, Bytes, HashFunction, Height } from '@fiducia/consensus';
import type { BlockLocator, ChainUpdate, StoredBlock } from '@fiducia/consensus/ports';
import { decodeBlock } from '../block/codec.ts';
import { sameBytes } from '../codec.ts';
import { isLedgerError, LedgerError } from '../errors.ts';
import type { Version } from '../state/versions.ts';
import { type BlockStore, compactBlock, planUpdate, type ReplayableBlock, type UpdatePlan } from './block-store.ts';
import type { CheckedStore } from './checked-store.ts';
import { decodeDirectives, encodeDirectives } from './directive-codec.ts';
import type { KvWrite } from './kv-store.ts';
import {
  BLOCK_TABLES,
  branchIdOf,
  branchKey,
  decodeBlockRow,
  decodeChunkList,
  encodeBlockRow,
  encodeChunkList,
  encodePosition,
  encodeSchema,
  heightKey,
  heightOf,
  idKey,
  idOf,
  isBlockId,
  KEYS_END,
  KEYS_START,
  type Position,
  positionKey,
  SCHEMA_KEY,
  TABLES,
} from './rows.ts';
import { BASE_STEP_BLOCKS, type StateBase, stateRows } from './state-base.ts';

/** What a durable block store is made of. */
export interface DurableOptions {
  /** Where the rows are. */
  readonly kv: CheckedStore;
  /** Genesis, which follows from the configuration and is not stored. */
  readonly genesis: StoredBlock;
  /** Chain the blocks belong to. */
  readonly chainId: Bytes;
  /** SHA-256. */
  readonly sha256: HashFunction;
  /** Outcome of a block; `undefined` if it was not executed, or too long ago. */
  versionOf(id: BlockId): Version | undefined;
  /** Outcomes that are kept, at most. */
  readonly stateVersions: number;
}

/** Blocks kept decoded, and adopted heights kept in memory, beside what the store holds. */
const RECENT_BLOCKS = 512;

/** Blocks and their index in a store; what was used lately is in memory, too. */
export class DurableBlockStore implements BlockStore {
  readonly #options: DurableOptions;
  readonly #kv: CheckedStore;
  readonly #genesisId: BlockId;
  readonly #recent = new Map<BlockId, StoredBlock>();
  readonly #adopted = new Map<Height, BlockId>();
  #position: Position;
  #base: StateBase;
  /** Blocks with damaged records that no index names, each looked for once. */
  readonly #leftBehind = new Set<BlockId>();
  /** Blocks of the update that is being written: they show once they are durable (storage S3). */
  #arriving: ReadonlySet<BlockId> = new Set();

  constructor(options: DurableOptions) {
    this.#options = options;
    this.#kv = options.kv;
    const { id } = options.genesis.block.header;
    this.#genesisId = id;
    this.#base = { id, height: 0, tree: undefined };
    const [head, finalized] = [
      { headId: id, headHeight: 0 },
      { finalizedId: id, finalizedHeight: 0 },
    ];
    this.#position = { sequence: 0, ...head, ...finalized, baseId: id, baseHeight: 0, ...NOTHING_BESIDE };
  }

  get headId(): BlockId {
    return this.#position.headId;
  }

  /** Where the chain stands. */
  get position(): Position {
    return this.#position;
  }

  /** Stands where a store was found to stand; nothing of the branch is taken from memory any more. */
  moveTo(position: Position, base: StateBase): void {
    this.#position = position;
    this.#base = base;
    this.#adopted.clear();
  }

  /**
   * Takes over a part of the adopted branch that was followed from parent to parent. A disk that put the row of a
   * height in another place left an older one there, which looks as sound as it ever was.
   */
  noteBranch(bottom: Height, ids: readonly BlockId[]): void {
    for (const [index, id] of ids.entries()) this.#noteAdopted(bottom + index, id);
  }

  read(locator: BlockLocator): StoredBlock | null {
    switch (locator.kind) {
      case 'id':
        return this.#indexed(locator.id);
      case 'head':
        return this.#byId(this.#position.headId);
      case 'finalized':
        return this.#byId(this.#position.finalizedId);
      case 'genesis':
        return this.#byId(this.#genesisId);
      case 'height': {
        const id = this.#adoptedAt(locator.height);
        return id === undefined ? null : this.#byId(id);
      }
    }
  }

  /** A block with all that is beside it; fails if any of it is damaged. */
  find(id: BlockId): StoredBlock | null {
    return this.#byId(id);
  }

  replayable(id: BlockId): ReplayableBlock | null {
    const stored = this.#indexed(id);
    // What is not above the kept state has a parent whose state is gone.
    if (stored === null || stored.block.header.height <= this.#base.height) return null;
    const found = this.#kv.get(TABLES.blocks, idKey(id));
    return found ? { block: stored.block, directives: decodeDirectives(decodeBlockRow(found).directives) } : null;
  }

  commit(update: ChainUpdate): Promise<void> {
    const plan = planUpdate(update, {
      headHeight: this.#position.headHeight,
      adoptedAt: (height) => this.#adoptedAt(height),
      find: (id) => this.#byId(id),
    });
    const moved = this.#positionAfter(update, plan);
    const base = this.#baseAfter(moved, plan);
    const beside = { provenIds: provenBy(update), checkpointId: update.checkpoint?.id ?? null };
    const position = { ...moved, baseId: base.id, baseHeight: base.height, ...beside };
    const checkpoint = update.checkpoint && this.#checkpointRows(update.checkpoint);
    const { finalized } = update;
    const proofs = finalized?.proof === undefined ? [] : [row(TABLES.proofs, idKey(finalized.id), finalized.proof)];
    const blocks = [...update.store.flatMap((stored) => this.#blockRows(stored)), ...proofs];
    const writes = [
      ...blocks.filter((write) => !this.#holds(write)),
      ...this.#heightRows(plan),
      ...(base === this.#base ? [] : stateRows(this.#base.tree, base.tree)),
      ...(checkpoint ?? []),
    ];
    if (this.#position.sequence === 0) writes.push(row(TABLES.meta, SCHEMA_KEY, encodeSchema(this.#options.chainId)));
    writes.push(row(TABLES.meta, positionKey(position.sequence), encodePosition(position)));
    return this.#carryOut(update, plan, { writes, position, base });
  }

  async #carryOut(
    update: ChainUpdate,
    { keep, applied }: UpdatePlan,
    {
      writes,
      position,
      base,
    }: { readonly writes: readonly KvWrite[]; readonly position: Position; readonly base: StateBase },
  ): Promise<void> {
    const { headHeight, finalizedHeight } = this.#position;
    this.#arriving = new Set(update.store.map(({ block }) => block.header.id));
    try {
      await this.#kv.commit(writes);
    } finally {
      this.#arriving = new Set();
    }
    this.#position = position;
    this.#base = base;
    for (let height = keep; height <= headHeight; height++) this.#adopted.delete(height);
    for (const [index, id] of applied.entries()) this.#noteAdopted(keep + index, id);
    for (const stored of update.store) {
      this.#leftBehind.delete(stored.block.header.id);
      this.#remember(stored);
    }
    const { finalized, checkpoint } = update;
    if (finalized?.proof !== undefined) this.#amend(finalized.id, { proof: finalized.proof });
    // Read again where it is wanted: a checkpoint may be larger than everything that is kept in memory.
    if (checkpoint !== undefined) this.#recent.delete(checkpoint.id);
    if (position.finalizedHeight > finalizedHeight) await this.#prune(position, finalizedHeight);
  }

  #positionAfter({ headId, finalized }: ChainUpdate, { keep, applied, finalizedHeight }: UpdatePlan): Position {
    const headHeight = keep - 1 + applied.length;
    const position = { ...this.#position, sequence: this.#position.sequence + 1, headId, headHeight };
    const isHigher = finalized !== undefined && finalizedHeight > position.finalizedHeight;
    return isHigher ? { ...position, finalizedId: finalized.id, finalizedHeight } : position;
  }

  /**
   * The lowest adopted block of which the state is in memory and not ruled out as a parent: after opening, the same
   * blocks can be built on as before. It moves in steps, and at once if the branch it stands on is left.
   */
  #baseAfter({ headId, headHeight, finalizedHeight }: Position, plan: UpdatePlan): StateBase {
    const { stateVersions, versionOf } = this.#options;
    const lowest = Math.max(finalizedHeight, headHeight - stateVersions, 0);
    if (plan.keep > this.#base.height && lowest < this.#base.height + BASE_STEP_BLOCKS) return this.#base;
    for (let height = lowest; height <= headHeight; height++) {
      const id = height < plan.keep ? this.#adoptedAt(height) : plan.applied[height - plan.keep];
      const version = id === undefined ? undefined : versionOf(id);
      if (id !== undefined && version !== undefined) return { id, height, tree: version.tree };
    }
    throw new LedgerError({ code: 'UNKNOWN_BLOCK', id: headId });
  }

  #blockRows({ block, record, proof }: StoredBlock): KvWrite[] {
    const { id, height } = block.header;
    const version = this.#options.versionOf(id);
    if (version === undefined) throw new LedgerError({ code: 'UNKNOWN_BLOCK', id });
    const value = encodeBlockRow({ record, directives: encodeDirectives(version.directives), bytes: block.bytes });
    const rows = [row(TABLES.blocks, idKey(id), value), row(TABLES.branches, branchKey(height, id), EMPTY)];
    if (proof !== undefined) rows.push(row(TABLES.proofs, idKey(id), proof));
    return rows;
  }

  #heightRows({ keep, applied }: UpdatePlan): KvWrite[] {
    const writes = applied.map((id, index) => row(TABLES.heights, heightKey(keep + index), idKey(id)));
    for (let height = keep + applied.length; height <= this.#position.headHeight; height++) {
      writes.push(row(TABLES.heights, heightKey(height), null));
    }
    return writes;
  }

  /** Without those that are stored already: most chunks of a large state are. */
  #checkpointRows({ id, chunks }: NonNullable<ChainUpdate['checkpoint']>): KvWrite[] {
    const writes = new Map<string, KvWrite>();
    const hashes: Bytes[] = [];
    for (const chunk of chunks) {
      const hash = this.#options.sha256(chunk);
      hashes.push(hash);
      const write = row(TABLES.chunks, hash, chunk);
      if (!this.#holds(write)) writes.set(idOf(hash), write);
    }
    const list = row(TABLES.checkpoints, idKey(id), encodeChunkList(hashes));
    return this.#holds(list) ? [...writes.values()] : [...writes.values(), list];
  }

  /** What a final block rules out goes in a commit of its own (storage S10). */
  async #prune({ finalizedId, finalizedHeight }: Position, finalBefore: Height): Promise<void> {
    const writes: KvWrite[] = [];
    const final = this.#branchOf(finalizedId, finalBefore);
    // The key says it all.
    for (const [key] of this.#kv.scan(TABLES.branches, KEYS_START, heightKey(finalizedHeight + 1))) {
      const [id, height] = [branchIdOf(key), heightOf(key)];
      writes.push(row(TABLES.branches, key, null));
      if (height > finalBefore ? final.has(id) : this.#adoptedAt(height) === id) continue;
      for (const table of BLOCK_TABLES) writes.push(row(table, idKey(id), null));
      this.#recent.delete(id);
    }
    await this.#kv.commit(writes);
  }

  /** A block and what is below it, down to above a height: each names its parent, whatever became of the index of heights. */
  #branchOf(id: BlockId, above: Height): ReadonlySet<BlockId> {
    const ids = new Set<BlockId>();
    for (let stored = this.#byId(id); stored !== null; ) {
      const { header } = stored.block;
      ids.add(header.id);
      stored = header.height - 1 > above ? this.#byId(header.parentId) : null;
    }
    return ids;
  }

  #adoptedAt(height: Height): BlockId | undefined {
    if (height === 0) return this.#genesisId;
    // While a longer branch is being written, the store may show its heights already.
    if (height > this.#position.headHeight || !Number.isSafeInteger(height) || height < 0) return undefined;
    const known = this.#adopted.get(height);
    if (known !== undefined) return known;
    const id = this.#kv.get(TABLES.heights, heightKey(height));
    return id && idOf(id);
  }

  #noteAdopted(height: Height, id: BlockId): void {
    this.#adopted.set(height, id);
    this.#adopted.delete(height - RECENT_BLOCKS);
  }

  #byId(id: BlockId): StoredBlock | null {
    const known = this.#recent.get(id);
    if (known !== undefined) return known;
    if (id === this.#genesisId) return this.#options.genesis;
    if (!isBlockId(id) || this.#arriving.has(id)) return null;
    const stored = this.#load(id);
    if (stored !== null) this.#remember(stored);
    return stored;
  }

  /**
   * A block as a peer may name it. Damaged records of one that no index names are what a crash left of an update that
   * nobody was told of: the block is not here, and comes again (storage S9).
   */
  #indexed(id: BlockId): StoredBlock | null {
    if (this.#leftBehind.has(id)) return null;
    try {
      return this.#byId(id);
    } catch (thrown) {
      if (!isLedgerError(thrown, 'STORE_DAMAGED') || this.#isNamed(id)) throw thrown;
      this.#leftBehind.add(id);
      return null;
    }
  }

  /** Whether an index has a block, or had one of which the name is not readable any more. */
  #isNamed(id: BlockId): boolean {
    for (const [key] of this.#kv.scan(TABLES.branches, KEYS_START, KEYS_END)) if (branchIdOf(key) === id) return true;
    for (const [, value] of this.#kv.scan(TABLES.heights, KEYS_START, KEYS_END)) {
      if (value === null || idOf(value) === id) return true;
    }
    return false;
  }

  /**
   * What is durable is not written over by the same: somebody was told of it, and a torn write would take it. A host that
   * was started again stores what comes again beside its chain.
   */
  #holds({ table, key, value }: KvWrite): boolean {
    try {
      const stored = this.#kv.get(table, key);
      return stored !== undefined && value !== null && sameBytes(stored, value);
    } catch (thrown) {
      if (!isLedgerError(thrown, 'STORE_DAMAGED')) throw thrown;
      return false;
    }
  }

  #load(id: BlockId): StoredBlock | null {
    const key = idKey(id);
    const found = this.#kv.get(TABLES.blocks, key);
    if (found === undefined) return null;
    const { record, bytes } = decodeBlockRow(found);
    const block = decodeBlock(bytes, this.#options.chainId, this.#options.sha256);
    if (typeof block === 'string' || block.header.id !== id) {
      throw new LedgerError({ code: 'STORE_DAMAGED', table: TABLES.blocks, key: id });
    }
    const proof = this.#kv.get(TABLES.proofs, key);
    const chunks = this.#kv.get(TABLES.checkpoints, key);
    return {
      block,
      record,
      ...(proof && { proof }),
      ...(chunks && { checkpoint: this.#chunksOf(decodeChunkList(chunks)) }),
    };
  }

  /** Read one by one when they are wanted: a checkpoint may be larger than everything else in memory. */
  #chunksOf(hashes: readonly Bytes[]): Iterable<Bytes> {
    const kv = this.#kv;
    return {
      *[Symbol.iterator]() {
        for (const hash of hashes) yield kv.get(TABLES.chunks, hash) ?? missingChunk(hash);
      },
    };
  }

  #remember(stored: StoredBlock): void {
    this.#recent.set(stored.block.header.id, compactBlock(stored));
    if (this.#recent.size <= RECENT_BLOCKS) return;
    const oldest = this.#recent.keys().next().value;
    if (oldest !== undefined) this.#recent.delete(oldest);
  }

  #amend(id: BlockId, part: Pick<StoredBlock, 'proof'>): void {
    const known = this.#recent.get(id);
    if (known !== undefined) this.#recent.set(id, { ...known, ...part });
  }
}

/** What no update wrote beside its blocks. */
const NOTHING_BESIDE = { provenIds: [], checkpointId: null };

const EMPTY: Bytes = /* @__PURE__ */ new Uint8Array();

function row(table: string, key: Bytes, value: Bytes | null): KvWrite {
  return { table, key, value };
}

/** Blocks that an update brings proofs of. */
function provenBy({ store, finalized }: ChainUpdate): readonly BlockId[] {
  const ids = store.flatMap(({ block, proof }) => (proof === undefined ? [] : [block.header.id]));
  if (finalized?.proof !== undefined) ids.push(finalized.id);
  return [...new Set(ids)];
}

function missingChunk(hash: Bytes): never {
  throw new LedgerError({ code: 'STORE_DAMAGED', table: TABLES.chunks, key: idOf(hash) });
}
