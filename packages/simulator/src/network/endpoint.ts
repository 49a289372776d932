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
  /** By number of the channel. */
  readonly subscribers: (readonly MessageHandler[] | undefined)[] = [];
  readonly servers = new Map<string, RequestHandler>();
  /** Copies held back by the reorder window, by sender; `null` as long as there was none. */
  heldBack: Map<Endpoint, HeldCopy[]> | null = null;

  constructor(process: SimulatedProcess) {
    this.process = process;
  }
}

/** A purpose within the stream `network/index` that is drawn apart, so that its knob shifts nothing else. */
type NetworkPart = 'loss' | 'duplicate' | 'replay' | 'reorder';

/** One machine on the network. */
export class Endpoint {
  readonly machine: Machine;
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
    this.index = machine.index;
    this.random = createRandomStream({ ...options, label: `network/${machine.index}` });
    this.registration = new Registration(machine.process);
    this.#streamOptions = options;
  }

  get name(): PeerId {
    return this.machine.name;
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
