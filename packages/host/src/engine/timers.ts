/**
 * Timers of one engine (contract H-9).
 *
 * @module
 */
import { type BufferUsage, LIMITS, type Millis, type TimerId } from '@fiducia/consensus';
import type { ClockPort } from '@fiducia/consensus/ports';

interface Armed {
  readonly cancel: () => void;
}

/** Fires each timer once; setting an id again replaces it, also when the old one is already on its way. */
export class Timers {
  readonly #armed = new Map<TimerId, Armed>();
  readonly #clock: ClockPort;
  readonly #onElapsed: (timerId: TimerId, isCurrent: () => boolean) => void;

  /** @param onElapsed - `isCurrent` disarms the timer and tells whether it was still armed. */
  constructor(clock: ClockPort, onElapsed: (timerId: TimerId, isCurrent: () => boolean) => void) {
    this.#clock = clock;
    this.#onElapsed = onElapsed;
  }

  /** @returns False if more timers than allowed would be armed. */
  set(timerId: TimerId, at: Millis | null): boolean {
    this.#armed.get(timerId)?.cancel();
    this.#armed.delete(timerId);
    if (at === null) return true;
    if (this.#armed.size >= LIMITS.timers) return false;

    const armed: Armed = {
      cancel: this.#clock.schedule(at, () => this.#onElapsed(timerId, () => this.#disarm(timerId, armed))),
    };
    this.#armed.set(timerId, armed);
    return true;
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'timers', count: this.#armed.size, max: LIMITS.timers }];
  }

  clear(): void {
    for (const { cancel } of this.#armed.values()) cancel();
    this.#armed.clear();
  }

  #disarm(timerId: TimerId, armed: Armed): boolean {
    return this.#armed.get(timerId) === armed && this.#armed.delete(timerId);
  }
}
