/**
 * Room that peers share fairly.
 *
 * @module
 */
import type { BufferUsage, PeerId } from '@fiducia/consensus';
import { largest } from '../usage.ts';

interface Entry<T> {
  readonly value: T;
  /** Places that it takes. */
  readonly places: number;
  /** All who sent it: it stays until none of them has room for it. */
  readonly senders: Set<PeerId | null>;
}

/**
 * Places that a block takes of the room that is counted in blocks: one, or as many sixteenths of the longest block as
 * it is long. A peer chooses how long its junk is.
 */
export function placesOf(bytes: number, blockBytesMax: number): number {
  return Math.max(1, Math.ceil((16 * bytes) / blockBytesMax));
}

/** Values of one sender, in order of arrival. */
interface Share {
  readonly keys: Set<string>;
  places: number;
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
  readonly #bySender = new Map<PeerId | null, Share>();
  /** Kept beside the map, which is far away in memory and mostly empty. */
  #size = 0;
  #places = 0;
  readonly #max: number;
  readonly #perPeerMax: number;
  readonly #placesOf: (value: T) => number;

  /** @param places - How many places a value takes; one takes no more than a peer has. */
  constructor(max: number, perPeerMax: number, places: (value: T) => number = () => 1) {
    this.#max = max;
    this.#perPeerMax = perPeerMax;
    this.#placesOf = places;
  }

  get size(): number {
    return this.#size;
  }

  /** @param name - Of the whole; the part of one peer is called after it. */
  usage(name: string): readonly BufferUsage[] {
    const ofPeer = largest([...this.#bySender.values()].map(({ places }) => places));
    return [
      { name, count: this.#places, max: this.#max },
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
    const known = this.#entries.get(key);
    if (known?.senders.has(from) === true) return;
    const entry = known ?? this.#enter(key, value);
    entry.senders.add(from);
    const share = this.#bySender.get(from) ?? { keys: new Set(), places: 0 };
    this.#bySender.set(from, share);
    share.keys.add(key);
    share.places += entry.places;
    while (share.places > this.#perPeerMax) this.#releaseOldest(from, share);
    while (this.#places > this.#max) this.#releaseFromLargest();
  }

  #enter(key: string, value: T): Entry<T> {
    const entry = {
      value,
      places: Math.min(this.#placesOf(value), this.#perPeerMax),
      senders: new Set<PeerId | null>(),
    };
    this.#entries.set(key, entry);
    this.#size = this.#entries.size;
    this.#places += entry.places;
    return entry;
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
    this.#places = 0;
    this.#bySender.clear();
  }

  #releaseFromLargest(): void {
    let largest: readonly [PeerId | null, Share] | undefined;
    for (const entry of this.#bySender) {
      if (largest === undefined || entry[1].places > largest[1].places) largest = entry;
    }
    if (largest !== undefined) this.#releaseOldest(...largest);
  }

  #releaseOldest(sender: PeerId | null, { keys }: Share): void {
    const [oldest] = keys;
    if (oldest !== undefined) this.#release(sender, oldest);
  }

  #release(sender: PeerId | null, key: string): void {
    const share = this.#bySender.get(sender);
    const entry = this.#entries.get(key);
    if (share?.keys.delete(key) === true && entry !== undefined) share.places -= entry.places;
    if (share?.keys.size === 0) this.#bySender.delete(sender);
    entry?.senders.delete(sender);
    if (entry?.senders.size !== 0) return;
    this.#entries.delete(key);
    this.#size = this.#entries.size;
    this.#places -= entry.places;
  }
}
