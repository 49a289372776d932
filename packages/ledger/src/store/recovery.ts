/**
 * Opening a store: what it is, where its chain stands, and how much of it holds (storage S9).
 *
 * @module
 */
import { type BlockId, type Bytes, type Height, tryDecode } from '@fiducia/consensus';
import { sameBytes } from '../codec.ts';
import { isLedgerError, LedgerError } from '../errors.ts';
import type { CheckedStore } from './checked-store.ts';
import type { DurableBlockStore } from './durable.ts';
import type { KvWrite } from './kv-store.ts';
import {
  BLOCK_TABLES,
  branchIdOf,
  branchKey,
  decodePosition,
  decodeSchema,
  encodePosition,
  HEIGHT_KEYS_END,
  heightKey,
  heightOf,
  idKey,
  idOf,
  KEYS_START,
  type Position,
  positionKey,
  SCHEMA_KEY,
  SCHEMA_VERSION,
  TABLES,
} from './rows.ts';

/** What opening a store found and did. After a crash of an intact disk nothing was damaged, rewound or repaired. */
export interface RecoveryReport {
  /** Height the chain stands at now. */
  readonly headHeight: Height;
  /** Height of the last irreversible block. */
  readonly finalizedHeight: Height;
  /** Blocks read, hashed and executed again, all above the last state that was known. */
  readonly blocksExecuted: number;
  /** Blocks that left the adopted branch because one of them was damaged. */
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

class Recovery {
  readonly #options: RecoveryOptions;
  readonly #kv: CheckedStore;
  readonly #damaged: { table: string; key: string }[] = [];
  readonly #writes: KvWrite[] = [];
  #rowsRepaired = 0;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#kv = options.kv;
  }

  async run(): Promise<RecoveryReport> {
    const { blocks, genesisId } = this.#options;
    if (!this.#isInitialised()) return NOTHING_STORED;
    const found = this.#newestPosition();
    blocks.moveTo(found);

    const branch = [genesisId, ...this.#branchOf(found)];
    const headHeight = this.#executable(branch);
    const headId = branch[headHeight] ?? genesisId;
    if (headHeight < found.finalizedHeight || branch[found.finalizedHeight] !== found.finalizedId) {
      throw inconsistent(`blocks up to the final height ${found.finalizedHeight} are damaged above ${headHeight}`);
    }
    this.#repairHeights(branch.slice(0, headHeight + 1));
    this.#repairBranches(new Map(branch.slice(0, headHeight + 1).map((id, height) => [id, height])), found);

    const position = { ...found, headId, headHeight, sequence: found.sequence + 1 };
    if (this.#writes.length > 0 || headHeight < found.headHeight) await this.#commit(position);
    return {
      headHeight,
      finalizedHeight: found.finalizedHeight,
      blocksExecuted: headHeight,
      blocksRewound: found.headHeight - headHeight,
      rowsRepaired: this.#rowsRepaired,
      damaged: this.#damaged,
    };
  }

  async #commit(position: Position): Promise<void> {
    this.#write(TABLES.meta, positionKey(position.sequence), encodePosition(position));
    await this.#kv.commit(this.#writes);
    this.#options.blocks.moveTo(position);
  }

  #isInitialised(): boolean {
    const row = this.#kv.get(TABLES.meta, SCHEMA_KEY);
    if (row === undefined) return false;
    const schema = tryDecode(() => decodeSchema(row));
    if (schema === undefined) throw inconsistent('the schema row has an unknown form');
    const { version, chainId } = schema;
    if (version > SCHEMA_VERSION)
      throw new LedgerError({ code: 'STORE_SCHEMA', found: version, known: SCHEMA_VERSION });
    if (!sameBytes(chainId, this.#options.chainId)) throw new LedgerError({ code: 'STORE_WRONG_CHAIN' });
    return true;
  }

  /** Of the two positions the higher one holds, unless its write was torn. */
  #newestPosition(): Position {
    let newest: Position | undefined;
    for (const key of [positionKey(0), positionKey(1)]) {
      const row = this.#attempt(() => this.#kv.get(TABLES.meta, key)) ?? undefined;
      const position = row && tryDecode(() => decodePosition(row));
      if (position !== undefined && position.sequence > (newest?.sequence ?? -1)) newest = position;
    }
    if (newest === undefined) throw inconsistent('no position is readable');
    return newest;
  }

  /**
   * Ids from height 1 to the head. Every block names its parent; below one that is damaged the index of heights has to
   * do, and execution tells whether it is right.
   */
  #branchOf({ headId, headHeight }: Position): BlockId[] {
    const ids: BlockId[] = [];
    let next: BlockId | null = headId;
    for (let height = headHeight; height > 0; height--) {
      const id: BlockId = next ?? this.#indexed(height) ?? '';
      ids.push(id);
      next = this.#attempt(() => this.#options.blocks.read({ kind: 'id', id }))?.block.header.parentId ?? null;
    }
    return ids.reverse();
  }

  #indexed(height: Height): BlockId | null {
    const row = this.#attempt(() => this.#kv.get(TABLES.heights, heightKey(height)));
    return row ? idOf(row) : null;
  }

  /** Height up to which a branch, genesis first, can be executed. */
  #executable(branch: readonly BlockId[]): Height {
    const { blocks } = this.#options;
    for (const [index, id] of branch.slice(1).entries()) {
      const stored = this.#attempt(() => blocks.read({ kind: 'id', id }));
      if (!stored || stored.block.header.parentId !== branch[index] || !this.#options.execute(id)) return index;
    }
    return branch.length - 1;
  }

  #repairHeights(adopted: readonly BlockId[]): void {
    for (const [height, id] of adopted.entries()) {
      if (height > 0 && this.#indexed(height) !== id) this.#repair(TABLES.heights, heightKey(height), idKey(id));
    }
    for (const [key] of this.#kv.scan(TABLES.heights, heightKey(adopted.length), HEIGHT_KEYS_END)) {
      this.#repair(TABLES.heights, key, null);
    }
  }

  /** Blocks of other branches are in the index too; a damaged one goes, since a peer has it. */
  #repairBranches(adopted: ReadonlyMap<BlockId, Height>, { finalizedHeight }: Position): void {
    const indexed = new Set<BlockId>();
    for (const [key, value] of [...this.#kv.scan(TABLES.branches, KEYS_START, HEIGHT_KEYS_END)]) {
      const id = branchIdOf(key);
      indexed.add(id);
      if (heightOf(key) <= finalizedHeight) this.#prune(key, adopted.has(id) ? null : id);
      else if (!this.#attempt(() => this.#options.blocks.read({ kind: 'id', id }))) this.#prune(key, id);
      else if (value === null) this.#repair(TABLES.branches, key, new Uint8Array());
    }
    for (const [id, height] of adopted) {
      if (height <= finalizedHeight || indexed.has(id)) continue;
      this.#repair(TABLES.branches, branchKey(height, id), new Uint8Array());
    }
  }

  /** A crash may have come before the commit that prunes (storage S10). */
  #prune(key: Bytes, id: BlockId | null): void {
    this.#write(TABLES.branches, key, null);
    if (id !== null) for (const table of BLOCK_TABLES) this.#write(table, idKey(id), null);
  }

  #repair(table: string, key: Bytes, value: Bytes | null): void {
    this.#rowsRepaired++;
    this.#write(table, key, value);
  }

  #write(table: string, key: Bytes, value: Bytes | null): void {
    this.#writes.push({ table, key, value });
  }

  /** Notes a damaged record and goes on without it; failures of the disk end the attempt to open. */
  #attempt<T>(read: () => T): T | null {
    try {
      return read();
    } catch (thrown) {
      if (!isLedgerError(thrown) || thrown.data.code !== 'STORE_DAMAGED') throw thrown;
      const { table, key } = thrown.data;
      if (!this.#damaged.some((known) => known.table === table && known.key === key))
        this.#damaged.push({ table, key });
      return null;
    }
  }
}

function inconsistent(reason: string): LedgerError {
  return new LedgerError({ code: 'STORE_INCONSISTENT', reason });
}
