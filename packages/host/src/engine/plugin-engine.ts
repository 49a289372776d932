/**
 * The engine of one plugin together with everything that dies with it.
 *
 * @module
 */
import type { BufferUsage, Bytes, ConsensusHeader, EngineContext, Input } from '@fiducia/consensus';
import { type HostContext, OwnContext, type PluginContext } from '../context.ts';
import { callPlugin } from '../era/guarded-rules.ts';
import { type ActivePlugin, tipFor } from '../era/schedule.ts';
import { HostError, isHostError, reasonOf } from '../errors.ts';
import type { HeldBlocks } from '../import/held.ts';
import type { Recorder } from '../record/recorder.ts';
import { groundOf, type TreeNode } from '../tree/block-tree.ts';
import { EffectPerformer, type EffectServices } from './effects.ts';
import type { InputQueue } from './input-queue.ts';
import { EngineRunner } from './runner.ts';

/** What engines share. */
export interface EngineSurroundings {
  readonly recorder: Recorder;
  readonly queue: InputQueue;
  /** Parts of the host that effects reach. */
  readonly servicesFor: (context: PluginContext) => EffectServices;
}

/** A running engine; `stop` ends its timers, sticky messages and requests. */
export class PluginEngine {
  readonly active: ActivePlugin;
  readonly #context: HostContext;
  readonly #performer: EffectPerformer;
  readonly #runner: EngineRunner;
  #alive = true;

  private constructor(
    context: HostContext,
    active: ActivePlugin,
    engine: NonNullable<ReturnType<typeof createEngine>>,
    { recorder, queue, servicesFor }: EngineSurroundings,
  ) {
    this.active = active;
    this.#context = context;
    const own = new OwnContext(context, active, () => this.#alive);
    this.#performer = new EffectPerformer(own, servicesFor(own), (input, isCurrent) => this.deliver(input, isCurrent));
    this.#runner = new EngineRunner(context, active, recorder, queue, engine, (effect) =>
      this.#performer.perform(effect),
    );
  }

  /** Starts from the head and the log alone (contract H-7, H-42). @returns `null` for a plugin without engine. */
  static start(
    context: HostContext,
    active: ActivePlugin,
    log: readonly Bytes[],
    behind: boolean,
    surroundings: EngineSurroundings,
  ): PluginEngine | null {
    const engine = createEngine(context, active);
    if (engine === null) return null;
    const { branches, clock } = context;
    const started = new PluginEngine(context, active, engine, surroundings);
    started.#runner.start({
      head: tipFor(groundOf(branches.head), active),
      finalized: branches.finalized.tip.header,
      log,
      entropy: clock.entropy(),
      behind,
    });
    return started;
  }

  deliver(input: Input<unknown>, isCurrent?: () => boolean): void {
    this.#runner.deliver(input, isCurrent);
  }

  /** Over once everything that was delivered so far has had its effects, or the engine has stopped. */
  settled(): Promise<void> {
    return this.#runner.settled();
  }

  /** Names begin with the role, since production engine and gadget have the same buffers. */
  usage(): readonly BufferUsage[] {
    const { role } = this.active;
    return [...this.#performer.usage(), ...this.#runner.usage()].map((own) => ({
      ...own,
      name: `${role}/${own.name}`,
    }));
  }

  /** Reports a head that is still the head when its turn comes (contract H-6). */
  headChanged(node: TreeNode): void {
    this.#performer.endSticky('untilHeadChanges');
    const head = tipFor(groundOf(node), this.active);
    this.deliver({ kind: 'headChanged', head }, () => this.#context.branches.head === node);
  }

  finalized(header: ConsensusHeader): void {
    this.#performer.endSticky('untilFinalized');
    this.deliver({ kind: 'finalized', header });
  }

  stop(): void {
    this.#alive = false;
    try {
      this.#runner.stop();
    } finally {
      this.#performer.stop();
    }
  }
}

/** What an engine left in the log above the final block; blocks that it named are held again. */
export async function readEngineLog(
  context: HostContext,
  { era, protocol }: ActivePlugin,
  held: HeldBlocks,
): Promise<readonly Bytes[]> {
  const finalHeight = context.branches.finalized.tip.header.height;
  const entries: Bytes[] = [];
  try {
    for await (const entry of context.log.read(era, protocol)) {
      if (entry.height <= finalHeight) continue;
      entries.push(entry.bytes);
      const block = entry.block && context.chain.decode(entry.block, 'block');
      if (block) held.hold(block);
    }
  } catch (thrown) {
    if (isHostError(thrown)) throw thrown;
    throw new HostError({ code: 'PORT_FAILED', port: 'log', call: 'read', reason: reasonOf(thrown) }, thrown);
  }
  return entries;
}

function createEngine({ signer, crypto }: HostContext, { plugin, config, rules, scope, protocol }: ActivePlugin) {
  const { chainId, era } = scope;
  const context: EngineContext = { chainId, era, protocol, sha256: crypto.sha256, self: signer?.self ?? null };
  return callPlugin(protocol, 'createEngine', () => plugin.createEngine?.(config, rules, context)) ?? null;
}
