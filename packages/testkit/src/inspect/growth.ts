/**
 * Looks for memory that grows with what peers send (contract CK-05).
 *
 * Wherever plugin code adds to a map, a set or a list during a call, the size is noted; a collection that outlives
 * its call and is never trimmed shows as a size that follows the number of calls. What hides from this, such as an
 * object used as a dictionary, shows in the heap.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Greatest sizes that collections had when something was added to them. */
export interface CollectionSizes {
  /** By kind of collection. */
  readonly Map: number;
  readonly Set: number;
  readonly Array: number;
}

/** Watches collections while plugin code runs. */
export class CollectionWatch {
  readonly #max = { Map: 0, Set: 0, Array: 0 };

  /** Greatest sizes since the last {@link CollectionWatch.reset}. */
  get sizes(): CollectionSizes {
    return { ...this.#max };
  }

  /** Forgets the sizes seen. */
  reset(): void {
    this.#max.Map = 0;
    this.#max.Set = 0;
    this.#max.Array = 0;
  }

  /** Runs synchronous plugin code under watch. */
  run<T>(code: () => T): T {
    const max = this.#max;
    const { set } = Map.prototype;
    const { add } = Set.prototype;
    const { push } = Array.prototype;
    const note = (kind: keyof CollectionSizes, size: number): void => {
      if (size > max[kind]) max[kind] = size;
    };
    define(Map.prototype, 'set', function (this: Map<unknown, unknown>, key: unknown, value: unknown) {
      const result = Reflect.apply(set, this, [key, value]);
      note('Map', this.size);
      return result;
    });
    define(Set.prototype, 'add', function (this: Set<unknown>, value: unknown) {
      const result = Reflect.apply(add, this, [value]);
      note('Set', this.size);
      return result;
    });
    define(Array.prototype, 'push', function (this: unknown[], ...items: unknown[]) {
      const length = Reflect.apply(push, this, items);
      note('Array', length);
      return length;
    });
    try {
      return code();
    } finally {
      define(Map.prototype, 'set', set);
      define(Set.prototype, 'add', add);
      define(Array.prototype, 'push', push);
    }
  }
}

function define(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, writable: true, configurable: true });
}

/** Bytes on the heap after everything that can go is gone. */
export function settledHeapBytes(): number {
  collector()();
  return process.memoryUsage().heapUsed;
}

function collector(): () => void {
  const own: unknown = Reflect.get(globalThis, 'gc');
  if (typeof own === 'function') return own as () => void;
  // A context that is made while the flag is set has the collector; the flag can go again.
  setFlagsFromString('--expose-gc');
  const made = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return made;
}
