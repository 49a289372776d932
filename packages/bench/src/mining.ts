/**
 * Mining on worker threads: hash rate against a loop on one thread, and the time that a cancel takes.
 *
 * @module
 */
import { createCrypto } from '@fiducia/crypto';
import { createWorkerMiner, type WorkerMiner } from '@fiducia/crypto/miner';
import type { Measurement } from './measure.ts';

const SEARCH_MS = 3_000;
const LOOP_MS = 1_000;
const CANCELS = 20;

/** A cancelled search is answered within this time. */
const CANCEL_LIMIT_MS = 50;

/** No nonce is known for this target, so a search lasts until it is cancelled. */
const ENDLESS = { algorithm: 'sha256d', data: new Uint8Array(32).fill(7), target: 0n, startNonce: 0n };

/** Measures double hashes a second of all threads, and the slowest of some cancels. */
export async function measureMining(): Promise<readonly Measurement[]> {
  const bench = new MiningBench();
  try {
    await bench.search(SEARCH_MS);
    const rate = bench.hashesPerSecond;
    const loop = await loopRate();
    const slowest = await slowestOf(bench);
    const limit = 1_000 / CANCEL_LIMIT_MS;
    const limitName = `limit of ${CANCEL_LIMIT_MS} ms`;
    return [
      measurement(`double hashes (worker threads: ${bench.workers})`, rate, 'double hashes (one thread)', loop, null),
      measurement(`answer to a cancel (slowest of ${CANCELS})`, 1_000 / slowest.answeredMs, limitName, limit, 1),
      // A busy machine lets threads wait, so this figure only informs.
      measurement(
        `threads idle after a cancel (slowest of ${CANCELS})`,
        1_000 / slowest.idleMs,
        limitName,
        limit,
        null,
      ),
    ];
  } finally {
    await bench.close();
  }
}

/** How long a cancel took, in milliseconds. */
interface CancelTimes {
  /** Until the search was answered. */
  readonly answeredMs: number;
  /** Until the last thread had left it. */
  readonly idleMs: number;
}

class MiningBench {
  readonly #miner: WorkerMiner;
  #hashes = 0;
  #elapsedMs = 0;
  #onReport: () => void = () => undefined;

  constructor() {
    this.#miner = createWorkerMiner({
      onHashRate: ({ hashes, elapsedMs }) => {
        this.#hashes += hashes;
        this.#elapsedMs += elapsedMs;
        this.#onReport();
      },
    });
  }

  get workers(): number {
    return this.#miner.workers;
  }

  get hashesPerSecond(): number {
    return (this.#hashes * 1_000) / this.#elapsedMs;
  }

  close(): Promise<void> {
    return this.#miner.close();
  }

  /** Searches in vain, cancels after `durationMs`, and waits until the threads are idle. */
  async search(durationMs: number): Promise<CancelTimes> {
    const controller = new AbortController();
    const answer = this.#miner.mine(ENDLESS, controller.signal);
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    // While a search is open reports come once a second; the next one after the cancel is that of the end.
    const idle = new Promise<void>((resolve) => {
      this.#onReport = resolve;
    });
    const cancelledAt = performance.now();
    controller.abort();
    await answer;
    const answeredMs = performance.now() - cancelledAt;
    await idle;
    return { answeredMs, idleMs: performance.now() - cancelledAt };
  }
}

async function slowestOf(bench: MiningBench): Promise<CancelTimes> {
  let slowest: CancelTimes = { answeredMs: 0, idleMs: 0 };
  for (let count = 0; count < CANCELS; count++) {
    const { answeredMs, idleMs } = await bench.search(20 + 7 * count);
    slowest = { answeredMs: Math.max(slowest.answeredMs, answeredMs), idleMs: Math.max(slowest.idleMs, idleMs) };
  }
  return slowest;
}

async function loopRate(): Promise<number> {
  const { sha256 } = await createCrypto();
  const input = new Uint8Array(ENDLESS.data.length + 8);
  const start = performance.now();
  let hashes = 0;
  for (; performance.now() - start < LOOP_MS; hashes++) {
    input[0] = hashes % 256;
    sha256(sha256(input));
  }
  return (hashes * 1_000) / (performance.now() - start);
}

function measurement(name: string, rate: number, peer: string, peerRate: number, ratioMin: number | null): Measurement {
  return {
    name,
    operationsPerSecond: Math.round(rate),
    peer,
    peerOperationsPerSecond: Math.round(peerRate),
    ratio: Math.round((rate / peerRate) * 1_000) / 1_000,
    ratioMin,
  };
}
