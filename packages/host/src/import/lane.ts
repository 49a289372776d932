/**
 * Work on the chain, one piece at a time.
 *
 * @module
 */
import type { Awaitable } from '@fiducia/consensus/ports';

type Job = () => Promise<void>;

/**
 * Serialises everything that builds, executes or commits. Own work overtakes the work of peers, so
 * that a flood of blocks cannot delay production.
 */
export class Lane {
  readonly #own: Job[] = [];
  readonly #peers: Job[] = [];
  /** Jobs in both. */
  #waiting = 0;
  #isBusy = false;
  #onIdle: (() => void)[] | null = null;

  /** Runs `job` when its turn comes: at once if nothing else is being done. Fails with whatever it throws. */
  run<T>(whose: 'own' | 'peer', job: () => Awaitable<T>): Awaitable<T> {
    if (!this.#isBusy) return this.#runNow(job);
    return new Promise<T>((resolve, reject) => {
      const queue = whose === 'own' ? this.#own : this.#peers;
      this.#waiting += 1;
      queue.push(() => start(job).then(resolve, reject));
    });
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    if (!this.#isBusy) return;
    await new Promise<void>((resolve) => {
      this.#onIdle ??= [];
      this.#onIdle.push(resolve);
    });
  }

  #runNow<T>(job: () => Awaitable<T>): Awaitable<T> {
    this.#isBusy = true;
    let outcome: Awaitable<T>;
    try {
      outcome = job();
    } catch (thrown) {
      this.#goOn();
      throw thrown;
    }
    if (!(outcome instanceof Promise)) {
      this.#goOn();
      return outcome;
    }
    return new Promise((resolve, reject) => {
      void this.#workAfter(outcome.then(resolve, reject));
    });
  }

  /** Jobs that this one asked for wait until whoever asked for it knows its outcome. */
  #goOn(): void {
    if (this.#waiting > 0) void this.#workAfter(Promise.resolve());
    else this.#rest();
  }

  async #workAfter(earlier: Promise<void>): Promise<void> {
    await earlier;
    for (let job = this.#next(); job !== undefined; job = this.#next()) await job();
    this.#rest();
  }

  #next(): Job | undefined {
    const next = this.#own.shift() ?? this.#peers.shift();
    if (next !== undefined) this.#waiting -= 1;
    return next;
  }

  #rest(): void {
    this.#isBusy = false;
    if (this.#onIdle === null) return;
    const waiting = this.#onIdle;
    this.#onIdle = null;
    for (const resolve of waiting) resolve();
  }
}

/** Starts a job whose caller waits anyway. */
function start<T>(job: () => Awaitable<T>): Promise<T> {
  try {
    return Promise.resolve(job());
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}
