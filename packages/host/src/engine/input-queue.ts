/**
 * Inputs of all engines of a node, in one queue (contract H-1).
 *
 * @module
 */
import type { BufferUsage, Input, PeerId } from '@fiducia/consensus';
import type { Awaitable } from '@fiducia/consensus/ports';
import { soon } from '../awaitable.ts';
import { largest } from '../usage.ts';
import type { EngineRunner, QueuedCall } from './runner.ts';

interface Waiting {
  readonly runner: EngineRunner;
  readonly call: QueuedCall;
  /** Asked when its turn comes: an answer may be cancelled, a timer replaced, a head passed. */
  readonly isCurrent: () => boolean;
}

/** Final blocks that wait for one engine. Where a signer does not answer for days, all others are passed by these. */
const FINALIZED_MAX = 64;

/** Takes one input at a time; calls never overlap, also not those of production engine and gadget. */
export class InputQueue {
  readonly #waiting: Waiting[] = [];
  readonly #max: number;
  readonly #onFailure: (thrown: unknown) => void;
  #pumping = false;

  constructor(max: number, onFailure: (thrown: unknown) => void) {
    this.#max = max;
    this.#onFailure = onFailure;
  }

  /** Queues a call. */
  add(waiting: Waiting): void {
    const { call, runner } = waiting;
    if (call.kind === 'messageReceived' && this.#waiting.length >= this.#max) {
      if (!this.#dropMessage(call.message.author)) return;
    }
    if (call.kind === 'headChanged' && this.#waiting.length > 0) this.#forgetOldest(runner, call.kind, 1);
    if (call.kind === 'finalized' && this.#waiting.length >= FINALIZED_MAX) {
      this.#forgetOldest(runner, call.kind, FINALIZED_MAX);
    }
    this.#waiting.push(waiting);
    if (this.#pumping) return;
    this.#pumping = true;
    // The caller finishes before the engine runs, so that no answer arrives inside the call that asked (H-2).
    soon(this.#begin);
  }

  /** Beside messages and what the chain tells, timers and answers have bounds where they come from (contract H-40). */
  usage(): readonly BufferUsage[] {
    const messages = this.#waiting.filter(({ call }) => call.kind === 'messageReceived').length;
    const finalized = new Map<EngineRunner, number>();
    for (const { call, runner } of this.#waiting) {
      if (call.kind === 'finalized') finalized.set(runner, (finalized.get(runner) ?? 0) + 1);
    }
    return [
      { name: 'messagesWaiting', count: messages, max: this.#max },
      { name: 'finalizedWaitingPerEngine', count: largest(finalized.values()), max: FINALIZED_MAX },
    ];
  }

  /** Forgets what waits for one engine. */
  drop(runner: EngineRunner): void {
    const kept = this.#waiting.filter((waiting) => waiting.runner !== runner);
    this.#waiting.splice(0, this.#waiting.length, ...kept);
  }

  /** The first call is nearly always the only one, and often nothing is to be waited for. */
  readonly #begin = (): void => {
    let handled: Awaitable<void>;
    try {
      handled = this.#makeNext();
    } catch (thrown) {
      this.#onFailure(thrown);
      this.#pumping = false;
      return;
    }
    if (handled === undefined && this.#waiting.length === 0) this.#pumping = false;
    else void this.#goOnAfter(handled);
  };

  async #goOnAfter(first: Awaitable<void>): Promise<void> {
    let handled = first;
    try {
      for (;;) {
        if (handled !== undefined || this.#waiting.length > 0) await handled;
        if (this.#waiting.length === 0) break;
        handled = this.#makeNext();
      }
    } catch (thrown) {
      this.#onFailure(thrown);
    } finally {
      this.#pumping = false;
    }
  }

  #makeNext(): Awaitable<void> {
    const next = this.#waiting.shift();
    // Asking whether a call is current takes an answer or a timer off its list, which a dropped engine no longer has.
    if (next === undefined || !next.runner.isAlive || !next.isCurrent()) return undefined;
    return next.runner.make(next.call);
  }

  /**
   * Makes room for a new head or final block. A head that waits is passed by the new one: it would be skipped, and must not
   * keep its state alive until then. Final blocks may be skipped (contract H-6).
   *
   * @param max - How many may wait for one engine.
   */
  #forgetOldest(runner: EngineRunner, kind: 'headChanged' | 'finalized', max: number): void {
    const isOne = (waiting: Waiting) => waiting.runner === runner && waiting.call.kind === kind;
    if (max > 1 && this.#waiting.filter(isOne).length < max) return;
    const index = this.#waiting.findIndex(isOne);
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
    for (const { call } of this.#waiting) {
      if (call.kind === 'messageReceived') counts.set(call.from, (counts.get(call.from) ?? 0) + 1);
    }
    const most = Math.max(0, ...counts.values());
    const ofLargest = this.#oldestMessage(({ from }) => counts.get(from) === most);
    if (ofLargest >= 0) this.#waiting.splice(ofLargest, 1);
    return ofLargest >= 0;
  }

  #oldestMessage(matches: (input: Extract<Input<unknown>, { kind: 'messageReceived' }>) => boolean): number {
    return this.#waiting.findIndex(({ call }) => call.kind === 'messageReceived' && matches(call));
  }
}
