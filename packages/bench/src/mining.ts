/**
 * Mining on worker threads: hash rate against a loop on one thread, and the time that a cancel takes.
 *
 * @module
 */
import { createCrypto } from '@fiducia/crypto';
import { createWorkerMiner } from '@fiducia/crypto/miner';
import type { Measurement } from './measure.ts';

const SEARCH_MS = 3_000;
const LOOP_MS = 1_000;
const CANCELS = 20;

/** A cancelled search must have ended after this time (issue 3). */
const CANCEL_LIMIT_MS = 50;

/** No nonce is known for this target, so a search lasts until it is cancelled. */
const ENDLESS = { algorithm: 'sha256d', data: new Uint8Array(32).fill(7), target: 0n, startNonce: 0n };

/** Measures double hashes a second of all threads, and the slowest of some cancels. */
export async function measureMining(): Promise<readonly Measurement[]> {
  let hashes = 0;
  let elapsedMs = 0;
  const miner = createWorkerMiner({
    onHashRate(rate) {
      hashes += rate.hashes;
      elapsedMs += rate.elapsedMs;
    },
  });
  try {
    await cancelAfter(miner.mine, SEARCH_MS);
    const rate = (hashes * 1_000) / elapsedMs;
    const loop = await loopRate();
    const slowestMs = await slowestCancel(miner.mine);
    return [
      measurement(`double hashes (${miner.workers} worker threads)`, rate, 'double hashes (one thread)', loop, null),
      measurement(
        `cancel a search (slowest of ${CANCELS})`,
        1_000 / slowestMs,
        'limit of 50 ms',
        1_000 / CANCEL_LIMIT_MS,
        1,
      ),
    ];
  } finally {
    await miner.close();
  }
}

type Mine = ReturnType<typeof createWorkerMiner>['mine'];

async function slowestCancel(mine: Mine): Promise<number> {
  let slowestMs = 0;
  for (let count = 0; count < CANCELS; count++)
    slowestMs = Math.max(slowestMs, await cancelAfter(mine, 20 + 7 * count));
  return slowestMs;
}

/** @returns Milliseconds between the cancel and the end of the search. */
async function cancelAfter(mine: Mine, delayMs: number): Promise<number> {
  const controller = new AbortController();
  let cancelledAt = 0;
  setTimeout(() => {
    cancelledAt = performance.now();
    controller.abort();
  }, delayMs);
  await mine(ENDLESS, controller.signal);
  return performance.now() - cancelledAt;
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
