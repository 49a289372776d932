/**
 * One engine: its queue of inputs, its calls, the order of its effects (contract H-1 to H-5, H-17).
 *
 * @module
 */
import {
  type ConsensusEngine,
  type Effect,
  type EngineStart,
  type Input,
  LIMITS,
  type Millis,
  type PeerId,
} from '@fiducia/consensus';
import type { HostContext } from '../context.ts';
import { callPlugin, pluginDefect } from '../era/guarded-rules.ts';
import { SLOW_CALLS_MAX } from '../limits.ts';
import type { Recorder } from '../record/recorder.ts';
import { EffectQueue } from './effect-queue.ts';

interface Waiting {
  readonly input: Input<unknown>;
  /** Asked when its turn comes: an answer may be cancelled, a timer replaced, a head passed. */
  readonly isCurrent: () => boolean;
}

/** Runs one engine until it is stopped; what belongs to it ends with it (contract H-9). */
export class EngineRunner {
  readonly #context: HostContext;
  readonly #recorder: Recorder;
  readonly #engine: ConsensusEngine<unknown>;
  readonly #effects: EffectQueue;
  readonly #waiting: Waiting[] = [];
  #pumping = false;
  #alive = true;
  #slowCalls = 0;

  constructor(
    context: HostContext,
    recorder: Recorder,
    engine: ConsensusEngine<unknown>,
    perform: (effect: Effect) => void | Promise<void>,
  ) {
    this.#context = context;
    this.#recorder = recorder;
    this.#engine = engine;
    this.#effects = new EffectQueue(perform, (thrown) => context.fault(thrown));
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** First call; the effects are carried out before the first input is taken. */
  start(start: EngineStart<unknown>): void {
    this.#pumping = true;
    void this.#pump(() => this.#callStart(start));
  }

  /** Queues an input. */
  deliver(input: Input<unknown>, isCurrent: () => boolean = always): void {
    if (!this.#alive) return;
    if (input.kind === 'messageReceived' && this.#waiting.length >= this.#context.limits.inputsMax) {
      if (!this.#dropMessage(input.message.author)) return;
    }
    if (input.kind === 'headChanged') this.#forgetOlderHead();
    this.#waiting.push({ input, isCurrent });
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#pump(undefined);
  }

  /** Drops the engine: no call, effect or answer follows. */
  stop(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#waiting.length = 0;
    this.#effects.stop();
    const { era } = this.#context;
    this.#recorder.add({ kind: 'engineStopped', era: era.index, protocol: era.protocol, now: this.#context.now() });
  }

  async #pump(first: (() => readonly Effect[]) | undefined): Promise<void> {
    // The caller finishes before the engine runs, so that no answer arrives inside the call that asked (H-2).
    await null;
    try {
      if (first !== undefined && this.#alive) await this.#effects.append(first());
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (next.isCurrent()) await this.#effects.append(this.#callOn(next.input));
      }
    } catch (thrown) {
      this.#context.fault(thrown);
    } finally {
      this.#pumping = false;
    }
  }

  #callStart(start: EngineStart<unknown>): readonly Effect[] {
    const { era } = this.#context;
    return this.#call(
      'engine.start',
      (now) => this.#engine.start(start, now),
      (now, effects) =>
        this.#recorder.add({ kind: 'engineStarted', era: era.index, protocol: era.protocol, now, start, effects }),
    );
  }

  #callOn(input: Input<unknown>): readonly Effect[] {
    const { era } = this.#context;
    return this.#call(
      `engine.on ${input.kind}`,
      (now) => this.#engine.on(input, now),
      (now, effects) =>
        this.#recorder.add({ kind: 'inputHandled', era: era.index, protocol: era.protocol, now, input, effects }),
    );
  }

  #call(
    name: string,
    run: (now: Millis) => readonly Effect[],
    record: (now: Millis, effects: readonly Effect[] | null) => void,
  ): readonly Effect[] {
    const { protocol } = this.#context.era;
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

  /** A head that waits is passed by the new one: it would be skipped, and must not keep its state alive until then. */
  #forgetOlderHead(): void {
    const index = this.#waiting.findIndex(({ input }) => input.kind === 'headChanged');
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  /**
   * Makes room by the oldest message of the same author, else of the peer with the most: anybody can be
   * many authors, but not many peers (contract H-39). Timers, answers and heads always find a place
   * (contract H-40).
   */
  #dropMessage(author: string): boolean {
    const index = this.#oldestMessage(({ message }) => message.author === author);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      return true;
    }
    const counts = new Map<PeerId, number>();
    for (const { input } of this.#waiting) {
      if (input.kind === 'messageReceived') counts.set(input.from, (counts.get(input.from) ?? 0) + 1);
    }
    const most = Math.max(0, ...counts.values());
    const ofLargest = this.#oldestMessage(({ from }) => counts.get(from) === most);
    if (ofLargest >= 0) this.#waiting.splice(ofLargest, 1);
    return ofLargest >= 0;
  }

  #oldestMessage(matches: (input: Extract<Input<unknown>, { kind: 'messageReceived' }>) => boolean): number {
    return this.#waiting.findIndex(({ input }) => input.kind === 'messageReceived' && matches(input));
  }
}

function always(): boolean {
  return true;
}
