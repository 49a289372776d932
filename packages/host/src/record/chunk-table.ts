/**
 * State chunks of a recording, each written once: neighbouring states share most of theirs.
 *
 * Only the newest chunks can be named, so that neither writer nor reader grows without end.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';

/** Chunks that a reader keeps. */
const KEPT_MAX = 16_384;

/** Chunks of one state that are written by number; half of what is kept, so that none is forgotten meanwhile. */
export const NUMBERED_CHUNKS_MAX = KEPT_MAX / 2;

/** Writer's side: numbers of chunks by content. */
export class ChunkNumbers {
  readonly #numbers = new Map<string, number>();
  #next = 0;

  /** Number of a chunk that every reader still keeps while the rest of a state is written. */
  find(key: string): number | undefined {
    const number = this.#numbers.get(key);
    return number !== undefined && number >= this.#next - NUMBERED_CHUNKS_MAX ? number : undefined;
  }

  /** Numbers a chunk that is written now. */
  add(key: string): number {
    this.#numbers.delete(key);
    this.#numbers.set(key, this.#next);
    if (this.#numbers.size > NUMBERED_CHUNKS_MAX) {
      const [oldest] = this.#numbers.keys();
      if (oldest !== undefined) this.#numbers.delete(oldest);
    }
    return this.#next++;
  }
}

/** Reader's side: chunks by number. */
export class ChunksByNumber {
  readonly #chunks = new Map<number, Bytes>();
  #next = 0;

  add(chunk: Bytes): void {
    this.#chunks.delete(this.#next - KEPT_MAX);
    this.#chunks.set(this.#next++, chunk);
  }

  get(number: number): Bytes | undefined {
    return this.#chunks.get(number);
  }
}
