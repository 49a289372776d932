import type { Bytes, Claim, HashFunction } from '@fiducia/consensus';
import type { ClockPort, CryptoPort } from '@fiducia/consensus/ports';
import { createRandomStream, type StubCrypto } from '@fiducia/simulator';
import { workOf } from '../../src/index.ts';

/** Hash power of one node; may change during a run. */
export interface HashPower {
  hashesPerSecond: number;
}

/**
 * Stand-in cryptography that mines in virtual time (pos-pow M4): a search takes an exponential time whose
 * mean is the expected number of hashes over the node's power. The nonce is a hash of what it seals, so a
 * header that was changed afterwards has no valid one; nobody in these tests forges it.
 */
export function withSimulatedMining(
  base: StubCrypto,
  node: { readonly clock: ClockPort; readonly power: HashPower; readonly seed: number; readonly index: number },
): CryptoPort {
  const { clock, power, seed, index } = node;
  const random = createRandomStream({ seed, label: `workload/${index}`, sha256: base.sha256 });
  return {
    ...base,
    supports: new Set([...base.supports, 'work']),
    async verify(scope, claims) {
      for (const [position, claim] of claims.entries()) {
        if (claim.kind !== 'work') continue;
        if (!holds(claim, base.sha256)) return { kind: 'invalid', index: position, code: 'WORK_INSUFFICIENT' };
      }
      const others = claims.filter(({ kind }) => kind !== 'work');
      return base.verify(scope, others);
    },
    mine: (task, signal) =>
      new Promise((resolve) => {
        const meanMs = (Number(workOf(task.target)) * 1_000) / power.hashesPerSecond;
        const uniform = random.integer(1, 2 ** 32) / 2 ** 32;
        const delayMs = Math.ceil(-Math.log(uniform) * meanMs);
        const nonce = nonceFor(task.data, task.target, base.sha256);
        const cancel = clock.schedule(clock.now() + delayMs, () => resolve(nonce));
        signal.addEventListener('abort', () => {
          cancel();
          resolve(null);
        });
      }),
  };
}

/** The one nonce that the stand-in accepts for a seal hash. */
export function nonceFor(sealHash: Bytes, target: bigint, sha256: HashFunction): Bytes {
  return sha256(new TextEncoder().encode(`simulated work ${sealHash.join()} ${target}`)).slice(0, 8);
}

function holds({ data, target, nonce }: Extract<Claim, { kind: 'work' }>, sha256: HashFunction): boolean {
  return nonceFor(data, target, sha256).join() === nonce.join();
}
