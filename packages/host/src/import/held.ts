/**
 * Blocks that the engine may refer to although they are not imported.
 *
 * @module
 */
import type { BlockId, BufferUsage, PeerId } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import type { HostLimits } from '../limits.ts';
import { PeerBuffer, placesOf } from './peer-buffer.ts';

/**
 * Built, fetched and attached blocks. What this node asked for has its own room: blocks that peers attach
 * to messages never push out the block that is about to be sealed.
 */
export class HeldBlocks {
  readonly #own = new Map<BlockId, Block>();
  /** Their identities, oldest first: the first key of a map lies behind all that were deleted before it. */
  readonly #order: BlockId[] = [];
  readonly #attached: PeerBuffer<Block>;
  readonly #max: number;

  constructor(limits: HostLimits) {
    this.#attached = new PeerBuffer(limits.heldBlocksMax, limits.heldPerPeerMax, ({ bytes }) =>
      placesOf(bytes.length, limits.blockBytesMax),
    );
    this.#max = limits.heldBlocksMax;
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'heldBlocks', count: this.#own.size, max: this.#max }, ...this.#attached.usage('attachedBlocks')];
  }

  /** Keeps a block that the engine asked for; the oldest goes first. */
  hold(block: Block): void {
    const { id } = block.header;
    if (this.#own.has(id)) this.#order.splice(this.#order.indexOf(id), 1);
    this.#own.set(id, block);
    this.#order.push(id);
    const oldest = this.#order.length > this.#max ? this.#order.shift() : undefined;
    if (oldest !== undefined) this.#own.delete(oldest);
  }

  /** Keeps a block that travelled with a message of a peer. */
  holdAttached(block: Block, from: PeerId): void {
    this.#attached.add(block.header.id, block, from);
  }

  get(id: BlockId): Block | undefined {
    return this.#own.get(id) ?? this.#attached.get(id);
  }
}
