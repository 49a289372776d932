/**
 * Blocks in memory: by identity, and by height on the adopted branch.
 *
 * @module
 */
import type { BlockId, Height } from '@fiducia/consensus';
import type { BlockLocator, ChainUpdate, StoredBlock } from '@fiducia/consensus/ports';
import { type BlockStore, compactBlock, planUpdate, type ReplayableBlock } from './block-store.ts';

/** Keeps every block of the adopted branch, and those of other branches until a final block rules them out. */
export class MemoryBlockStore implements BlockStore {
  readonly #blocks = new Map<BlockId, StoredBlock>();
  /** Adopted branch by height. */
  readonly #adopted: BlockId[] = [];
  #finalizedHeight: Height = 0;

  constructor(genesis: StoredBlock) {
    this.#blocks.set(genesis.block.header.id, genesis);
    this.#adopted.push(genesis.block.header.id);
  }

  get headId(): BlockId {
    return this.#adopted[this.#adopted.length - 1] ?? '';
  }

  read(locator: BlockLocator): StoredBlock | null {
    switch (locator.kind) {
      case 'id':
        return this.#blocks.get(locator.id) ?? null;
      case 'head':
        return this.#byHeight(this.#adopted.length - 1);
      case 'finalized':
        return this.#byHeight(this.#finalizedHeight);
      case 'genesis':
        return this.#byHeight(0);
      case 'height':
        return this.#byHeight(locator.height);
    }
  }

  /** What is in memory ends with its states, so nothing is executed again. */
  replayable(): ReplayableBlock | null {
    return null;
  }

  commit(update: ChainUpdate): undefined {
    const { keep, applied, finalizedHeight } = planUpdate(update, {
      headHeight: this.#adopted.length - 1,
      adoptedAt: (height) => this.#adopted[height],
      find: (id) => this.#blocks.get(id) ?? null,
    });
    for (const stored of update.store) this.#amend(stored.block.header.id, stored);
    this.#adopted.length = keep;
    this.#adopted.push(...applied);
    const { finalized, checkpoint } = update;
    if (finalized?.proof !== undefined) this.#amend(finalized.id, { proof: finalized.proof });
    if (checkpoint !== undefined) this.#amend(checkpoint.id, { checkpoint: Array.from(checkpoint.chunks) });
    if (finalizedHeight > this.#finalizedHeight) this.#finalize(finalizedHeight);
  }

  #byHeight(height: Height): StoredBlock | null {
    const id = this.#adopted[height];
    return id === undefined ? null : (this.#blocks.get(id) ?? null);
  }

  #amend(id: BlockId, part: StoredBlock | Omit<Partial<StoredBlock>, 'block'>): void {
    const stored = this.#blocks.get(id);
    this.#blocks.set(id, compactBlock({ ...stored, ...part } as StoredBlock));
  }

  #finalize(height: Height): void {
    for (const [id, { block }] of this.#blocks) {
      const at = block.header.height;
      if (at <= height && this.#adopted[at] !== id) this.#blocks.delete(id);
    }
    this.#finalizedHeight = height;
  }
}
