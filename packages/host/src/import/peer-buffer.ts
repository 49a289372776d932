/**
 * Room that peers share fairly.
 *
 * @module
 */
import type { BufferUsage, PeerId } from '@fiducia/consensus';
import { largest } from '../usage.ts';

interface Entry<T> {
  readonly value: T;
  /** All who sent it: it stays until none of them has room for it. */
  readonly senders: Set<PeerId | null>;
}

/**
 * Values from peers, bounded in total and per peer (contract H-39).
 *
 * A peer that sends too much loses its own oldest value; if the total is used up, the peer with the most
 * does. A value that several peers sent counts for each of them, so nobody can push out what another
 * sent by sending it first.
 */
export class PeerBuffer<T> {
  readonly #entries = new Map<string, Entry<T>>();
  /** Keys of each sender, in order of arrival. */
  readonly #bySender = new Map<PeerId | null, Set<string>>();
  /** Kept beside the map, which is far away in memory and mostly empty. */
  #size = 0;
  readonly #max: number;
  readonly #perPeerMax: number;

  constructor(max: number, perPeerMax: number) {
    this.#max = max;
    this.#perPeerMax = perPeerMax;
  }

  get size(): number {
    return this.#size;
  }

  /** @param name - Of the whole; the part of one peer is called after it. */
  usage(name: string): readonly BufferUsage[] {
    const ofPeer = largest([...this.#bySender.values()].map(({ size }) => size));
    return [
      { name, count: this.#size, max: this.#max },
      { name: `${name}PerPeer`, count: ofPeer, max: this.#perPeerMax },
    ];
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  /** All values, in order of arrival. */
  *values(): Iterable<T> {
    for (const { value } of this.#entries.values()) yield value;
  }

  /** Keeps a value. @param from - `null` for this node itself, which has no more room than a peer. */
  add(key: string, value: T, from: PeerId | null): void {
    const entry = this.#entries.get(key) ?? { value, senders: new Set() };
    if (entry.senders.has(from)) return;
    this.#entries.set(key, entry);
    this.#size = this.#entries.size;
    entry.senders.add(from);
    const keys = this.#bySender.get(from) ?? new Set();
    this.#bySender.set(from, keys.add(key));
    if (keys.size > this.#perPeerMax) this.#releaseOldest(from, keys);
    while (this.#size > this.#max) this.#releaseFromLargest();
  }

  delete(key: string): void {
    for (const sender of this.#entries.get(key)?.senders ?? []) this.#release(sender, key);
  }

  deleteWhere(matches: (value: T) => boolean): void {
    for (const [key, { value }] of [...this.#entries]) if (matches(value)) this.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
    this.#bySender.clear();
  }

  #releaseFromLargest(): void {
    let largest: readonly [PeerId | null, Set<string>] | undefined;
    for (const entry of this.#bySender) {
      if (largest === undefined || entry[1].size > largest[1].size) largest = entry;
    }
    if (largest !== undefined) this.#releaseOldest(...largest);
  }

  #releaseOldest(sender: PeerId | null, keys: ReadonlySet<string>): void {
    const [oldest] = keys;
    if (oldest !== undefined) this.#release(sender, oldest);
  }

  #release(sender: PeerId | null, key: string): void {
    const keys = this.#bySender.get(sender);
    keys?.delete(key);
    if (keys?.size === 0) this.#bySender.delete(sender);
    const entry = this.#entries.get(key);
    entry?.senders.delete(sender);
    if (entry?.senders.size === 0) this.#entries.delete(key);
    this.#size = this.#entries.size;
  }
}
