/**
 * Virtual time: one event at a time, in the order (time, seq) (simulation E2).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { Drain } from './drain.ts';
import { requireInteger, SimulationError } from './errors.ts';
import { EventQueue, NOT_QUEUED, type QueuedEvent } from './event-queue.ts';
import type { Machine, SimulatedProcess } from './process/machine.ts';
import { RECORD, type Trace } from './trace.ts';

/** How often the surrounding process gets a turn, so that it can draw, or be interrupted. */
const EVENTS_PER_BREAK = 256;

/** What an event does. A promise that it returns may not reject. */
export interface Task {
  run(): unknown;
}

/**
 * A pending event. A class, as everything that is made for each message: engines make literals that live for some
 * milliseconds among what lives for ever, and collecting them there costs several times as much.
 */
export class ScheduledEvent implements QueuedEvent {
  readonly time: Millis;
  readonly seq: number;
  readonly label: string;
  /** Process the event belongs to; `null` for events of the scenario. It never runs after that process ended. */
  readonly owner: SimulatedProcess | null;
  /** Dropped when the event has begun or is cancelled. */
  task: Task | null;
  place = NOT_QUEUED;

  constructor(time: Millis, seq: number, label: string, owner: SimulatedProcess | null, task: Task) {
    this.time = time;
    this.seq = seq;
    this.label = label;
    this.owner = owner;
    this.task = task;
  }
}

/** An event that has run, with everything that it caused at its instant. */
export interface FinishedEvent {
  /** When it ran. */
  readonly time: Millis;
  /** What it was, e.g. `timer` or `deliver/` and a channel. */
  readonly label: string;
  /** Node it belonged to; `null` for events of the scenario. */
  readonly node: string | null;
}

/** The event loop that all parts of one simulation share. */
export class EventLoop {
  readonly #queue = new EventQueue<ScheduledEvent>();
  readonly #trace: Trace;
  readonly #drain: Drain;
  readonly #seed: number;
  readonly #observers = new Set<(event: FinishedEvent) => void>();
  /** Events that waited for the end of a pause; they come before everything else. */
  readonly #released: ScheduledEvent[] = [];
  #now: Millis;
  #nextSeq = 0;
  #eventCount = 0;
  #running = false;
  /** Of the present run. */
  #until: Millis = 0;
  #isOver = false;
  /** What it caused is not over yet. */
  #present: ScheduledEvent | null = null;
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
  plan(at: Millis, label: string, owner: SimulatedProcess | null, task: Task): ScheduledEvent {
    const event = new ScheduledEvent(Math.max(at, this.#now), this.#nextSeq, label, owner, task);
    this.#nextSeq += 1;
    this.#queue.push(event);
    return event;
  }

  /**
   * Drops an event that has not begun. It leaves the queue at once: most copies of a message and most timers of miners
   * never come, and would be most of what waits there.
   */
  cancel(event: ScheduledEvent): void {
    event.task = null;
    this.#queue.remove(event);
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
      this.#until = at;
      for (;;) {
        await this.#drain.repeat(this.#step);
        if (this.#isOver) break;
        await this.#drain.throughMacrotask();
      }
      this.#now = at;
    } finally {
      this.#running = false;
      this.#present = null;
    }
  }

  /** Ends the present event and begins the next one. @returns False if a break is due, or nothing is left to be done. */
  readonly #step = (): boolean => {
    const present = this.#present;
    this.#present = null;
    if (present !== null) {
      if (this.#observers.size > 0) this.#notify(present);
      this.#throwFailure();
      if (this.#eventCount % EVENTS_PER_BREAK === 0) return false;
    }
    const next = this.#takeNextDue(this.#until);
    this.#isOver = next === undefined;
    if (next === undefined) return false;
    this.#present = next;
    this.#begin(next);
    return true;
  };

  /** Lets a planned event come now, behind what is already planned for now. */
  advance(event: ScheduledEvent): void {
    if (event.task === null) return;
    this.plan(this.#now, event.label, event.owner, event.task);
    this.cancel(event);
  }

  /** Runs what a machine held back, now and in its order, before anything else that is due. */
  release(machine: Machine): void {
    this.#released.push(...machine.held.splice(0));
  }

  /** Calls `observer` after every event, until the returned function is called. */
  observe(observer: (event: FinishedEvent) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /**
   * Notes a failure of code that runs in the name of an event; `runUntil` then throws. The first one wins, and
   * what a process does after its end is no failure.
   */
  fail(event: { readonly label: string; readonly owner: SimulatedProcess | null }, cause: unknown): void {
    if (event.owner?.isAlive === false) return;
    this.#failure ??= new SimulationError(
      {
        code: 'EVENT_FAILED',
        event: event.label,
        node: nameOf(event.owner),
        at: this.#now,
        seed: this.#seed,
        reason: cause instanceof Error ? cause.message : String(cause),
      },
      cause,
    );
  }

  #takeNextDue(at: Millis): ScheduledEvent | undefined {
    for (;;) {
      const next = this.#takeNext(at);
      if (next === undefined || isDue(next)) return next;
    }
  }

  #takeNext(at: Millis): ScheduledEvent | undefined {
    if (this.#released.length > 0) return this.#released.shift();
    const next = this.#queue.peek();
    if (next === undefined || next.time > at) return undefined;
    // Also for an event that is held back or dropped: time has come this far.
    this.#now = next.time;
    return this.#queue.pop();
  }

  /** Runs the synchronous part of an event; what it caused is over when the microtasks have run. */
  #begin(event: ScheduledEvent): void {
    const task = event.task as Task;
    this.#eventCount += 1;
    this.#trace
      .record(RECORD.event)
      .number(this.#now)
      .number(event.seq)
      .text(event.label)
      .text(nameOf(event.owner) ?? '');

    event.task = null;
    try {
      const result = task.run();
      if (result instanceof Promise) this.#watch(result, event);
    } catch (cause) {
      this.fail(event, cause);
    }
  }

  #watch(result: Promise<unknown>, event: ScheduledEvent): void {
    result.catch((cause: unknown) => this.fail(event, cause));
  }

  #notify(event: ScheduledEvent): void {
    const finished = { time: this.#now, label: event.label, node: nameOf(event.owner) };
    try {
      for (const observer of this.#observers) observer(finished);
    } catch (cause) {
      this.fail({ label: event.label, owner: null }, cause);
    }
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }
}

/** Whether an event runs now: not cancelled, its process alive and not paused. A paused machine keeps the event. */
function isDue(event: ScheduledEvent): boolean {
  if (event.task === null) return false;
  const { owner } = event;
  if (owner === null) return true;
  if (!owner.isAlive) return false;
  if (!owner.isPaused) return true;
  owner.machine.held.push(event);
  return false;
}

function nameOf(owner: SimulatedProcess | null): string | null {
  return owner === null ? null : owner.name;
}
