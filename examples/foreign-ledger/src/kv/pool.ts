/** Transactions that wait for a block. */
import { applyTransaction, countAt, type Place } from './rules.ts';
import { signedPart, type Transaction, transactionId } from './transaction.ts';
import type { Tree } from './tree.ts';

/** Whether a signature of `from` over `text` is valid. */
export type Verify = (from: string, text: string, signature: string) => boolean;

const WAITING_MAX = 1_000;
const VERIFIED_MAX = 4_096;

export class Pool {
  readonly #verify: Verify;
  readonly #waiting = new Map<string, Transaction>();
  readonly #verified = new Set<string>();

  constructor(verify: Verify) {
    this.#verify = verify;
  }

  /** Checks a signature once, however often the transaction comes. */
  isSigned(transaction: Transaction): boolean {
    const id = transactionId(transaction);
    if (this.#verified.has(id)) return true;
    if (!this.#verify(transaction.from, signedPart(transaction), transaction.signature)) return false;
    const [oldest] = this.#verified;
    if (oldest !== undefined && this.#verified.size >= VERIFIED_MAX) this.#verified.delete(oldest);
    this.#verified.add(id);
    return true;
  }

  /** @returns Whether it was new. */
  add(transaction: Transaction): boolean {
    const id = transactionId(transaction);
    if (this.#waiting.has(id) || this.#waiting.size >= WAITING_MAX || !this.isSigned(transaction)) return false;
    this.#waiting.set(id, transaction);
    return true;
  }

  /** At most `max` that can be carried out one after the other, and the state after them. */
  select(
    state: Tree,
    place: Place,
    max: number,
  ): { readonly state: Tree; readonly transactions: readonly Transaction[] } {
    const transactions: Transaction[] = [];
    let current = state;
    for (const transaction of this.#waiting.values()) {
      const outcome = applyTransaction(current, transaction, place);
      if ('refused' in outcome) continue;
      current = outcome.state;
      if (transactions.push(transaction) >= max) break;
    }
    return { state: current, transactions };
  }

  /** Forgets what the state of a block that will stay has behind it. */
  prune(settled: Tree, height: number): void {
    for (const [id, { from, nonce, call }] of this.#waiting) {
      const isPast = call[0] === 'attest' ? nonce <= height : nonce < countAt(settled, `nonce/${from}`);
      if (isPast) this.#waiting.delete(id);
    }
  }

  /** One more than the highest number that an account has used for a waiting call. */
  nextNonce(from: string): number {
    const own = [...this.#waiting.values()].filter((item) => item.from === from && item.call[0] !== 'attest');
    return own.reduce((next, { nonce }) => Math.max(next, nonce + 1), 0);
  }
}
