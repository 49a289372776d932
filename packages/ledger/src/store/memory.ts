/**
 * Blocks in memory: by identity, and by height on the adopted branch.
 *
 * @module
 */
import type { BlockId, Height } from '@fiducia/consensus';
import type { BlockLocator, ChainUpdate, StoredBlock } from '@fiducia/consensus/ports';
import { LedgerError } from '../errors.ts';

/** Keeps every block of the adopted branch, and those of other branches until a final block rules them out. */
export class MemoryBlockStore {
  readonly #blocks = new Map<BlockId, StoredBlock>();
  /** Adopted branch by height. */
  readonly #adopted: BlockId[] = [];
  #finalizedHeight: Height = 0;

  constructor(genesis: StoredBlock) {
    this.#blocks.set(genesis.block.header.id, genesis);
    this.#adopted.push(genesis.block.header.id);
  }

  /** Head of the adopted branch. */
  get headId(): BlockId {
    return this.#adopted[this.#adopted.length - 1] ?? '';
  }

  /** A stored block, or `null`. */
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

  /**
   * Carries out an update as one step.
   *
   * @throws {@link LedgerError} with `UNKNOWN_BLOCK` if it names a block that is neither stored nor in
   *   it, or does not lead from the adopted branch to the head; nothing has changed then.
   */
  commit(update: ChainUpdate): void {
    const incoming = new Map(update.store.map((stored) => [stored.block.header.id, stored]));
    const find = (id: BlockId) => incoming.get(id) ?? this.#blocks.get(id) ?? fail(id);
    const keep = this.#keptBy(update);
    // A first commit may name genesis among the applied blocks, although it is adopted from the start.
    const applied = update.applied.filter((id) => !this.#isAdoptedBelow(keep, id, find(id)));
    let parentId = this.#adopted[keep - 1];
    for (const id of applied) {
      if (find(id).block.header.parentId !== parentId) fail(id);
      parentId = id;
    }
    if (parentId !== update.headId) fail(update.headId);
    const finalizedHeight = update.finalized ? find(update.finalized.id).block.header.height : 0;
    const finalizedId = finalizedHeight < keep ? this.#adopted[finalizedHeight] : applied[finalizedHeight - keep];
    if (update.finalized !== undefined && finalizedId !== update.finalized.id) fail(update.finalized.id);
    if (update.checkpoint !== undefined) find(update.checkpoint.id);

    for (const [id, stored] of incoming) this.#amend(id, stored);
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

  /** Number of adopted blocks that stay. */
  #keptBy(update: ChainUpdate): number {
    const keep = this.#adopted.length - update.reverted.length;
    for (const [index, id] of update.reverted.entries()) {
      if (id !== this.#adopted[this.#adopted.length - 1 - index]) fail(id);
    }
    if (keep < 1) fail(update.headId);
    return keep;
  }

  #isAdoptedBelow(keep: number, id: BlockId, stored: StoredBlock): boolean {
    const height = stored.block.header.height;
    return height < keep && this.#adopted[height] === id;
  }

  #amend(id: BlockId, part: StoredBlock | Omit<Partial<StoredBlock>, 'block'>): void {
    const stored = this.#blocks.get(id);
    this.#blocks.set(id, compact({ ...stored, ...part } as StoredBlock));
  }

  #finalize(height: Height): void {
    for (const [id, { block }] of this.#blocks) {
      const at = block.header.height;
      if (at <= height && this.#adopted[at] !== id) this.#blocks.delete(id);
    }
    this.#finalizedHeight = height;
  }
}

/** Drops whatever decoding added: decoded transactions take several times the memory of their bytes. */
function compact(stored: StoredBlock): StoredBlock {
  const { header, headerBytes, bytes, evidence, certificates } = stored.block;
  return { ...stored, block: { header, headerBytes, bytes, evidence, certificates } };
}

function fail(id: BlockId): never {
  throw new LedgerError({ code: 'UNKNOWN_BLOCK', id });
}
