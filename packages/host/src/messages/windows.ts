/**
 * Bounds on what is looked at before a signature is checked (contract H-11, H-39).
 *
 * @module
 */
import { type ActorId, type BufferUsage, type Height, LIMITS, type Millis, type PeerId } from '@fiducia/consensus';
import type { HostLimits } from '../limits.ts';
import { largest } from '../usage.ts';

/** How far below the head messages are still delivered, in blocks. */
const PAST_HEIGHTS = 1;

/** Heights with counters: those of the window, and as many again since the window moves with the head only. */
const HEIGHTS_MAX = 2 * (PAST_HEIGHTS + 1 + LIMITS.futureHeights);

/** Most messages of strangers about one height that are looked at for one peer: each costs a signature. */
const STRANGERS_MAX = 1_024;

/** Remembers hashes for a while. */
export class DuplicateCache {
  /** In order of arrival, so that the oldest are found first. */
  readonly #seen = new Map<string, Millis>();
  readonly #limits: HostLimits;

  constructor(limits: HostLimits) {
    this.#limits = limits;
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'duplicates', count: this.#seen.size, max: this.#limits.duplicatesMax }];
  }

  has(hash: string, now: Millis): boolean {
    const at = this.#seen.get(hash);
    return at !== undefined && at + this.#limits.duplicatesMs > now;
  }

  forget(hash: string): void {
    this.#seen.delete(hash);
  }

  add(hash: string, now: Millis): void {
    this.#seen.delete(hash);
    this.#seen.set(hash, now);
    for (const [old, at] of this.#seen) {
      if (at + this.#limits.duplicatesMs > now && this.#seen.size <= this.#limits.duplicatesMax) break;
      this.#seen.delete(old);
    }
  }
}

/** When a message came, and whether its author matters. */
interface MessageOccasion {
  readonly now: Millis;
  readonly isStranger: boolean;
}

/**
 * Counts messages per peer, author and height. The peer is part of the key because authors are not
 * authenticated yet: a forger uses up its own quota, not the author's.
 *
 * All counts begin anew from time to time: where a chain stands still because its voters do not reach each other, every
 * round of theirs is about one height, and they must not be out of words when they meet again.
 */
export class MessageQuota {
  readonly #counts = new Map<Height, Map<PeerId, Map<ActorId, number>>>();
  /** Messages of authors that have no say. */
  readonly #strangers = new Map<Height, Map<PeerId, number>>();
  readonly #limits: HostLimits;
  #since: Millis = 0;

  constructor(limits: HostLimits) {
    this.#limits = limits;
  }

  /** Whether a message for `height` is worth checking at this head. */
  static isWithinWindow(height: Height, head: Height): boolean {
    return height >= head - PAST_HEIGHTS && height <= head + LIMITS.futureHeights;
  }

  /** @param name - Which quota. */
  usage(name: string): readonly BufferUsage[] {
    const peers = [...this.#counts.values()].flatMap((level) => [...level.values()]);
    const authors = largest(peers.map(({ size }) => size));
    const messages = largest(peers.flatMap((ofPeer) => [...ofPeer.values()]));
    return [
      { name: `${name}Heights`, count: this.#counts.size, max: HEIGHTS_MAX },
      { name: `${name}AuthorsPerPeer`, count: authors, max: this.#limits.authorsPerPeerMax },
      { name: `${name}PerAuthorPerPeer`, count: messages, max: this.#limits.messagesPerAuthorMax },
      { name: `${name}OfStrangersPerPeer`, count: this.#mostOfStrangers(), max: STRANGERS_MAX },
    ];
  }

  #mostOfStrangers(): number {
    return largest([...this.#strangers.values()].flatMap((peers) => [...peers.values()]));
  }

  /**
   * @param isStranger - Whether the author has no say, as far as this node knows.
   * @returns False if the quota is used up.
   */
  take(from: PeerId, height: Height, author: ActorId, { now, isStranger }: MessageOccasion): boolean {
    if (now - this.#since >= this.#limits.duplicatesMs) {
      this.#counts.clear();
      this.#strangers.clear();
      this.#since = now;
    }
    return (!isStranger || this.#hasRoomForStranger(from, height)) && this.#takeOf(from, height, author, isStranger);
  }

  #hasRoomForStranger(from: PeerId, height: Height): boolean {
    return (this.#strangers.get(height)?.get(from) ?? 0) < STRANGERS_MAX;
  }

  #takeOf(from: PeerId, height: Height, author: ActorId, isStranger: boolean): boolean {
    const peers = this.#counts.get(height) ?? new Map<PeerId, Map<ActorId, number>>();
    const authors = peers.get(from) ?? new Map<ActorId, number>();
    const used = authors.get(author) ?? 0;
    if (used >= this.#limits.messagesPerAuthorMax) return false;
    if (used === 0 && authors.size >= this.#limits.authorsPerPeerMax) return false;
    authors.set(author, used + 1);
    peers.set(from, authors);
    this.#counts.set(height, peers);
    if (isStranger) this.#countStranger(from, height);
    return true;
  }

  #countStranger(from: PeerId, height: Height): void {
    const strangers = this.#strangers.get(height) ?? new Map<PeerId, number>();
    this.#strangers.set(height, strangers.set(from, (strangers.get(from) ?? 0) + 1));
  }

  prune(head: Height): void {
    if (this.#counts.size === 0) return;
    for (const height of this.#counts.keys()) {
      if (MessageQuota.isWithinWindow(height, head)) continue;
      this.#counts.delete(height);
      this.#strangers.delete(height);
    }
  }
}
