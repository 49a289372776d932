/**
 * Proof of work: checking a nonce and searching for one.
 *
 * @module
 */
import type { Bytes, Claim, HashFunction } from '@fiducia/consensus';
import type { MiningTask } from '@fiducia/consensus/ports';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { CryptoError } from './errors.ts';
import { NONCE_COUNT, NonceSearch } from './nonce-search.ts';
import type { ClaimCode } from './refusals.ts';

/** Hashes between two looks at the event loop: some milliseconds, so that timers and sockets stay alive. */
const SLICE_HASHES = 4_096;

/** Hash functions for work, or `undefined` for a name that is not known here. */
function workHashOf(algorithm: string, sha256: HashFunction): HashFunction | undefined {
  switch (algorithm) {
    case 'sha256':
      return sha256;
    case 'sha256d':
      return (data) => sha256(sha256(data));
    default:
      return undefined;
  }
}

/** Judges a claim of work: `null` if it holds, otherwise why not. Total. */
export function checkWork(claim: Extract<Claim, { kind: 'work' }>, sha256: HashFunction): ClaimCode | null {
  const workHash = workHashOf(claim.algorithm, sha256);
  if (workHash === undefined) return 'CLAIM_UNSUPPORTED';
  const hash = workHash(concatBytes(claim.data, claim.nonce));
  return bigintOf(hash) <= claim.target ? null : 'WORK_INSUFFICIENT';
}

/**
 * Tries 8-byte nonces one after another, in slices that let other work of the thread go ahead.
 *
 * @returns The first nonce whose hash is at most the target, or `null` once aborted.
 * @throws {@link CryptoError} with `TASK_INVALID`.
 */
export async function searchNonce(task: MiningTask, signal: AbortSignal, sha256: HashFunction): Promise<Bytes | null> {
  requireTask(task);
  const search = new NonceSearch(task, requireWorkHash(task.algorithm, sha256), { first: task.startNonce, step: 1n });
  for (; !signal.aborted; await nextTurn()) {
    const { nonce } = search.run(SLICE_HASHES);
    if (nonce !== null) return nonce;
  }
  return null;
}

/** The hash function of a mining task. @throws {@link CryptoError} with `TASK_INVALID`. */
export function requireWorkHash(algorithm: string, sha256: HashFunction): HashFunction {
  const workHash = workHashOf(algorithm, sha256);
  if (workHash === undefined) throw new CryptoError({ code: 'TASK_INVALID', reason: 'unknown algorithm' });
  return workHash;
}

/** Checks the bounds of a mining task. @throws {@link CryptoError} with `TASK_INVALID`. */
export function requireTask(task: MiningTask): void {
  requireWorkHash(task.algorithm, (data) => data);
  if (task.target < 0n) throw new CryptoError({ code: 'TASK_INVALID', reason: 'no hash is below zero' });
  if (task.startNonce < 0n || task.startNonce >= NONCE_COUNT) {
    throw new CryptoError({ code: 'TASK_INVALID', reason: 'the first nonce does not fit in 8 bytes' });
  }
}

function bigintOf(hash: Bytes): bigint {
  return BigInt(`0x${bytesToHex(hash)}`);
}

/** Resolves in a later turn of the event loop; a resolved promise alone would starve timers and sockets. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
