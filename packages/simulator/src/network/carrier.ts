/**
 * Carrying one copy of a message from one node to another, through everything that can happen to it.
 *
 * @module
 */
import type { Bytes, Millis, PeerId } from '@fiducia/consensus';
import type { EventLoop, ScheduledEvent, Task } from '../event-loop.ts';
import type { SimulatedProcess } from '../process/machine.ts';
import type { Processes } from '../process/processes.ts';
import { RECORD, type Trace } from '../trace.ts';
import type { CheckedConditions, NetworkCounts } from './conditions.ts';
import { drawDelay } from './delay.ts';
import type { Endpoint, Registration } from './endpoint.ts';
import type { Links } from './links.ts';

/** A message on its way. */
export interface Message {
  /** Counts the messages of the simulation; the trace refers to them by it. */
  readonly number: number;
  /** Number of its channel. */
  readonly channel: number;
  /** Label of its deliveries. */
  readonly label: string;
  readonly bytes: Bytes;
}

/** Where a copy goes, and what becomes of it there. */
export interface Way {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Index of `to`: the endpoint of the other end is not looked at when a copy leaves, as it is far away in memory. */
  readonly toIndex: number;
  readonly receiver: Receiver;
}

/** One copy of a message on one link; its task is to arrive. */
export class Copy implements Task {
  readonly message: Message;
  readonly from: Endpoint;
  /** Name of the sender: when the copy arrives, the endpoint itself is far away in memory. */
  readonly sender: PeerId;
  readonly to: Endpoint;
  readonly receiver: Receiver;
  /** Process that it is for; a later one of the same machine never gets it. */
  readonly registration: Registration;
  /** Messages that may still overtake it. */
  overtakersLeft: number;
  /** Whether it is a duplicate or a replay, which the node cannot tell from a message that it does not know. */
  readonly isExtra: boolean;
  /** Whether it waited at a clog already. */
  wasClogged = false;
  readonly #carrier: Carrier;

  constructor(
    carrier: Carrier,
    message: Message,
    { from, to, receiver }: Way,
    { registration, isExtra, overtakersLeft }: Pick<Copy, 'registration' | 'isExtra' | 'overtakersLeft'>,
  ) {
    this.#carrier = carrier;
    this.message = message;
    this.from = from;
    this.sender = from.name;
    this.to = to;
    this.receiver = receiver;
    this.registration = registration;
    this.isExtra = isExtra;
    this.overtakersLeft = overtakersLeft;
  }

  run(): unknown {
    return this.#carrier.arrive(this);
  }
}

/** A copy that the reorder window holds back, with the event that would end the wait. */
export interface HeldCopy {
  readonly copy: Copy;
  readonly release: ScheduledEvent;
  isOvertaken: boolean;
}

/** What becomes of copies that get through, and of those that do not. */
export interface Receiver {
  /** Whether a copy that has arrived is to be delivered. */
  isWanted(copy: Copy): boolean;
  /** Hands a copy to the node. */
  deliver(copy: Copy): unknown;
  /** The node accepted a copy. */
  accepted(copy: Copy): void;
  /** A copy was stopped, or delayed by seconds, while in flight. */
  obstructed(copy: Copy): void;
}

/** The counts of a network while they grow. */
export type MutableCounts = {
  -readonly [Name in keyof NetworkCounts]: number;
};

/** Copies in a thousand that are held back while there is a reorder window. */
const HELD_BACK_PERMILLE = 250;
const HELD_BACK_MAX_MS = 500;
/** What a message costs an uplink beside its content: about the headers of IP and TCP. */
const OVERHEAD_BYTES = 40;
const UPLINK_QUEUE_MAX_US = 10_000_000;
const NONE: readonly HeldCopy[] = [];

/** Moves copies; knows nothing of channels and handlers. */
export class Carrier {
  conditions: CheckedConditions;
  readonly counts: MutableCounts;
  readonly links: Links;
  readonly #loop: EventLoop;
  readonly #trace: Trace;
  readonly #processes: Processes;
  /** Of the running processes, and these, by index of their nodes. */
  readonly #registrations: Registration[] = [];
  readonly #running: SimulatedProcess[] = [];

  constructor(options: {
    readonly conditions: CheckedConditions;
    readonly counts: MutableCounts;
    readonly links: Links;
    readonly loop: EventLoop;
    readonly trace: Trace;
    readonly processes: Processes;
  }) {
    this.#processes = options.processes;
    this.conditions = options.conditions;
    this.counts = options.counts;
    this.links = options.links;
    this.#loop = options.loop;
    this.#trace = options.trace;
  }

  /** From now on copies for this node are for this process. */
  connect(index: number, registration: Registration): void {
    this.#registrations[index] = registration;
    this.#running[index] = registration.process;
  }

  /**
   * Sends a message over a link, with what the conditions make of it. All draws are made whatever they decide,
   * so that no condition shifts the draws of another.
   */
  send(from: Endpoint, to: Endpoint, message: Message, receiver: Receiver): void {
    const { conditions, counts } = this;
    const isLost = from.random.chance(conditions.lossPermille);
    const isDuplicated = from.random.chance(conditions.duplicatePermille);
    const delayMs = drawDelay(from.random, conditions);
    const secondDelayMs = drawDelay(from.random, conditions);
    const replayAfterMs = this.drawReplay(from);
    if (this.isStopped(from, to) || !this.isHeard(to)) return;
    if (isLost) {
      counts.lost += 1;
      return;
    }

    if (delayMs > conditions.longDelayMs) counts.delayed += 1;
    const way = { from, to, toIndex: to.index, receiver };
    this.dispatch(way, message, delayMs, false);
    if (isDuplicated) {
      counts.duplicated += 1;
      this.dispatch(way, message, secondDelayMs, true);
    }
    if (replayAfterMs !== null) {
      counts.replayed += 1;
      this.dispatch(way, message, delayMs + replayAfterMs, true);
    }
  }

  /** Puts one copy on its way: uplink, delay, then whatever waits at its arrival. Returns `null` if it is dropped. */
  dispatch(way: Way, message: Message, delayMs: Millis, isExtra: boolean): ScheduledEvent | null {
    const overtakersLeft = this.#drawOvertakers(way.from);
    const waitMs = this.passUplink(way.from, message.bytes.length);
    if (waitMs === null) return null;
    const registration = this.#registrations[way.toIndex] ?? way.to.registration;
    const copy = new Copy(this, message, way, { registration, isExtra, overtakersLeft });
    const process = this.#running[way.toIndex] ?? registration.process;
    return this.#loop.plan(this.#loop.now + waitMs + delayMs, message.label, process, copy);
  }

  /** A copy is at its end of the link. */
  arrive(copy: Copy): unknown {
    const { from, to, receiver } = copy;
    if (this.isStopped(from, to)) return receiver.obstructed(copy);
    const clogEnd = this.links.clogEnd(from, to);
    if (clogEnd !== null) {
      if (!copy.wasClogged) this.counts.clogged += 1;
      copy.wasClogged = true;
      this.#plan(clogEnd, copy, copy);
      return receiver.obstructed(copy);
    }
    if (copy.overtakersLeft > 0) return this.#holdBack(copy);
    return this.#handInTurn(copy);
  }

  /** Whether a partition or a cut stops what goes this way now; counts it. */
  isStopped(from: Endpoint, to: Endpoint): boolean {
    const obstacle = this.links.obstacle(from, to);
    if (obstacle === null) return false;
    this.counts[obstacle] += 1;
    return true;
  }

  /** Whether the recipient is up; counts a copy that is for nobody. */
  isHeard(to: Endpoint): boolean {
    if (this.#processes.counts.killed === 0 || to.isUp) return true;
    this.counts.unheard += 1;
    return false;
  }

  /** Time that bytes wait for the uplink of a slow node and take to leave it; `null` if it drops them. */
  passUplink(from: Endpoint, length: number): Millis | null {
    const { throttledNodes, kbitPerSecond } = this.conditions;
    if (!throttledNodes.has(from.name)) return 0;
    const nowUs = this.#loop.now * 1_000;
    const startUs = Math.max(nowUs, from.uplinkFreeAtUs);
    if (startUs > nowUs) this.counts.throttled += 1;
    if (startUs - nowUs > UPLINK_QUEUE_MAX_US) return null;
    // Bits over kbit/s are milliseconds. Rounded up twice, so a slow link is never faster than it should be.
    from.uplinkFreeAtUs = startUs + Math.ceil(((length + OVERHEAD_BYTES) * 8_000) / kbitPerSecond);
    return Math.ceil((from.uplinkFreeAtUs - nowUs) / 1_000);
  }

  /** Time between a copy and its late replay; `null` for none. */
  drawReplay(from: Endpoint): Millis | null {
    const { lateReplayPermille, lateReplayWithinMs } = this.conditions;
    if (lateReplayPermille === 0) return null;
    const isReplayed = from.part('replay').chance(lateReplayPermille);
    const afterMs = from.part('replay').integer(1, lateReplayWithinMs);
    return isReplayed ? afterMs : null;
  }

  #drawOvertakers(from: Endpoint): number {
    const { reorderWindow } = this.conditions;
    if (reorderWindow === 0) return 0;
    const isHeldBack = from.part('reorder').chance(HELD_BACK_PERMILLE);
    const overtakers = from.part('reorder').integer(1, reorderWindow);
    return isHeldBack ? overtakers : 0;
  }

  #plan(at: Millis, copy: Copy, task: Task): ScheduledEvent {
    return this.#loop.plan(at, copy.message.label, copy.registration.process, task);
  }

  #handInTurn(copy: Copy): unknown {
    if (copy.registration.heldBack === null || overtakable(copy).every(isOvertakenLess)) return this.#hand(copy);
    // One that was overtaken often enough comes at this very instant, and first.
    this.#plan(this.#loop.now, copy, { run: () => this.#handInTurn(copy) });
    return undefined;
  }

  #hand(copy: Copy): unknown {
    const { receiver } = copy;
    if (!receiver.isWanted(copy)) return undefined;
    this.#overtake(copy);
    this.counts.delivered += 1;
    this.#trace.record(RECORD.deliver).number(copy.message.number);
    return receiver.deliver(copy);
  }

  #holdBack(copy: Copy): undefined {
    const held: HeldCopy = {
      copy,
      isOvertaken: false,
      release: this.#plan(this.#loop.now + HELD_BACK_MAX_MS, copy, { run: () => this.#release(held) }),
    };
    const { registration, from } = copy;
    registration.heldBack ??= new Map();
    const others = registration.heldBack.get(from) ?? [];
    others.push(held);
    registration.heldBack.set(from, others);
    return undefined;
  }

  /** Who was overtaken often enough follows at once. */
  #overtake(copy: Copy): void {
    if (copy.registration.heldBack === null) return;
    for (const held of overtakable(copy)) {
      held.isOvertaken = true;
      held.copy.overtakersLeft -= 1;
      if (held.copy.overtakersLeft === 0) this.#loop.advance(held.release);
    }
  }

  #release(held: HeldCopy): unknown {
    const { from, registration } = held.copy;
    const others = (registration.heldBack?.get(from) ?? []).filter((other) => other !== held);
    if (others.length > 0) registration.heldBack?.set(from, others);
    else registration.heldBack?.delete(from);
    if (held.isOvertaken) this.counts.reordered += 1;
    return this.#handInTurn(held.copy);
  }
}

function isOvertakenLess({ copy }: HeldCopy): boolean {
  return copy.overtakersLeft > 0;
}

/** Copies of the same link that are held back and were sent before this one. */
function overtakable({ from, message, registration }: Copy): readonly HeldCopy[] {
  if (registration.heldBack === null) return NONE;
  return (registration.heldBack.get(from) ?? NONE).filter((held) => held.copy.message.number < message.number);
}
