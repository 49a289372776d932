/**
 * Binary heap of pending events, ordered by (time, seq) (simulation E2).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';

/** An event by its position: the counter `seq` makes every position unique, so order is total. */
export interface QueuedEvent {
  readonly time: Millis;
  readonly seq: number;
  /** Where the queue keeps it; {@link NOT_QUEUED} before and after. */
  place: number;
}

/** Place of an event that is in no queue. */
export const NOT_QUEUED = -1;

/**
 * Smallest position first.
 *
 * The heap is made of numbers alone: events stay at one place from `push` to `pop`, since a pointer that moves within a
 * long-lived array costs the garbage collector a note each time, and comparing events would look at dozens of them far
 * apart in memory.
 */
export class EventQueue<Event extends QueuedEvent> {
  /** By place; a place is free if the order names it behind the pending ones. */
  readonly #events: (Event | undefined)[] = [];
  /** All places: those of pending events as a heap, then the free ones. */
  #order = inTurn(CAPACITY_MIN);
  /** Where in that order a place is. */
  #indexes = inTurn(CAPACITY_MIN);
  /** Of the events in the heap, in its order. */
  #times = new Float64Array(CAPACITY_MIN);
  #seqs = new Float64Array(CAPACITY_MIN);
  #size = 0;

  /** Number of pending events. */
  get size(): number {
    return this.#size;
  }

  /** Next event, or `undefined` if none is pending. */
  peek(): Event | undefined {
    return this.#size === 0 ? undefined : this.#events[this.#order[0] as number];
  }

  push(event: Event): void {
    const index = this.#size;
    if (index === this.#order.length) this.#grow();
    this.#size = index + 1;
    const place = this.#order[index] as number;
    this.#events[place] = event;
    event.place = place;
    this.#rise(index, place, event.time, event.seq);
  }

  /** Removes and returns the next event. */
  pop(): Event | undefined {
    const first = this.peek();
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes an event out, wherever it is; one that is not pending stays as it is. */
  remove(event: Event): void {
    const { place } = event;
    if (place === NOT_QUEUED) return;
    event.place = NOT_QUEUED;
    this.#events[place] = undefined;
    const size = this.#size - 1;
    this.#size = size;
    const hole = this.#indexes[place] as number;
    const last = this.#order[size] as number;
    this.#order[size] = place;
    this.#indexes[place] = size;
    if (hole === size) return;
    const time = this.#times[size] as number;
    const seq = this.#seqs[size] as number;
    if (hole > 0 && !this.#isBefore((hole - 1) >> 1, time, seq)) this.#rise(hole, last, time, seq);
    else this.#sink(hole, last, time, seq);
  }

  /** Puts an event at `from` or above. */
  #rise(from: number, place: number, time: Millis, seq: number): void {
    let hole = from;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      if (this.#isBefore(above, time, seq)) break;
      this.#move(above, hole);
      hole = above;
    }
    this.#put(hole, place, time, seq);
  }

  /** Puts an event at `from` or below. */
  #sink(from: number, place: number, time: Millis, seq: number): void {
    const size = this.#size;
    let hole = from;
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
    this.#put(hole, place, time, seq);
  }

  /** Whether the event at `index` comes before a position. */
  #isBefore(index: number, time: Millis, seq: number): boolean {
    const own = this.#times[index] as number;
    return own < time || (own === time && (this.#seqs[index] as number) < seq);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#order[from] as number, this.#times[from] as number, this.#seqs[from] as number);
  }

  #put(index: number, place: number, time: Millis, seq: number): void {
    this.#order[index] = place;
    this.#indexes[place] = index;
    this.#times[index] = time;
    this.#seqs[index] = seq;
  }

  #grow(): void {
    const length = 2 * this.#order.length;
    this.#order = withFirst(inTurn(length), this.#order);
    this.#indexes = withFirst(inTurn(length), this.#indexes);
    this.#times = withFirst(new Float64Array(length), this.#times);
    this.#seqs = withFirst(new Float64Array(length), this.#seqs);
  }
}

const CAPACITY_MIN = 1_024;

function inTurn(length: number): Int32Array<ArrayBuffer> {
  return new Int32Array(length).map((_, place) => place);
}

function withFirst<Numbers extends Int32Array | Float64Array>(larger: Numbers, first: Numbers): Numbers {
  larger.set(first);
  return larger;
}
