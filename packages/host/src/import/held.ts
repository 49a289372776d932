/**
 * Blocks that the engine may refer to although they are not imported.
 *
 * @module
 */
import type { BlockId, BufferUsage, PeerId } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import type { HostLimits } from '../limits.ts';
import { PeerBuffer, placesOf } from './peer-buffer.ts';

/** Copies of one block that are looked at; each may have to be executed. */
const COPIES_MAX = 8;

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

  /**
   * Keeps a block that travelled with a message of a peer. An identity need not cover the body, and no signature covers what
   * is attached, so a copy with another body must not take the place of the block.
   *
   * @param digest - Of all its bytes.
   */
  holdAttached(block: Block, digest: string, from: PeerId): void {
    this.#attached.add(digest, block, from);
  }

  get(id: BlockId): Block | undefined {
    return this.#own.get(id) ?? this.copiesOf(id)[0];
  }

  /** All that is here under one identity, what this node asked for first, then what came last. */
  copiesOf(id: BlockId): readonly Block[] {
    const own = this.#own.get(id);
    const copies = own === undefined ? [] : [own];
    if (this.#attached.size === 0) return copies;
    const attached = [...this.#attached.values()].filter((block) => block.header.id === id && block !== own);
    return [...copies, ...attached.reverse()].slice(0, COPIES_MAX);
  }
}
