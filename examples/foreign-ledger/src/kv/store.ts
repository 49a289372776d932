/** Blocks of all branches with the states after them, over a journal. */
import { type Block, blockId, formatBlock, parseBlock } from './block.ts';
import { type Disk, Journal } from './journal.ts';
import { Tree } from './tree.ts';

/** A block with texts that others want to have kept beside it. */
export interface Stored {
  readonly block: Block;
  readonly notes: Readonly<Record<string, string>>;
}

/** One step of the chain: one entry of the journal, so all of it happens or nothing. */
export interface Update {
  readonly blocks: readonly Block[];
  /** How many blocks leave the top of the adopted branch. */
  readonly reverted: number;
  /** Names of blocks that join it, lowest first. */
  readonly applied: readonly string[];
  /** Name of a block that is final now. */
  readonly finalized?: string;
  /** What to keep beside blocks. */
  readonly notes: readonly (readonly [id: string, name: string, text: string])[];
}

type Writes = readonly (readonly [key: string, value: string])[];

interface Entry extends Omit<Update, 'blocks'> {
  readonly blocks: readonly { readonly text: string; readonly writes: Writes }[];
}

interface Version {
  readonly state: Tree;
  readonly height: number;
  readonly writes: Writes;
}

/** Branches that part deeper than this below the head are not carried on. */
const STATES_KEPT = 512;

export class Store {
  readonly #genesisId: string;
  /** Entries that the journal held when it was opened. */
  readonly entriesRead: number;
  readonly #journal: Journal;
  readonly #blocks = new Map<string, Stored>();
  readonly #adopted: string[];
  readonly #versions = new Map<string, Version>();
  #finalizedId: string;

  /** @throws Error if the journal lost an entry, or is that of another chain. */
  constructor(genesis: Block, allocation: Tree, disk: Disk) {
    this.#genesisId = blockId(genesis.header);
    this.#finalizedId = this.#genesisId;
    this.#adopted = [this.#genesisId];
    this.#blocks.set(this.#genesisId, { block: genesis, notes: {} });
    // Genesis has no parent. With the allocation under the empty name it can be executed like any other block.
    for (const id of ['', this.#genesisId]) this.#versions.set(id, { state: allocation, height: 0, writes: [] });
    this.#journal = new Journal(disk);
    this.entriesRead = this.#journal.entries.length;
    for (const text of this.#journal.entries) this.#replay(JSON.parse(text) as Entry);
  }

  /** Name of the block in a place of the adopted branch. */
  idOf(place: 'genesis' | 'head' | 'finalized' | number): string | undefined {
    if (typeof place === 'number') return this.#adopted[place];
    return { genesis: this.#genesisId, head: this.#adopted.at(-1), finalized: this.#finalizedId }[place];
  }

  /** Height of the adopted head. */
  get height(): number {
    return this.#adopted.length - 1;
  }

  get(id: string): Stored | undefined {
    return this.#blocks.get(id);
  }

  /** State after a block that is stored or was executed; `undefined` once it lies too deep. */
  stateAt(id: string): Tree | undefined {
    return this.#versions.get(id)?.state;
  }

  /** Keeps the outcome of a block that may be stored later. */
  remember(id: string, version: Version): void {
    this.#versions.set(id, version);
  }

  /** Makes an update durable, then visible. */
  commit(update: Update): void {
    const blocks = update.blocks.map((block) => {
      const version = this.#versions.get(blockId(block.header));
      if (version === undefined) throw new Error(`block ${blockId(block.header)} was never executed`);
      return { text: formatBlock(block), writes: version.writes };
    });
    this.#journal.append(JSON.stringify({ ...update, blocks }));
    this.#show(update);
  }

  #replay(entry: Entry): void {
    const blocks = entry.blocks.map(({ text, writes }) => {
      const block = parseBlock(text);
      const parent = block && this.stateAt(block.header.parentId);
      if (block === null) throw new Error('the journal holds something that is no block');
      if (!parent) throw new Error(`the journal lacks the parent of block ${block.header.height}`);
      const state = writes.reduce((tree, [key, value]) => tree.put(key, value), parent);
      if (state.root !== block.header.root) throw new Error(`the state after block ${block.header.height} is another`);
      this.remember(blockId(block.header), { state, height: block.header.height, writes });
      return block;
    });
    this.#show({ ...entry, blocks });
  }

  #show({ blocks, reverted, applied, finalized, notes }: Update): void {
    for (const block of blocks) this.#blocks.set(blockId(block.header), { block, notes: {} });
    this.#adopted.splice(this.#adopted.length - reverted, reverted, ...applied);
    if (finalized !== undefined) this.#finalizedId = finalized;
    for (const [id, name, text] of notes) {
      const item = this.#blocks.get(id);
      if (item !== undefined) this.#blocks.set(id, { ...item, notes: { ...item.notes, [name]: text } });
    }
    const lowest = this.#adopted.length - STATES_KEPT;
    for (const [id, { height }] of this.#versions) if (height > 0 && height < lowest) this.#versions.delete(id);
  }
}

/** An empty chain's state with some coins and deposits in it. */
export function allocate(
  accounts: readonly { readonly id: string; readonly balance: number; readonly stake: number }[],
): Tree {
  return accounts.reduce(
    (tree, { id, balance, stake }) => tree.put(`balance/${id}`, String(balance)).put(`stake/${id}`, String(stake)),
    Tree.empty,
  );
}
