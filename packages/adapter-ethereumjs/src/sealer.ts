/**
 * Runs the engine of a plugin on an EthereumJS chain.
 *
 * @module
 */
import type { Block } from '@ethereumjs/block';
import type { TypedTransaction } from '@ethereumjs/tx';
import {
  type BlockId,
  type Bytes,
  type ConsensusEngine,
  type ConsensusPlugin,
  type Effect,
  type Input,
  type RequestId,
  SEAL_DOMAIN,
  type TimerId,
  type TraceValue,
} from '@fiducia/consensus';
import type { ClockPort, CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import type { EthereumChain } from './chain.ts';
import { AdapterError } from './errors.ts';

/** What {@link createSealer} needs. */
export interface SealerOptions<Config, State> {
  /** Chain to extend. */
  readonly chain: EthereumChain<State>;
  /** The plugin of the chain. */
  readonly plugin: ConsensusPlugin<Config, State>;
  /** The raw configuration of the chain. */
  readonly config: unknown;
  /** The account that seals. */
  readonly signer: SignerPort;
  /** The crypto port of the chain; searches nonces for plugins that mine. */
  readonly crypto: CryptoPort;
  /** Time and timers. */
  readonly clock: ClockPort;
  /** Candidates for the next block, in order. @defaultValue none */
  readonly transactions?: () => readonly TypedTransaction[];
  /** Gets every block that this sealer made, encoded, after it was imported here: send it to peers. */
  readonly onSealed?: (block: Bytes) => void;
  /** What the engine observed, and why a block was not released (`blockRefused`, `sealRefused`). */
  readonly onTrace?: (event: string, data: Readonly<Record<string, TraceValue>>) => void;
  /** Called once if the sealer has to stop: a port failed, or the plugin asked for what only a full host does. */
  readonly onFault?: (error: unknown) => void;
}

/** A running sealer. */
export interface Sealer {
  /** Starts the engine on the head of the chain. */
  start(): void;
  /** Stops for good; what is being done is finished, nothing is begun. */
  stop(): void;
  /** Resolves when the engine has nothing to do until its next timer. */
  idle(): Promise<void>;
}

/** Blocks built and not yet sealed. */
const HELD_MAX = 64;

/**
 * Creates a sealer: it gives the engine of the plugin timers, blocks, VRF outputs and nonces, signs under its guards, and
 * imports what it made before anybody else gets it (contract H-1, H-2, H-9, H-28).
 *
 * Headers count whole seconds. A plugin with slots has to be configured so that they begin at such, or the sealer stops with
 * `TIMESTAMP_FRACTION`; for others the next whole second is claimed.
 *
 * It knows no messages, so it runs plugins whose engines send none; for others it stops with `EFFECT_UNSUPPORTED`.
 *
 * @throws {@link AdapterError} with `PLUGIN_UNSUPPORTED` for a plugin without an engine.
 * @example
 * ```ts
 * const sealer = createSealer({ chain, plugin, config, signer, crypto, clock, onSealed: (block) => broadcast(block) });
 * sealer.start();
 * ```
 */
export function createSealer<Config, State>(options: SealerOptions<Config, State>): Sealer {
  return new EngineSealer(options);
}

class EngineSealer<Config, State> implements Sealer {
  readonly #options: SealerOptions<Config, State>;
  readonly #engine: ConsensusEngine<State>;
  readonly #timers = new Map<TimerId, () => void>();
  readonly #mining = new Map<RequestId, AbortController>();
  readonly #held = new Map<BlockId, Block>();
  #inputs: Input<State>[] = [];
  #worker: Promise<void> | undefined;
  #forget: (() => void) | undefined;
  #isStopped = false;

  constructor(options: SealerOptions<Config, State>) {
    const { plugin, config, chain, crypto, signer } = options;
    const context = { ...chain.consensus.scope(), sha256: crypto.sha256, self: signer.self };
    const engine = plugin.createEngine?.(plugin.parseConfig(config), chain.consensus.rules(), context);
    if (engine === undefined) {
      throw new AdapterError({ code: 'PLUGIN_UNSUPPORTED', plugin: plugin.name, reason: 'it has no engine' });
    }
    this.#options = options;
    this.#engine = engine;
  }

  start(): void {
    const { chain, clock } = this.#options;
    this.#forget = chain.onHeadChanged(({ tip }) => this.#take({ kind: 'headChanged', head: tip }));
    const head = chain.head();
    const start = { head, finalized: head.header, log: [], entropy: clock.entropy(), behind: false };
    this.#work(async () => this.#carryOut(this.#engine.start(start, clock.now())));
  }

  stop(): void {
    this.#isStopped = true;
    this.#forget?.();
    for (const disarm of this.#timers.values()) disarm();
    for (const search of this.#mining.values()) search.abort();
    this.#timers.clear();
    this.#mining.clear();
    this.#inputs = [];
  }

  async idle(): Promise<void> {
    while (this.#worker !== undefined) await this.#worker;
  }

  /** H-1: one input at a time, in the order of arrival. A newer head replaces one that still waits (H-6). */
  #take(input: Input<State>): void {
    if (this.#isStopped) return;
    if (input.kind === 'headChanged') this.#inputs = this.#inputs.filter(({ kind }) => kind !== 'headChanged');
    this.#inputs.push(input);
    this.#work(async () => {});
  }

  #work(first: () => Promise<void>): void {
    if (this.#worker !== undefined) return;
    this.#worker = this.#drain(first).finally(() => {
      this.#worker = undefined;
      // Something may have arrived between the last look and now.
      if (this.#inputs.length > 0) this.#work(async () => {});
    });
  }

  async #drain(first: () => Promise<void>): Promise<void> {
    try {
      await first();
      for (let input = this.#inputs.shift(); input !== undefined; input = this.#inputs.shift()) {
        await this.#carryOut(this.#engine.on(input, this.#options.clock.now()));
      }
    } catch (error) {
      this.stop();
      this.#options.onFault?.(error);
    }
  }

  /** H-2: in list order, and no answer is delivered inside the call that asked. */
  async #carryOut(effects: readonly Effect[]): Promise<void> {
    for (const effect of effects) {
      if (this.#isStopped) return;
      await this.#carryOutOne(effect);
    }
  }

  async #carryOutOne(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'setTimer':
        return this.#setTimer(effect.timerId, effect.at);
      case 'buildBlock':
        return this.#build(effect);
      case 'publish':
        return this.#publish(effect);
      case 'proveVrf':
        return this.#prove(effect.requestId, effect.alpha);
      case 'mine':
        return this.#mine(effect);
      case 'cancel':
        return this.#cancel(effect.requestId);
      case 'trace':
        return this.#options.onTrace?.(effect.event, effect.data ?? {});
      case 'penalisePeer':
      case 'accuse':
        // Without messages from peers there is nobody to penalise, and blocks of this chain carry no evidence.
        return this.#options.onTrace?.(effect.kind, {});
      default:
        throw new AdapterError({
          code: 'EFFECT_UNSUPPORTED',
          plugin: this.#options.plugin.name,
          effect: effect.kind,
        });
    }
  }

  /** H-9: setting an id again replaces it; a timer is disarmed before it is delivered. */
  #setTimer(timerId: TimerId, at: number | null): void {
    this.#timers.get(timerId)?.();
    this.#timers.delete(timerId);
    if (at === null) return;
    const disarm = this.#options.clock.schedule(at, () => {
      this.#timers.delete(timerId);
      this.#take({ kind: 'timerElapsed', timerId });
    });
    this.#timers.set(timerId, disarm);
  }

  async #build({ requestId, ...wanted }: Extract<Effect, { readonly kind: 'buildBlock' }>): Promise<void> {
    const { chain, signer, clock, transactions, plugin } = this.#options;
    const { parentId, digest } = wanted;
    // A slot begins when it begins; where time is free, the next whole second is as good as any.
    const isBound = plugin.traits.leader === 'slot';
    const timestamp = isBound ? wanted.timestamp : Math.ceil(wanted.timestamp / MS_PER_SECOND) * MS_PER_SECOND;
    const author = signer.self;
    const built = await chain.build({ parentId, timestamp, author, digest, transactions: transactions?.() ?? [] });
    const header = built === null ? undefined : chain.consensus.project(built.header);
    if (built === null || header === undefined || clock.now() >= wanted.deadline) {
      return this.#take({ kind: 'blockBuilt', requestId, header: null });
    }
    this.#held.set(header.id, built);
    const [oldest] = this.#held.keys();
    if (this.#held.size > HELD_MAX && oldest !== undefined) this.#held.delete(oldest);
    this.#take({ kind: 'blockBuilt', requestId, header });
  }

  async #publish({ blockId, sealing }: Extract<Effect, { readonly kind: 'publish' }>): Promise<void> {
    const { chain, signer, onSealed, onTrace } = this.#options;
    const block = this.#held.get(blockId);
    const header = block === undefined ? undefined : chain.consensus.project(block.header);
    if (block === undefined || header === undefined || sealing === undefined) return;
    this.#held.delete(blockId);
    let seal: Bytes;
    if (sealing.kind === 'attach') {
      seal = sealing.seal;
    } else {
      const { guard } = sealing;
      const scope = chain.consensus.scope();
      const signed = await signer.sign({ scope, domain: SEAL_DOMAIN, data: header.sealHash, guard });
      if (signed.kind !== 'signed') {
        return onTrace?.('sealRefused', { height: header.height, outcome: signed.kind });
      }
      seal = signed.signature;
    }
    const bytes = chain.seal(block, seal).serialize();
    const outcome = await chain.importBlock(bytes);
    // H-28: what the own import refuses is never sent.
    if (outcome.kind === 'imported') return onSealed?.(bytes);
    onTrace?.('blockRefused', {
      height: header.height,
      outcome: outcome.kind === 'rejected' ? outcome.code : outcome.kind,
    });
  }

  async #prove(requestId: RequestId, alpha: Bytes): Promise<void> {
    const { signer, chain } = this.#options;
    const { output, proof } = await signer.proveVrf(chain.consensus.scope(), alpha);
    this.#take({ kind: 'vrfProved', requestId, output, proof });
  }

  #mine({ requestId, blockId, algorithm, target }: Extract<Effect, { readonly kind: 'mine' }>): void {
    const { chain, crypto, clock } = this.#options;
    const block = this.#held.get(blockId);
    const header = block === undefined ? undefined : chain.consensus.project(block.header);
    if (header === undefined) return;
    this.#mining.get(requestId)?.abort();
    const search = new AbortController();
    this.#mining.set(requestId, search);
    const startNonce = clock
      .entropy()
      .subarray(0, NONCE_BYTES)
      .reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
    const deliver = (seal: Bytes | null): void => {
      if (this.#mining.get(requestId) !== search) return;
      this.#mining.delete(requestId);
      if (seal !== null) this.#take({ kind: 'mined', requestId, blockId, seal });
    };
    const fail = (error: unknown): void => {
      this.stop();
      this.#options.onFault?.(error);
    };
    crypto.mine({ algorithm, data: header.sealHash, target, startNonce }, search.signal).then(deliver, fail);
  }

  #cancel(requestId: RequestId): void {
    this.#mining.get(requestId)?.abort();
    this.#mining.delete(requestId);
    // H-4: an answer that already waits is not delivered any more.
    this.#inputs = this.#inputs.filter((input) => !('requestId' in input) || input.requestId !== requestId);
  }
}

const NONCE_BYTES = 8;
const MS_PER_SECOND = 1_000;
