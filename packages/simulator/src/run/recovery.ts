/**
 * Whether a healed network has reached its goals, so that a run need not wait any longer.
 *
 * It only decides how long a run takes; whether the goals were reached in time is for the checker of I10 to say.
 *
 * @module
 */
import type { ConsensusHeader, Height } from '@fiducia/consensus';
import type { Machine } from '../machine/machine.ts';
import type { RunWorld } from './create-world.ts';
import type { LivenessGoal } from './world.ts';

/** Watches a network from the instant at which it healed. */
export class Recovery {
  readonly #core: readonly Machine[];
  readonly #goal: LivenessGoal;
  readonly #stop: () => void;
  #from: Height | null = null;
  #hasAgreed = false;

  constructor({ machines, simulation }: RunWorld, goal: LivenessGoal) {
    this.#core = machines.filter(({ name }) => goal.core.includes(name));
    this.#goal = goal;
    this.#stop = simulation.afterEvent(() => this.#look());
  }

  /** Watches no longer. */
  stop(): void {
    this.#stop();
  }

  /** Whether all goals are reached. */
  isComplete(): boolean {
    const from = this.#from;
    if (from === null || !this.#hasAgreed || !this.#core.every(({ isReadable }) => isReadable)) return false;
    const { finalWithinMs, healedAt } = this.#goal;
    // A branch that finality prefers may be lower than one whose place it takes.
    const isNew = ({ height, timestamp }: ConsensusHeader): boolean => height > from || timestamp > healedAt;
    if (!this.#core.every(({ host }) => isNew(host.head().header))) return false;
    return finalWithinMs === null || this.#core.every(({ host }) => isNew(host.finalized()));
  }

  #look(): void {
    if (this.#hasAgreed || !this.#core.every(({ isReadable }) => isReadable)) return;
    const heads = this.#core.map(({ host }) => host.head().header);
    this.#from ??= Math.max(...heads.map(({ height }) => height));
    this.#hasAgreed = heads.every(({ id }) => id === heads[0]?.id);
  }
}
