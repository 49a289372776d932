/**
 * Blocks in memory: the storage half of a chain port, for development and tests.
 *
 * @module
 */
import type { BlockId } from '@fiducia/consensus';
import type { Block, BlockLocator, ChainPort, ChainUpdate, StoredBlock } from '@fiducia/consensus/ports';

/** The methods of a chain port that store blocks. They answer at once. */
export interface MemoryBlocks extends Pick<ChainPort, 'read' | 'commit'> {
  /** Finds a block of any branch, or `null`. */
  read(locator: BlockLocator): StoredBlock | null;
  /** Replaces and adds what the update says. */
  commit(update: ChainUpdate): void;
}

/**
 * Creates a block store that forgets everything when the process ends. It keeps all blocks of all branches, and with
 * them what the host gave along.
 *
 * @param genesis - First block; it is head and final until the host commits others.
 * @example
 * ```ts
 * const blocks = createMemoryBlocks(genesisBlock);
 * await blocks.read({ kind: 'genesis' }); // the block, with what the host kept along
 * ```
 */
export function createMemoryBlocks(genesis: Block): MemoryBlocks {
  const genesisId = genesis.header.id;
  const stored = new Map<BlockId, StoredBlock>([[genesisId, { block: genesis, record: new Uint8Array() }]]);
  const adopted: BlockId[] = [genesisId];
  let finalizedId = genesisId;
  const extend = (id: BlockId, extra: Partial<StoredBlock>): void => {
    const item = stored.get(id);
    if (item !== undefined) stored.set(id, { ...item, ...extra });
  };
  const idAt = (locator: BlockLocator): BlockId | undefined => {
    switch (locator.kind) {
      case 'genesis':
        return genesisId;
      case 'head':
        return adopted.at(-1);
      case 'finalized':
        return finalizedId;
      case 'id':
        return locator.id;
      case 'height':
        return adopted[locator.height];
    }
  };
  return {
    read(locator) {
      const id = idAt(locator);
      return (id === undefined ? undefined : stored.get(id)) ?? null;
    },
    commit({ store, reverted, applied, finalized, checkpoint }) {
      // Read first: if the chunks cannot be made, nothing of the update may become visible.
      const chunks = checkpoint === undefined ? [] : [...checkpoint.chunks];
      for (const item of store) stored.set(item.block.header.id, item);
      if (reverted.length > 0) adopted.length -= reverted.length;
      for (const id of applied) adopted.push(id);
      if (finalized !== undefined) finalizedId = finalized.id;
      if (finalized?.proof !== undefined) extend(finalized.id, { proof: finalized.proof });
      if (checkpoint !== undefined) extend(checkpoint.id, { checkpoint: chunks });
    },
  };
}
