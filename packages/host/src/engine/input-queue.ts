/**
 * Inputs of all engines of a node, in one queue (contract H-1).
 *
 * @module
 */
import type { BufferUsage, Input, PeerId } from '@fiducia/consensus';
import type { Awaitable } from '@fiducia/consensus/ports';
import type { EngineRunner } from './runner.ts';

interface Waiting {
  readonly runner: EngineRunner;
  /** `null` stands for the first call of an engine. */
  readonly input: Input<unknown> | null;
  /** Asked when its turn comes: an answer may be cancelled, a timer replaced, a head passed. */
  readonly isCurrent: () => boolean;
  readonly handle: () => Awaitable<void>;
}

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

  /** Queues a call; `handle` makes it and carries out its effects. */
  add(waiting: Waiting): void {
    const { input, runner } = waiting;
    if (input?.kind === 'messageReceived' && this.#waiting.length >= this.#max) {
      if (!this.#dropMessage(input.message.author)) return;
    }
    if (input?.kind === 'headChanged') this.#forgetOlderHead(runner);
    this.#waiting.push(waiting);
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#pump();
  }

  /** Only messages are bounded here: timers, answers and heads have bounds where they come from (contract H-40). */
  usage(): readonly BufferUsage[] {
    const messages = this.#waiting.filter(({ input }) => input?.kind === 'messageReceived').length;
    return [{ name: 'messagesWaiting', count: messages, max: this.#max }];
  }

  /** Forgets what waits for one engine. */
  drop(runner: EngineRunner): void {
    const kept = this.#waiting.filter((waiting) => waiting.runner !== runner);
    this.#waiting.splice(0, this.#waiting.length, ...kept);
  }

  async #pump(): Promise<void> {
    // The caller finishes before the engine runs, so that no answer arrives inside the call that asked (H-2).
    await null;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const handled = next.isCurrent() ? next.handle() : undefined;
        if (handled !== undefined || this.#waiting.length > 0) await handled;
      }
    } catch (thrown) {
      this.#onFailure(thrown);
    } finally {
      this.#pumping = false;
    }
  }

  /** A head that waits is passed by the new one: it would be skipped, and must not keep its state alive until then. */
  #forgetOlderHead(runner: EngineRunner): void {
    const index = this.#waiting.findIndex(
      (waiting) => waiting.runner === runner && waiting.input?.kind === 'headChanged',
    );
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
      if (input?.kind === 'messageReceived') counts.set(input.from, (counts.get(input.from) ?? 0) + 1);
    }
    const most = Math.max(0, ...counts.values());
    const ofLargest = this.#oldestMessage(({ from }) => counts.get(from) === most);
    if (ofLargest >= 0) this.#waiting.splice(ofLargest, 1);
    return ofLargest >= 0;
  }

  #oldestMessage(matches: (input: Extract<Input<unknown>, { kind: 'messageReceived' }>) => boolean): number {
    return this.#waiting.findIndex(({ input }) => input?.kind === 'messageReceived' && matches(input));
  }
}
