/**
 * Blocks that honest nodes found valid, as their events tell of them.
 *
 * @module
 */
import type { BlockId, ConsensusHeader, Fact, Height, Millis } from '@fiducia/consensus';
import type { ConsensusHost } from '@fiducia/host';
import type { WorldNode } from '../run/world.ts';

/** A block that some honest node imported. */
export interface KnownBlock {
  /** The block. */
  readonly header: ConsensusHeader;
  /** What executing it established, as that node saw it. */
  readonly facts: readonly Fact[];
  /** Node that imported it first. */
  readonly node: string;
  /** When. */
  readonly at: Millis;
}

/** Collects the blocks of a run; shared by the checkers, and never asked about what it is to check. */
export class Chronicle {
  /** In order of first import. */
  readonly blocks = new Map<BlockId, KnownBlock>();
  readonly #watched = new WeakSet<ConsensusHost>();
  readonly #now: () => Millis;

  constructor(now: () => Millis) {
    this.#now = now;
  }

  /** Listens to one life of an honest node; a second call changes nothing. */
  watch({ name, host, isHonest }: WorldNode): void {
    if (!isHonest || this.#watched.has(host)) return;
    this.#watched.add(host);
    host.events.on('blockImported', ({ header, facts }) => {
      if (!this.blocks.has(header.id)) this.blocks.set(header.id, { header, facts, node: name, at: this.#now() });
    });
  }

  /** The ancestor of a block at `height`, or the block itself; `undefined` if it is not known. */
  ancestorOf(header: ConsensusHeader, height: Height): ConsensusHeader | undefined {
    let ancestor: ConsensusHeader | undefined = header;
    while (ancestor !== undefined && ancestor.height > height) ancestor = this.blocks.get(ancestor.parentId)?.header;
    return ancestor?.height === height ? ancestor : undefined;
  }
}
