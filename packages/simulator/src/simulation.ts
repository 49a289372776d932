/**
 * One simulation: virtual time, nodes, network, randomness and trace from one seed. It works because nothing
 * in a node sees more than its inputs and the present time (simulation E1).
 *
 * @module
 */
import type { Bytes, HashFunction, Millis } from '@fiducia/consensus';
import type { ClockPort, LogPort, NetPort } from '@fiducia/consensus/ports';
import type { HostRecord } from '@fiducia/host';
import { createDrain } from './drain.ts';
import { requireInteger, SimulationError } from './errors.ts';
import { EventLoop, type FinishedEvent } from './event-loop.ts';
import { traceHostRecord } from './host-trace.ts';
import type { NetworkConditions, NetworkCounts, SentMessage } from './network/conditions.ts';
import type { LinkDirection } from './network/links.ts';
import { Network } from './network/network.ts';
import { type ClockSettings, createSimulatedClock, MachineClock } from './process/clock.ts';
import { Machine } from './process/machine.ts';
import { type ProcessCounts, Processes } from './process/processes.ts';
import { createRandomStream, type RandomLabel, type RandomStream } from './random.ts';
import { createSimulatedLog, type LogLanes } from './simulated-log.ts';
import { RECORD, Trace } from './trace.ts';

/** What a simulation starts from. */
export interface SimulationOptions {
  /** Decides everything that is left to chance; a safe integer of at least 0. */
  readonly seed: number;
  /** Virtual time at the start. */
  readonly startTime: Millis;
  /** SHA-256 for streams and trace, usually that of the crypto port. */
  readonly sha256: HashFunction;
  /** How the links behave. */
  readonly network?: NetworkConditions;
}

/**
 * The ports of one process of a node that the simulator provides; chain, crypto and signer are real.
 *
 * When the process is killed they are dead for ever: what it sends, plans, subscribes or reports is ignored, and
 * promises of its ports that are pending, or that what is left of it asks for, never settle.
 */
export interface SimulatedPorts {
  /** Name given to `addNode`; also the transport identity. */
  readonly name: string;
  /** Position among the nodes, from 0. */
  readonly index: number;
  /** How many processes of this node were killed before; 0 for the ports of `addNode`. */
  readonly incarnation: number;
  /** False from the moment at which the process is killed. */
  isAlive(): boolean;
  /** Virtual clock, as far off as the node's is; its entropy is drawn from the stream `clock/index`. */
  readonly clock: ClockPort;
  /** Simulated network. */
  readonly net: NetPort;
  /** Consensus log in memory; the next process of the node finds what this one wrote. */
  readonly log: LogPort;
  /** Puts an engine call into the trace (simulation E4); the `recorder` of a host. */
  recorder(record: HostRecord): void;
  /**
   * Reports that the node failed: the running or next `runUntil` throws `EVENT_FAILED` in its name
   * (simulation E6).
   */
  fail(error: unknown): void;
}

/**
 * A whole network in one process, under virtual time.
 *
 * Nothing happens between calls of {@link Simulation.runUntil}. Two simulations with equal options
 * to which the same is done have equal trace hashes.
 */
export interface Simulation {
  /** Seed it was created with. */
  readonly seed: number;
  /** Present virtual time. */
  now(): Millis;
  /**
   * Adds a node, linked with all others or, with `outboundLinks`, with those that it dials and that dial it.
   * @param name - Unique among the nodes; 1 to 64 characters.
   * @throws {@link SimulationError} with `DUPLICATE_NODE` or `INVALID_OPTION`.
   */
  addNode(name: string, options?: { readonly clock?: ClockSettings }): SimulatedPorts;
  /**
   * Ends the process of a node at once, as a power cut does, also in the midst of one of its own events: nothing of
   * it runs afterwards. Code between two port calls is the exception, since nothing can stop a function that runs;
   * it ends at its next port call. Messages that it sent are on their way; those for it are lost. Does nothing to a
   * node that is down.
   * @throws {@link SimulationError} with `UNKNOWN_NODE`.
   */
  kill(name: string): void;
  /**
   * Begins a new process on a machine that was killed: same name, log, clock and links, and streams that go on where
   * they were. Nobody is subscribed yet; the caller puts a node on the ports and starts it.
   * @throws {@link SimulationError} with `UNKNOWN_NODE` or `NODE_RUNNING`.
   */
  restart(name: string): SimulatedPorts;
  /**
   * Stops a node as a garbage collection or SIGSTOP does: its timers, deliveries, questions and answers wait until
   * `untilMs` and then come in their order, while its clock goes on. Events of `Simulation.schedule` belong to no
   * node and do not wait. A second pause can extend the first.
   * @throws {@link SimulationError} with `UNKNOWN_NODE` or `INVALID_OPTION`.
   */
  pause(name: string, untilMs: Millis): void;
  /**
   * Sets the clock of a node: from now on it is off by `offsetMs` and drifts from there. A clock that is set back
   * stands still until time has caught up, and a timer never comes before the local time it was asked for.
   * @throws {@link SimulationError} with `UNKNOWN_NODE` or `INVALID_OPTION`.
   */
  setClock(name: string, settings: ClockSettings): void;
  /**
   * Plans a callback, for instance of a workload or a fault.
   * @param at - A time in the past means now, behind everything already planned for now.
   * @param label - Names the event in the trace and in errors.
   */
  schedule(at: Millis, label: string, callback: () => void | Promise<void>): void;
  /**
   * Stream of a purpose (simulation E3); one stream per label, so a second call continues it.
   * @throws {@link SimulationError} with `INVALID_OPTION` for a label that E3 does not list.
   */
  random(purpose: RandomLabel): RandomStream;
  /**
   * Cuts all links between groups, also for messages in flight. Nodes in no group form one more.
   * Replaces an earlier partition.
   * @throws {@link SimulationError} with `UNKNOWN_NODE`, or `INVALID_OPTION` for a node in two groups.
   */
  partition(groups: readonly (readonly string[])[]): void;
  /**
   * Cuts single directions of links, beside what is cut already, also for messages in flight. Both ends go on
   * taking each other for peers.
   * @throws {@link SimulationError} with `UNKNOWN_NODE`.
   */
  cut(directions: readonly LinkDirection[]): void;
  /**
   * Lets everything that travels from one node to another wait until `untilMs`.
   * @throws {@link SimulationError} with `UNKNOWN_NODE` or `INVALID_OPTION`.
   */
  clog(from: string, to: string, untilMs: Millis): void;
  /**
   * Restores all links: partitions, cuts and clogs end.
   * @param within - Only links with both ends among these nodes; all others stay as they are.
   * @throws {@link SimulationError} with `UNKNOWN_NODE`.
   */
  heal(within?: readonly string[]): void;
  /**
   * Replaces the conditions of the network, all of them: what is left out returns to its default. Copies in flight
   * keep the delay that they drew.
   * @throws {@link SimulationError} with `INVALID_OPTION`.
   */
  setConditions(conditions: NetworkConditions): void;
  /**
   * Calls `observer` for every message that leaves a node, until the returned function is called.
   * An observer must not influence the nodes.
   */
  onSend(observer: (message: SentMessage) => void): () => void;
  /**
   * Calls `observer` after every event and all that it caused at its instant, until the returned function is
   * called. What an observer throws fails the event. It must not influence the nodes.
   */
  afterEvent(observer: (event: FinishedEvent) => void): () => void;
  /**
   * Runs all events due at or before `at`, in the order (time, seq), and moves the clock there.
   *
   * May be called again with a later time. When an event fails, the error names node, time and
   * seed; the failed event has been consumed, so a further call continues behind it.
   * @throws {@link SimulationError} with `EVENT_FAILED`, `TIME_PASSED` or `ALREADY_RUNNING`.
   * @see docs/spec/simulation.md, rule E2.
   */
  runUntil(at: Millis): Promise<void>;
  /**
   * Puts what an observer computed about a node into the trace, for instance the digest of a state, so that two runs
   * that differ in it alone have different hashes (simulation E4).
   * @throws {@link SimulationError} with `UNKNOWN_NODE`.
   */
  note(name: string, label: string, bytes: Bytes): void;
  /** SHA-256 over all events and effects so far, lower-case hex (simulation E4). */
  traceHash(): string;
  /** Events run so far. */
  eventCount(): number;
  /** What happened to messages so far. */
  networkCounts(): NetworkCounts;
  /** What happened to processes so far. */
  processCounts(): ProcessCounts;
}

const NODE_NAME_LENGTH_MAX = 64;

/**
 * Creates an empty simulation.
 *
 * @throws {@link SimulationError} with `INVALID_OPTION`.
 * @see docs/spec/simulation.md, rules E2 to E4.
 * @example
 * ```ts
 * const simulation = createSimulation({ seed: 1, startTime: 0, sha256: crypto.sha256 });
 * const alice = simulation.addNode('alice');
 * const bob = simulation.addNode('bob');
 * bob.net.subscribe('greetings', async (from) => (from === 'alice' ? 'accept' : 'ignore'));
 * alice.clock.schedule(1_000, () => alice.net.send(null, 'greetings', new Uint8Array([1])));
 * await simulation.runUntil(2_000);
 * simulation.networkCounts().delivered; // 1
 * ```
 */
export function createSimulation(options: SimulationOptions): Simulation {
  const { seed, startTime } = options;
  requireInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  requireInteger('startTime', startTime, 0, Number.MAX_SAFE_INTEGER);

  return new SeededSimulation(options);
}

/** A machine with what lives as long as it. */
interface SimulatedMachine {
  readonly machine: Machine;
  readonly clock: MachineClock;
  readonly lanes: LogLanes;
}

class SeededSimulation implements Simulation {
  readonly seed: number;
  readonly #sha256: HashFunction;
  readonly #trace: Trace;
  readonly #loop: EventLoop;
  readonly #network: Network;
  readonly #processes: Processes;
  readonly #streams = new Map<RandomLabel, RandomStream>();
  readonly #machines = new Map<string, SimulatedMachine>();

  constructor({ seed, startTime, sha256, network = {} }: SimulationOptions) {
    this.seed = seed;
    this.#sha256 = sha256;
    this.#trace = new Trace(sha256);
    const trace = this.#trace;
    this.#loop = new EventLoop({ startTime, seed, trace, drain: createDrain() });
    const loop = this.#loop;
    const processes = new Processes(loop, trace);
    this.#processes = processes;
    this.#network = new Network({ loop, trace, sha256, seed, conditions: network, processes });
  }

  now(): Millis {
    return this.#loop.now;
  }

  addNode(name: string, options: { readonly clock?: ClockSettings } = {}): SimulatedPorts {
    requireNewName(this.#machines, name);
    const machine = new Machine(name, this.#machines.size);
    const simulated = { machine, clock: new MachineClock(this.#loop, options.clock ?? {}), lanes: new Map() };
    this.#machines.set(name, simulated);
    this.#trace.record(RECORD.node).text(name);
    if (options.clock !== undefined) this.#traceClock(name, options.clock);
    this.#network.join(machine);
    return this.#createPorts(simulated);
  }

  kill(name: string): void {
    this.#processes.kill(this.#require(name).machine);
  }

  restart(name: string): SimulatedPorts {
    const simulated = this.#require(name);
    this.#processes.restart(simulated.machine);
    return this.#createPorts(simulated);
  }

  pause(name: string, untilMs: Millis): void {
    this.#processes.pause(this.#require(name).machine, untilMs);
  }

  setClock(name: string, settings: ClockSettings): void {
    this.#require(name).clock.set(settings);
    this.#traceClock(name, settings);
  }

  schedule(at: Millis, label: string, callback: () => void | Promise<void>): void {
    this.#loop.plan(at, label, null, { run: callback });
  }

  random(purpose: RandomLabel): RandomStream {
    const known = this.#streams.get(purpose);
    if (known !== undefined) return known;
    const stream = createRandomStream({ seed: this.seed, label: purpose, sha256: this.#sha256 });
    this.#streams.set(purpose, stream);
    return stream;
  }

  partition(groups: readonly (readonly string[])[]): void {
    this.#network.links.partition(groups);
  }

  cut(directions: readonly LinkDirection[]): void {
    this.#network.links.cut(directions);
  }

  clog(from: string, to: string, untilMs: Millis): void {
    this.#network.links.clog(from, to, untilMs);
  }

  heal(within?: readonly string[]): void {
    this.#network.links.heal(within);
  }

  setConditions(conditions: NetworkConditions): void {
    this.#network.setConditions(conditions);
  }

  onSend(observer: (message: SentMessage) => void): () => void {
    return this.#network.observe(observer);
  }

  afterEvent(observer: (event: FinishedEvent) => void): () => void {
    return this.#loop.observe(observer);
  }

  runUntil(at: Millis): Promise<void> {
    return this.#loop.runUntil(at);
  }

  note(name: string, label: string, bytes: Bytes): void {
    this.#trace.record(RECORD.note).text(this.#require(name).machine.name).text(label).bytes(bytes);
  }

  traceHash(): string {
    return this.#trace.hash();
  }

  eventCount(): number {
    return this.#loop.eventCount;
  }

  networkCounts(): NetworkCounts {
    return { ...this.#network.counts };
  }

  processCounts(): ProcessCounts {
    return { ...this.#processes.counts };
  }

  #createPorts({ machine, clock, lanes }: SimulatedMachine): SimulatedPorts {
    const { name, index, process } = machine;
    const [loop, trace, random] = [this.#loop, this.#trace, this.random(`clock/${index}`)];
    return {
      name,
      index,
      incarnation: process.incarnation,
      isAlive: () => process.isAlive,
      clock: createSimulatedClock({ process, clock, loop, trace, random }),
      net: this.#network.connect(machine),
      log: createSimulatedLog(process, lanes, trace),
      recorder(record) {
        if (process.isAlive) traceHostRecord(trace, name, record);
      },
      fail: (error) => loop.fail({ label: 'node', owner: process }, error),
    };
  }

  #require(name: string): SimulatedMachine {
    const simulated = this.#machines.get(name);
    if (simulated === undefined) throw new SimulationError({ code: 'UNKNOWN_NODE', node: name });
    return simulated;
  }

  #traceClock(name: string, { offsetMs = 0, driftPpm = 0 }: ClockSettings): void {
    this.#trace.record(RECORD.clock).text(name).number(offsetMs).number(driftPpm);
  }
}

function requireNewName(names: { has(name: string): boolean }, name: string): void {
  if (names.has(name)) throw new SimulationError({ code: 'DUPLICATE_NODE', node: name });
  if (name.length > 0 && name.length <= NODE_NAME_LENGTH_MAX) return;
  const reason = `must have 1 to ${NODE_NAME_LENGTH_MAX} characters`;
  throw new SimulationError({ code: 'INVALID_OPTION', path: 'name', reason });
}
