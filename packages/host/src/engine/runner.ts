/**
 * One engine: its calls, the order of its effects (contract H-1 to H-5, H-17).
 *
 * @module
 */
import {
  type BufferUsage,
  type ConsensusEngine,
  type Effect,
  type EngineStart,
  type Input,
  LIMITS,
  type Millis,
} from '@fiducia/consensus';
import type { Awaitable } from '@fiducia/consensus/ports';
import type { PluginContext } from '../context.ts';
import { callPlugin, pluginDefect } from '../era/guarded-rules.ts';
import { SLOW_CALLS_MAX } from '../limits.ts';
import type { Recorder } from '../record/recorder.ts';
import { EffectQueue } from './effect-queue.ts';
import type { InputQueue } from './input-queue.ts';

/** Runs one engine until it is stopped; what belongs to it ends with it (contract H-9). */
export class EngineRunner {
  readonly #context: PluginContext;
  readonly #recorder: Recorder;
  readonly #queue: InputQueue;
  readonly #engine: ConsensusEngine<unknown>;
  readonly #effects: EffectQueue;
  #alive = true;
  #slowCalls = 0;

  constructor(
    context: PluginContext,
    recorder: Recorder,
    queue: InputQueue,
    engine: ConsensusEngine<unknown>,
    perform: (effect: Effect) => Awaitable<void>,
  ) {
    this.#context = context;
    this.#recorder = recorder;
    this.#queue = queue;
    this.#engine = engine;
    this.#effects = new EffectQueue(perform, (thrown) => context.fault(thrown));
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  usage(): readonly BufferUsage[] {
    const { protocol } = this.#context.active;
    const own = callPlugin(protocol, 'engine.usage', () => this.#engine.usage?.() ?? []);
    return [...this.#effects.usage(), ...own];
  }

  /** First call; the effects are carried out before the first input is taken. */
  start(start: EngineStart<unknown>): void {
    this.#add(null, always, () => this.#callStart(start));
  }

  /** Queues an input. */
  deliver(input: Input<unknown>, isCurrent: () => boolean = always): void {
    this.#add(input, isCurrent, () => this.#callOn(input));
  }

  /** Drops the engine: no call, effect or answer follows. */
  stop(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#queue.drop(this);
    this.#effects.stop();
    const { era, protocol } = this.#context.active;
    this.#recorder.add({ kind: 'engineStopped', era, protocol, now: this.#context.now() });
  }

  #add(input: Input<unknown> | null, isCurrent: () => boolean, call: () => readonly Effect[]): void {
    if (!this.#alive) return;
    const handle = () => this.#effects.append(call());
    this.#queue.add({ runner: this, input, isCurrent: () => this.#alive && isCurrent(), handle });
  }

  #callStart(start: EngineStart<unknown>): readonly Effect[] {
    const { active, signer } = this.#context;
    const { era, protocol, plugin, reference, scope } = active;
    const self = signer?.self ?? null;
    const engine = { chainId: scope.chainId, self, plugin: reference, version: plugin.version };
    return this.#call(
      'engine.start',
      (now) => this.#engine.start(start, now),
      (now, effects) => this.#recorder.add({ kind: 'engineStarted', era, protocol, engine, now, start, effects }),
    );
  }

  #callOn(input: Input<unknown>): readonly Effect[] {
    const { era, protocol } = this.#context.active;
    return this.#call(
      `engine.on ${input.kind}`,
      (now) => this.#engine.on(input, now),
      (now, effects) => this.#recorder.add({ kind: 'inputHandled', era, protocol, now, input, effects }),
    );
  }

  #call(
    name: string,
    run: (now: Millis) => readonly Effect[],
    record: (now: Millis, effects: readonly Effect[] | null) => void,
  ): readonly Effect[] {
    const { protocol } = this.#context.active;
    const now = this.#context.now();
    let effects: readonly Effect[] | null = null;
    try {
      effects = callPlugin(protocol, name, () => run(now));
    } finally {
      record(now, effects);
    }
    this.#watchDuration(name, this.#context.now() - now);
    if (!Array.isArray(effects)) throw pluginDefect(protocol, name, 'returned no list of effects');
    if (effects.length > LIMITS.effectsPerInput) throw pluginDefect(protocol, name, `${effects.length} effects`);
    return effects;
  }

  #watchDuration(call: string, durationMs: Millis): void {
    if (durationMs <= this.#context.limits.engineCallMs) {
      this.#slowCalls = 0;
      return;
    }
    this.#slowCalls++;
    const event = this.#slowCalls % SLOW_CALLS_MAX === 0 ? 'PLUGIN_SLOW' : 'ENGINE_CALL_SLOW';
    this.#context.events.trace(event, { call, durationMs });
  }
}

function always(): boolean {
  return true;
}
