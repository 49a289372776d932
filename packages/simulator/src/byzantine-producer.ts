/**
 * A producer that breaks the rules on purpose.
 *
 * A host never publishes a block that it rejects (contract H-28), so the adversary goes around its
 * own: beside a host that only follows, it runs the plugin's real engine, carries out the engine's
 * effects itself, changes what is built, seals without guard and sends the bytes. Its host learns of
 * none of this, so no accusation starts at the adversary.
 *
 * @module
 */
import {
  type Bytes,
  type ConsensusEngine,
  type ConsensusPlugin,
  type ConsensusRules,
  type Effect,
  type HeaderContext,
  type Input,
  type Millis,
  protocolId,
  SEAL_DOMAIN,
  type Sealing,
  type TimerId,
  type Tip,
} from '@fiducia/consensus';
import type {
  Block,
  BuildRequest,
  ChainPort,
  ClockPort,
  CryptoPort,
  NetPort,
  SignerPort,
  SigningScope,
} from '@fiducia/consensus/ports';
import type { ConsensusHost, HeadChangedEvent } from '@fiducia/host';
import { SimulationError } from './errors.ts';

/** Channel on which hosts exchange blocks. */
const BLOCKS_CHANNEL = 'blocks';

/** A block that a Byzantine producer sent. */
export interface ByzantineBlock {
  /** The sealed block. */
  readonly block: Block;
  /** Position among the blocks of one build request, from 0. */
  readonly variant: number;
}

/** What a Byzantine producer is made of. */
export interface ByzantineProducerOptions<Config, State> {
  /** Plugin of the chain's first era. */
  readonly plugin: ConsensusPlugin<Config, State>;
  /** Its parsed configuration. */
  readonly config: Config;
  /** Host without signer that follows the chain on the ports of the same node. */
  readonly host: ConsensusHost;
  /** Chain of that host. */
  readonly chain: ChainPort;
  /** Key of the malicious validator; asked without guard. */
  readonly signer: SignerPort;
  /** Network of the node. */
  readonly net: NetPort;
  /** Clock of the node. */
  readonly clock: ClockPort;
  /** Lends SHA-256 to the rules and searches nonces. */
  readonly crypto: CryptoPort;
  /** Identity of the chain. */
  readonly chainId: Bytes;
  /**
   * What to build instead of what the engine asked for: nothing, one block, or several for one slot.
   *
   * Requests are built one after the other as they are drawn, so a generator may act in between, for
   * instance hand a transaction to its ledger, which makes the next block differ. A block equal to an
   * earlier one of the same request is not sent again.
   */
  readonly alter: (request: BuildRequest) => Iterable<BuildRequest> | AsyncIterable<BuildRequest>;
  /** Observes what is sent. */
  readonly onSend?: (sent: ByzantineBlock) => void;
}

/** An adversary that acts while it is started. */
export interface ByzantineProducer {
  /** Starts the engine on the present head of the host, which has to be started before. */
  start(): void;
  /** Stops acting; the host continues. */
  stop(): void;
}

/**
 * Creates an adversary for the first era of a chain, for production plugins that build and seal
 * blocks by signature, attachment or work. Work is searched for the first block of a request alone.
 *
 * Effects that produce no block (messages, fetching) are refused with `UNSUPPORTED`; run as
 * an event of the simulation this ends the run, so an adversary is never silently weaker than meant.
 *
 * @throws {@link SimulationError} with `UNSUPPORTED` if the plugin has no engine.
 * @see docs/spec/simulation.md, section 5.
 * @example
 * ```ts
 * // Seals a header whose timestamp is one millisecond off its slot.
 * const adversary = createByzantineProducer({
 *   ...parts,
 *   alter: (request) => [{ ...request, timestamp: request.timestamp + 1 }],
 * });
 * // Signs two blocks for every slot.
 * const equivocator = createByzantineProducer({
 *   ...parts,
 *   async *alter(request) {
 *     yield request;
 *     await ledger.submit(transferToMyself());
 *     yield request;
 *   },
 * });
 * ```
 */
export function createByzantineProducer<Config, State>(
  options: ByzantineProducerOptions<Config, State>,
): ByzantineProducer {
  return new Adversary(options);
}

class Adversary<Config, State> implements ByzantineProducer {
  readonly #options: ByzantineProducerOptions<Config, State>;
  readonly #scope: SigningScope;
  readonly #rules: ConsensusRules<State>;
  readonly #engine: ConsensusEngine<State>;
  readonly #timers = new Map<TimerId, () => void>();
  readonly #searches = new Map<string, AbortController>();
  /** Variants of the newest request by the id of the first, which is the one the engine knows. */
  #built: { readonly id: string; readonly variants: readonly Block[] } | null = null;
  #isStarted = false;

  constructor(options: ByzantineProducerOptions<Config, State>) {
    const { plugin, config, chainId, crypto, signer } = options;
    if (plugin.createEngine === undefined) {
      throw new SimulationError({ code: 'UNSUPPORTED', operation: `producing with ${plugin.name}` });
    }
    this.#options = options;
    this.#scope = { chainId, era: 0, protocol: protocolId(plugin) };
    const context = { ...this.#scope, sha256: crypto.sha256 };
    this.#rules = plugin.createRules(config, context);
    this.#engine = plugin.createEngine(config, this.#rules, { ...context, self: signer.self });
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { host, clock } = this.#options;
    host.events.on('headChanged', this.#onHeadChanged);
    this.#plan((now) => {
      const head = host.head() as Tip<State>;
      const start = { head, finalized: host.finalized(), log: [], entropy: clock.entropy(), behind: false };
      return this.#engine.start(start, now);
    });
  }

  stop(): void {
    this.#isStarted = false;
    this.#options.host.events.off('headChanged', this.#onHeadChanged);
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    for (const search of this.#searches.values()) search.abort();
    this.#searches.clear();
  }

  readonly #onHeadChanged = ({ tip }: HeadChangedEvent): void =>
    this.#input({ kind: 'headChanged', head: tip as Tip<State> });

  #input(input: Input<State>): void {
    this.#plan((now) => this.#engine.on(input, now));
  }

  /**
   * Every input is an event of its own: the simulation finishes one before the next, so calls of the
   * engine never overlap (contract H-1), and what fails ends the run.
   */
  #plan(call: (now: Millis) => readonly Effect[]): void {
    const { clock } = this.#options;
    clock.schedule(clock.now(), async () => {
      if (this.#isStarted) await this.#carryOut(call(clock.now()));
    });
  }

  async #carryOut(effects: readonly Effect[]): Promise<void> {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'setTimer':
          this.#setTimer(effect.timerId, effect.at);
          break;
        case 'buildBlock':
          await this.#build(effect);
          break;
        case 'publish':
          await this.#publish(effect.blockId, effect.sealing);
          break;
        case 'proveVrf':
          await this.#proveVrf(effect);
          break;
        case 'mine':
          this.#mine(effect);
          break;
        case 'cancel':
          this.#searches.get(effect.requestId)?.abort();
          this.#searches.delete(effect.requestId);
          break;
        case 'trace':
          break;
        default:
          throw new SimulationError({ code: 'UNSUPPORTED', operation: `effect ${effect.kind} of an adversary` });
      }
    }
  }

  async #proveVrf({ requestId, alpha }: Extract<Effect, { kind: 'proveVrf' }>): Promise<void> {
    const { output, proof } = await this.#options.signer.proveVrf(this.#scope, alpha);
    this.#input({ kind: 'vrfProved', requestId, output, proof });
  }

  /** Goes on in the background until it is found or cancelled, as with an honest host. */
  #mine({ requestId, blockId, algorithm, target }: Extract<Effect, { kind: 'mine' }>): void {
    const header = this.#built?.id === blockId ? this.#built.variants[0]?.header : undefined;
    if (header === undefined) return;
    const search = new AbortController();
    this.#searches.set(requestId, search);
    const task = { algorithm, data: header.sealHash, target, startNonce: 0n };
    const answer = (seal: Bytes | null): void => {
      this.#searches.delete(requestId);
      if (seal !== null) this.#input({ kind: 'mined', requestId, blockId, seal });
    };
    this.#options.crypto.mine(task, search.signal).then(answer, (error: unknown) =>
      this.#plan(() => {
        throw error;
      }),
    );
  }

  #setTimer(timerId: TimerId, at: Millis | null): void {
    this.#timers.get(timerId)?.();
    this.#timers.delete(timerId);
    if (at === null) return;
    const fire = (): void => {
      this.#timers.delete(timerId);
      this.#input({ kind: 'timerElapsed', timerId });
    };
    this.#timers.set(timerId, this.#options.clock.schedule(at, fire));
  }

  async #build(effect: Extract<Effect, { kind: 'buildBlock' }>): Promise<void> {
    const { chain, alter } = this.#options;
    const { requestId } = effect;
    const request = this.#requestOf(effect);
    const variants: Block[] = [];
    for await (const altered of request === null ? [] : alter(request)) {
      const block = await chain.build(altered);
      if (block !== null && variants.every(({ header }) => header.id !== block.header.id)) variants.push(block);
    }

    const header = variants[0]?.header ?? null;
    this.#built = header && { id: header.id, variants };
    this.#input({ kind: 'blockBuilt', requestId, header });
  }

  /** What an honest host would build, without evidence: the adversary does not report itself. */
  #requestOf(effect: Extract<Effect, { kind: 'buildBlock' }>): BuildRequest | null {
    const { host, signer } = this.#options;
    const { parentId, timestamp, digest, deadline } = effect;
    const parent = host.tipOf(parentId) as Tip<State> | undefined;
    if (parent === undefined) return null;
    const context: HeaderContext = {
      parentId,
      height: parent.header.height + 1,
      timestamp,
      author: signer.self,
      protocol: this.#scope.protocol,
      digest,
    };
    const directives = this.#rules.directives?.(parent.state, context, []) ?? [];
    const { height: _height, ...fields } = context;
    return { ...fields, directives, evidence: [], certificates: [], deadline };
  }

  async #publish(blockId: string, sealing: Sealing | undefined): Promise<void> {
    const { chain, net, host, onSend } = this.#options;
    const built = this.#built;
    if (built === null || built.id !== blockId || sealing === undefined) return;

    for (const [variant, unsealed] of built.variants.entries()) {
      const seal = sealing.kind === 'attach' ? sealing.seal : await this.#sign(unsealed.header.sealHash);
      const block = chain.seal(unsealed, seal);
      net.send(null, BLOCKS_CHANNEL, block.bytes);
      onSend?.({ block, variant });
      if (variant === 0 && this.#isAcceptable(block)) await host.importBlock(block.bytes);
    }
  }

  /** Its host is honest and would accuse it: it is shown what an honest author could have sent, and no more. */
  #isAcceptable({ header }: Block): boolean {
    const { host, clock } = this.#options;
    const parent = host.tipOf(header.parentId) as Tip<State> | undefined;
    return parent !== undefined && this.#rules.verifyHeader(header, parent, clock.now()).kind === 'accept';
  }

  async #sign(sealHash: Bytes): Promise<Bytes> {
    const result = await this.#options.signer.sign({ scope: this.#scope, domain: SEAL_DOMAIN, data: sealHash });
    if (result.kind === 'signed') return result.signature;
    throw new SimulationError({ code: 'UNSUPPORTED', operation: 'signing without guard' });
  }
}
