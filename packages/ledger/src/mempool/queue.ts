/**
 * The waiting transactions of one account, by nonce.
 *
 * @module
 */
import type { Height } from '@fiducia/consensus';
import type { PreparedTransaction } from '../execution/registry.ts';

/** A waiting transaction. */
export interface Waiting {
  /** The transaction, its signatures checked. */
  readonly prepared: PreparedTransaction;
  /** Counts up; earlier arrivals win ties. */
  readonly arrival: number;
  /** Head height at arrival. */
  readonly height: Height;
}

/** Worth of a transaction that no block can include as things stand: less than any fee. */
const WORTHLESS = -1n;

/** Transactions of one account. */
export class AccountQueue {
  readonly #waiting = new Map<number, Waiting>();
  #nonce: number;
  #last: Waiting | undefined;
  #worth = WORTHLESS;
  #failedNonce: number | undefined;

  /** @param nonce - Next nonce of the account in the state of the head. */
  constructor(nonce: number) {
    this.#nonce = nonce;
  }

  /** Number of transactions. */
  get size(): number {
    return this.#waiting.size;
  }

  /** The transaction with the highest nonce: the only one that may go without leaving a gap. */
  get last(): Waiting | undefined {
    return this.#last;
  }

  /**
   * What the last transaction pays for its place: the lowest fee up to it, since it can stand in no block
   * before the cheapest in front of it, or {@link WORTHLESS} behind a gap or a transaction that fails.
   */
  get worth(): bigint {
    return this.#worth;
  }

  /** Transaction at a nonce. */
  get(nonce: number): Waiting | undefined {
    return this.#waiting.get(nonce);
  }

  /** All transactions, in no particular order. */
  values(): Iterable<Waiting> {
    return this.#waiting.values();
  }

  /** Puts a transaction at its nonce. */
  set(waiting: Waiting): void {
    this.#waiting.set(waiting.prepared.transaction.nonce, waiting);
    this.#refresh();
  }

  /** Removes the transaction at a nonce. */
  delete(nonce: number): void {
    this.#waiting.delete(nonce);
    this.#refresh();
  }

  /** Follows the account's nonce in the state of the head. */
  moveTo(nonce: number): void {
    if (nonce === this.#nonce) return;
    this.#nonce = nonce;
    this.#refresh();
  }

  /**
   * Notes at which nonce the last attempt to build a block failed, if at any. One that fails pays no fee (energy TX23), whatever
   * it offers, and what replaces it has to be tried first.
   */
  noteFailure(nonce: number | undefined): void {
    if (nonce === this.#failedNonce) return;
    this.#failedNonce = nonce;
    this.#refresh();
  }

  /** What a transaction would pay for its place, as in {@link worth}. */
  worthOf({ nonce, fee }: { readonly nonce: number; readonly fee: bigint }): bigint {
    const failed = this.#failedNonce;
    if (failed !== undefined && failed >= this.#nonce && failed <= nonce) return WORTHLESS;
    let lowest = fee;
    for (let at = this.#nonce; at < nonce; at++) {
      const before = this.#waiting.get(at);
      if (before === undefined) return WORTHLESS;
      if (before.prepared.transaction.fee < lowest) lowest = before.prepared.transaction.fee;
    }
    return lowest;
  }

  #refresh(): void {
    let last: Waiting | undefined;
    for (const waiting of this.#waiting.values()) {
      if (last === undefined || waiting.prepared.transaction.nonce > last.prepared.transaction.nonce) last = waiting;
    }
    this.#last = last;
    this.#worth = last === undefined ? WORTHLESS : this.worthOf(last.prepared.transaction);
  }
}
