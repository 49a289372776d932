/**
 * The processes of a simulated node: one machine, and one process after another on it.
 *
 * What belongs to the machine survives a crash: its name, its streams, its clock, its log. What belongs to a
 * process ends with it, at once and for ever.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { ScheduledEvent } from '../event-loop.ts';

/** One process: everything that a node planned or was sent refers to it. */
export class SimulatedProcess {
  readonly machine: Machine;
  /** That of the machine: every event needs it, and one object that is far away in memory is enough. */
  readonly name: string;
  /** How many processes the machine ran before. */
  readonly incarnation: number;
  /** Turns false once, and nothing of this process runs from then on. */
  isAlive = true;
  /** Whether its events are held back. */
  isPaused = false;

  constructor(machine: Machine, incarnation: number) {
    this.machine = machine;
    this.name = machine.name;
    this.incarnation = incarnation;
  }
}

/** What stays when the process of a node ends. */
export class Machine {
  readonly name: string;
  readonly index: number;
  /** The process of now, alive or the last one that was. */
  process: SimulatedProcess;
  /** End of the present pause; `null` while the node runs. */
  pausedUntil: Millis | null = null;
  /** Events that came due while the node was paused, in their order. */
  readonly held: ScheduledEvent[] = [];

  constructor(name: string, index: number) {
    this.name = name;
    this.index = index;
    this.process = new SimulatedProcess(this, 0);
  }
}
