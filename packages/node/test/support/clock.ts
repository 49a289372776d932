import type { ClockPort } from '@fiducia/consensus/ports';

/** Time that stands still until a test moves it, shared by the nodes of the test. */
export interface StoppedClock extends ClockPort {
  /** Moves time forward and runs what falls due, in order, letting every node finish in between. */
  advanceTo(at: number): Promise<void>;
}

export function createStoppedClock(start: number): StoppedClock {
  const due = new Set<{ readonly at: number; readonly callback: () => void }>();
  let now = start;
  return {
    now: () => now,
    schedule(at, callback) {
      const entry = { at, callback };
      due.add(entry);
      return () => void due.delete(entry);
    },
    entropy: () => new Uint8Array(32),
    async advanceTo(until) {
      await settle();
      for (;;) {
        const [next] = [...due].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        due.delete(next);
        now = Math.max(now, next.at);
        next.callback();
        await settle();
      }
      now = until;
    },
  };
}

/** Turns of the event loop after which the asynchronous ports of a few nodes have come to rest. */
const TURNS = 50;

/** Lets everything that is under way come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}
