/**
 * Bounds on what is looked at before a signature is checked (contract H-11, H-39).
 *
 * @module
 */
import { type Height, LIMITS, type Millis, type PeerId } from '@fiducia/consensus';
import type { HostLimits } from '../limits.ts';
import type { Envelope } from './message-codec.ts';

/** How far below the head messages are still delivered, in blocks. */
const PAST_HEIGHTS = 1;

/** Remembers hashes for a while. */
export class DuplicateCache {
  /** In order of arrival, so that the oldest are found first. */
  readonly #seen = new Map<string, Millis>();
  readonly #limits: HostLimits;

  constructor(limits: HostLimits) {
    this.#limits = limits;
  }

  /** @returns False if the hash was seen lately. */
  add(hash: string, now: Millis): boolean {
    for (const [old, at] of this.#seen) {
      if (at + this.#limits.duplicatesMs > now && this.#seen.size < this.#limits.duplicatesMax) break;
      this.#seen.delete(old);
    }
    if (this.#seen.has(hash)) return false;
    this.#seen.set(hash, now);
    return true;
  }
}

/**
 * Counts messages per peer, author and height. The peer is part of the key because authors are not
 * authenticated yet: a forger uses up its own quota, not the author's.
 */
export class MessageQuota {
  readonly #counts = new Map<Height, Map<string, number>>();
  readonly #limits: HostLimits;
  #size = 0;

  constructor(limits: HostLimits) {
    this.#limits = limits;
  }

  /** Whether a message for `height` is worth checking at this head. */
  static isWithinWindow(height: Height, head: Height): boolean {
    return height >= head - PAST_HEIGHTS && height <= head + LIMITS.futureHeights;
  }

  /** @returns False if the quota is used up. */
  take(from: PeerId, envelope: Envelope): boolean {
    const level = this.#counts.get(envelope.height) ?? new Map<string, number>();
    const key = `${from}/${envelope.message.author}`;
    const used = level.get(key) ?? 0;
    if (used >= this.#limits.messagesPerAuthorMax) return false;
    if (used === 0) {
      if (this.#size >= this.#limits.messageCountersMax) return false;
      this.#size++;
    }
    level.set(key, used + 1);
    this.#counts.set(envelope.height, level);
    return true;
  }

  prune(head: Height): void {
    for (const [height, level] of this.#counts) {
      if (MessageQuota.isWithinWindow(height, head)) continue;
      this.#size -= level.size;
      this.#counts.delete(height);
    }
  }
}
