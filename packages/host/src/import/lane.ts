/**
 * Work on the chain, one piece at a time.
 *
 * @module
 */

/**
 * Serialises everything that builds, executes or commits. Own work overtakes the work of peers, so
 * that a flood of blocks cannot delay production.
 */
export class Lane {
  readonly #own: (() => Promise<void>)[] = [];
  readonly #peers: (() => Promise<void>)[] = [];
  #working: Promise<void> | null = null;

  /** Runs `job` when its turn comes. Rejects with whatever it throws. */
  run<T>(whose: 'own' | 'peer', job: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const queue = whose === 'own' ? this.#own : this.#peers;
      queue.push(() => job().then(resolve, reject));
      this.#working ??= this.#work();
    });
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // Lets the caller finish first, so that no job runs inside the call that asked for it.
    await null;
    for (let job = this.#next(); job !== undefined; job = this.#next()) await job();
    this.#working = null;
  }

  #next(): (() => Promise<void>) | undefined {
    return this.#own.shift() ?? this.#peers.shift();
  }
}
