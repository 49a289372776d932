/**
 * A node as the network sees it.
 *
 * @module
 */
import type { Bytes, HashFunction, PeerId } from '@fiducia/consensus';
import type { MessageOutcome } from '@fiducia/consensus/ports';
import type { Machine, SimulatedProcess } from '../process/machine.ts';
import { createRandomStream, type RandomStream } from '../random.ts';
import type { HeldCopy } from './carrier.ts';

/** What a node does with a message of a channel. */
export type MessageHandler = (from: PeerId, bytes: Bytes) => Promise<MessageOutcome>;
/** How a node answers questions of a channel. */
export type RequestHandler = (from: PeerId, bytes: Bytes) => Promise<Bytes | null>;

/** What a process told the network; gone when the process ends. */
export class Registration {
  readonly process: SimulatedProcess;
  readonly servers = new Map<string, RequestHandler>();
  /** Copies held back by the reorder window, by sender; `null` as long as there was none. */
  heldBack: Map<Endpoint, HeldCopy[]> | null = null;
  /** By number of the channel. */
  readonly #handlers: (readonly MessageHandler[] | undefined)[] = [];
  /** Channel that was asked for last, with its only handler: the lists are far away in memory. */
  #lastChannel = NO_CHANNEL;
  #lastHandler: MessageHandler | null = null;

  constructor(process: SimulatedProcess) {
    this.process = process;
  }

  /** Adds a handler, until the returned function is called. */
  subscribe(channel: number, handler: MessageHandler): () => void {
    this.#setHandlers(channel, [...this.#othersOf(channel, handler), handler]);
    return () => this.#setHandlers(channel, this.#othersOf(channel, handler));
  }

  handlersOf(channel: number): readonly MessageHandler[] {
    return this.#handlers[channel] ?? NOBODY;
  }

  /** The handler of a channel; `null` if there is none, or more than one. */
  onlyHandlerOf(channel: number): MessageHandler | null {
    if (channel !== this.#lastChannel) {
      const [first = null, ...others] = this.handlersOf(channel);
      this.#lastChannel = channel;
      this.#lastHandler = others.length === 0 ? first : null;
    }
    return this.#lastHandler;
  }

  #othersOf(channel: number, handler: MessageHandler): readonly MessageHandler[] {
    return this.handlersOf(channel).filter((other) => other !== handler);
  }

  #setHandlers(channel: number, handlers: readonly MessageHandler[]): void {
    this.#handlers[channel] = handlers;
    this.#lastChannel = NO_CHANNEL;
  }
}

const NO_CHANNEL = -1;
const NOBODY: readonly MessageHandler[] = [];

/** A purpose within the stream `network/index` that is drawn apart, so that its knob shifts nothing else. */
type NetworkPart = 'loss' | 'duplicate' | 'replay' | 'reorder';

/** One machine on the network. */
export class Endpoint {
  readonly machine: Machine;
  readonly name: PeerId;
  /** Position among the nodes. */
  readonly index: number;
  /** Draws of what this node sends: loss, duplication and delays of every copy. */
  readonly random: RandomStream;
  /** Group of the present partition; nodes reach each other within a group only. */
  group = 0;
  /** Numbers of the partial healings that this node was part of since the last partition. */
  healings: readonly number[] = [];
  /** Virtual microsecond at which the uplink has sent everything that waits. */
  uplinkFreeAtUs = 0;
  /** Linked nodes while the network has a topology. */
  readonly links: Endpoint[] = [];
  /** Their positions, in the same order. */
  readonly linkIndexes: number[] = [];
  registration: Registration;
  readonly #parts = new Map<NetworkPart, RandomStream>();
  readonly #streamOptions: { readonly seed: number; readonly sha256: HashFunction };

  constructor(machine: Machine, options: { readonly seed: number; readonly sha256: HashFunction }) {
    this.machine = machine;
    this.name = machine.name;
    this.index = machine.index;
    this.random = createRandomStream({ ...options, label: `network/${machine.index}` });
    this.registration = new Registration(machine.process);
    this.#streamOptions = options;
  }

  get isUp(): boolean {
    return this.machine.process.isAlive;
  }

  /** Stream of a knob that most simulations never turn. */
  part(part: NetworkPart): RandomStream {
    const known = this.#parts.get(part);
    if (known !== undefined) return known;
    const stream = createRandomStream({ ...this.#streamOptions, label: `network/${this.machine.index}/${part}` });
    this.#parts.set(part, stream);
    return stream;
  }
}
