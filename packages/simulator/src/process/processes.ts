/**
 * Crashes, restarts and pauses of simulated nodes (simulation section 3, crash and pause).
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import { requireInteger, SimulationError } from '../errors.ts';
import type { EventLoop } from '../event-loop.ts';
import { RECORD, type Trace } from '../trace.ts';
import { type Machine, SimulatedProcess } from './machine.ts';

/** What happened to the processes of all nodes so far. */
export interface ProcessCounts {
  /** Processes ended by `kill`. */
  readonly killed: number;
  /** Processes begun by `restart`. */
  readonly restarted: number;
  /** Pauses begun by `pause`; one that extends another is not counted. */
  readonly paused: number;
}

/** Ends, begins and stops processes. */
export class Processes {
  readonly counts = { killed: 0, restarted: 0, paused: 0 };
  readonly #loop: EventLoop;
  readonly #trace: Trace;

  constructor(loop: EventLoop, trace: Trace) {
    this.#loop = loop;
    this.#trace = trace;
  }

  /** Ends the process; returns whether there was one. */
  kill(machine: Machine): boolean {
    if (!machine.process.isAlive) return false;
    this.#trace.record(RECORD.kill).text(machine.name);
    this.counts.killed += 1;
    machine.process.isAlive = false;
    machine.pausedUntil = null;
    machine.held.length = 0;
    return true;
  }

  /** Begins the next process of a machine that is down. */
  restart(machine: Machine): void {
    if (machine.process.isAlive) throw new SimulationError({ code: 'NODE_RUNNING', node: machine.name });
    this.#trace.record(RECORD.restart).text(machine.name);
    this.counts.restarted += 1;
    machine.process = new SimulatedProcess(machine, machine.process.incarnation + 1);
  }

  /** Holds back all events of a node until `untilMs`; a later end of the same pause counts, an earlier does not. */
  pause(machine: Machine, untilMs: Millis): void {
    requireInteger('untilMs', untilMs, 0, Number.MAX_SAFE_INTEGER);
    const { process, pausedUntil } = machine;
    if (!process.isAlive || untilMs <= Math.max(this.#loop.now, pausedUntil ?? 0)) return;

    this.#trace.record(RECORD.pause).text(machine.name).number(untilMs);
    if (pausedUntil === null) this.counts.paused += 1;
    machine.pausedUntil = untilMs;
    process.isPaused = true;
    const resume = (): void => {
      if (machine.process !== process || machine.pausedUntil !== untilMs) return;
      machine.pausedUntil = null;
      process.isPaused = false;
      this.#loop.release(machine);
    };
    this.#loop.plan(untilMs, 'resume', null, { run: resume });
  }
}
