/**
 * One simulation: virtual time, nodes, network, randomness and trace from one seed. It works because nothing
 * in a node sees more than its inputs and the present time (simulation E1).
 *
 * @module
 */
import type { HashFunction, Millis } from '@fiducia/consensus';
import type { ClockPort, LogPort, NetPort } from '@fiducia/consensus/ports';
import type { HostRecord } from '@fiducia/host';
import { createDrain } from './drain.ts';
import { requireInteger, SimulationError } from './errors.ts';
import { EventLoop } from './event-loop.ts';
import { traceHostRecord } from './host-trace.ts';
import { Network, type NetworkConditions, type NetworkCounts, type SentMessage } from './network.ts';
import { createRandomStream, type RandomLabel, type RandomStream } from './random.ts';
import { createSimulatedLog } from './simulated-log.ts';
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

/** The ports of one node that the simulator provides; chain, crypto and signer are real. */
export interface SimulatedPorts {
  /** Name given to `addNode`; also the transport identity. */
  readonly name: string;
  /** Position among the nodes, from 0. */
  readonly index: number;
  /** Virtual clock; its entropy is drawn from the stream `clock/index`. */
  readonly clock: ClockPort;
  /** Simulated network. */
  readonly net: NetPort;
  /** Consensus log in memory. */
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
   * Adds a node that is linked with all others.
   * @param name - Unique among the nodes; 1 to 64 characters.
   * @throws {@link SimulationError} with `DUPLICATE_NODE` or `INVALID_OPTION`.
   */
  addNode(name: string): SimulatedPorts;
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
  /** Restores all links. */
  heal(): void;
  /**
   * Calls `observer` for every message that leaves a node, until the returned function is called.
   * An observer must not influence the nodes.
   */
  onSend(observer: (message: SentMessage) => void): () => void;
  /**
   * Runs all events due at or before `at`, in the order (time, seq), and moves the clock there.
   *
   * May be called again with a later time. When an event fails, the error names node, time and
   * seed; the failed event has been consumed, so a further call continues behind it.
   * @throws {@link SimulationError} with `EVENT_FAILED`, `TIME_PASSED` or `ALREADY_RUNNING`.
   * @see docs/spec/simulation.md, rule E2.
   */
  runUntil(at: Millis): Promise<void>;
  /** SHA-256 over all events and effects so far, lower-case hex (simulation E4). */
  traceHash(): string;
  /** Events run so far. */
  eventCount(): number;
  /** Fate of gossip messages so far. */
  networkCounts(): NetworkCounts;
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
  const { seed, startTime, sha256 } = options;
  requireInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  requireInteger('startTime', startTime, 0, Number.MAX_SAFE_INTEGER);

  const trace = new Trace(sha256);
  const loop = new EventLoop({ startTime, seed, trace, drain: createDrain() });
  const network = new Network({ loop, trace, sha256, seed, conditions: options.network ?? {} });
  const streams = new Map<RandomLabel, RandomStream>();
  const names = new Set<string>();

  const random = (label: RandomLabel): RandomStream => {
    const stream = streams.get(label) ?? createRandomStream({ seed, label, sha256 });
    streams.set(label, stream);
    return stream;
  };

  return {
    seed,
    now: () => loop.now,
    addNode(name) {
      requireNewName(names, name);
      const index = names.size;
      names.add(name);
      trace.record(RECORD.node).text(name);
      return {
        name,
        index,
        clock: createSimulatedClock(name, loop, trace, random(`clock/${index}`)),
        net: network.join(name),
        log: createSimulatedLog(name, trace),
        recorder: (record) => traceHostRecord(trace, name, record),
        fail: (error) => loop.fail({ label: 'node', node: name }, error),
      };
    },
    schedule: (at, label, callback) => void loop.plan(at, label, null, callback),
    random,
    partition: (groups) => network.partition(groups),
    heal: () => network.heal(),
    onSend: (observer) => network.observe(observer),
    runUntil: (at) => loop.runUntil(at),
    traceHash: () => trace.hash(),
    eventCount: () => loop.eventCount,
    networkCounts: () => ({ ...network.counts }),
  };
}

function createSimulatedClock(node: string, loop: EventLoop, trace: Trace, random: RandomStream): ClockPort {
  return {
    now: () => loop.now,
    schedule(at, callback) {
      const event = loop.plan(at, 'timer', node, callback);
      trace.record(RECORD.timerSet).number(event.time).number(event.seq);
      return () => {
        event.run = null;
      };
    },
    entropy() {
      const bytes = random.bytes(32);
      trace.record(RECORD.entropy).text(node).bytes(bytes);
      return bytes;
    },
  };
}

function requireNewName(names: ReadonlySet<string>, name: string): void {
  if (names.has(name)) throw new SimulationError({ code: 'DUPLICATE_NODE', node: name });
  if (name.length > 0 && name.length <= NODE_NAME_LENGTH_MAX) return;
  const reason = `must have 1 to ${NODE_NAME_LENGTH_MAX} characters`;
  throw new SimulationError({ code: 'INVALID_OPTION', path: 'name', reason });
}
