/**
 * The host: composition and life cycle.
 *
 * @module
 */
import type {
  BlockId,
  BufferUsage,
  Bytes,
  ConsensusHeader,
  ConsensusPlugin,
  Era,
  Evidence,
  PeerId,
  Tip,
  Validator,
} from '@fiducia/consensus';
import type {
  Awaitable,
  ChainPort,
  ClockPort,
  CryptoPort,
  LogPort,
  MessageOutcome,
  NetPort,
  SignerPort,
} from '@fiducia/consensus/ports';
import { ClaimBudget } from './claim-budget.ts';
import { concatenate } from './concatenate.ts';
import { type HostContext, type HostLife, RunningContext } from './context.ts';
import { EngineHost } from './engine/engine-host.ts';
import type { ActivateEra } from './era/decide.ts';
import { openGenesis, rehearseEras } from './era/opening.ts';
import { EraSchedule } from './era/schedule.ts';
import { activateEra, requireRunnableEras, type StaticCheckInput } from './era/static-check.ts';
import { HostError, isHostError, reasonOf } from './errors.ts';
import { HostEventHub, type HostEventSource } from './events.ts';
import { EVIDENCE_CHANNEL, EvidenceDesk, type EvidenceResult } from './evidence/desk.ts';
import {
  type FinalityConflict,
  keepConflict,
  type RecordedConflict,
  readConflict,
  recordOf,
} from './finality/conflict.ts';
import { DelayedSpread } from './finality/delayed-spread.ts';
import { FinalityKeeper, PROOFS_CHANNEL } from './finality/keeper.ts';
import { BlockFetcher } from './import/fetcher.ts';
import { HeldBlocks } from './import/held.ts';
import { BlockImporter } from './import/importer.ts';
import { BLOCKS_CHANNEL, BlockIntake, type ImportResult, PROVEN_BLOCKS_CHANNEL } from './import/intake.ts';
import { Lane } from './import/lane.ts';
import { QuietWatch } from './import/quiet-watch.ts';
import { StartUp } from './import/start-up.ts';
import { ChainSync } from './import/sync.ts';
import { KnownClaims } from './known-claims.ts';
import { type HostLimits, requireHostLimits } from './limits.ts';
import { type DeliverTo, MESSAGES_CHANNEL, MessageExchange } from './messages/exchange.ts';
import { namePortFailures, type Ports } from './ports.ts';
import { type HostRecord, Recorder } from './record/recorder.ts';
import { TreeNode } from './tree/block-tree.ts';
import type { Branches } from './tree/branches.ts';
import { restoreChain } from './tree/restore.ts';
import { usageOf } from './usage.ts';

/** Everything a host needs: six ports, plugins, eras. */
export interface HostOptions {
  /** The ledger. */
  readonly chain: ChainPort;
  /** The network. */
  readonly net: NetPort;
  /** Claims, hashing, mining. */
  readonly crypto: CryptoPort;
  /** Key of this node; `null` for a node that follows and relays evidence but never produces. */
  readonly signer: SignerPort | null;
  /** Time and entropy. */
  readonly clock: ClockPort;
  /** What engines remember across a crash. */
  readonly log: LogPort;
  /** 32 bytes that identify the chain. */
  readonly chainId: Bytes;
  /** Plugins that eras may name. */
  readonly plugins: readonly ConsensusPlugin[];
  /** Eras by height, the first starting at height 1. The chain may announce more (contract H-36). */
  readonly eras: readonly Era[];
  /** Validators handed to the first era, for plugins with `requires.validators`. */
  readonly genesisValidators?: readonly Validator[];
  /** Smaller buffers than {@link DEFAULT_HOST_LIMITS}. */
  readonly limits?: Partial<HostLimits>;
  /** Gets every engine call with its effects (contract H-8); see {@link replayRecords}. */
  readonly recorder?: (record: HostRecord) => void;
}

/** A running node's consensus: import, production, evidence, reads. */
export interface ConsensusHost {
  /** Observers register here. */
  readonly events: HostEventSource;
  /**
   * Restores the head from the chain port, starts the engine, then joins the network (contract H-42). The engine acts
   * once peers have nothing newer, or none tells of anything for `startSyncMs` (contract H-44).
   * If it fails, nothing is left running.
   * @throws {@link HostError} with `ALREADY_STARTED`, `STORE_CORRUPT`, `HANDOVER_INVALID`, `PLUGIN_DEFECT` or
   *   `PORT_FAILED`.
   */
  start(): Promise<void>;
  /** Drops the engine with all it owns, leaves the network, and waits for work on the chain to end. */
  stop(): Promise<void>;
  /** Adopted head. @throws {@link HostError} with `NOT_STARTED`. */
  head(): Tip<unknown>;
  /** Last irreversible block: genesis until a proof of finality is known. @throws {@link HostError} with `NOT_STARTED`. */
  finalized(): ConsensusHeader;
  /** Tip of any block whose state is in memory. @throws {@link HostError} with `NOT_STARTED`. */
  tipOf(id: BlockId): Tip<unknown> | undefined;
  /**
   * SHA-256 of the canonical encoding of the consensus state after a block, by default the head.
   * @throws {@link HostError} with `NOT_STARTED` or `BLOCK_UNKNOWN`.
   */
  consensusRoot(id?: BlockId): Bytes;
  /**
   * The same of what the gadget of finality knows after a block; `null` where there is none beside the protocol that
   * produces blocks.
   * @throws {@link HostError} with `NOT_STARTED` or `BLOCK_UNKNOWN`.
   */
  gadgetRoot(id?: BlockId): Bytes | null;
  /**
   * Lists every bounded buffer: how many entries it has and may have, of a bound for each peer those of the peer with
   * most. Those of engines are named after their role, e.g. `production/timers`. For metrics, and to see that nothing
   * grows without bound (simulation I11).
   * @throws {@link HostError} with `NOT_STARTED`.
   */
  usage(): readonly BufferUsage[];
  /**
   * Imports a block. Whatever the bytes are, the promise resolves.
   * @param from - Peer that sent it; it is asked first for a missing parent.
   * @param proof - Proof of finality; required where the protocol attaches one to every block.
   * @throws {@link HostError} with `NOT_STARTED`.
   */
  importBlock(bytes: Bytes, from?: PeerId, proof?: Bytes): Promise<ImportResult>;
  /** Verifies, pools and spreads evidence; resolves whatever it contains. @throws {@link HostError} with `NOT_STARTED`. */
  submitEvidence(evidence: Evidence): Promise<EvidenceResult>;
}

/**
 * Assembles a host after the static check (contract H-37). Nothing runs before `start`.
 *
 * @throws {@link HostError} naming the first thing that is missing.
 * @example
 * ```ts
 * const host = createHost({
 *   chain, net, crypto, signer, clock, chainId, genesisValidators,
 *   log: createMemoryLog(),
 *   plugins: [roundRobin()],
 *   eras: [{ fromHeight: 1, production: { name: 'round-robin', config: { slotMs: 1_000 } } }],
 * });
 * host.events.on('headChanged', ({ tip }) => console.log(tip.header.height));
 * await host.start();
 * ```
 */
export function createHost(options: HostOptions): ConsensusHost {
  return new Host(options);
}

/** Every message is answered by one of three words; a promise of each serves for all messages. */
const ANSWERS: Readonly<Record<MessageOutcome, Promise<MessageOutcome>>> = /* @__PURE__ */ createAnswers();

function createAnswers(): Readonly<Record<MessageOutcome, Promise<MessageOutcome>>> {
  return { accept: Promise.resolve('accept'), ignore: Promise.resolve('ignore'), reject: Promise.resolve('reject') };
}

/** Handles messages of one channel. */
interface Receiver {
  receive(from: PeerId, bytes: Bytes): Awaitable<MessageOutcome>;
}

/** What exists once the head is restored. */
interface Parts {
  readonly context: HostContext;
  readonly desk: EvidenceDesk;
  readonly intake: BlockIntake;
  readonly fetcher: BlockFetcher;
  readonly sync: ChainSync;
  readonly held: HeldBlocks;
  readonly finality: FinalityKeeper;
  readonly messages: MessageExchange;
  readonly engine: EngineHost;
  readonly startUp: StartUp;
  readonly quiet: QuietWatch;
}

class Host implements ConsensusHost {
  readonly events = new HostEventHub();
  readonly #ports: Ports;
  readonly #knownClaims: KnownClaims;
  readonly #limits: HostLimits;
  readonly #eras: EraSchedule;
  readonly #surroundings: StaticCheckInput;
  readonly #recorder: Recorder;
  readonly #lane = new Lane();
  readonly #life: HostLife = { status: 'created' };
  #parts: Parts | null = null;
  #leaveNetwork: (() => void)[] = [];
  #conflict: RecordedConflict | null = null;

  constructor(options: HostOptions) {
    this.#limits = requireHostLimits(options.limits ?? {});
    const ports = namePortFailures(options);
    this.#knownClaims = new KnownClaims(ports.crypto, this.#limits.knownClaimsMax);
    this.#ports = { ...ports, crypto: this.#knownClaims };
    this.#recorder = new Recorder(this.#limits.recordsKeptMax, options.recorder);
    this.#surroundings = {
      eras: options.eras,
      plugins: options.plugins,
      provides: options.chain.provides,
      supports: options.crypto.supports,
      chainId: options.chainId,
      sha256: options.crypto.sha256,
      genesisValidators: options.genesisValidators ?? [],
    };
    this.#eras = new EraSchedule(requireRunnableEras(this.#surroundings));
  }

  async start(): Promise<void> {
    if (this.#life.status !== 'created') throw new HostError({ code: 'ALREADY_STARTED' });
    this.#life.status = 'running';
    try {
      const parts = this.#assemble(await this.#restoreBranches());
      this.#parts = parts;
      this.#conflict = await readConflict(this.#ports.log);
      parts.startUp.begin();
      // Who once saw two final branches signs nothing more until an operator has chosen (finality-checkpoint X).
      if (this.#conflict === null) await parts.engine.start();
      else this.#keepSilent(parts.engine, this.#conflict);
      if (!this.#isRunning()) return;
      this.#joinNetwork(parts);
      parts.quiet.begin();
      parts.startUp.run().catch((thrown) => this.#fault(thrown));
    } catch (thrown) {
      this.#life.status = 'faulted';
      this.#quieten();
      throw thrown;
    }
  }

  async stop(): Promise<void> {
    if (this.#life.status !== 'faulted') this.#life.status = 'stopped';
    this.#quieten();
    await this.#lane.idle();
  }

  head(): Tip<unknown> {
    return this.#branches().head.tip;
  }

  finalized(): ConsensusHeader {
    return this.#branches().finalized.tip.header;
  }

  tipOf(id: BlockId): Tip<unknown> | undefined {
    return this.#branches().tree.get(id)?.tip;
  }

  consensusRoot(id?: BlockId): Bytes {
    const tip = id === undefined ? this.head() : this.tipOf(id);
    if (tip === undefined) throw new HostError({ code: 'BLOCK_UNKNOWN', id: id ?? '' });
    const { codec } = this.#eras.at(tip.header.height).production.rules;
    return this.#ports.crypto.sha256(concatenate([...codec.encode(tip.state)]));
  }

  gadgetRoot(id?: BlockId): Bytes | null {
    const { head, tree } = this.#branches();
    const node = id === undefined ? head : tree.get(id);
    if (node === undefined) throw new HostError({ code: 'BLOCK_UNKNOWN', id: id ?? '' });
    const { gadget } = this.#eras.at(node.tip.header.height);
    if (gadget === null || node.gadget === null) return null;
    return this.#ports.crypto.sha256(concatenate([...gadget.rules.codec.encode(node.gadget.state)]));
  }

  usage(): readonly BufferUsage[] {
    const parts = this.#requireParts();
    const { branches, claims } = parts.context;
    return [...usageOf({ ...parts, branches, claims }), ...this.#knownClaims.usage(), ...this.#recorder.usage()];
  }

  async importBlock(bytes: Bytes, from?: PeerId, proof?: Bytes): Promise<ImportResult> {
    return this.#requireParts().intake.importBytes(bytes, from ?? null, proof);
  }

  async submitEvidence(evidence: Evidence): Promise<EvidenceResult> {
    const { desk } = this.#requireParts();
    try {
      return await desk.submit(evidence);
    } catch (thrown) {
      this.#fault(thrown);
      return { kind: 'rejected', code: 'HOST_HALTED' };
    }
  }

  #branches(): Branches {
    return this.#requireParts().context.branches;
  }

  #requireParts(): Parts {
    if (this.#parts === null) throw new HostError({ code: 'NOT_STARTED' });
    return this.#parts;
  }

  async #restoreBranches(): Promise<Branches> {
    const { chain } = this.#ports;
    const stored = await chain.read({ kind: 'genesis' });
    if (stored === null) throw new HostError({ code: 'STORE_CORRUPT', reason: 'no genesis block' });
    const first = await openGenesis(chain, stored.block, this.#eras.at(0), this.#surroundings.genesisValidators);
    const head = (await chain.read({ kind: 'head' })) ?? stored;
    if (head.block.header.height < this.#eras.last.fromHeight - 1) {
      await rehearseEras(chain, stored.block, this.#eras, first);
    }
    const genesis = new TreeNode(first, { opening: null, announced: [], offences: null });
    const activate: ActivateEra = (era, index) => activateEra(era, index, this.#surroundings);
    return restoreChain({ chain, eras: this.#eras, genesis, limits: this.#limits, activate, events: this.events });
  }

  #assemble(branches: Branches): Parts {
    const context: HostContext = new RunningContext(
      {
        ...this.#ports,
        limits: this.#limits,
        eras: this.#eras,
        events: this.events,
        branches,
        claims: new ClaimBudget(this.#limits),
        fault: (thrown) => this.#fault(thrown),
      },
      this.#life,
    );
    const desk = new EvidenceDesk(context);
    const held = new HeldBlocks(this.#limits);
    const later = new DelayedSpread(context);
    const inBackground = (work: Promise<void>): void => void work.catch((thrown) => this.#fault(thrown));
    const fetcher = new BlockFetcher(context, held, (from) => inBackground(sync.askBack(from)));
    const fetchFrom = (id: BlockId, from: PeerId): void => inBackground(this.#fetchMissing(fetcher, intake, id, from));
    const messages = new MessageExchange(context, desk, held, {
      onMissing: fetchFrom,
      onAhead: (from) => inBackground(sync.followHint(from)),
    });
    const finality: FinalityKeeper = new FinalityKeeper(context, this.#lane, later, {
      onFinalized(node) {
        desk.settle(node);
        engine.finalized(node.tip.header);
      },
      onHead: (node, path) => importer.announce(node, path),
      onMissing: fetchFrom,
      onPassed: (block, proof, from) => intake.receiveStored(from, block, proof),
      deriveParent: (header, from) => importer.deriveParent(header, from),
      onRivalled: (block, proof) => intake.spread(block, proof),
      onConflict: (conflict) => this.#reportConflict(conflict, engine),
      async onQuoted(quotes) {
        for (const { active, message, height } of quotes) await desk.observeMessage(active, message, height);
        await engine.hear(quotes);
      },
      activate: (era, index) => activateEra(era, index, this.#surroundings),
    });
    const importer = new BlockImporter(context, desk, finality, (node) => {
      desk.prune(node);
      messages.prune(node.tip.header.height);
      engine.headChanged(node);
    });
    const intake: BlockIntake = new BlockIntake(context, importer, this.#lane, later, {
      onMissing: (missing, { from, block }) => {
        const isFar = from !== null && sync.isFar(block.header.height, missing.linked);
        inBackground(isFar ? sync.catchUp(from) : this.#fetchMissing(fetcher, intake, missing.id, from));
        // Beside it, since a peer hands out blocks that it has not adopted as well, and a proof among them counts.
        if (from !== null && sync.isDeep(missing.above)) inBackground(sync.followHint(from));
      },
      onConflict: (header, proof) => finality.convict(header, proof),
    });
    const sync = new ChainSync(context, intake, (behind) => engine.syncChanged(behind));
    const services = { lane: this.#lane, importer, intake, fetcher, finality, held, desk, messages };
    const engine = new EngineHost(context, this.#recorder, services);
    const startUp = new StartUp(context, sync);
    const quiet = new QuietWatch(context, sync);
    return { context, desk, intake, fetcher, sync, held, finality, messages, engine, startUp, quiet };
  }

  async #fetchMissing(fetcher: BlockFetcher, intake: BlockIntake, id: BlockId, from: PeerId | null): Promise<void> {
    const fetched = await fetcher.fetch(id, from);
    if (fetched === null) return;
    const { kind } = await intake.importBytes(fetched.block.bytes, fetched.from, fetched.proof);
    // Somebody else was asked already, and what came from there is of no use.
    if (kind !== 'rejected' || from === null || fetched.from === from) return;
    const again = await fetcher.fetch(id, from);
    if (again !== null) await intake.importBytes(again.block.bytes, again.from, again.proof);
  }

  /** Signing ends, both proofs are kept, and no side is chosen (finality-checkpoint X); evidence still travels. */
  #reportConflict(conflict: FinalityConflict, engine: EngineHost): void {
    if (this.#conflict !== null) return;
    this.#conflict = recordOf(conflict);
    keepConflict(this.#ports.log, this.#conflict).catch((thrown) => this.#fault(thrown));
    this.#keepSilent(engine, this.#conflict);
  }

  /** No head and no border brings an engine back. */
  #keepSilent(engine: EngineHost, conflict: RecordedConflict): void {
    this.#attempt(() => engine.stop());
    this.events.emit('finalityConflict', conflict);
  }

  #joinNetwork({ intake, desk, messages, engine, fetcher, finality }: Parts): void {
    const { net } = this.#ports;
    const serve = async (from: PeerId, bytes: Bytes): Promise<Bytes | null> => {
      try {
        return await fetcher.serve(from, bytes);
      } catch (thrown) {
        this.#fault(thrown);
        return null;
      }
    };
    // Noted one by one, so that a channel that cannot be joined leaves none of the others behind.
    const leave = this.#leaveNetwork;
    const deliver: DeliverTo = (active, input) => engine.deliverTo(active, input);
    const join = (channel: string, receiver: Receiver): void => {
      leave.push(net.subscribe(channel, this.#handlerOf(receiver)));
    };
    join(BLOCKS_CHANNEL, intake);
    join(EVIDENCE_CHANNEL, desk);
    join(MESSAGES_CHANNEL, { receive: (from, bytes) => messages.receive(from, bytes, deliver) });
    join(PROVEN_BLOCKS_CHANNEL, { receive: (from, bytes) => intake.receiveProven(from, bytes) });
    join(PROOFS_CHANNEL, finality);
    leave.push(net.serve(BLOCKS_CHANNEL, serve));
  }

  #handlerOf(receiver: Receiver): (from: PeerId, bytes: Bytes) => Promise<MessageOutcome> {
    const ignore = (thrown: unknown): MessageOutcome => this.#ignore(thrown);
    return (from, bytes) => {
      try {
        const outcome = receiver.receive(from, bytes);
        return outcome instanceof Promise ? outcome.catch(ignore) : ANSWERS[outcome];
      } catch (thrown) {
        return ANSWERS[ignore(thrown)];
      }
    };
  }

  #ignore(thrown: unknown): MessageOutcome {
    this.#fault(thrown);
    return 'ignore';
  }

  #isRunning(): boolean {
    return this.#life.status === 'running';
  }

  /** Engine and signing end, reads continue (contract H-17, H-43). */
  #fault(thrown: unknown): void {
    if (!this.#isRunning()) return;
    this.#life.status = 'faulted';
    const error = isHostError(thrown)
      ? thrown
      : new HostError({ code: 'INVARIANT_BROKEN', reason: reasonOf(thrown) }, thrown);
    const records = this.#recorder.newest();
    this.#stopParts();
    this.events.emit('faulted', { error, records });
  }

  #quieten(): void {
    const leaving = this.#leaveNetwork;
    this.#leaveNetwork = [];
    for (const leave of leaving) this.#attempt(leave);
    this.#stopParts();
  }

  #stopParts(): void {
    this.#attempt(() => this.#parts?.engine.stop());
    this.#attempt(() => this.#parts?.startUp.clear());
    this.#attempt(() => this.#parts?.quiet.clear());
    this.#attempt(() => this.#parts?.intake.clear());
  }

  /** What failed once may fail again while it is stopped, which must not keep the rest running. */
  #attempt(end: () => void): void {
    try {
      end();
    } catch (thrown) {
      this.events.trace('STOP_INCOMPLETE', { reason: reasonOf(thrown) });
    }
  }
}
