/** Time that passes as fast as the program gets its work done, and in the same order wherever it runs. */
import type { Bytes, Millis } from '@fiducia/consensus';
import type { ClockPort } from '@fiducia/consensus/ports';

interface Appointment {
  readonly at: Millis;
  readonly callback: () => void;
}

export class Timeline {
  #now: Millis = 0;
  #appointments: readonly Appointment[] = [];

  get now(): Millis {
    return this.#now;
  }

  /** Calls back at `at`; appointments for the same time keep their order. Returns a function that prevents the call. */
  schedule(at: Millis, callback: () => void): () => void {
    const appointment = { at: Math.max(at, this.#now), callback };
    const later = this.#appointments.findIndex((other) => other.at > appointment.at);
    this.#appointments = this.#appointments.toSpliced(later < 0 ? this.#appointments.length : later, 0, appointment);
    return () => {
      this.#appointments = this.#appointments.filter((other) => other !== appointment);
    };
  }

  /** Clock of one node. @param seed - 32 bytes. */
  clockOf(seed: Bytes): ClockPort {
    return { now: () => this.#now, schedule: (at, callback) => this.schedule(at, callback), entropy: () => seed };
  }

  /** Lets time pass until `isDone`. @throws Error if that is not the case at `end`. */
  async runUntil(isDone: () => boolean, end: Millis): Promise<void> {
    await settle();
    while (!isDone()) {
      const [next, ...rest] = this.#appointments;
      if (next === undefined || next.at > end) throw new Error(`not done after ${end} ms`);
      this.#appointments = rest;
      this.#now = next.at;
      next.callback();
      await settle();
    }
  }
}

/** Lets everything run that waits for promises alone. Browsers have no `setImmediate`, and delay timers of theirs. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener(
      'message',
      () => {
        port1.close();
        resolve();
      },
      { once: true },
    );
    port1.start();
    port2.postMessage(null);
  });
}
