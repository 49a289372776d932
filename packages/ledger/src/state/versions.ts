/**
 * States of executed blocks, by block.
 *
 * @module
 */
import type { BlockId, BufferUsage, Bytes, Directive, Height, Millis } from '@fiducia/consensus';
import type { Tree } from './tree.ts';

/** State after a block. */
export interface Version {
  /** Height of the block. */
  readonly height: Height;
  /** Time of the block. */
  readonly timestamp: Millis;
  /** The state. */
  readonly tree: Tree;
  /** Its root. */
  readonly root: Bytes;
  /** Directives the block was executed with. */
  readonly directives: readonly Directive[];
}

/** Keeps a bounded number of versions; they share whatever did not change between them. */
export class StateVersions {
  readonly #versions = new Map<BlockId, Version>();
  readonly #max: number;

  /** @param max - Versions kept. */
  constructor(max: number) {
    this.#max = max;
  }

  /** How many versions there are; head and newest stay whatever the limit is. */
  usage(): readonly BufferUsage[] {
    return [{ name: 'stateVersions', count: this.#versions.size, max: Math.max(2, this.#max) }];
  }

  /** State after a block, unless it was never executed or is pruned. */
  get(id: BlockId): Version | undefined {
    return this.#versions.get(id);
  }

  /** Adds a version; beyond the bound the lowest block is dropped, but never `headId`. */
  add(id: BlockId, version: Version, headId: BlockId): void {
    this.#versions.set(id, version);
    while (this.#versions.size > this.#max && this.#dropLowest(headId, id)) {
      // One version is added at a time, so this runs once, or never if only head and new one are left.
    }
  }

  /** Drops every version below a height. */
  dropBelow(height: Height): void {
    for (const [id, version] of this.#versions) if (version.height < height) this.#versions.delete(id);
  }

  #dropLowest(...keep: readonly BlockId[]): boolean {
    let lowest: BlockId | undefined;
    let height = Number.POSITIVE_INFINITY;
    for (const [id, version] of this.#versions) {
      if (version.height >= height || keep.includes(id)) continue;
      lowest = id;
      height = version.height;
    }
    return lowest !== undefined && this.#versions.delete(lowest);
  }
}
