/**
 * The simulated network (simulation section 3).
 *
 * Messages overtake each other because every copy draws its own delay. All draws of a sender come
 * from its own streams, in the order of its sends and of the recipients, so that what one node does
 * never changes the luck of another.
 *
 * @module
 */
import type { Bytes, HashFunction, PeerId } from '@fiducia/consensus';
import type { MessageOutcome, NetPort } from '@fiducia/consensus/ports';
import type { EventLoop } from '../event-loop.ts';
import type { Machine } from '../process/machine.ts';
import type { Processes } from '../process/processes.ts';
import { RECORD, type Trace } from '../trace.ts';
import { Carrier, type Copy, type Message, type MutableCounts, type Receiver } from './carrier.ts';
import { type NetworkConditions, requireConditions, type SentMessage } from './conditions.ts';
import { Endpoint, type MessageHandler, Registration, type RequestHandler } from './endpoint.ts';
import { Links } from './links.ts';
import { Relay } from './relay.ts';
import { Requests } from './requests.ts';
import { Topology } from './topology.ts';

/** A channel that was used, under a number: a node finds its handlers at that place. */
interface Channel {
  readonly index: number;
  /** Of its deliveries; kept, since each of them writes it into the trace. */
  readonly label: string;
}

/** All nodes and the links between them. */
export class Network implements Receiver {
  readonly counts: MutableCounts = {
    sent: 0,
    delivered: 0,
    lost: 0,
    blocked: 0,
    duplicated: 0,
    replayed: 0,
    delayed: 0,
    reordered: 0,
    clogged: 0,
    throttled: 0,
    cut: 0,
    unheard: 0,
  };
  readonly links: Links;
  readonly #endpoints = new Map<PeerId, Endpoint>();
  readonly #observers = new Set<(message: SentMessage) => void>();
  readonly #channels = new Map<string, Channel>();
  readonly #loop: EventLoop;
  readonly #trace: Trace;
  readonly #streamOptions: { readonly seed: number; readonly sha256: HashFunction };
  readonly #topology: Topology;
  readonly #carrier: Carrier;
  readonly #requests: Requests;
  readonly #relay: Relay;
  #nextNumber = 0;

  constructor(options: {
    readonly loop: EventLoop;
    readonly trace: Trace;
    readonly sha256: HashFunction;
    readonly seed: number;
    readonly conditions: NetworkConditions;
    readonly processes: Processes;
  }) {
    const { loop, trace, seed, sha256, processes } = options;
    const conditions = requireConditions(options.conditions);
    this.#loop = loop;
    this.#trace = trace;
    this.#streamOptions = { seed, sha256 };
    this.links = new Links(this.#endpoints, loop, trace);
    this.#topology = new Topology(this.#endpoints, trace, this.#streamOptions);
    this.#topology.setOutboundLinks(conditions.outboundLinks);
    this.#carrier = new Carrier({ conditions, counts: this.counts, links: this.links, loop, trace, processes });
    this.#requests = new Requests(this.#carrier, loop, trace);
    this.#relay = new Relay({
      carrier: this.#carrier,
      loop,
      topology: this.#topology,
      processes,
      receive: (copy) => this.#receive(copy),
    });
  }

  /** Adds a node. */
  join(machine: Machine): void {
    const endpoint = new Endpoint(machine, this.#streamOptions);
    this.#endpoints.set(machine.name, endpoint);
    this.#carrier.connect(endpoint.index, endpoint.registration);
  }

  /** Forgets what the last process of a machine subscribed and served, and connects the one of now. */
  connect(machine: Machine): NetPort {
    const endpoint = this.links.require(machine.name);
    const registration = new Registration(machine.process);
    endpoint.registration = registration;
    this.#carrier.connect(endpoint.index, registration);
    return this.#createPort(endpoint, registration);
  }

  /** Changes how links behave from now on; copies in flight keep their delay. */
  setConditions(conditions: NetworkConditions): void {
    const checked = requireConditions(conditions);
    const { throttledNodes, longDelayMs: _, ...plain } = checked;
    this.#trace.record(RECORD.conditions).data({ ...plain, heavyTail: plain.heavyTail && { ...plain.heavyTail } });
    this.#trace.data([...throttledNodes]);
    this.#topology.setOutboundLinks(checked.outboundLinks);
    this.#carrier.conditions = checked;
  }

  /** Calls `observer` for every message sent, until the returned function is called. */
  observe(observer: (message: SentMessage) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Where every message goes straight to all, none comes twice by other ways. */
  isWanted(): boolean {
    return true;
  }

  /** Hands a copy to its node, where every message goes straight to all. */
  deliver(copy: Copy): void {
    this.#receive(copy);
  }

  /** Everybody has it already. */
  accepted(): void {}

  /** Where there is one way only, a copy that is stopped has no other. */
  obstructed(): void {}

  #createPort(endpoint: Endpoint, registration: Registration): NetPort {
    const { process, servers } = registration;
    return {
      self: endpoint.name,
      send: (to, channel, bytes) => {
        if (process.isAlive) this.#send(endpoint, to, channel, bytes);
      },
      subscribe: (channel, handler) => registration.subscribe(this.#channelOf(channel).index, handler),
      request: (peer, channel, bytes, timeoutMs) => {
        if (!process.isAlive) return new Promise(() => undefined);
        const number = this.#number(RECORD.ask, endpoint, peer, channel, bytes);
        return this.#requests.ask(endpoint, this.#peer(endpoint, peer), { number, channel, bytes, timeoutMs });
      },
      serve: (channel, handler) => serve(servers, channel, handler),
      peers: () => (process.isAlive ? this.#peersOf(endpoint) : []),
      penalise: (peer, code) => {
        if (process.isAlive) this.#trace.record(RECORD.penalty).text(endpoint.name).text(peer).text(code);
      },
    };
  }

  #send(from: Endpoint, to: PeerId | null, channel: string, bytes: Bytes): void {
    const number = this.#number(RECORD.send, from, to, channel, bytes);
    this.counts.sent += 1;
    for (const observer of this.#observers) observer({ time: this.#loop.now, from: from.name, to, channel, bytes });

    const { index, label } = this.#channelOf(channel);
    const message: Message = { number, channel: index, label, bytes };
    if (to !== null) {
      const recipient = this.#peer(from, to);
      if (recipient !== null) this.#carrier.send(from, recipient, message, this);
    } else if (this.#topology.linksOf(from) !== null) {
      this.#relay.send(from, message, this.#endpoints.size);
    } else {
      for (const recipient of this.#endpoints.values()) {
        if (recipient !== from) this.#carrier.send(from, recipient, message, this);
      }
    }
  }

  /** Calls the handlers of a channel; what a node does with a message is part of the trace. */
  #receive(copy: Copy): void {
    const { registration, message } = copy;
    const only = registration.onlyHandlerOf(message.channel);
    if (only !== null) this.#ask(only, copy);
    else for (const handler of registration.handlersOf(message.channel)) this.#ask(handler, copy);
  }

  /** The loop is told of a failure from here: watching a promise for it would make another one of each message. */
  #ask(handler: MessageHandler, copy: Copy): void {
    handler(copy.sender, copy.message.bytes).then(
      (outcome) => this.#note(outcome, copy),
      (thrown: unknown) => this.#fail(copy, thrown),
    );
  }

  #note(outcome: MessageOutcome, copy: Copy): void {
    const { message, to, registration } = copy;
    if (!registration.process.isAlive) return;
    try {
      this.#trace.record(RECORD.outcome).number(message.number).text(to.name).text(outcome);
      if (outcome === 'accept') copy.receiver.accepted(copy);
    } catch (thrown) {
      this.#fail(copy, thrown);
    }
  }

  #fail({ message, registration }: Copy, thrown: unknown): void {
    this.#loop.fail({ label: message.label, owner: registration.process }, thrown);
  }

  #number(kind: number, from: Endpoint, to: PeerId | null, channel: string, bytes: Bytes): number {
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    this.#trace
      .record(kind)
      .number(number)
      .text(from.name)
      .text(to ?? '')
      .text(channel)
      .bytes(bytes);
    return number;
  }

  #channelOf(name: string): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const channel = { index: this.#channels.size, label: `deliver/${name}` };
    this.#channels.set(name, channel);
    return channel;
  }

  /** A linked node of this name; `null` for strangers and the node itself. */
  #peer(from: Endpoint, name: PeerId): Endpoint | null {
    const peer = this.#endpoints.get(name);
    if (peer === undefined || peer === from) return null;
    return this.#topology.linksOf(from)?.includes(peer) === false ? null : peer;
  }

  /** A one-way cut does not show: a connection ends when neither end hears the other. */
  #peersOf(endpoint: Endpoint): readonly PeerId[] {
    const linked = this.#topology.linksOf(endpoint) ?? [...this.#endpoints.values()];
    return linked.filter((peer) => peer !== endpoint && peer.isUp && this.#isConnected(endpoint, peer)).map(nameOf);
  }

  #isConnected(one: Endpoint, other: Endpoint): boolean {
    return this.links.obstacle(one, other) === null || this.links.obstacle(other, one) === null;
  }
}

function nameOf(endpoint: Endpoint): PeerId {
  return endpoint.name;
}

function serve(servers: Map<string, RequestHandler>, channel: string, handler: RequestHandler): () => void {
  servers.set(channel, handler);
  return () => {
    if (servers.get(channel) === handler) servers.delete(channel);
  };
}
