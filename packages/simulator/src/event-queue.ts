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

  /** Number of pending events. */
  get size(): number {
    return this.#heap.length;
  }

  /** Next event, or `undefined` if none is pending. */
  peek(): Event | undefined {
    return this.#heap[0];
  }

  push(event: Event): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(event);
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = heap[above] as Event;
      if (isBefore(parent, event)) break;
      heap[hole] = parent;
      hole = above;
    }
    heap[hole] = event;
  }

  /** Removes and returns the next event. */
  pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;

    let hole = 0;
    for (;;) {
      const left = heap[2 * hole + 1];
      if (left === undefined) break;
      const right = heap[2 * hole + 2];
      const takeRight = right !== undefined && isBefore(right, left);
      const child = takeRight ? right : left;
      if (isBefore(last, child)) break;
      heap[hole] = child;
      hole = 2 * hole + (takeRight ? 2 : 1);
    }
    heap[hole] = last;
    return first;
  }
}

function isBefore(a: EventPosition, b: EventPosition): boolean {
  return a.time < b.time || (a.time === b.time && a.seq < b.seq);
}
