/**
 * The clock of a simulated node: virtual time, shifted and stretched (simulation section 3, clock offset and drift).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { ClockPort } from '@fiducia/consensus/ports';
import { requireInteger } from '../errors.ts';
import type { EventLoop, ScheduledEvent, Task } from '../event-loop.ts';
import type { RandomStream } from '../random.ts';
import { RECORD, type Trace } from '../trace.ts';
import type { SimulatedProcess } from './machine.ts';

/** How far the clock of a node is off. Peers never correct it. */
export interface ClockSettings {
  /** Added to virtual time; integer from -3 600 000 to 3 600 000. @default 0 */
  readonly offsetMs?: Millis;
  /**
   * Parts per million by which the clock runs fast (above 0) or slow; integer from -10 000 to 10 000.
   * @default 0
   */
  readonly driftPpm?: number;
}

const OFFSET_MAX_MS = 3_600_000;
const DRIFT_MAX_PPM = 10_000;
const MILLION = 1_000_000;

/** Local time of one machine as a function of virtual time; never decreases, also when it is set back. */
export class MachineClock {
  readonly #loop: EventLoop;
  /** Virtual time from which the drift counts. */
  #anchor: Millis;
  #offsetMs = 0;
  #driftPpm = 0;
  #lastReported: Millis = Number.MIN_SAFE_INTEGER;
  /** Whether it was right from the start; then nothing else needs to be looked at. */
  #isRight = true;

  constructor(loop: EventLoop, settings: ClockSettings) {
    this.#loop = loop;
    this.#anchor = loop.now;
    this.set(settings);
  }

  /** From now on the clock is off by `offsetMs` and drifts from there. */
  set({ offsetMs = 0, driftPpm = 0 }: ClockSettings): void {
    requireInteger('clock.offsetMs', offsetMs, -OFFSET_MAX_MS, OFFSET_MAX_MS);
    requireInteger('clock.driftPpm', driftPpm, -DRIFT_MAX_PPM, DRIFT_MAX_PPM);
    this.#anchor = this.#loop.now;
    this.#offsetMs = offsetMs;
    this.#driftPpm = driftPpm;
    this.#isRight &&= offsetMs === 0 && driftPpm === 0;
  }

  /** A clock that was set back stands still until virtual time has caught up. */
  now(): Millis {
    const { now } = this.#loop;
    const local = this.#isRight ? now : Math.max(this.#lastReported, this.#localAt(now));
    this.#lastReported = local;
    return local;
  }

  /**
   * Earliest virtual time at which the clock shows `local` or more.
   *
   * For whole `d`, `d + floor(d * drift / 10^6) >= e` says the same as `d >= e * 10^6 / (10^6 + drift)`, so the least `d` is
   * that quotient rounded up: no search is needed.
   */
  virtualTimeOf(local: Millis): Millis {
    if (this.#isRight) return local;
    const elapsed = local - this.#offsetMs - this.#anchor;
    return this.#anchor + elapsed - shareOf(elapsed, this.#driftPpm, MILLION + this.#driftPpm);
  }

  #localAt(at: Millis): Millis {
    return at + this.#offsetMs + shareOf(at - this.#anchor, this.#driftPpm, MILLION);
  }
}

/** `floor(value * parts / whole)`, exact for every safe `value` and parts below 2^20. */
function shareOf(value: number, parts: number, whole: number): number {
  const quotient = Math.floor(value / whole);
  return quotient * parts + Math.floor(((value - quotient * whole) * parts) / whole);
}

/** The clock port of one process. */
export function createSimulatedClock(options: {
  readonly process: SimulatedProcess;
  readonly clock: MachineClock;
  readonly loop: EventLoop;
  readonly trace: Trace;
  readonly random: RandomStream;
}): ClockPort {
  const { process, clock, loop, trace, random } = options;
  const plan = (at: Millis, task: Task): ScheduledEvent => {
    const time = Math.min(clock.virtualTimeOf(at), Number.MAX_SAFE_INTEGER);
    const event = loop.plan(time, 'timer', process, task);
    trace.record(RECORD.timerSet).number(event.time).number(event.seq);
    return event;
  };

  return {
    now: () => clock.now(),
    schedule(at, callback) {
      if (!process.isAlive) return () => undefined;
      const timer: Task = {
        run() {
          if (clock.now() >= at) return callback();
          // Set back since: a timer never comes before the time it was asked for.
          event = plan(at, timer);
          return undefined;
        },
      };
      let event = plan(at, timer);
      return () => loop.cancel(event);
    },
    entropy() {
      // What is left of a killed process must not use up what its successor will draw.
      if (!process.isAlive) return new Uint8Array(32);
      const bytes = random.bytes(32);
      trace.record(RECORD.entropy).text(process.machine.name).bytes(bytes);
      return bytes;
    },
  };
}
