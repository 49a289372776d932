/** A clock that the program turns. */
import type { ClockPort } from '@fiducia/consensus/ports';

export interface TurnedClock extends ClockPort {
  /** Lets time pass, and everything come to rest that it sets off. */
  turn(until: number, stepMs: number): Promise<void>;
}

export function createTurnedClock(): TurnedClock {
  const appointments = new Set<{ readonly at: number; readonly callback: () => void }>();
  let now = 0;
  return {
    now: () => now,
    schedule(at, callback) {
      const appointment = { at, callback };
      appointments.add(appointment);
      return () => {
        appointments.delete(appointment);
      };
    },
    entropy: () => new Uint8Array(32),
    async turn(until, stepMs) {
      for (; now < until; now += stepMs) {
        for (const appointment of [...appointments].filter(({ at }) => at <= now)) {
          appointments.delete(appointment);
          appointment.callback();
        }
        for (let round = 0; round < 50; round++) await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
