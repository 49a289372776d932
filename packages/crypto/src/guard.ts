/**
 * Guard records: what a key has signed, so that it never signs twice.
 *
 * @module
 */
import { type Bytes, compareBytes, compareSequences, type Guard } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';
import { bytesToHex } from '@noble/hashes/utils.js';
import { CryptoError } from './errors.ts';
import type { SigningRefusal } from './refusals.ts';

/** Most elements of a guard sequence, see `Guard` of the contract. */
const SEQUENCE_ELEMENTS_MAX = 4;

/** Where a record belongs: one per scope and lane. */
export interface GuardLane {
  /** Chain, era and protocol. */
  readonly scope: SigningScope;
  /** Lane of the guard, e.g. `seal`. */
  readonly lane: string;
}

/** The last thing signed in a lane. */
export interface GuardRecord {
  /** Position of it. */
  readonly sequence: readonly number[];
  /** Highest value seen under each name; no later request may go below. */
  readonly floors: Readonly<Record<string, number>>;
  /** Domain label it was signed under. */
  readonly domain: string;
  /** What was signed. */
  readonly data: Bytes;
  /** The signature over it. */
  readonly signature: Bytes;
}

/** What a store knows when a lane is asked for. */
export interface GuardState {
  /** Whether the store has ever held a record of this chain, or {@link GuardStore.openChain} was called for it. */
  readonly isOpen: boolean;
  /** Record of the lane, if there is one. */
  readonly record: GuardRecord | undefined;
}

/**
 * Keeps guard records, shared by every signer of one key.
 *
 * A store that forgets lets its key sign twice: an implementation on disk resolves after the record is
 * durable, and one that is used by several processes locks across them.
 */
export interface GuardStore {
  /**
   * Reads a lane, decides, and writes, as one indivisible step: no other step on the same lane sees the
   * state in between.
   *
   * @param decide - Called once and synchronously with the state; a record in its answer replaces that of
   *   the lane and opens the chain. If it throws, nothing changes and the promise rejects.
   * @returns The answer of `decide`, after its record is durable.
   */
  update<T extends { readonly record?: GuardRecord }>(lane: GuardLane, decide: (state: GuardState) => T): Promise<T>;
  /** Whether signing on this chain has been allowed: see {@link GuardState.isOpen}. */
  isOpen(chainId: Bytes): Promise<boolean>;
  /**
   * Allows signing on a chain of which there are no records. The act of an operator who knows that no
   * other record of this key exists or matters: a validator that joins a running chain for the first
   * time, or the loss of a guard file after long enough silence.
   */
  openChain(chainId: Bytes): Promise<void>;
}

/** Judgement on a guarded request, before signing. */
export type GuardVerdict =
  | { readonly kind: 'sign'; readonly floors: Readonly<Record<string, number>> }
  | { readonly kind: 'repeat'; readonly record: GuardRecord }
  | { readonly kind: 'conflict'; readonly record: GuardRecord }
  | { readonly kind: 'refuse'; readonly code: Extract<SigningRefusal, 'STALE' | 'FLOOR'> };

/**
 * Compares a request with the record of its lane: the table of contract H-27.
 *
 * Equal bytes under another domain label are other bytes, since their signatures differ.
 */
export function judgeGuard(record: GuardRecord | undefined, guard: Guard, domain: string, data: Bytes): GuardVerdict {
  const floors = new Map(Object.entries(guard.floors ?? {}));
  if (record === undefined) return { kind: 'sign', floors: Object.fromEntries(floors) };

  const order = compareSequences(guard.sequence, record.sequence);
  if (order < 0) return { kind: 'refuse', code: 'STALE' };
  if (order === 0) {
    const isEqual = record.domain === domain && compareBytes(record.data, data) === 0;
    return { kind: isEqual ? 'repeat' : 'conflict', record };
  }
  for (const [name, recorded] of Object.entries(record.floors)) {
    const asked = floors.get(name) ?? recorded;
    if (asked < recorded) return { kind: 'refuse', code: 'FLOOR' };
    floors.set(name, asked);
  }
  return { kind: 'sign', floors: Object.fromEntries(floors) };
}

/**
 * Refuses guards that could not be compared.
 * @throws {@link CryptoError} with `GUARD_INVALID`.
 */
export function requireGuard(guard: Guard): void {
  const fail = (reason: string): never => {
    throw new CryptoError({ code: 'GUARD_INVALID', reason });
  };
  if (guard.sequence.length > SEQUENCE_ELEMENTS_MAX) fail(`more than ${SEQUENCE_ELEMENTS_MAX} sequence elements`);
  const values = [...guard.sequence, ...Object.values(guard.floors ?? {})];
  if (!values.every((value) => Number.isSafeInteger(value))) fail('values must be safe integers');
}

/**
 * Creates a store that lives as long as the process: for tests, simulations and development chains, and
 * for any node that starts at genesis every time.
 */
export function createMemoryGuardStore(): GuardStore {
  const records = new Map<string, GuardRecord>();
  const chains = new Set<string>();
  return {
    async update(lane, decide) {
      const chain = bytesToHex(lane.scope.chainId);
      const key = JSON.stringify([chain, lane.scope.era, lane.scope.protocol, lane.lane]);
      const answer = decide({ isOpen: chains.has(chain), record: records.get(key) });
      if (answer.record !== undefined) {
        records.set(key, answer.record);
        chains.add(chain);
      }
      return answer;
    },
    async isOpen(chainId) {
      return chains.has(bytesToHex(chainId));
    },
    async openChain(chainId) {
      chains.add(bytesToHex(chainId));
    },
  };
}
