/**
 * Threads that share the seeds of a campaign.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { SeedRange } from '@fiducia/simulator';
import type { FinishedRange, WorkerAnswer, WorkerSettings, WorkerTask } from './worker.ts';

/** Runs make much that is short-lived: with room for it, collecting garbage takes half the time. */
const YOUNG_GENERATION = { maxYoungGenerationSizeMb: 128 } as const;

/** What to run on how many threads. */
export interface PoolOptions extends WorkerSettings {
  /** Ranges to run, in the order in which they are begun. */
  readonly ranges: readonly SeedRange[];
  /** Threads, at least 1. */
  readonly workers: number;
  /** Told of every range that was run, in no particular order. */
  readonly onPart: (part: FinishedRange) => void;
}

/**
 * Runs all ranges, each on one thread.
 *
 * @throws Error if a thread failed in another way than by a violation, which is a defect of the simulator.
 */
export async function runOnThreads(options: PoolOptions): Promise<void> {
  const { ranges, workers, onPart, consensus, finality, settings } = options;
  const [first, ...others] = ranges.map((range, index): WorkerTask => ({ range, isMeasured: index === 0 }));
  const workerData: WorkerSettings = { consensus, finality, settings };
  const threads: Worker[] = [];
  const run = async (queue: WorkerTask[]): Promise<void> => {
    const thread = new Worker(workerUrl(), { workerData, resourceLimits: YOUNG_GENERATION });
    threads.push(thread);
    await serve(thread, queue, onPart);
  };
  try {
    // A thread that was measured stays slow, so it does nothing else, and another one takes its place.
    const measured = first === undefined ? Promise.resolve() : run([first]);
    const idle = measured.then(() => (others.length > 0 ? run(others) : undefined));
    await Promise.all([idle, ...Array.from({ length: Math.min(workers - 1, others.length) }, () => run(others))]);
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

/** TypeScript beside this module while Fiducia is run from its sources; once it is built, this code is a folder above. */
function workerUrl(): URL {
  const ending = import.meta.url.endsWith('.ts') ? './worker.ts' : './simulate/worker.js';
  return new URL(ending, import.meta.url);
}

/** Gives a thread one task after the other until none is left. */
function serve(thread: Worker, queue: WorkerTask[], onPart: PoolOptions['onPart']): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const task = queue.shift();
      if (task === undefined) resolve();
      else thread.postMessage(task);
    };
    thread.on('error', reject);
    thread.on('exit', (code) => reject(new Error(`a thread of the campaign ended with code ${code}`)));
    thread.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'failed') {
        const { from, to } = answer.range;
        reject(new Error(`seeds ${from}..${to}: ${answer.reason}`));
        return;
      }
      try {
        onPart(answer);
      } catch (error) {
        reject(error);
        return;
      }
      next();
    });
    next();
  });
}
