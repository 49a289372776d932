/**
 * Blocks that cannot be judged yet: parents missing, or time ahead (contract, section 9).
 *
 * @module
 */
import type { BlockId, Millis, PeerId } from '@fiducia/consensus';
import type { ClockPort } from '@fiducia/consensus/ports';
import type { HostLimits } from '../limits.ts';
import type { Candidate } from './importer.ts';

/** First block that is missing below an orphan. */
export interface MissingAncestor {
  readonly id: BlockId;
  /** Orphans that connect it to the one asked about, that one included. */
  readonly linked: number;
}

/** Blocks whose parent is not stored here; bounded in total and per peer, oldest out. */
export class OrphanBlocks {
  /** By digest, in order of arrival. */
  readonly #candidates = new Map<string, Candidate>();
  readonly #limits: HostLimits;

  constructor(limits: HostLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#candidates.size;
  }

  add(candidate: Candidate): void {
    const { from } = candidate;
    if (this.#candidates.has(candidate.digest)) return;
    const ofPeer = [...this.#candidates.values()].filter((other) => other.from === from);
    const [oldestOfPeer] = ofPeer;
    if (oldestOfPeer !== undefined && ofPeer.length >= this.#limits.orphansPerPeerMax) {
      this.#candidates.delete(oldestOfPeer.digest);
    }
    this.#candidates.set(candidate.digest, candidate);
    const [oldest] = this.#candidates.keys();
    if (oldest !== undefined && this.#candidates.size > this.#limits.orphanBlocksMax) this.#candidates.delete(oldest);
  }

  /** What must be fetched first so that `candidate` can be connected. */
  missingAncestorOf(candidate: Candidate): MissingAncestor {
    const parents = new Map<BlockId, BlockId>();
    for (const { block } of this.#candidates.values()) parents.set(block.header.id, block.header.parentId);
    let id = candidate.block.header.parentId;
    let linked = 1;
    // Ids commit to parents, so the walk has no cycle; the bound covers a chain port that breaks this.
    for (; linked <= parents.size; linked++) {
      const next = parents.get(id);
      if (next === undefined) break;
      id = next;
    }
    return { id, linked };
  }

  /** Removes and returns the blocks that waited for `parentId`. */
  takeChildren(parentId: BlockId): readonly Candidate[] {
    const children: Candidate[] = [];
    for (const [digest, candidate] of this.#candidates) {
      if (candidate.block.header.parentId !== parentId) continue;
      this.#candidates.delete(digest);
      children.push(candidate);
    }
    return children;
  }

  clear(): void {
    this.#candidates.clear();
  }
}

/** Blocks that rules deferred; each comes back once when its time has come (contract H-18). */
export class ParkedBlocks {
  readonly #cancels = new Map<string, () => void>();
  readonly #clock: ClockPort;
  readonly #limits: HostLimits;

  constructor(clock: ClockPort, limits: HostLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#cancels.size;
  }

  /** @returns False if the block lies too far ahead, or the space is used up. */
  park(candidate: Candidate, until: Millis, now: Millis, resume: () => void): boolean {
    if (this.#cancels.has(candidate.digest)) return true;
    if (until > now + this.#limits.parkedAheadMs || this.#cancels.size >= this.#limits.parkedBlocksMax) return false;
    const cancel = this.#clock.schedule(until, () => {
      this.#cancels.delete(candidate.digest);
      resume();
    });
    this.#cancels.set(candidate.digest, cancel);
    return true;
  }

  clear(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}

/** Counts blocks of each peer that are on their way, so that none can fill the queue alone (contract H-39). */
export class PeerQuota {
  readonly #used = new Map<PeerId, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns False if the peer has too much on its way. */
  take(peer: PeerId): boolean {
    const used = this.#used.get(peer) ?? 0;
    if (used >= this.#max) return false;
    this.#used.set(peer, used + 1);
    return true;
  }

  release(peer: PeerId): void {
    const used = (this.#used.get(peer) ?? 1) - 1;
    if (used === 0) this.#used.delete(peer);
    else this.#used.set(peer, used);
  }
}
