/**
 * Guard records as a signer sees them: what a key has signed, so that it never signs twice (contract H-27).
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';

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

/** What the records say when a lane is asked for. */
export interface GuardState {
  /** Whether there has ever been a record of this chain, or {@link GuardRecords.openChain} was called for it. */
  readonly isOpen: boolean;
  /** Record of the lane, if there is one. */
  readonly record: GuardRecord | undefined;
}

/**
 * Records that outlive the signer: those of a simulated disk, or any other `GuardStore` of `@fiducia/crypto`, which has
 * the same form. So one disk serves stand-in and real signatures.
 */
export interface GuardRecords {
  /**
   * Reads a lane, decides, and writes, as one indivisible step (storage L2).
   *
   * @param decide - Called once and synchronously with the state; a record in its answer replaces that of the lane and
   *   opens the chain. If it throws, nothing changes and the promise rejects.
   * @returns The answer of `decide`, after its record is durable (storage L3).
   */
  update<T extends { readonly record?: GuardRecord }>(lane: GuardLane, decide: (state: GuardState) => T): Promise<T>;
  /** Whether signing on this chain has been allowed: see {@link GuardState.isOpen}. */
  isOpen(chainId: Bytes): Promise<boolean>;
  /**
   * Allows signing on a chain of which there are no records: the explicit act of an operator, after the key was not
   * heard of for long enough (storage L6, L8).
   */
  openChain(chainId: Bytes): Promise<void>;
}
