/** Time that passes as fast as the program gets its work done, and in the same order each time. */
import type { Bytes, Millis } from '@fiducia/consensus';
import type { ClockPort } from '@fiducia/consensus/ports';

interface Appointment {
  readonly at: Millis;
  readonly callback: () => void;
}

export class Timeline {
  #now: Millis;
  #appointments: readonly Appointment[] = [];

  constructor(start: Millis) {
    this.#now = start;
  }

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

  /** Clock of one sealer. @param seed - 32 bytes. */
  clockOf(seed: Bytes): ClockPort {
    return { now: () => this.#now, schedule: (at, callback) => this.schedule(at, callback), entropy: () => seed };
  }

  /** Lets time pass until `end`, and after each appointment `settle`. */
  async runUntil(end: Millis, settle: () => Promise<void>): Promise<void> {
    for (;;) {
      const [next, ...rest] = this.#appointments;
      if (next === undefined || next.at > end) break;
      this.#appointments = rest;
      this.#now = next.at;
      next.callback();
      await settle();
    }
    this.#now = end;
  }
}
