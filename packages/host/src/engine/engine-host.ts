/**
 * The engines of this node: those of the era that the next block belongs to, and no others (contract H-34).
 *
 * @module
 */
import type { BufferUsage, ConsensusHeader, Input } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import type { ActiveEra, ActivePlugin } from '../era/schedule.ts';
import type { EvidenceDesk } from '../evidence/desk.ts';
import type { FinalityKeeper, QuotedMessage } from '../finality/keeper.ts';
import type { BlockFetcher } from '../import/fetcher.ts';
import type { HeldBlocks } from '../import/held.ts';
import type { BlockImporter } from '../import/importer.ts';
import type { BlockIntake } from '../import/intake.ts';
import type { Lane } from '../import/lane.ts';
import type { MessageExchange } from '../messages/exchange.ts';
import type { Recorder } from '../record/recorder.ts';
import type { TreeNode } from '../tree/block-tree.ts';
import { Certificates } from './certificates.ts';
import { InputQueue } from './input-queue.ts';
import { type EngineSurroundings, PluginEngine, readEngineLog } from './plugin-engine.ts';
import { Publisher } from './publisher.ts';

/** Parts of the host that the effects of engines reach. */
export interface EngineServices {
  readonly lane: Lane;
  readonly importer: BlockImporter;
  readonly intake: BlockIntake;
  readonly fetcher: BlockFetcher;
  readonly finality: FinalityKeeper;
  readonly held: HeldBlocks;
  readonly desk: EvidenceDesk;
  readonly messages: MessageExchange;
}

/** Creates, feeds, changes and drops engines; a plugin without one is only followed. */
export class EngineHost {
  readonly #context: HostContext;
  readonly #services: EngineServices;
  readonly #certificates = new Certificates();
  readonly #surroundings: EngineSurroundings;
  #engines: readonly PluginEngine[] = [];
  /** Era of the engines, or of those being started. */
  #era: ActiveEra | null = null;
  /** Counts starts: the head may cross a border and come back while one is under way. */
  #generation = 0;
  #isStarting = false;
  #behind = false;
  #stopped = false;

  constructor(context: HostContext, recorder: Recorder, services: EngineServices) {
    this.#context = context;
    this.#services = services;
    const certificates = this.#certificates;
    this.#surroundings = {
      recorder,
      queue: new InputQueue(context.limits.inputsMax, (thrown) => context.fault(thrown)),
      servicesFor: (own) => ({ ...services, certificates, publisher: new Publisher(own, services) }),
    };
  }

  /** Starts the engines of the era of the next block, which the head alone decides (contract H-34, H-42). */
  async start(): Promise<void> {
    const era = this.#nextEra();
    const generation = ++this.#generation;
    this.#era = era;
    this.#isStarting = era !== null && !this.#stopped;
    if (era === null || this.#stopped) return;
    const logs = [];
    for (const active of era.plugins) logs.push(await readEngineLog(this.#context, active, this.#services.held));
    if (this.#generation === generation) this.#isStarting = false;
    // The head may have crossed a border while the log was read, or the host stopped.
    if (!this.#context.isRunning() || this.#stopped || this.#generation !== generation) return;
    const engines: PluginEngine[] = [];
    this.#engines = engines;
    for (const [index, active] of era.plugins.entries()) {
      const engine = PluginEngine.start(this.#context, active, logs[index] ?? [], this.#behind, this.#surroundings);
      if (engine !== null) engines.push(engine);
    }
  }

  usage(): readonly BufferUsage[] {
    const engines = this.#engines.flatMap((engine) => engine.usage());
    return [...this.#certificates.usage(), ...this.#surroundings.queue.usage(), ...engines];
  }

  /**
   * A message for the engine of one plugin; dropped if that engine is not running.
   * @returns False if it will run in a moment, so that the message is worth hearing again.
   */
  deliverTo(active: ActivePlugin, input: Input<unknown>): boolean {
    this.#engines.find((engine) => engine.active === active)?.deliver(input);
    return !this.#isStarting;
  }

  /** Hands over messages that no peer sent, and waits until the engines have carried out what follows from them. */
  async hear(quotes: readonly Pick<QuotedMessage, 'active' | 'message'>[]): Promise<void> {
    const from = this.#context.net.self;
    for (const { active, message } of quotes) this.deliverTo(active, { kind: 'messageReceived', from, message });
    await Promise.all(this.#engines.map((engine) => engine.settled()));
  }

  syncChanged(behind: boolean): void {
    this.#behind = behind;
    for (const engine of this.#engines) engine.deliver({ kind: 'syncChanged', behind });
  }

  /**
   * Reports the head, or changes engines if its next block belongs to another era. A host that is still starting may
   * import for a caller already: no head may start engines before it is known whether any shall run (contract H-42).
   */
  headChanged(node: TreeNode): void {
    if (this.#generation === 0) return;
    if (this.#nextEra() === this.#era) {
      for (const engine of this.#engines) engine.headChanged(node);
      return;
    }
    this.#drop();
    this.start().catch((thrown) => this.#context.fault(thrown));
  }

  finalized(header: ConsensusHeader): void {
    for (const engine of this.#engines) engine.finalized(header);
  }

  /** Ends all engines for good. */
  stop(): void {
    this.#stopped = true;
    this.#drop();
  }

  /** `null` where this node cannot go on. */
  #nextEra(): ActiveEra | null {
    const { eras, branches } = this.#context;
    const height = branches.head.tip.header.height + 1;
    return eras.barrierAt(height, []) === null ? eras.at(height) : null;
  }

  #drop(): void {
    const engines = this.#engines;
    this.#engines = [];
    this.#certificates.clear();
    let failure: { readonly thrown: unknown } | null = null;
    for (const engine of engines) {
      try {
        engine.stop();
      } catch (thrown) {
        failure ??= { thrown };
      }
    }
    if (failure !== null) throw failure.thrown;
  }
}
