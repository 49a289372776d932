/**
 * Blocks that the engine may refer to although they are not imported.
 *
 * @module
 */
import type { BlockId } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';

/** Built, fetched and attached blocks; the oldest goes first. */
export class HeldBlocks {
  readonly #blocks = new Map<BlockId, Block>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  hold(block: Block): void {
    this.#blocks.delete(block.header.id);
    this.#blocks.set(block.header.id, block);
    const [oldest] = this.#blocks.keys();
    if (oldest !== undefined && this.#blocks.size > this.#max) this.#blocks.delete(oldest);
  }

  get(id: BlockId): Block | undefined {
    return this.#blocks.get(id);
  }
}
