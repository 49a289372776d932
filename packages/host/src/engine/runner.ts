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
import type { HostContext } from '../context.ts';
import { callPlugin, defectOf, pluginDefect } from '../era/guarded-rules.ts';
import type { ActivePlugin } from '../era/schedule.ts';
import { SLOW_CALLS_MAX } from '../limits.ts';
import type { Recorder } from '../record/recorder.ts';
import { EffectQueue } from './effect-queue.ts';
import type { InputQueue } from './input-queue.ts';

/** The first call of an engine, or an input. */
export type EngineCall = Input<unknown> | { readonly kind: 'engineStarted'; readonly start: EngineStart<unknown> };

/** A call, or somebody who waits until everything before it is done. */
export type QueuedCall = EngineCall | { readonly kind: 'reached'; readonly reached: () => void };

/** Runs one engine until it is stopped; what belongs to it ends with it (contract H-9). */
export class EngineRunner {
  readonly #context: HostContext;
  readonly #active: ActivePlugin;
  readonly #recorder: Recorder;
  readonly #queue: InputQueue;
  readonly #engine: ConsensusEngine<unknown>;
  readonly #effects: EffectQueue;
  /** Who waits for inputs that are never taken. */
  readonly #whenStopped = new Set<() => void>();
  #alive = true;
  #slowCalls = 0;

  constructor(
    context: HostContext,
    active: ActivePlugin,
    recorder: Recorder,
    queue: InputQueue,
    engine: ConsensusEngine<unknown>,
    perform: (effect: Effect) => Awaitable<void>,
  ) {
    this.#context = context;
    this.#active = active;
    this.#recorder = recorder;
    this.#queue = queue;
    this.#engine = engine;
    this.#effects = new EffectQueue(perform, (thrown) => context.fault(thrown));
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  usage(): readonly BufferUsage[] {
    const { protocol } = this.#active;
    const own = callPlugin(protocol, 'engine.usage', () => this.#engine.usage?.() ?? []);
    return [...this.#effects.usage(), ...own];
  }

  /** First call; the effects are carried out before the first input is taken. */
  start(start: EngineStart<unknown>): void {
    this.#add({ kind: 'engineStarted', start }, always);
  }

  /** Queues an input. */
  deliver(input: Input<unknown>, isCurrent: () => boolean = always): void {
    this.#add(input, isCurrent);
  }

  /** Calls the engine and carries out its effects. */
  make(call: QueuedCall): Awaitable<void> {
    if (call.kind === 'reached') return call.reached();
    const { protocol } = this.#active;
    const now = this.#context.now();
    let effects: readonly Effect[] | null = null;
    try {
      effects = call.kind === 'engineStarted' ? this.#engine.start(call.start, now) : this.#engine.on(call, now);
    } catch (thrown) {
      throw defectOf(protocol, nameOf(call), thrown);
    } finally {
      this.#record(call, now, effects);
    }
    this.#watchDuration(call, this.#context.now() - now);
    if (!Array.isArray(effects)) throw pluginDefect(protocol, nameOf(call), 'returned no list of effects');
    if (effects.length > LIMITS.effectsPerInput) {
      throw pluginDefect(protocol, nameOf(call), `${effects.length} effects`);
    }
    return this.#effects.append(effects);
  }

  /** Over once every input so far has been taken and its effects are carried out, or the engine is dropped. */
  async settled(): Promise<void> {
    if (!this.#alive) return;
    await new Promise<void>((resolve) => {
      this.#whenStopped.add(resolve);
      const reached = () => {
        this.#whenStopped.delete(resolve);
        resolve();
      };
      this.#add({ kind: 'reached', reached }, always);
    });
    await this.#effects.idle();
  }

  /** Drops the engine: no call, effect or answer follows. */
  stop(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const resolve of this.#whenStopped) resolve();
    this.#whenStopped.clear();
    this.#queue.drop(this);
    this.#effects.stop();
    const { era, protocol } = this.#active;
    this.#recorder.add({ kind: 'engineStopped', era, protocol, now: this.#context.now() });
  }

  #add(call: QueuedCall, isCurrent: () => boolean): void {
    if (this.#alive) this.#queue.add({ runner: this, call, isCurrent });
  }

  #record(call: EngineCall, now: Millis, effects: readonly Effect[] | null): void {
    const { era, protocol, plugin, reference, scope } = this.#active;
    if (call.kind !== 'engineStarted') {
      this.#recorder.add({ kind: 'inputHandled', era, protocol, now, input: call, effects });
      return;
    }
    const self = this.#context.signer?.self ?? null;
    const engine = { chainId: scope.chainId, self, plugin: reference, version: plugin.version };
    this.#recorder.add({ kind: 'engineStarted', era, protocol, engine, now, start: call.start, effects });
  }

  #watchDuration(call: EngineCall, durationMs: Millis): void {
    if (durationMs <= this.#context.limits.engineCallMs) {
      this.#slowCalls = 0;
      return;
    }
    this.#slowCalls++;
    const event = this.#slowCalls % SLOW_CALLS_MAX === 0 ? 'PLUGIN_SLOW' : 'ENGINE_CALL_SLOW';
    this.#context.events.trace(event, { call: nameOf(call), durationMs });
  }
}

function nameOf({ kind }: EngineCall): string {
  return kind === 'engineStarted' ? 'engine.start' : `engine.on ${kind}`;
}

function always(): boolean {
  return true;
}
