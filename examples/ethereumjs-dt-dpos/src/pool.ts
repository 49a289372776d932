/** Transactions that wait for a block. */
import type { Block } from '@ethereumjs/block';
import type { TypedTransaction } from '@ethereumjs/tx';
import { bytesToHex } from '@ethereumjs/util';

export class Pool {
  readonly #waiting = new Map<string, TypedTransaction>();

  add(transaction: TypedTransaction): void {
    this.#waiting.set(bytesToHex(transaction.hash()), transaction);
  }

  /** In the order of their numbers, as accounts need it. */
  list(): readonly TypedTransaction[] {
    return [...this.#waiting.values()].sort((a, b) => Number(a.nonce - b.nonce));
  }

  /** The block became part of the chain. */
  include(block: Block): void {
    for (const transaction of block.transactions) this.#waiting.delete(bytesToHex(transaction.hash()));
  }

  /** The block left the chain. */
  exclude(block: Block): void {
    for (const transaction of block.transactions) this.add(transaction);
  }
}
