/**
 * What a ledger asks of the place where its blocks are, and what every such place checks.
 *
 * @module
 */
import type { BlockId, Directive, Height } from '@fiducia/consensus';
import type { Block, BlockLocator, ChainUpdate, StoredBlock } from '@fiducia/consensus/ports';
import { LedgerError } from '../errors.ts';

/** A stored block with what it takes to execute it again. */
export interface ReplayableBlock {
  /** The block. */
  readonly block: Block;
  /** Directives it was executed with. */
  readonly directives: readonly Directive[];
}

/** Blocks by identity, and by height on the adopted branch. */
export interface BlockStore {
  /** Head of the adopted branch. */
  readonly headId: BlockId;
  /** A stored block, or `null`. */
  read(locator: BlockLocator): StoredBlock | null;
  /** A stored block above the state that is kept with the blocks; `null` also where nothing is kept for this. */
  replayable(id: BlockId): ReplayableBlock | null;
  /**
   * Carries out an update as one step.
   *
   * @returns A promise where that takes time; reads show the update once it is over.
   * @throws {@link LedgerError} with `UNKNOWN_BLOCK` if it names a block that is neither stored nor in
   *   it, or does not lead from the adopted branch to the head; nothing has changed then.
   */
  commit(update: ChainUpdate): Promise<void> | undefined;
}

/** The adopted branch as an update finds it. */
export interface AdoptedBlocks {
  /** Height of the head. */
  readonly headHeight: Height;
  /** Identity at a height up to the head. */
  adoptedAt(height: Height): BlockId | undefined;
  /** A stored block. */
  find(id: BlockId): StoredBlock | null;
}

/** What an update does to the adopted branch. */
export interface UpdatePlan {
  /** Number of adopted blocks that stay, at least 1. */
  readonly keep: number;
  /** Blocks that follow them, oldest first. */
  readonly applied: readonly BlockId[];
  /** Height of the block the update makes final, 0 if it makes none. */
  readonly finalizedHeight: Height;
}

/**
 * Checks that an update leads from the adopted branch to its head.
 *
 * @throws {@link LedgerError} with `UNKNOWN_BLOCK`.
 */
export function planUpdate(update: ChainUpdate, { headHeight, adoptedAt, find }: AdoptedBlocks): UpdatePlan {
  const incoming = new Map(update.store.map((stored) => [stored.block.header.id, stored]));
  const heightOf = (id: BlockId): Height => blockOf(id).header.height;
  const blockOf = (id: BlockId): Block => (incoming.get(id) ?? find(id) ?? fail(id)).block;
  const keep = headHeight + 1 - update.reverted.length;
  for (const [index, id] of update.reverted.entries()) {
    if (id !== adoptedAt(headHeight - index)) fail(id);
  }
  if (keep < 1) fail(update.headId);

  // A first commit may name genesis among the applied blocks, although it is adopted from the start.
  const applied = update.applied.filter((id) => heightOf(id) >= keep || adoptedAt(heightOf(id)) !== id);
  let parentId = adoptedAt(keep - 1);
  for (const id of applied) {
    if (blockOf(id).header.parentId !== parentId) fail(id);
    parentId = id;
  }
  if (parentId !== update.headId) fail(update.headId);

  const { finalized, checkpoint } = update;
  const finalizedHeight = finalized ? heightOf(finalized.id) : 0;
  const finalizedId = finalizedHeight < keep ? adoptedAt(finalizedHeight) : applied[finalizedHeight - keep];
  if (finalized !== undefined && finalizedId !== finalized.id) fail(finalized.id);
  if (checkpoint !== undefined) blockOf(checkpoint.id);
  return { keep, applied, finalizedHeight };
}

/** Drops whatever decoding added: decoded transactions take several times the memory of their bytes. */
export function compactBlock(stored: StoredBlock): StoredBlock {
  const { header, headerBytes, bytes, evidence, certificates } = stored.block;
  return { ...stored, block: { header, headerBytes, bytes, evidence, certificates } };
}

function fail(id: BlockId): never {
  throw new LedgerError({ code: 'UNKNOWN_BLOCK', id });
}
