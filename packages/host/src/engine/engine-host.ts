/**
 * The engine of this node together with everything that dies with it.
 *
 * @module
 */
import type { Bytes, EngineContext, Input } from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import { callPlugin } from '../era/guarded-rules.ts';
import { HostError, isHostError, reasonOf } from '../errors.ts';
import type { EvidenceDesk } from '../evidence/desk.ts';
import type { BlockFetcher } from '../import/fetcher.ts';
import type { HeldBlocks } from '../import/held.ts';
import type { BlockImporter } from '../import/importer.ts';
import type { BlockIntake } from '../import/intake.ts';
import type { Lane } from '../import/lane.ts';
import type { MessageExchange } from '../messages/exchange.ts';
import type { Recorder } from '../record/recorder.ts';
import type { TreeNode } from '../tree/block-tree.ts';
import { Certificates } from './certificates.ts';
import { EffectPerformer } from './effects.ts';
import { Publisher } from './publisher.ts';
import { EngineRunner } from './runner.ts';

/** Parts of the host that the engine's effects reach. */
export interface EngineServices {
  readonly lane: Lane;
  readonly importer: BlockImporter;
  readonly intake: BlockIntake;
  readonly fetcher: BlockFetcher;
  readonly held: HeldBlocks;
  readonly desk: EvidenceDesk;
  readonly messages: MessageExchange;
}

/** Creates, feeds and drops the engine; a plugin without one is only followed. */
export class EngineHost {
  readonly #context: HostContext;
  readonly #recorder: Recorder;
  readonly #services: EngineServices;
  #runner: EngineRunner | null = null;
  #performer: EffectPerformer | null = null;

  constructor(context: HostContext, recorder: Recorder, services: EngineServices) {
    this.#context = context;
    this.#recorder = recorder;
    this.#services = services;
  }

  /** Starts from the head and the log alone (contract H-7, H-42). */
  async start(): Promise<void> {
    const { era, branches, clock } = this.#context;
    const { plugin, config, rules, protocol, index } = era;
    const log = await this.#readLog();
    if (!this.#context.isRunning()) return;
    const context: EngineContext = {
      chainId: era.scope.chainId,
      era: index,
      protocol,
      sha256: this.#context.crypto.sha256,
      self: this.#context.signer?.self ?? null,
    };
    const engine = callPlugin(protocol, 'createEngine', () => plugin.createEngine?.(config, rules, context));
    if (engine === undefined) return;

    const { held, intake } = this.#services;
    const publisher = new Publisher(this.#context, held, intake);
    const certificates = new Certificates(this.#context);
    const performer = new EffectPerformer(
      this.#context,
      { ...this.#services, publisher, certificates },
      (input, isCurrent) => runner.deliver(input, isCurrent),
    );
    const runner = new EngineRunner(this.#context, this.#recorder, engine, (effect) => performer.perform(effect));
    this.#performer = performer;
    this.#runner = runner;
    runner.start({
      head: branches.head.tip,
      finalized: branches.genesis.tip.header,
      log,
      entropy: clock.entropy(),
      behind: false,
    });
  }

  deliver(input: Input<unknown>): void {
    this.#runner?.deliver(input);
  }

  /** Reports a head that is still the head when its turn comes (contract H-6). */
  headChanged(node: TreeNode): void {
    const { branches } = this.#context;
    this.#performer?.endSticky('untilHeadChanges');
    this.#runner?.deliver({ kind: 'headChanged', head: node.tip }, () => branches.head === node);
  }

  stop(): void {
    const [runner, performer] = [this.#runner, this.#performer];
    this.#runner = null;
    this.#performer = null;
    try {
      runner?.stop();
    } finally {
      performer?.stop();
    }
  }

  async #readLog(): Promise<readonly Bytes[]> {
    const { log, era, branches } = this.#context;
    const finalHeight = branches.genesis.tip.header.height;
    const entries: Bytes[] = [];
    try {
      for await (const entry of log.read(era.index, era.protocol)) {
        if (entry.height <= finalHeight) continue;
        entries.push(entry.bytes);
        const block = entry.block && this.#context.chain.decode(entry.block, 'block');
        if (block) this.#services.held.hold(block);
      }
    } catch (thrown) {
      if (isHostError(thrown)) throw thrown;
      throw new HostError({ code: 'PORT_FAILED', port: 'log', call: 'read', reason: reasonOf(thrown) }, thrown);
    }
    return entries;
  }
}
