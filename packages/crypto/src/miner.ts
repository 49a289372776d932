/**
 * Mining on worker threads, for Node.
 *
 * `createCrypto` searches nonces in slices on the thread that called it, everywhere. This entry takes
 * its place where there are threads: the searchers share the nonces by their residue, report how fast
 * they are, and stop within milliseconds.
 *
 * @example
 * ```ts
 * import { createCrypto } from '@fiducia/crypto';
 * import { createWorkerMiner } from '@fiducia/crypto/miner';
 *
 * const miner = createWorkerMiner({
 *   onHashRate: ({ hashesPerSecond }) => console.log(`${Math.round(hashesPerSecond / 1_000)} kH/s`),
 * });
 * const crypto = { ...(await createCrypto()), mine: miner.mine };
 * // … hand `crypto` to the host, and when the node stops:
 * await miner.close();
 * ```
 *
 * Not for: browsers, and earning money. One thread computes one or two million double hashes a second,
 * and devices made for it many millions of times as many.
 *
 * @packageDocumentation
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Bytes } from '@fiducia/consensus';
import type { CryptoPort, MiningTask } from '@fiducia/consensus/ports';
import { CryptoError } from './errors.ts';
import type { ThreadReport, ThreadRequest } from './miner-thread.ts';
import { nonceClass } from './nonce-search.ts';
import { requireTask } from './work.ts';

/** How fast all threads together were over some time. */
export interface HashRate {
  /** Hashes computed. */
  readonly hashes: number;
  /** Time they took in milliseconds, more than 0. */
  readonly elapsedMs: number;
  /** The quotient of both. */
  readonly hashesPerSecond: number;
}

/** How to mine, see {@link createWorkerMiner}. */
export interface WorkerMinerOptions {
  /** Threads, 1 to 256. @defaultValue one less than the machine runs at once, and at least 1 */
  readonly workers?: number;
  /** Told the rate about once a second while a search is open, and when the last one ends. Must not throw. */
  readonly onHashRate?: (rate: HashRate) => void;
}

/** Searches nonces on threads of its own. */
export interface WorkerMiner {
  /** Number of threads. */
  readonly workers: number;
  /**
   * Takes the place of `CryptoPort.mine`. Several searches may be open; they share the threads evenly.
   *
   * An abort is answered with `null` at once; the threads leave the search within a few milliseconds of
   * computing time. Any nonce of the task may be found, not necessarily the first one after its start.
   * @throws `CryptoError` with `TASK_INVALID`, `MINER_CLOSED` or `MINER_FAILED`.
   */
  readonly mine: CryptoPort['mine'];
  /** Ends all threads; open searches resolve to `null`. May be called again. */
  close(): Promise<void>;
}

const WORKERS_MAX = 256;
const RATE_INTERVAL_MS = 1_000;

/**
 * Creates a miner. Its threads start with the first search and keep the process alive only while one is
 * open.
 *
 * @throws `CryptoError` with `TASK_INVALID` for a number of workers out of range.
 * @see docs/spec/pos-pow.md, rule M1.
 * @example
 * ```ts
 * const miner = createWorkerMiner({ workers: 2 });
 * const crypto = { ...(await createCrypto()), mine: miner.mine };
 * await miner.close();
 * ```
 */
export function createWorkerMiner(options: WorkerMinerOptions = {}): WorkerMiner {
  const { workers = Math.max(1, availableParallelism() - 1), onHashRate } = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > WORKERS_MAX) {
    throw new CryptoError({ code: 'TASK_INVALID', reason: `workers must be an integer in [1, ${WORKERS_MAX}]` });
  }
  const pool = new MinerPool(workers, new RateMeter(onHashRate ?? (() => undefined)));
  return {
    workers,
    mine: (task, signal) => pool.mine(task, signal),
    close: () => pool.close(),
  };
}

interface OpenSearch {
  /** Threads that have not left it. */
  threads: number;
  readonly resolve: (nonce: Bytes | null) => void;
  readonly reject: (error: CryptoError) => void;
}

class MinerPool {
  readonly #workers: number;
  readonly #meter: RateMeter;
  readonly #open = new Map<number, OpenSearch>();
  #threads: readonly Worker[] = [];
  #lastId = 0;
  #end: CryptoError | null = null;

  constructor(workers: number, meter: RateMeter) {
    this.#workers = workers;
    this.#meter = meter;
  }

  async mine(task: MiningTask, signal: AbortSignal): Promise<Bytes | null> {
    requireTask(task);
    if (this.#end !== null) throw this.#end;
    if (signal.aborted) return null;
    if (this.#threads.length === 0) this.#threads = this.#startThreads();

    const id = ++this.#lastId;
    const cancel = () => {
      this.#open.get(id)?.resolve(null);
      this.#send({ kind: 'cancel', id });
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await new Promise((resolve, reject) => this.#search(id, task, { resolve, reject }));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async close(): Promise<void> {
    this.#end ??= new CryptoError({ code: 'MINER_CLOSED' });
    for (const search of this.#open.values()) search.resolve(null);
    this.#open.clear();
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #search(id: number, task: MiningTask, settle: Pick<OpenSearch, 'resolve' | 'reject'>): void {
    const { algorithm, data, target, startNonce } = task;
    if (this.#open.size === 0) {
      this.#meter.start();
      for (const thread of this.#threads) thread.ref();
    }
    this.#open.set(id, { threads: this.#workers, ...settle });
    this.#threads.forEach((thread, index) => {
      const nonces = nonceClass(startNonce, index, this.#workers);
      thread.postMessage({ kind: 'search', id, algorithm, data, target, nonces } satisfies ThreadRequest);
    });
  }

  #send(request: ThreadRequest): void {
    for (const thread of this.#threads) thread.postMessage(request);
  }

  #startThreads(): readonly Worker[] {
    // Sources and build output lie side by side with their threads, under the same ending.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const url = new URL(`./miner-thread.${ending}`, import.meta.url);
    return Array.from({ length: this.#workers }, (_, index) => {
      const thread = new Worker(url, { name: `fiducia-miner-${index}` });
      thread.unref();
      thread.on('message', (report: ThreadReport) => this.#onReport(report));
      thread.on('error', (error) => this.#fail(String(error)));
      thread.on('exit', (code) => this.#fail(`a thread ended with code ${code}`));
      return thread;
    });
  }

  #onReport({ id, hashes, nonce, isDone }: ThreadReport): void {
    this.#meter.add(hashes);
    const search = this.#open.get(id);
    if (search === undefined) return;
    if (nonce !== null) {
      search.resolve(nonce);
      this.#send({ kind: 'cancel', id });
    }
    if (!isDone) return;
    search.threads--;
    if (search.threads > 0) return;
    this.#open.delete(id);
    if (this.#open.size > 0) return;
    this.#meter.report();
    for (const thread of this.#threads) thread.unref();
  }

  #fail(reason: string): void {
    if (this.#end !== null) return;
    const error = new CryptoError({ code: 'MINER_FAILED', reason });
    this.#end = error;
    for (const search of this.#open.values()) search.reject(error);
    this.#open.clear();
    void this.close();
  }
}

/** Adds up hashes and reports them about once a second. */
class RateMeter {
  readonly #onHashRate: (rate: HashRate) => void;
  #since = 0;
  #hashes = 0;

  constructor(onHashRate: (rate: HashRate) => void) {
    this.#onHashRate = onHashRate;
  }

  start(): void {
    this.#since = performance.now();
    this.#hashes = 0;
  }

  add(hashes: number): void {
    this.#hashes += hashes;
    if (performance.now() - this.#since >= RATE_INTERVAL_MS) this.report();
  }

  /** Reports what was counted and starts anew. */
  report(): void {
    const elapsedMs = performance.now() - this.#since;
    const hashes = this.#hashes;
    this.start();
    if (hashes > 0 && elapsedMs > 0) {
      this.#onHashRate({ hashes, elapsedMs, hashesPerSecond: (hashes * 1_000) / elapsedMs });
    }
  }
}
