/**
 * Opening a store: what it is, where its chain stands, and how much of it holds (storage S9).
 *
 * @module
 */
import { type BlockId, type Bytes, type Height, tryDecode } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { sameBytes } from '../codec.ts';
import { isLedgerError, LedgerError } from '../errors.ts';
import type { Tree } from '../state/tree.ts';
import type { CheckedStore } from './checked-store.ts';
import type { DurableBlockStore } from './durable.ts';
import type { KvWrite } from './kv-store.ts';
import {
  BLOCK_TABLES,
  branchIdOf,
  branchKey,
  decodeChunkList,
  decodePosition,
  decodeSchema,
  encodePosition,
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
  SCHEMA_VERSION,
  TABLES,
} from './rows.ts';
import { readState, type StateBase } from './state-base.ts';

/**
 * What opening a store found and did. After a crash of an intact disk that writes an update as a whole nothing was damaged,
 * rewound or repaired.
 */
export interface RecoveryReport {
  /** Height the chain stands at now. */
  readonly headHeight: Height;
  /** Height of the last irreversible block. */
  readonly finalizedHeight: Height;
  /** Blocks read, hashed and executed again, all above the last state that was known. */
  readonly blocksExecuted: number;
  /** Blocks by which the head went back, since one of them was damaged or the update that brought them was torn. */
  readonly blocksRewound: number;
  /** Rows of an index that did not fit the blocks and were written again. */
  readonly rowsRepaired: number;
  /** Records that were not what had been written there; `key` in hex. */
  readonly damaged: readonly { readonly table: string; readonly key: string }[];
}

/** What recovery works with. */
export interface RecoveryOptions {
  readonly kv: CheckedStore;
  readonly blocks: DurableBlockStore;
  readonly chainId: Bytes;
  readonly genesisId: BlockId;
  /** Executes a stored block on its parent, which was executed before; whether that gave the state of its header. */
  execute(id: BlockId): boolean;
  /** Keeps the state after a block that was read from the store; whether it is the one that the block names. */
  keepState(block: Block, tree: Tree): boolean;
  /** Keeps the state after genesis. Executing more blocks than there are states has dropped it. */
  keepGenesis(): void;
}

/** Brings a store to where its chain is consistent, and `blocks` with it. */
export async function recoverStore(options: RecoveryOptions): Promise<RecoveryReport> {
  return new Recovery(options).run();
}

/** A new store is written with its first update. */
const NOTHING_STORED: RecoveryReport = {
  headHeight: 0,
  finalizedHeight: 0,
  blocksExecuted: 0,
  blocksRewound: 0,
  rowsRepaired: 0,
  damaged: [],
};

/** Blocks below the head that are read and hashed on opening, at least. */
const CHECKED_BLOCKS = 64;

/** Of the update that writes the schema row. */
const FIRST_SEQUENCE = 1;

const NO_CHUNKS: Bytes = /* @__PURE__ */ new Uint8Array();

/** What a block can do without. */
const SPARE_TABLES = [TABLES.proofs, TABLES.checkpoints];

/** Ids of the adopted branch from `bottom` to `top`. */
class Branch {
  readonly bottom: Height;
  readonly #ids: readonly BlockId[];

  constructor(bottom: Height, ids: readonly BlockId[]) {
    this.bottom = bottom;
    this.#ids = ids;
  }

  get top(): Height {
    return this.bottom + this.#ids.length - 1;
  }

  idAt(height: Height): BlockId {
    return this.#ids[height - this.bottom] ?? '';
  }

  idsUpTo(height: Height): readonly BlockId[] {
    return this.#ids.slice(0, height - this.bottom + 1);
  }
}

/** A chain as far as it is whole. */
interface Standing {
  readonly found: Position;
  readonly base: StateBase;
  readonly branch: Branch;
  readonly headHeight: Height;
}

class Recovery {
  readonly #options: RecoveryOptions;
  readonly #kv: CheckedStore;
  readonly #damaged: { table: string; key: string }[] = [];
  readonly #writes: KvWrite[] = [];
  /** Blocks of which proof and checkpoint were looked at. */
  readonly #spared = new Set<BlockId>();
  /** That of an empty store. */
  readonly #initial: Position;
  #rowsRepaired = 0;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#kv = options.kv;
    this.#initial = options.blocks.position;
  }

  async run(): Promise<RecoveryReport> {
    const hasSchema = this.#checkSchema();
    const [newest, before] = this.#positions();
    if (!hasSchema || newest === undefined) return this.#beginAnew();
    const standing = await this.#standingAt(newest, before);
    if (standing === undefined) return this.#beginAnew();
    const { found, base, branch, headHeight } = standing;
    const { blocks } = this.#options;
    this.#repairHeights(branch, headHeight);
    await this.#repairBranches(branch, headHeight, found.finalizedHeight);

    const head = { headId: branch.idAt(headHeight), headHeight };
    // The row of the position that holds is the one that must survive if this update is torn as well.
    const sequence = found === newest ? newest.sequence + 1 : newest.sequence;
    const position = { ...found, ...head, baseId: base.id, baseHeight: base.height, sequence };
    const isMoved = found !== newest || headHeight < found.headHeight;
    if (this.#writes.length > 0 || isMoved) await this.#commit(position, base);
    blocks.noteBranch(branch.bottom, branch.idsUpTo(headHeight));
    return {
      headHeight,
      finalizedHeight: found.finalizedHeight,
      blocksExecuted: headHeight - base.height,
      blocksRewound: Math.max(0, newest.headHeight - headHeight),
      rowsRepaired: this.#rowsRepaired,
      damaged: this.#damaged,
    };
  }

  /**
   * Where the newest position says, if everything of its update is there. Otherwise that update may have been torn before
   * anybody was told of it, and the chain stands where the position before says, unless less would be final there: what is
   * final stays, if it has all that was written beside it. Only if the position before is not whole either is something lost.
   *
   * @returns `undefined` if a first update was torn.
   */
  async #standingAt(newest: Position, before: Position | undefined): Promise<Standing | undefined> {
    const standing = await this.#stand(newest);
    const hasRest = this.#hasRest(newest);
    if (standing?.headHeight === newest.headHeight && hasRest) return standing;
    if (!this.#hadSecondUpdate()) return undefined;
    const isFinalKept = standing === undefined || !hasRest || before?.finalizedHeight === newest.finalizedHeight;
    const earlier = before && isFinalKept ? await this.#stand(before) : undefined;
    if (earlier !== undefined && earlier.headHeight === before?.headHeight) return earlier;
    const again = standing && (await this.#stand(newest));
    if (again === undefined) throw inconsistent(`not whole up to the final block at height ${newest.finalizedHeight}`);
    return again;
  }

  /** How much of the chain of a position is whole; `undefined` if not even what is final. */
  async #stand(found: Position): Promise<Standing | undefined> {
    const { blocks } = this.#options;
    this.#writes.length = 0;
    blocks.moveTo(found, { id: found.baseId, height: found.baseHeight, tree: undefined });
    const base = await this.#openBase(found);
    blocks.moveTo(found, base);
    const branch = await this.#branchOf(found, Math.max(0, Math.min(base.height, found.headHeight - CHECKED_BLOCKS)));
    const headHeight = await this.#soundHeight(branch, base);
    return this.#hasFinal(found, branch, base, headHeight) ? { found, base, branch, headHeight } : undefined;
  }

  async #commit(position: Position, base: StateBase): Promise<void> {
    this.#write(TABLES.meta, positionKey(position.sequence), encodePosition(position));
    await this.#kv.commit(this.#writes);
    this.#options.blocks.moveTo(position, base);
  }

  /** @returns Whether the schema row is readable. */
  #checkSchema(): boolean {
    const read = (): Bytes | undefined => this.#kv.get(TABLES.meta, SCHEMA_KEY);
    const row = this.#attempt(read) ?? (this.#hadSecondUpdate() ? read() : undefined);
    if (row === undefined) return false;
    const schema = tryDecode(() => decodeSchema(row));
    if (schema === undefined) throw inconsistent('the schema row has an unknown form');
    const { version, chainId } = schema;
    if (version > SCHEMA_VERSION)
      throw new LedgerError({ code: 'STORE_SCHEMA', found: version, known: SCHEMA_VERSION });
    if (!sameBytes(chainId, this.#options.chainId)) throw new LedgerError({ code: 'STORE_WRONG_CHAIN' });
    return true;
  }

  /** It would have written its position under the other key. */
  #hadSecondUpdate(): boolean {
    return this.#attempt(() => this.#kv.get(TABLES.meta, positionKey(FIRST_SEQUENCE + 1))) !== undefined;
  }

  /** What a torn first update left goes: nobody was told of it, and it would look like damage to whoever comes upon it. */
  async #beginAnew(): Promise<RecoveryReport> {
    if (this.#hadSecondUpdate()) throw inconsistent('the schema row is missing, or no position is readable');
    const { blocks, genesisId } = this.#options;
    blocks.moveTo(this.#initial, { id: genesisId, height: 0, tree: undefined });
    this.#writes.length = 0;
    for (const table of Object.values(TABLES)) {
      for (const [key] of this.#kv.scan(table, KEYS_START, KEYS_END)) this.#write(table, key, null);
    }
    if (this.#writes.length > 0) await this.#kv.commit(this.#writes);
    return { ...NOTHING_STORED, damaged: this.#damaged };
  }

  /** The newest position first; one whose write was torn is none. */
  #positions(): readonly (Position | undefined)[] {
    const found = [positionKey(0), positionKey(1)].flatMap((key) => {
      const row = this.#attempt(() => this.#kv.get(TABLES.meta, key)) ?? undefined;
      return (row && tryDecode(() => decodePosition(row))) ?? [];
    });
    return found.sort((a, b) => b.sequence - a.sequence);
  }

  /** The stored state, or where it is damaged genesis, from which everything can be executed. */
  async #openBase({ baseId, baseHeight }: Position): Promise<StateBase> {
    const { keepState } = this.#options;
    if (baseHeight === 0) return this.#openGenesis();
    const block = await this.#readBlock(baseId);
    const read = this.#attempt(() => ({ tree: readState(this.#kv) }));
    if (block && read && keepState(block, read.tree)) return { id: baseId, height: baseHeight, tree: read.tree };
    for (const [key] of this.#kv.scan(TABLES.state, KEYS_START, KEYS_END)) this.#write(TABLES.state, key, null);
    return this.#openGenesis();
  }

  #openGenesis(): StateBase {
    const { genesisId, keepGenesis } = this.#options;
    keepGenesis();
    return { id: genesisId, height: 0, tree: undefined };
  }

  /**
   * Ids from above `bottom` to the head. Every block names its parent; below one that is damaged the index of heights
   * has to do, and execution tells whether it is right.
   */
  async #branchOf({ headId, headHeight }: Position, bottom: Height): Promise<Branch> {
    const ids: BlockId[] = [];
    let next: BlockId | null = headId;
    for (let height = headHeight; height > bottom; height--) {
      const id: BlockId = next ?? this.#indexed(height) ?? '';
      ids.push(id);
      next = (await this.#readBlock(id))?.header.parentId ?? null;
    }
    const { genesisId } = this.#options;
    const lowest = bottom === 0 ? genesisId : (next ?? this.#indexed(bottom) ?? '');
    return new Branch(bottom, [lowest, ...ids.reverse()]);
  }

  #indexed(height: Height): BlockId | null {
    if (height === 0) return this.#options.genesisId;
    const row = this.#attempt(() => this.#kv.get(TABLES.heights, heightKey(height)));
    return row ? idOf(row) : null;
  }

  /** Height up to which a branch is whole and, above the base, can be executed. */
  async #soundHeight(branch: Branch, base: StateBase): Promise<Height> {
    const { execute } = this.#options;
    for (let height = branch.bottom + 1; height <= branch.top; height++) {
      const id = branch.idAt(height);
      const block = await this.#readBlock(id);
      const isLinked = block?.header.parentId === branch.idAt(height - 1);
      const isExecuted = height > base.height && isLinked && this.#attempt(() => execute(id)) === true;
      const isBelow = height < base.height || (height === base.height && id === base.id);
      if (!isLinked || !(isExecuted || isBelow)) return height - 1;
    }
    return branch.top;
  }

  /** Nothing below the final block, or below the state that is known, can be undone. */
  #hasFinal({ finalizedId, finalizedHeight }: Position, branch: Branch, base: StateBase, headHeight: Height): boolean {
    const isFar = headHeight >= Math.max(finalizedHeight, base.height);
    return isFar && this.#adoptedAt(branch, finalizedHeight) === finalizedId;
  }

  /** What the blocks themselves say holds before the index, which may not have been repaired yet. */
  #adoptedAt(branch: Branch, height: Height): BlockId | null {
    return height >= branch.bottom ? branch.idAt(height) : this.#indexed(height);
  }

  #repairHeights(branch: Branch, headHeight: Height): void {
    for (let height = branch.bottom + 1; height <= headHeight; height++) {
      const id = branch.idAt(height);
      if (this.#indexed(height) !== id) this.#repair(TABLES.heights, heightKey(height), idKey(id));
    }
    for (const [key] of this.#kv.scan(TABLES.heights, heightKey(headHeight + 1), KEYS_END)) {
      this.#repair(TABLES.heights, key, null);
    }
  }

  /** Blocks of other branches are in the index too; a damaged one goes, since a peer has it. */
  async #repairBranches(branch: Branch, headHeight: Height, finalizedHeight: Height): Promise<void> {
    const indexed = new Set<BlockId>();
    const rows = [...this.#kv.scan(TABLES.branches, KEYS_START, KEYS_END)];
    const lowest = rows.reduce((height, [key]) => Math.min(height, heightOf(key)), headHeight);
    const isLow = lowest <= finalizedHeight && lowest < branch.bottom;
    const whole = isLow ? await this.#branchDownTo(lowest, branch) : branch;
    for (const [key, value] of rows) {
      const [id, height] = [branchIdOf(key), heightOf(key)];
      indexed.add(id);
      if (height <= finalizedHeight) this.#prune(key, id, this.#adoptedAt(whole, height));
      else if ((await this.#readBlock(id)) === null) this.#drop(key, id);
      else if (value === null) this.#repair(TABLES.branches, key, new Uint8Array());
    }
    for (let height = Math.max(finalizedHeight, branch.bottom) + 1; height <= headHeight; height++) {
      const id = branch.idAt(height);
      if (!indexed.has(id)) this.#repair(TABLES.branches, branchKey(height, id), new Uint8Array());
    }
  }

  /** Follows parents further down, as far as blocks are whole: what they say holds before the index. */
  async #branchDownTo(height: Height, branch: Branch): Promise<Branch> {
    const ids: BlockId[] = [];
    let below = (await this.#readBlock(branch.idAt(branch.bottom)))?.header.parentId;
    for (let at = branch.bottom - 1; at >= Math.max(height, 1) && below !== undefined; at--) {
      ids.push(below);
      below = (await this.#readBlock(below))?.header.parentId;
    }
    return new Branch(branch.bottom - ids.length, [...ids.reverse(), ...branch.idsUpTo(branch.top)]);
  }

  /** A crash may have come before the commit that prunes (storage S10). Where the index is damaged, no block is ruled out. */
  #prune(key: Bytes, id: BlockId, adopted: BlockId | null): void {
    if (id === adopted || adopted === null) this.#write(TABLES.branches, key, null);
    else this.#drop(key, id);
  }

  #drop(key: Bytes, id: BlockId): void {
    this.#write(TABLES.branches, key, null);
    for (const table of BLOCK_TABLES) this.#write(table, idKey(id), null);
  }

  #repair(table: string, key: Bytes, value: Bytes | null): void {
    this.#rowsRepaired++;
    this.#write(table, key, value);
  }

  #write(table: string, key: Bytes, value: Bytes | null): void {
    this.#writes.push({ table, key, value });
  }

  /** A block that is whole. What can be had or made again, proof and checkpoint, goes if it is damaged. */
  async #readBlock(id: BlockId): Promise<Block | null> {
    if (!isBlockId(id)) return null;
    if (!this.#spared.has(id)) await this.#dropDamagedParts(id);
    return this.#attempt(() => this.#options.blocks.find(id))?.block ?? null;
  }

  async #dropDamagedParts(id: BlockId): Promise<void> {
    this.#spared.add(id);
    const key = idKey(id);
    for (const table of SPARE_TABLES) {
      const row = this.#attempt(() => this.#kv.get(table, key));
      const isWhole = row !== null && (table !== TABLES.checkpoints || row === undefined || this.#hasChunks(row));
      if (!isWhole) await this.#kv.commit([{ table, key, value: null }]);
    }
  }

  /** What an update writes beside its blocks, and nothing else tells of. */
  #hasRest({ provenIds, checkpointId }: Position): boolean {
    const rowOf = (table: string, id: BlockId) => this.#attempt(() => this.#kv.get(table, idKey(id))) ?? undefined;
    if (provenIds.some((id) => rowOf(TABLES.proofs, id) === undefined)) return false;
    const chunks = checkpointId === null ? NO_CHUNKS : rowOf(TABLES.checkpoints, checkpointId);
    return chunks !== undefined && this.#hasChunks(chunks);
  }

  /** The parts of a checkpoint may be torn while the list of them is not. */
  #hasChunks(list: Bytes): boolean {
    const isThere = (hash: Bytes): boolean =>
      this.#attempt(() => this.#kv.get(TABLES.chunks, hash)) instanceof Uint8Array;
    return tryDecode(() => decodeChunkList(list))?.every(isThere) ?? false;
  }

  /** Notes a damaged record and goes on without it; failures of the disk end the attempt to open. */
  #attempt<T>(read: () => T): T | null {
    const first = outcomeOf(read);
    // What is done about damage cannot be undone, and a disk may have read another record than it was asked for.
    const { value, damage } = first.damage === undefined ? first : outcomeOf(read);
    if (damage === undefined) return value;
    const { table, key } = damage;
    if (!this.#damaged.some((known) => known.table === table && known.key === key)) this.#damaged.push({ table, key });
    return null;
  }
}

type Outcome<T> =
  | { readonly value: T; readonly damage: undefined }
  | { readonly value: null; readonly damage: { readonly table: string; readonly key: string } };

function outcomeOf<T>(read: () => T): Outcome<T> {
  try {
    return { value: read(), damage: undefined };
  } catch (thrown) {
    if (!isLedgerError(thrown) || thrown.data.code !== 'STORE_DAMAGED') throw thrown;
    return { value: null, damage: thrown.data };
  }
}

function inconsistent(reason: string): LedgerError {
  return new LedgerError({ code: 'STORE_INCONSISTENT', reason });
}
