/**
 * Effects of one engine in list order, with `persist` as a barrier (contract H-2, H-3).
 *
 * @module
 */
import { type BufferUsage, type Effect, LIMITS } from '@fiducia/consensus';
import type { Awaitable } from '@fiducia/consensus/ports';

/** Effects behind a barrier at which no further input is taken, so that a slow disk fills no memory. */
const HELD_UP_MAX = 4 * LIMITS.effectsPerInput;

/** Carries out one effect after the other. */
export class EffectQueue {
  readonly #backlog: Effect[] = [];
  readonly #perform: (effect: Effect) => Awaitable<void>;
  readonly #onFailure: (thrown: unknown) => void;
  #waiters: (() => void)[] = [];
  #running = false;
  #atBarrier = false;
  #stopped = false;

  constructor(perform: (effect: Effect) => Awaitable<void>, onFailure: (thrown: unknown) => void) {
    this.#perform = perform;
    this.#onFailure = onFailure;
  }

  /**
   * Queues effects.
   * @returns Over when all are carried out, or when a `persist` holds them up: inputs go on
   *   arriving meanwhile and their effects queue behind it, as long as they are not too many.
   */
  append(effects: readonly Effect[]): Awaitable<void> {
    // Most inputs have none: who only follows does nothing about a head.
    if (effects.length === 0 && !this.#running) return undefined;
    this.#backlog.push(...effects);
    if (!this.#running) this.#run();
    return this.#running && !this.#mayHoldUp ? this.#turn() : undefined;
  }

  /** Whether a `persist` is under way, and few enough effects wait for it. */
  get #mayHoldUp(): boolean {
    return this.#atBarrier && this.#backlog.length < HELD_UP_MAX;
  }

  /** Over once nothing waits, also behind a `persist`. */
  async idle(): Promise<void> {
    while (this.#running && !this.#stopped) await this.#turn();
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'effectsWaiting', count: this.#backlog.length, max: HELD_UP_MAX + LIMITS.effectsPerInput }];
  }

  /** Forgets everything that was not carried out yet. */
  stop(): void {
    this.#stopped = true;
    this.#backlog.length = 0;
    this.#release();
  }

  /** Carries out what waits; from the first effect that takes time, what follows it goes on after that. */
  #run(): void {
    this.#running = true;
    try {
      for (let effect = this.#backlog.shift(); effect !== undefined && !this.#stopped; effect = this.#backlog.shift()) {
        this.#atBarrier = effect.kind === 'persist';
        const done = this.#perform(effect);
        if (done instanceof Promise) {
          if (this.#mayHoldUp) this.#release();
          void this.#goOnAfter(done);
          return;
        }
        this.#atBarrier = false;
      }
    } catch (thrown) {
      this.#onFailure(thrown);
    }
    this.#rest();
  }

  async #goOnAfter(done: Promise<void>): Promise<void> {
    try {
      await done;
    } catch (thrown) {
      this.#onFailure(thrown);
      this.#rest();
      return;
    }
    this.#atBarrier = false;
    this.#run();
  }

  /** Over when all are carried out, or a `persist` begins. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  #rest(): void {
    this.#running = false;
    this.#release();
  }

  #release(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
