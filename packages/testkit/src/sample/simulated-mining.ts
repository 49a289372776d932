/**
 * Proof of work in virtual time.
 *
 * @module
 */
import { type Bytes, type Claim, compareBytes } from '@fiducia/consensus';
import type { ClockPort, CryptoPort } from '@fiducia/consensus/ports';
import { createRandomStream, type StubCrypto } from '@fiducia/simulator';
import { sha256 } from '../inspect/hash.ts';

const NONCE_BYTES = 8;
const HASH_BITS = 256n;
const MILLIS_PER_SECOND = 1_000;

/**
 * Stand-in cryptography that mines: a search takes an exponential time whose mean is the expected number of
 * hashes over the node's power. The nonce is a hash of what it seals, so a header that was changed afterwards has
 * no valid one.
 */
export function withSimulatedMining(
  base: StubCrypto,
  node: {
    readonly clock: ClockPort;
    readonly hashesPerSecond: number;
    readonly seed: number;
    readonly index: number;
  },
): CryptoPort {
  const { clock, hashesPerSecond, seed, index } = node;
  if (hashesPerSecond === 0) return base;
  const random = createRandomStream({ seed, label: `workload/${index}`, sha256 });
  return {
    ...base,
    supports: new Set([...base.supports, 'work']),
    async verify(scope, claims) {
      const wrong = claims.findIndex((claim) => claim.kind === 'work' && !holds(claim));
      if (wrong >= 0) return { kind: 'invalid', index: wrong, code: 'WORK_INSUFFICIENT' };
      return base.verify(
        scope,
        claims.filter(({ kind }) => kind !== 'work'),
      );
    },
    mine: (task, signal) =>
      new Promise((resolve) => {
        const hashes = Number((1n << HASH_BITS) / (task.target + 1n));
        const uniform = random.integer(1, 2 ** 32) / 2 ** 32;
        const delayMs = Math.ceil((-Math.log(uniform) * hashes * MILLIS_PER_SECOND) / hashesPerSecond);
        const nonce = nonceFor(task.data, task.target);
        const cancel = clock.schedule(clock.now() + delayMs, () => resolve(nonce));
        signal.addEventListener('abort', () => {
          cancel();
          resolve(null);
        });
      }),
  };
}

function nonceFor(sealHash: Bytes, target: bigint): Bytes {
  return sha256(new TextEncoder().encode(`simulated work ${sealHash.join()} ${target}`)).slice(0, NONCE_BYTES);
}

function holds({ data, target, nonce }: Extract<Claim, { kind: 'work' }>): boolean {
  return compareBytes(nonceFor(data, target), nonce) === 0;
}
