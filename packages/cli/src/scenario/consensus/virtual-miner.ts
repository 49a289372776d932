/**
 * Mining in virtual time (pos-pow M4): a search takes as long as chance says, and costs no hashes.
 *
 * @module
 */
import type { Millis } from '@fiducia/consensus';
import type { ClockPort, CryptoPort } from '@fiducia/consensus/ports';
import type { RandomStream } from '@fiducia/simulator';

/** Length of a nonce (pos-pow H1). */
const NONCE_BYTES = 8;

/**
 * Creates the `mine` port of one node, for targets that every nonce meets.
 *
 * @param meanMs - Mean of the time to a nonce: that of the whole network times the number of miners.
 */
export function createVirtualMiner(clock: ClockPort, random: RandomStream, meanMs: Millis): CryptoPort['mine'] {
  return (_task, signal) =>
    new Promise((resolve) => {
      const nonce = random.bytes(NONCE_BYTES);
      const cancel = clock.schedule(clock.now() + drawExponential(random, meanMs), () => resolve(nonce));
      signal.addEventListener('abort', () => {
        cancel();
        resolve(null);
      });
    });
}

/**
 * An exponentially distributed integer by von Neumann's method: it only compares uniform integers, so that a
 * seed gives the same value on every platform, which logarithms do not promise.
 *
 * A run of falling numbers u1 > u2 > … ends after an odd number of them with probability e^-u1 for the first
 * one; a run that ends after an even number adds a whole mean and starts again.
 */
export function drawExponential(random: RandomStream, mean: number): number {
  for (let whole = 0; ; whole += mean) {
    const first = random.integer(0, mean - 1);
    let [length, last] = [1, first];
    for (let next = random.integer(0, mean - 1); next < last; next = random.integer(0, mean - 1)) {
      length++;
      last = next;
    }
    if (length % 2 === 1) return whole + first;
  }
}
