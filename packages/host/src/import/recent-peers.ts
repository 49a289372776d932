/**
 * When peers last did something.
 *
 * @module
 */
import type { Millis, PeerId } from '@fiducia/consensus';

/** More are not remembered: the oldest is forgotten for a new one. */
export const RECENT_PEERS_MAX = 256;

/** Remembers the last time of each peer. */
export class RecentPeers {
  readonly #at = new Map<PeerId, Millis>();

  get size(): number {
    return this.#at.size;
  }

  /** Whether less than `ms` have passed. */
  isWithin(peer: PeerId, now: Millis, ms: Millis): boolean {
    const last = this.#at.get(peer);
    return last !== undefined && now - last < ms;
  }

  note(peer: PeerId, now: Millis): void {
    this.#at.delete(peer);
    this.#at.set(peer, now);
    const [oldest] = this.#at.keys();
    if (oldest !== undefined && this.#at.size > RECENT_PEERS_MAX) this.#at.delete(oldest);
  }
}
