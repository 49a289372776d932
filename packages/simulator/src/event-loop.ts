/**
 * Virtual time: one event at a time, in the order (time, seq) (simulation E2).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { Drain } from './drain.ts';
import { requireInteger, SimulationError } from './errors.ts';
import { EventQueue } from './event-queue.ts';
import { RECORD, type Trace } from './trace.ts';

/** How often the surrounding process gets a turn, so that it can draw, or be interrupted. */
const EVENTS_PER_BREAK = 256;

/** A pending event; `run` is dropped when it is cancelled. A promise it returns may not reject. */
export interface ScheduledEvent {
  readonly time: Millis;
  readonly seq: number;
  readonly label: string;
  /** Node the event belongs to; `null` for events of the scenario. */
  readonly node: string | null;
  run: (() => unknown) | null;
}

/** The event loop that all parts of one simulation share. */
export class EventLoop {
  readonly #queue = new EventQueue<ScheduledEvent>();
  readonly #trace: Trace;
  readonly #drain: Drain;
  readonly #seed: number;
  #now: Millis;
  #nextSeq = 0;
  #eventCount = 0;
  #running = false;
  #failure: SimulationError | null = null;

  constructor(options: { startTime: Millis; seed: number; trace: Trace; drain: Drain }) {
    this.#now = options.startTime;
    this.#seed = options.seed;
    this.#trace = options.trace;
    this.#drain = options.drain;
  }

  get now(): Millis {
    return this.#now;
  }

  /** Events run so far; cancelled ones are not counted. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** Plans an event; a time in the past means now, behind what is already planned for now. */
  plan(at: Millis, label: string, node: string | null, run: () => unknown): ScheduledEvent {
    const event: ScheduledEvent = { time: Math.max(at, this.#now), seq: this.#nextSeq, label, node, run };
    this.#nextSeq += 1;
    this.#queue.push(event);
    return event;
  }

  /** Runs everything due at or before `at`, then moves the clock to `at`. */
  async runUntil(at: Millis): Promise<void> {
    requireInteger('at', at, 0, Number.MAX_SAFE_INTEGER);
    if (this.#running) throw new SimulationError({ code: 'ALREADY_RUNNING', at });
    if (at < this.#now) throw new SimulationError({ code: 'TIME_PASSED', at, now: this.#now });

    this.#running = true;
    try {
      // What the scenario did before the first event has its consequences first, too.
      await this.#drain.throughMacrotask();
      this.#throwFailure();
      for (;;) {
        const next = this.#queue.peek();
        if (next === undefined || next.time > at) break;
        this.#queue.pop();
        await this.#runEvent(next);
      }
      this.#now = at;
    } finally {
      this.#running = false;
    }
  }

  /** Notes a failure of code that runs in the name of `event`; `runUntil` then throws. The first one wins. */
  fail(event: { readonly label: string; readonly node: string | null }, cause: unknown): void {
    this.#failure ??= new SimulationError(
      {
        code: 'EVENT_FAILED',
        event: event.label,
        node: event.node,
        at: this.#now,
        seed: this.#seed,
        reason: cause instanceof Error ? cause.message : String(cause),
      },
      cause,
    );
  }

  async #runEvent(event: ScheduledEvent): Promise<void> {
    const run = event.run;
    if (run === null) return;
    this.#now = event.time;
    this.#eventCount += 1;
    this.#trace
      .record(RECORD.event)
      .number(event.time)
      .number(event.seq)
      .text(event.label)
      .text(event.node ?? '');

    event.run = null;
    try {
      const result = run();
      if (result instanceof Promise) result.catch((cause: unknown) => this.fail(event, cause));
    } catch (cause) {
      this.fail(event, cause);
    }
    if (this.#eventCount % EVENTS_PER_BREAK === 0) await this.#drain.throughMacrotask();
    else await this.#drain.fromMicrotask();
    this.#throwFailure();
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }
}
