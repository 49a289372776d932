/**
 * Blocks that cannot be judged yet: parents missing, or time ahead (contract, section 9).
 *
 * @module
 */
import type { BlockId, BufferUsage, Millis, PeerId } from '@fiducia/consensus';
import type { ClockPort } from '@fiducia/consensus/ports';
import type { HostLimits } from '../limits.ts';
import { largest } from '../usage.ts';
import type { Candidate } from './candidate.ts';
import { PeerBuffer, placesOf } from './peer-buffer.ts';

/** First block that is missing below an orphan. */
export interface MissingAncestor {
  readonly id: BlockId;
  /** Orphans that connect it to the one asked about, that one included. */
  readonly linked: number;
  /** Orphans above the one asked about: of a branch that is fetched from its newest block down, all that came before. */
  readonly above: number;
}

const NONE: readonly Candidate[] = [];

/** Blocks whose parent is not stored here; bounded in total and per peer. */
export class OrphanBlocks {
  /** By digest. */
  readonly #candidates: PeerBuffer<Candidate>;

  constructor(limits: HostLimits) {
    this.#candidates = new PeerBuffer(limits.orphanBlocksMax, limits.orphansPerPeerMax, ({ block }) =>
      placesOf(block.bytes.length, limits.blockBytesMax),
    );
  }

  get size(): number {
    return this.#candidates.size;
  }

  usage(): readonly BufferUsage[] {
    return this.#candidates.usage('orphanBlocks');
  }

  add(candidate: Candidate): void {
    this.#candidates.add(candidate.digest, candidate, candidate.from);
  }

  /** What must be fetched first so that `candidate` can be connected. */
  missingAncestorOf(candidate: Candidate): MissingAncestor {
    const parents = new Map<BlockId, BlockId>();
    const children = new Map<BlockId, BlockId>();
    for (const { block } of this.#candidates.values()) {
      const { id, parentId } = block.header;
      parents.set(id, parentId);
      children.set(parentId, id);
    }
    const { header } = candidate.block;
    const below = walk(header.parentId, parents);
    return { id: below.end, linked: below.steps + 1, above: walk(header.id, children).steps };
  }

  /** Removes and returns the blocks that waited for `parentId`. */
  takeChildren(parentId: BlockId): readonly Candidate[] {
    if (this.#candidates.size === 0) return NONE;
    const children: Candidate[] = [];
    for (const candidate of this.#candidates.values()) {
      if (candidate.block.header.parentId === parentId) children.push(candidate);
    }
    for (const { digest } of children) this.#candidates.delete(digest);
    return children;
  }

  clear(): void {
    this.#candidates.clear();
  }
}

/** Ids commit to parents, so the walk has no cycle; the bound covers a chain port that breaks this. */
function walk(from: BlockId, links: ReadonlyMap<BlockId, BlockId>): { readonly end: BlockId; readonly steps: number } {
  let end = from;
  let steps = 0;
  for (let next = links.get(end); next !== undefined && steps < links.size; next = links.get(end)) {
    end = next;
    steps++;
  }
  return { end, steps };
}

interface Parked {
  readonly from: PeerId | null;
  readonly cancel: () => void;
}

/**
 * Blocks that rules deferred; each comes back once when its time has come (contract H-18). Rules defer
 * before a signature is checked, so each peer gets a part of the room only (contract H-39).
 */
export class ParkedBlocks {
  /** By digest. */
  readonly #parked = new Map<string, Parked>();
  readonly #clock: ClockPort;
  readonly #limits: HostLimits;

  constructor(clock: ClockPort, limits: HostLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#parked.size;
  }

  usage(): readonly BufferUsage[] {
    const counts = new Map<PeerId, number>();
    for (const { from } of this.#parked.values()) if (from !== null) counts.set(from, (counts.get(from) ?? 0) + 1);
    return [
      { name: 'parkedBlocks', count: this.#parked.size, max: this.#limits.parkedBlocksMax },
      { name: 'parkedBlocksPerPeer', count: largest(counts.values()), max: this.#limits.parkedPerPeerMax },
    ];
  }

  /** @returns False if the block lies too far ahead, or the space is used up. */
  park(candidate: Candidate, until: Millis, now: Millis, resume: () => void): boolean {
    const { digest, from } = candidate;
    if (this.#parked.has(digest)) return true;
    if (until > now + this.#limits.parkedAheadMs || !this.#hasRoom(from)) return false;
    const cancel = this.#clock.schedule(until, () => {
      this.#parked.delete(digest);
      resume();
    });
    this.#parked.set(digest, { from, cancel });
    return true;
  }

  clear(): void {
    for (const { cancel } of this.#parked.values()) cancel();
    this.#parked.clear();
  }

  #hasRoom(from: PeerId | null): boolean {
    if (this.#parked.size >= this.#limits.parkedBlocksMax) return false;
    if (from === null) return true;
    let ofPeer = 0;
    for (const parked of this.#parked.values()) if (parked.from === from) ofPeer++;
    return ofPeer < this.#limits.parkedPerPeerMax;
  }
}

/** Counts blocks of each peer that are on their way, so that none can fill the queue alone (contract H-39). */
export class PeerQuota {
  readonly #used = new Map<PeerId, number>();
  /** Whether anything is on its way: known without a look into the map, which is far away in memory. */
  #isBusy = false;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** False if the peer has too much on its way. @param places - Room that it asks for, at most all. */
  hasRoom(peer: PeerId, places: number): boolean {
    return !this.#isBusy || (this.#used.get(peer) ?? 0) + places <= this.#max;
  }

  /** @returns False if the peer has too much on its way. */
  take(peer: PeerId, places = 1): boolean {
    const used = (this.#used.get(peer) ?? 0) + places;
    if (used > this.#max) return false;
    this.#used.set(peer, used);
    this.#isBusy = true;
    return true;
  }

  /** @param name - What is counted. */
  usage(name: string): readonly BufferUsage[] {
    return [{ name: `${name}PerPeer`, count: largest(this.#used.values()), max: this.#max }];
  }

  release(peer: PeerId, places = 1): void {
    const used = (this.#used.get(peer) ?? places) - places;
    if (used === 0) this.#used.delete(peer);
    else this.#used.set(peer, used);
    this.#isBusy = this.#used.size > 0;
  }
}
