/**
 * Gossip over some links only: a node passes on what it accepted, to those who do not have it yet.
 *
 * Real networks announce a message by its hash and send the body to who asks, so a body crosses a link only if the
 * other end lacks it. Carrying every announcement as an event of its own would make sixteen events of one delivery.
 * So an announcement is a draw: it tells when the body would arrive over this link. Only a copy that would come
 * before all others that are under way to the same node becomes an event; the rest are the announcements that the
 * node does not follow up. If the copy it waits for is stopped or stuck in a clog, the node turns to another peer
 * that has the message, as it would after a time-out.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { EventLoop, ScheduledEvent } from '../event-loop.ts';
import type { Processes } from '../process/processes.ts';
import type { Carrier, Copy, Message, Receiver, Way } from './carrier.ts';
import { drawDelay, leastDelay } from './delay.ts';
import type { Endpoint } from './endpoint.ts';
import type { Topology } from './topology.ts';

/** A message with what the nodes that existed when it was sent have of it, by their index. */
interface RelayedMessage extends Message {
  /** Copy that a node waits for. */
  readonly awaited: (ScheduledEvent | null)[];
  /** When it comes; {@link NEVER} without one. */
  readonly arrivals: Float64Array;
  /** How far a node is: {@link UNKNOWN}, {@link RECEIVED}, {@link RELAYED}. */
  readonly progress: Uint8Array;
}

/** Before any time. */
const NEVER = -1;
const UNKNOWN = 0;
const RECEIVED = 1;
const RELAYED = 2;

/** Spreads messages over the links of a topology. */
export class Relay implements Receiver {
  readonly #carrier: Carrier;
  readonly #loop: EventLoop;
  readonly #topology: Topology;
  readonly #processes: Processes;
  readonly #receive: (copy: Copy) => unknown;

  /** @param receive - Hands a copy to the node, and calls `accepted` of its receiver if the node accepts it. */
  constructor(options: {
    readonly carrier: Carrier;
    readonly loop: EventLoop;
    readonly topology: Topology;
    readonly processes: Processes;
    readonly receive: (copy: Copy) => unknown;
  }) {
    this.#processes = options.processes;
    this.#carrier = options.carrier;
    this.#loop = options.loop;
    this.#topology = options.topology;
    this.#receive = options.receive;
  }

  /** Starts a message at the node that it is from. */
  send(from: Endpoint, message: Message, nodeCount: number): void {
    const awaited = new Array<ScheduledEvent | null>(nodeCount).fill(null);
    const arrivals = new Float64Array(nodeCount).fill(NEVER);
    this.#spread(from, { ...message, awaited, arrivals, progress: new Uint8Array(nodeCount) });
  }

  isWanted({ message, to, isExtra }: Copy): boolean {
    return isExtra || progressOf(message as RelayedMessage, to) === UNKNOWN;
  }

  deliver(copy: Copy): unknown {
    const { to } = copy;
    const message = copy.message as RelayedMessage;
    if (progressOf(message, to) === UNKNOWN) message.progress[to.index] = RECEIVED;
    return this.#receive(copy);
  }

  accepted({ to, message }: Copy): void {
    if (progressOf(message as RelayedMessage, to) !== RELAYED) this.#spread(to, message as RelayedMessage);
  }

  obstructed({ to, message }: Copy): void {
    this.#fetchElsewhere(to, message as RelayedMessage);
  }

  #spread(via: Endpoint, message: RelayedMessage): void {
    message.progress[via.index] = RELAYED;
    const soonest = this.#loop.now + leastDelay(this.#carrier.conditions);
    if (this.#topology.linksOf(via) === null) return;
    for (const index of via.linkIndexes) {
      // By the number alone: a peer that knows the message is not looked at, as it would be far away in memory.
      if ((message.progress[index] ?? RECEIVED) !== UNKNOWN) continue;
      // More than half of all announcements come to a node that no delay, however short, would let follow them up.
      if (this.#comesFirst(index, message, soonest)) this.#announce(via, index, message);
    }
  }

  #announce(via: Endpoint, index: number, message: RelayedMessage): void {
    const { conditions, counts } = this.#carrier;
    const { lossPermille } = conditions;
    const peer = this.#topology.endpointAt(index);
    const delayMs = drawDelay(via.random, conditions);
    const isLost = lossPermille > 0 && via.part('loss').chance(lossPermille);
    if (this.#carrier.isStopped(via, peer) || !this.#carrier.isHeard(peer)) return;
    if (isLost) counts.lost += 1;
    else if (this.#comesFirst(index, message, this.#loop.now + delayMs)) {
      if (delayMs > conditions.longDelayMs) counts.delayed += 1;
      this.#carry({ from: via, to: peer, toIndex: index, receiver: this }, message, delayMs);
    }
  }

  #comesFirst(peer: number, message: RelayedMessage, at: Millis): boolean {
    const time = message.arrivals[peer] ?? NEVER;
    if (time < this.#loop.now || at < time) return true;
    // Looking at the copy is looking far away in memory, too.
    if (this.#processes.counts.killed === 0) return false;
    const awaited = message.awaited[peer] ?? null;
    return awaited === null || !this.#isComing(awaited);
  }

  /** A copy that should have come by now waits in a pause, or was lost with the process that waited for it. */
  #isComing(awaited: ScheduledEvent): boolean {
    return awaited.time >= this.#loop.now && awaited.owner?.isAlive === true;
  }

  #carry(way: Way, message: RelayedMessage, delayMs: Millis): void {
    const { conditions, counts } = this.#carrier;
    const { from: via } = way;
    const event = this.#carrier.dispatch(way, message, delayMs, false);
    if (event === null) return;
    this.#await(way.toIndex, message, event);

    if (conditions.duplicatePermille > 0 && via.part('duplicate').chance(conditions.duplicatePermille)) {
      counts.duplicated += 1;
      // Behind the first: who gets the second one first takes it for the first.
      const secondDelayMs = delayMs + drawDelay(via.part('duplicate'), conditions);
      this.#carrier.dispatch(way, message, secondDelayMs, true);
    }
    const replayAfterMs = this.#carrier.drawReplay(via);
    if (replayAfterMs === null) return;
    counts.replayed += 1;
    this.#carrier.dispatch(way, message, delayMs + replayAfterMs, true);
  }

  /** The node no longer follows up the announcement that promised a later copy. A slow uplink may break a promise. */
  #await(peer: number, message: RelayedMessage, event: ScheduledEvent): void {
    const former = message.awaited[peer] ?? null;
    if (former !== null && this.#isStillComing(peer, message, former)) {
      if ((message.arrivals[peer] as number) <= event.time) return;
      this.#loop.cancel(former);
    }
    message.awaited[peer] = event;
    message.arrivals[peer] = event.time;
  }

  #isStillComing(peer: number, message: RelayedMessage, former: ScheduledEvent): boolean {
    if (this.#processes.counts.killed > 0) return this.#isComing(former);
    return (message.arrivals[peer] as number) >= this.#loop.now;
  }

  #fetchElsewhere(peer: Endpoint, message: RelayedMessage): void {
    if (progressOf(message, peer) !== UNKNOWN) return;
    message.awaited[peer.index] = null;
    message.arrivals[peer.index] = NEVER;
    for (const other of this.#topology.linksOf(peer) ?? []) {
      if (progressOf(message, other) !== RELAYED || !other.isUp) continue;
      const { links } = this.#carrier;
      const isOpen = links.obstacle(other, peer) === null && links.clogEnd(other, peer) === null;
      if (isOpen) this.#announce(other, peer.index, message);
    }
  }
}

/** A node that joined after the message was sent does not get it; it asks for what it lacks when it starts. */
function progressOf({ progress }: RelayedMessage, { index }: Endpoint): number {
  return progress[index] ?? RECEIVED;
}
