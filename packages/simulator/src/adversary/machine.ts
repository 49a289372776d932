/**
 * What all strategies share: what they see of their machine, how they act on it, and what they count.
 *
 * @module
 */
import { type ActorId, type Bytes, type Millis, type PeerId, SEAL_DOMAIN, tryDecode } from '@fiducia/consensus';
import type {
  Block,
  ChainPort,
  LogPort,
  MessageOutcome,
  NetPort,
  SignerPort,
  SigningScope,
  SignRequest,
} from '@fiducia/consensus/ports';
import {
  BLOCKS_CHANNEL,
  DEFAULT_HOST_LIMITS,
  decodeEnvelope,
  decodeProvenBlock,
  type Envelope,
  MESSAGES_CHANNEL,
  PROVEN_BLOCKS_CHANNEL,
} from '@fiducia/host';
import type { SimulatedPorts } from '../simulation.ts';
import type { Disguise, DisguiseOptions, StrategyName } from './disguise.ts';

/** A message that the host sends. */
export interface Outgoing {
  readonly to: PeerId | null;
  readonly channel: string;
  readonly bytes: Bytes;
}

/** A message that a peer sent. */
export interface Incoming {
  readonly from: PeerId;
  readonly channel: string;
  readonly bytes: Bytes;
}

/** What a strategy may do at each place where its host touches the world; absent: nothing. */
export interface Behaviour {
  /** In place of sending. */
  onSend?(message: Outgoing): void;
  /** In place of handing a message to the host. */
  onReceive?(message: Incoming, pass: () => Promise<MessageOutcome>): Promise<MessageOutcome>;
  /** What a peer gets in place of the answer of the host. */
  onAnswer?(from: PeerId, question: Bytes, answer: Bytes | null): Bytes | null;
  /** Which of the peers the host knows of. */
  isPeer?(peer: PeerId): boolean;
  /** In place of the key. */
  signer?(signer: SignerPort): SignerPort;
  /** In place of the ledger. */
  chain?(chain: ChainPort): ChainPort;
  /** In place of the log of the engine. */
  log?(log: LogPort): LogPort;
  /** The machine started, again or for the first time. */
  begin?(): void;
  /** An honest node got a message or an answer, of whomever. */
  arrived?(bytes: Bytes): void;
}

/** How far from the slot a message is looked at when blocks of any length are read. */
const { blockBytesMax } = DEFAULT_HOST_LIMITS;

/** The machine behind the disguise, in its present life. */
export class Machine {
  readonly options: DisguiseOptions;
  readonly #counts = new Map<string, number>();
  #ports: SimulatedPorts | null = null;
  #chain: ChainPort | null = null;
  #signer: SignerPort | null = null;
  #scope: SigningScope | null = null;
  #isActing = false;
  #starts = 0;
  /** Timers of an earlier life do nothing. */
  #life = 0;

  constructor(options: DisguiseOptions) {
    this.options = options;
  }

  get isActing(): boolean {
    return this.#isActing;
  }

  /** Whether this is not its first life. */
  get isRestarted(): boolean {
    return this.#starts > 1;
  }

  get self(): ActorId | null {
    return this.#signer?.self ?? null;
  }

  get now(): Millis {
    return this.#ports?.clock.now() ?? 0;
  }

  get peers(): readonly PeerId[] {
    return this.#ports?.net.peers() ?? [];
  }

  /** Notes that it did something that an honest node would not have done. */
  count(deed: string, times = 1): void {
    this.#counts.set(deed, (this.#counts.get(deed) ?? 0) + times);
  }

  /** Sends past the behaviour. */
  send(to: PeerId | null, channel: string, bytes: Bytes): void {
    this.#ports?.net.send(to, channel, bytes);
  }

  /** Acts later in this life, if it then still acts. */
  later(delayMs: Millis, act: () => void): void {
    const life = this.#life;
    const { clock } = this.#ports ?? {};
    clock?.schedule(clock.now() + delayMs, () => {
      if (life === this.#life && this.#isActing) act();
    });
  }

  /** A delay of whole and broken slots, both ends included. */
  drawSlots(min: number, max: number): Millis {
    const { random, slotMs } = this.options;
    return random.integer(min * slotMs, max * slotMs);
  }

  /** The block that spreads in a message, or `null`. */
  blockIn({ channel, bytes }: Pick<Outgoing, 'channel' | 'bytes'>): Block | null {
    if (channel === BLOCKS_CHANNEL) return this.decode(bytes);
    if (channel !== PROVEN_BLOCKS_CHANNEL) return null;
    const proven = tryDecode(() => decodeProvenBlock(bytes, blockBytesMax));
    return proven === undefined ? null : this.decode(proven.block);
  }

  /** The signed message in a message of the network, or `null`. */
  envelopeIn({ channel, bytes }: Pick<Outgoing, 'channel' | 'bytes'>): Envelope | null {
    if (channel !== MESSAGES_CHANNEL) return null;
    return tryDecode(() => decodeEnvelope(bytes, blockBytesMax)) ?? null;
  }

  decode(bytes: Bytes): Block | null {
    return this.#chain?.decode(bytes, 'block') ?? null;
  }

  /** Who authored what spreads in a message, or `null` where nobody did or it cannot be read. */
  authorOf(message: Pick<Outgoing, 'channel' | 'bytes'>): string | null {
    return this.envelopeIn(message)?.message.author ?? this.blockIn(message)?.header.author ?? null;
  }

  isOwn(message: Pick<Outgoing, 'channel' | 'bytes'>): boolean {
    return this.#signer !== null && this.authorOf(message) === this.#signer.self;
  }

  /** Signs whatever it is told to, without guard; `null` before the host signed for the first time. */
  async sign(request: Pick<SignRequest, 'domain' | 'data'> & Partial<SignRequest>): Promise<Bytes | null> {
    if (this.#signer === null || this.#scope === null) return null;
    const result = await this.#signer.sign({ scope: this.#scope, ...request });
    return result.kind === 'signed' ? result.signature : null;
  }

  /** Where the host signed last. */
  get scope(): SigningScope | null {
    return this.#scope;
  }

  /** Seals a block of its own again, after it was changed. */
  async seal(block: Block): Promise<Block | null> {
    const seal = await this.sign({ domain: SEAL_DOMAIN, data: block.header.sealHash });
    return seal === null ? null : (this.#chain?.seal(block, seal) ?? null);
  }

  /** Puts any bytes in the place of a seal. */
  reseal(block: Block, seal: Bytes): Block | null {
    return this.#chain?.seal(block, seal) ?? null;
  }

  /** The lying ports around a behaviour. */
  disguise(strategy: StrategyName, behaviour: Behaviour, twin?: Disguise): Disguise {
    return {
      strategy,
      ports: (ports) => {
        this.#ports = ports;
        this.#life += 1;
        this.#starts += 1;
        return { ...ports, net: this.#net(ports.net, behaviour), log: behaviour.log?.(ports.log) ?? ports.log };
      },
      signer: (signer) => {
        this.#signer = signer;
        return this.#watch(behaviour.signer?.(signer) ?? signer);
      },
      chain: (chain) => {
        this.#chain = chain;
        return behaviour.chain?.(chain) ?? chain;
      },
      begin: () => {
        this.#isActing = true;
        behaviour.begin?.();
      },
      end: () => {
        this.#isActing = false;
        this.#life += 1;
      },
      counts: () => Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      ...(behaviour.arrived && { arrived: (bytes: Bytes) => behaviour.arrived?.(bytes) }),
      ...(twin && { twin }),
    };
  }

  /** Learns where the host signs, so that what it signs itself belongs there. */
  #watch(signer: SignerPort): SignerPort {
    return {
      self: signer.self,
      publicKey: signer.publicKey,
      vrfPublicKey: signer.vrfPublicKey,
      sign: (request) => {
        this.#scope = request.scope;
        return signer.sign(request);
      },
      proveVrf: (scope, alpha) => signer.proveVrf(scope, alpha),
    };
  }

  #net(net: NetPort, behaviour: Behaviour): NetPort {
    const isPeer = (peer: PeerId): boolean => behaviour.isPeer?.(peer) ?? true;
    return {
      self: net.self,
      send: (to, channel, bytes) => {
        if (behaviour.onSend !== undefined && this.#isActing) behaviour.onSend({ to, channel, bytes });
        else net.send(to, channel, bytes);
      },
      subscribe: (channel, handler) =>
        net.subscribe(channel, (from, bytes) => {
          const pass = () => handler(from, bytes);
          if (behaviour.onReceive === undefined || !this.#isActing) return pass();
          return behaviour.onReceive({ from, channel, bytes }, pass);
        }),
      request: async (peer, channel, bytes, timeoutMs) =>
        isPeer(peer) ? net.request(peer, channel, bytes, timeoutMs) : null,
      serve: (channel, handler) =>
        net.serve(channel, async (from, bytes) => {
          const answer = isPeer(from) ? await handler(from, bytes) : null;
          const isAltered = behaviour.onAnswer !== undefined && this.#isActing && channel === BLOCKS_CHANNEL;
          return isAltered ? (behaviour.onAnswer?.(from, bytes, answer) ?? null) : answer;
        }),
      peers: () => net.peers().filter(isPeer),
      penalise: (peer, code) => net.penalise(peer, code),
    };
  }
}
