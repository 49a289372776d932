/**
 * Proof of work in virtual time (pos-pow M4).
 *
 * @module
 */
import { type Bytes, ByteWriter, type Claim, type HashFunction } from '@fiducia/consensus';
import type { ClaimsResult, ClockPort, CryptoPort } from '@fiducia/consensus/ports';
import type { RandomStream } from '../random.ts';

/** Hash power of one node; may change during a run. */
export interface HashPower {
  /** Hashes per second, above 0. */
  hashesPerSecond: number;
}

const TARGETS = 1n << 256n;
const NONCE_BYTES = 8;
const DRAW_RANGE = 2 ** 32;
const VALID: ClaimsResult = { kind: 'valid' };

/**
 * Cryptography that mines in virtual time: a search takes an exponential time whose mean is the expected number of
 * hashes over the node's power. The nonce is a hash of what it seals and of the target, so a header that was changed
 * afterwards has no valid one.
 *
 * @param base - Checks all other claims.
 * @see docs/spec/simulation.md, rule E5.
 */
export function withSimulatedMining(
  base: CryptoPort,
  node: { readonly clock: ClockPort; readonly power: HashPower; readonly random: RandomStream },
): CryptoPort {
  const { clock, power, random } = node;
  const { sha256 } = base;
  return {
    ...base,
    supports: new Set([...base.supports, 'work'] as const),
    verify(scope, claims) {
      let isAllWork = true;
      for (let index = 0; index < claims.length; index++) {
        const claim = claims[index] as Claim;
        if (claim.kind !== 'work') isAllWork = false;
        else if (!holds(claim, sha256)) return { kind: 'invalid', index, code: 'WORK_INSUFFICIENT' };
      }
      if (isAllWork) return VALID;
      return base.verify(
        scope,
        claims.filter(({ kind }) => kind !== 'work'),
      );
    },
    mine: (task, signal) =>
      new Promise((resolve) => {
        const hashes = Number(TARGETS / (task.target + 1n));
        const uniform = random.integer(1, DRAW_RANGE) / DRAW_RANGE;
        const delayMs = Math.ceil((-Math.log(uniform) * hashes * 1_000) / power.hashesPerSecond);
        // Found out only then: nearly all searches are abandoned.
        const find = () => resolve(hashSeal(task.data, task.target, sha256).slice(0, NONCE_BYTES));
        const cancel = clock.schedule(clock.now() + delayMs, find);
        signal.addEventListener('abort', () => {
          cancel();
          resolve(null);
        });
      }),
  };
}

/** Begins with the one nonce that {@link withSimulatedMining} accepts for a seal hash under a target. */
function hashSeal(sealHash: Bytes, target: bigint, sha256: HashFunction): Bytes {
  if (newest.target !== target || newest.sealHashBytes !== sealHash.length) newest = inputFor(sealHash.length, target);
  newest.bytes.set(sealHash, newest.start);
  return sha256(newest.bytes);
}

/** What is hashed, with room for a seal hash. */
interface SealInput {
  readonly target: bigint;
  readonly sealHashBytes: number;
  readonly start: number;
  readonly bytes: Bytes;
}

/** Hundreds of blocks in a row have one target, and writing a number of 256 bits takes as long as the hash. */
let newest: SealInput = { target: -1n, sealHashBytes: 0, start: 0, bytes: new Uint8Array() };

function inputFor(sealHashBytes: number, target: bigint): SealInput {
  const label = (): ByteWriter => new ByteWriter().text('sim/work/v1');
  const start = label().bytes(new Uint8Array()).finish().length;
  return { target, sealHashBytes, start, bytes: label().bytes(new Uint8Array(sealHashBytes)).bigint(target).finish() };
}

function holds({ data, target, nonce }: Extract<Claim, { kind: 'work' }>, sha256: HashFunction): boolean {
  if (nonce.length !== NONCE_BYTES) return false;
  const expected = hashSeal(data, target, sha256);
  for (let index = 0; index < NONCE_BYTES; index++) if (nonce[index] !== expected[index]) return false;
  return true;
}
