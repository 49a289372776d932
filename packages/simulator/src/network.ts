/**
 * The simulated network: full mesh with delay, loss, duplication, partitions (simulation section 3).
 *
 * Messages overtake each other because every copy draws its own delay. All draws of a sender come
 * from its own stream, in the order of its sends and of the recipients, so that what one node does
 * never changes the luck of another.
 *
 * @module
 */
import type { Bytes, HashFunction, Millis, PeerId } from '@fiducia/consensus';
import type { MessageOutcome, NetPort } from '@fiducia/consensus/ports';
import { requireInteger, SimulationError } from './errors.ts';
import type { EventLoop } from './event-loop.ts';
import { createRandomStream, type RandomStream } from './random.ts';
import { RECORD, type Trace } from './trace.ts';

/** How the links behave. */
export interface NetworkConditions {
  /**
   * One-way delay of each copy, drawn uniformly, both ends included; integers from 0 to 3 600 000.
   * @default { min: 20, max: 80 }
   */
  readonly delayMs?: { readonly min: Millis; readonly max: Millis };
  /**
   * Gossip copies that never arrive, in permille of all. Requests and answers run over connections,
   * which repeat what is lost after 200, 400, 800 … ms, eight times in all.
   * @default 0
   */
  readonly lossPermille?: number;
  /** Gossip messages that arrive twice, in permille of those not lost. @default 0 */
  readonly duplicatePermille?: number;
}

/** A message that left a node, as an all-seeing observer of the network reads it. */
export interface SentMessage {
  /** When it was sent. */
  readonly time: Millis;
  /** Name of the sending node. */
  readonly from: PeerId;
  /** Name of the recipient, or `null` for gossip to all. */
  readonly to: PeerId | null;
  /** Channel it was sent on. */
  readonly channel: string;
  /** Content. */
  readonly bytes: Bytes;
}

/** What happened to the copies of gossip messages so far. */
export interface NetworkCounts {
  /** Calls of `send`. */
  readonly sent: number;
  /** Copies handed to a node. */
  readonly delivered: number;
  /** Copies lost by chance. */
  readonly lost: number;
  /** Copies stopped by a partition, when sent or in flight. */
  readonly blocked: number;
  /** Additional copies made. */
  readonly duplicated: number;
}

type MessageHandler = (from: PeerId, bytes: Bytes) => Promise<MessageOutcome>;
type RequestHandler = (from: PeerId, bytes: Bytes) => Promise<Bytes | null>;

interface Endpoint {
  readonly name: PeerId;
  readonly random: RandomStream;
  readonly subscribers: Map<string, Set<MessageHandler>>;
  readonly servers: Map<string, RequestHandler>;
  /** Group of the present partition; nodes reach each other within a group only. */
  group: number;
}

const DELAY_MAX_MS = 3_600_000;
const PERMILLE_ALL = 1_000;
/** A connection waits this long before it sends again, and twice as long every further time, as TCP does. */
const RETRANSMISSION_MS = 200;
const ATTEMPTS_MAX = 8;

/** All nodes and the links between them. */
export class Network {
  readonly counts = { sent: 0, delivered: 0, lost: 0, blocked: 0, duplicated: 0 };
  readonly #endpoints = new Map<PeerId, Endpoint>();
  readonly #observers = new Set<(message: SentMessage) => void>();
  readonly #loop: EventLoop;
  readonly #trace: Trace;
  readonly #sha256: HashFunction;
  readonly #seed: number;
  readonly #conditions: Required<NetworkConditions>;
  #nextNumber = 0;

  constructor(options: {
    readonly loop: EventLoop;
    readonly trace: Trace;
    readonly sha256: HashFunction;
    readonly seed: number;
    readonly conditions: NetworkConditions;
  }) {
    this.#loop = options.loop;
    this.#trace = options.trace;
    this.#sha256 = options.sha256;
    this.#seed = options.seed;
    this.#conditions = requireConditions(options.conditions);
  }

  /** Adds a node, linked with all others. */
  join(name: PeerId): NetPort {
    const index = this.#endpoints.size;
    const endpoint: Endpoint = {
      name,
      random: createRandomStream({ seed: this.#seed, label: `network/${index}`, sha256: this.#sha256 }),
      subscribers: new Map(),
      servers: new Map(),
      group: 0,
    };
    this.#endpoints.set(name, endpoint);
    return {
      self: name,
      send: (to, channel, bytes) => this.#send(endpoint, to, channel, bytes),
      subscribe: (channel, handler) => subscribe(endpoint, channel, handler),
      request: (peer, channel, bytes, timeoutMs) => this.#request(endpoint, peer, channel, bytes, timeoutMs),
      serve: (channel, handler) => serve(endpoint, channel, handler),
      peers: () => this.#reachable(endpoint).map((peer) => peer.name),
      penalise: (peer, code) => {
        this.#trace.record(RECORD.penalty).text(name).text(peer).text(code);
      },
    };
  }

  /** Cuts the links between groups; nodes in no group form one more. */
  partition(groups: readonly (readonly string[])[]): void {
    const groupOf = new Map<string, number>();
    for (const [index, group] of groups.entries()) {
      for (const name of group) {
        if (!this.#endpoints.has(name)) throw new SimulationError({ code: 'UNKNOWN_NODE', node: name });
        if (groupOf.has(name)) {
          throw new SimulationError({ code: 'INVALID_OPTION', path: 'groups', reason: `${name} is in two groups` });
        }
        groupOf.set(name, index);
      }
    }
    for (const endpoint of this.#endpoints.values()) endpoint.group = groupOf.get(endpoint.name) ?? groups.length;
    this.#traceLinks();
  }

  /** Restores all links. */
  heal(): void {
    for (const endpoint of this.#endpoints.values()) endpoint.group = 0;
    this.#traceLinks();
  }

  /** Calls `observer` for every message sent, until the returned function is called. */
  observe(observer: (message: SentMessage) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  #send(from: Endpoint, to: PeerId | null, channel: string, bytes: Bytes): void {
    const number = this.#number(RECORD.send, from, to, channel, bytes);
    this.counts.sent += 1;
    for (const observer of this.#observers) observer({ time: this.#loop.now, from: from.name, to, channel, bytes });

    for (const recipient of this.#endpoints.values()) {
      if (recipient === from || (to !== null && recipient.name !== to)) continue;
      this.#sendCopies(from, recipient, channel, bytes, number);
    }
  }

  /** All draws are made whatever they decide, so that no condition shifts the draws of another. */
  #sendCopies(from: Endpoint, recipient: Endpoint, channel: string, bytes: Bytes, number: number): void {
    const isLost = from.random.chance(this.#conditions.lossPermille);
    const isDuplicated = from.random.chance(this.#conditions.duplicatePermille);
    const delays = [this.#drawDelay(from), this.#drawDelay(from)];
    if (from.group !== recipient.group) {
      this.counts.blocked += 1;
      return;
    }
    if (isLost) {
      this.counts.lost += 1;
      return;
    }

    if (isDuplicated) this.counts.duplicated += 1;
    else delays.pop();
    for (const delayMs of delays) {
      this.#loop.plan(this.#loop.now + delayMs, `deliver/${channel}`, recipient.name, () =>
        this.#deliver(from, recipient, channel, bytes, number),
      );
    }
  }

  #deliver(
    from: Endpoint,
    recipient: Endpoint,
    channel: string,
    bytes: Bytes,
    number: number,
  ): Promise<unknown> | undefined {
    if (from.group !== recipient.group) {
      this.counts.blocked += 1;
      return undefined;
    }
    this.counts.delivered += 1;
    this.#trace.record(RECORD.deliver).number(number);

    const handlers = recipient.subscribers.get(channel);
    if (handlers === undefined) return undefined;
    return Promise.all(
      Array.from(handlers, async (handler) => {
        const outcome = await handler(from.name, bytes);
        this.#trace.record(RECORD.outcome).number(number).text(recipient.name).text(outcome);
      }),
    );
  }

  /** Requests run over a connection: what is lost is sent again, which costs time, and nothing comes twice. */
  #request(from: Endpoint, to: PeerId, channel: string, bytes: Bytes, timeoutMs: Millis): Promise<Bytes | null> {
    const number = this.#number(RECORD.ask, from, to, channel, bytes);
    return new Promise((resolve) => {
      const timeout = this.#loop.plan(this.#loop.now + timeoutMs, `timeout/${channel}`, from.name, () => resolve(null));
      const server = this.#endpoints.get(to);
      if (server === undefined || server === from) return;

      this.#transfer(from, server, `ask/${channel}`, async () => {
        const answer = (await server.servers.get(channel)?.(from.name, bytes)) ?? null;
        this.#trace.record(RECORD.answer).number(number).data(answer);
        this.#transfer(server, from, `answer/${channel}`, () => {
          timeout.run = null;
          resolve(answer);
        });
      });
    });
  }

  #transfer(from: Endpoint, to: Endpoint, label: string, arrive: () => void | Promise<void>): void {
    const retransmissionsMs = this.#drawRetransmissions(from);
    const at = this.#loop.now + this.#drawDelay(from) + (retransmissionsMs ?? 0);
    if (retransmissionsMs === null || from.group !== to.group) return;
    this.#loop.plan(at, label, to.name, () => (from.group === to.group ? arrive() : undefined));
  }

  /** Time until an attempt gets through, or `null` if the connection gives up. */
  #drawRetransmissions(from: Endpoint): Millis | null {
    let waitMs = 0;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (!from.random.chance(this.#conditions.lossPermille)) return waitMs;
      waitMs += RETRANSMISSION_MS * 2 ** attempt;
    }
    return null;
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

  #drawDelay(from: Endpoint): Millis {
    return from.random.integer(this.#conditions.delayMs.min, this.#conditions.delayMs.max);
  }

  #reachable(from: Endpoint): readonly Endpoint[] {
    return [...this.#endpoints.values()].filter((peer) => peer !== from && peer.group === from.group);
  }

  #traceLinks(): void {
    this.#trace.record(RECORD.links);
    for (const endpoint of this.#endpoints.values()) this.#trace.number(endpoint.group);
  }
}

function requireConditions(conditions: NetworkConditions): Required<NetworkConditions> {
  const { delayMs = { min: 20, max: 80 }, lossPermille = 0, duplicatePermille = 0 } = conditions;
  requireInteger('network.delayMs.min', delayMs.min, 0, DELAY_MAX_MS);
  requireInteger('network.delayMs.max', delayMs.max, delayMs.min, DELAY_MAX_MS);
  requireInteger('network.lossPermille', lossPermille, 0, PERMILLE_ALL);
  requireInteger('network.duplicatePermille', duplicatePermille, 0, PERMILLE_ALL);
  return { delayMs, lossPermille, duplicatePermille };
}

function subscribe(endpoint: Endpoint, channel: string, handler: MessageHandler): () => void {
  const handlers = endpoint.subscribers.get(channel) ?? new Set();
  endpoint.subscribers.set(channel, handlers.add(handler));
  return () => handlers.delete(handler);
}

function serve(endpoint: Endpoint, channel: string, handler: RequestHandler): () => void {
  endpoint.servers.set(channel, handler);
  return () => {
    if (endpoint.servers.get(channel) === handler) endpoint.servers.delete(channel);
  };
}
