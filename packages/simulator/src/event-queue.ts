/**
 * Binary heap of pending events, ordered by (time, seq) (simulation E2).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';

/** Position of an event: the counter `seq` makes every position unique, so order is total. */
export interface EventPosition {
  readonly time: Millis;
  readonly seq: number;
}

/** Smallest position first. */
export class EventQueue<Event extends EventPosition> {
  readonly #heap: Event[] = [];
  /** Times and counters of the events in the heap: a search for a place would look at dozens of events far apart in memory. */
  #times = new Float64Array(CAPACITY_MIN);
  #seqs = new Float64Array(CAPACITY_MIN);

  /** Number of pending events. */
  get size(): number {
    return this.#heap.length;
  }

  /** Next event, or `undefined` if none is pending. */
  peek(): Event | undefined {
    return this.#heap[0];
  }

  push(event: Event): void {
    const { time, seq } = event;
    let hole = this.#heap.length;
    this.#heap.push(event);
    if (hole === this.#times.length) this.#grow();
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      if (this.#isBefore(above, time, seq)) break;
      this.#move(above, hole);
      hole = above;
    }
    this.#put(hole, event, time, seq);
  }

  /** Removes and returns the next event. */
  pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    const size = heap.length;
    if (first === undefined || last === undefined || size === 0) return first;

    const time = this.#times[size] as number;
    const seq = this.#seqs[size] as number;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.#isBefore(right, this.#times[child] as number, this.#seqs[child] as number))
        child = right;
      if (!this.#isBefore(child, time, seq)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#put(hole, last, time, seq);
    return first;
  }

  /** Whether the event at `index` comes before a position. */
  #isBefore(index: number, time: Millis, seq: number): boolean {
    const own = this.#times[index] as number;
    return own < time || (own === time && (this.#seqs[index] as number) < seq);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#heap[from] as Event, this.#times[from] as number, this.#seqs[from] as number);
  }

  #put(index: number, event: Event, time: Millis, seq: number): void {
    this.#heap[index] = event;
    this.#times[index] = time;
    this.#seqs[index] = seq;
  }

  #grow(): void {
    this.#times = withRoom(this.#times);
    this.#seqs = withRoom(this.#seqs);
  }
}

const CAPACITY_MIN = 1_024;

function withRoom(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}
