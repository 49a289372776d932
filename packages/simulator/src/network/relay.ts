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
import type { EventLoop } from '../event-loop.ts';
import type { Carrier, Copy, Message, Receiver } from './carrier.ts';
import { drawDelay } from './delay.ts';
import type { Endpoint } from './endpoint.ts';
import type { Topology } from './topology.ts';

/** A message with what the nodes that existed when it was sent have of it, by their index. */
interface RelayedMessage extends Message {
  /** Arrival that a node waits for, plus one; 0 for none, -1 once it has the message. */
  readonly arrivals: Float64Array;
  /** 1 for nodes that pass it on. */
  readonly relays: Uint8Array;
}

const HAS_MESSAGE = -1;

/** Spreads messages over the links of a topology. */
export class Relay implements Receiver {
  readonly #carrier: Carrier;
  readonly #loop: EventLoop;
  readonly #topology: Topology;
  readonly #receive: (copy: Copy, accept: () => void) => unknown;

  /** @param receive - Hands a copy to the node, and calls `accept` if the node accepts it. */
  constructor(options: {
    readonly carrier: Carrier;
    readonly loop: EventLoop;
    readonly topology: Topology;
    readonly receive: (copy: Copy, accept: () => void) => unknown;
  }) {
    this.#carrier = options.carrier;
    this.#loop = options.loop;
    this.#topology = options.topology;
    this.#receive = options.receive;
  }

  /** Starts a message at the node that it is from. */
  send(from: Endpoint, message: Message, nodeCount: number): void {
    const relayed = { ...message, arrivals: new Float64Array(nodeCount), relays: new Uint8Array(nodeCount) };
    relayed.arrivals[from.machine.index] = HAS_MESSAGE;
    this.#spread(from, relayed);
  }

  deliver(copy: Copy): unknown {
    const message = copy.message as RelayedMessage;
    message.arrivals[copy.to.machine.index] = HAS_MESSAGE;
    return this.#receive(copy, () => {
      if (message.relays[copy.to.machine.index] === 0) this.#spread(copy.to, message, copy.from);
    });
  }

  obstructed({ to, message }: Copy): void {
    this.#fetchElsewhere(to, message as RelayedMessage);
  }

  #spread(via: Endpoint, message: RelayedMessage, source: Endpoint | null = null): void {
    message.relays[via.machine.index] = 1;
    for (const peer of this.#topology.linksOf(via) ?? []) {
      if (peer !== source && message.arrivals[peer.machine.index] !== HAS_MESSAGE) this.#announce(via, peer, message);
    }
  }

  #announce(via: Endpoint, peer: Endpoint, message: RelayedMessage): void {
    const { conditions, counts } = this.#carrier;
    const { lossPermille } = conditions;
    const delayMs = drawDelay(via.random, conditions);
    const isLost = lossPermille > 0 && via.part('loss').chance(lossPermille);
    if (this.#carrier.isStopped(via, peer) || !this.#carrier.isHeard(peer)) return;
    if (isLost) counts.lost += 1;
    else if (this.#comesFirst(peer, message, delayMs)) this.#carry(via, peer, message, delayMs);
  }

  /** A copy that should have come by now was lost with the process that waited for it, or waits in a pause. */
  #comesFirst(peer: Endpoint, message: RelayedMessage, delayMs: Millis): boolean {
    const awaited = message.arrivals[peer.machine.index] ?? 0;
    return awaited <= this.#loop.now || this.#loop.now + delayMs + 1 < awaited;
  }

  #carry(via: Endpoint, peer: Endpoint, message: RelayedMessage, delayMs: Millis): void {
    const { conditions, counts } = this.#carrier;
    message.arrivals[peer.machine.index] = this.#loop.now + delayMs + 1;
    this.#carrier.dispatch(via, peer, message, delayMs, this);
    if (conditions.duplicatePermille > 0 && via.part('duplicate').chance(conditions.duplicatePermille)) {
      counts.duplicated += 1;
      this.#carrier.dispatch(via, peer, message, drawDelay(via.part('duplicate'), conditions), this);
    }
    const replayAfterMs = this.#carrier.drawReplay(via);
    if (replayAfterMs === null) return;
    counts.replayed += 1;
    this.#carrier.dispatch(via, peer, message, delayMs + replayAfterMs, this);
  }

  #fetchElsewhere(peer: Endpoint, message: RelayedMessage): void {
    if (message.arrivals[peer.machine.index] === HAS_MESSAGE) return;
    message.arrivals[peer.machine.index] = 0;
    for (const other of this.#topology.linksOf(peer) ?? []) {
      const isWilling = message.relays[other.machine.index] === 1 && other.isUp;
      if (!isWilling || this.#carrier.links.obstacle(other, peer) !== null) continue;
      if (this.#carrier.links.clogEnd(other, peer) === null) this.#announce(other, peer, message);
    }
  }
}
