/**
 * How often a validator answers its peers (pbft R9).
 *
 * @module
 */
import type { BufferUsage, Millis, PeerId } from '@fiducia/consensus';

/** Peers whose last answer is remembered. */
const ANSWERED_MAX = 256;

/** When each peer had its last answer. */
export class Answers {
  readonly #intervalMs: Millis;
  readonly #answeredAt = new Map<PeerId, Millis>();

  constructor(intervalMs: Millis) {
    this.#intervalMs = intervalMs;
  }

  usage(): BufferUsage {
    return { name: 'peersAnswered', count: this.#answeredAt.size, max: ANSWERED_MAX };
  }

  /** Whether a peer may have another answer now, which it then gets. */
  take(peer: PeerId, now: Millis): boolean {
    const last = this.#answeredAt.get(peer);
    if (last !== undefined && now - last < this.#intervalMs) return false;
    this.#answeredAt.delete(peer);
    this.#answeredAt.set(peer, now);
    const [oldest] = this.#answeredAt.keys();
    if (oldest !== undefined && this.#answeredAt.size > ANSWERED_MAX) this.#answeredAt.delete(oldest);
    return true;
  }
}
