/**
 * Which nodes have got further since a moment.
 *
 * @module
 */
import type { Height, Millis } from '@fiducia/consensus';
import type { World, WorldNode } from '@fiducia/simulator';

/** What may get further: the head of a node, or its final block. */
export type Step = 'headChanged' | 'finalized';

/** Heights of every node before and after a moment. */
export class Progress {
  readonly #afterMs: Millis;
  readonly #highest: Record<Step, Height> = { headChanged: 0, finalized: 0 };
  readonly #reached: Record<Step, Map<string, Height>> = { headChanged: new Map(), finalized: new Map() };

  #isAfter = (): boolean => false;

  /** @param afterMs - The moment, from the start of the run. */
  constructor(afterMs: Millis) {
    this.#afterMs = afterMs;
  }

  /** Takes the time of a run that has not begun. */
  begin({ simulation }: World): void {
    const since = simulation.now() + this.#afterMs;
    this.#isAfter = () => simulation.now() >= since;
  }

  /** Watches a node before it starts. */
  watch({ name, host }: WorldNode): void {
    const note = (step: Step, height: Height): void => {
      if (!this.#isAfter()) this.#highest[step] = Math.max(this.#highest[step], height);
      this.#reached[step].set(name, height);
    };
    for (const step of ['headChanged', 'finalized'] as const) this.#reached[step].set(name, 0);
    host.events.on('headChanged', ({ tip }) => note('headChanged', tip.header.height));
    host.events.on('finalized', ({ header }) => note('finalized', header.height));
  }

  /** Names of nodes that are not beyond what anybody had reached at the moment. */
  late(step: Step): readonly string[] {
    return [...this.#reached[step]].flatMap(([name, height]) => (height > this.#highest[step] ? [] : [name]));
  }
}
