/** A clock that the program turns, made by the container. */
import type { ClockPort } from '@fiducia/consensus/ports';
import { inject, injectable, token } from '@fiducia/di';

/** Time at which clocks begin. */
export const START_MS = token<number>('consumer/start-ms');

interface Appointment {
  readonly at: number;
  readonly callback: () => void;
}

@injectable()
export class TurnedClock implements ClockPort {
  readonly #appointments = new Set<Appointment>();
  #now: number;

  constructor(@inject(START_MS) start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  schedule(at: number, callback: () => void): () => void {
    const appointment = { at, callback };
    this.#appointments.add(appointment);
    return () => {
      this.#appointments.delete(appointment);
    };
  }

  entropy(): Uint8Array {
    return new Uint8Array(32);
  }

  /** Lets time pass, and everything come to rest that it sets off. */
  async turn(until: number, stepMs: number): Promise<void> {
    for (; this.#now < until; this.#now += stepMs) {
      for (const appointment of [...this.#appointments].filter(({ at }) => at <= this.#now)) {
        this.#appointments.delete(appointment);
        appointment.callback();
      }
      for (let round = 0; round < 10; round++) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
}
