/**
 * Events of a ledger, for observers only: nothing here influences a decision, and a listener that throws stops nothing.
 *
 * @module
 */
import type { BlockId, Bytes, Height } from '@fiducia/consensus';
import { EventEmitter } from 'eventemitter3';

/** What observers hear, by name. */
export interface LedgerEventMap {
  /** A transaction entered the mempool. */
  transactionAdded: [event: { readonly id: string; readonly bytes: Bytes }];
  /** A transaction left the mempool, or a block that was adopted no more, without standing in an adopted block; `code` says why. */
  transactionDropped: [event: { readonly id: string; readonly code: string }];
  /** A round vote entered its pool. */
  roundVoteAdded: [event: { readonly voter: string; readonly height: Height; readonly parentId: BlockId }];
  /** The adopted branch changed; the ids are those of the transactions in the blocks that joined it. */
  headChanged: [
    event: { readonly headId: BlockId; readonly height: Height; readonly transactionIds: readonly string[] },
  ];
}

/** Where observers subscribe. A listener that throws is passed over: the ledger goes on, and so do other listeners. */
export interface LedgerEvents {
  /** Calls `listener` for every later event of this name. */
  on<Name extends keyof LedgerEventMap>(name: Name, listener: (...event: LedgerEventMap[Name]) => void): this;
  /** Ends a subscription. */
  off<Name extends keyof LedgerEventMap>(name: Name, listener: (...event: LedgerEventMap[Name]) => void): this;
}

/** Emitter behind {@link LedgerEvents}. */
export class LedgerEmitter implements LedgerEvents {
  readonly #emitter = new EventEmitter<LedgerEventMap>();

  on<Name extends keyof LedgerEventMap>(name: Name, listener: (...event: LedgerEventMap[Name]) => void): this {
    this.#emitter.on(name, listener as never);
    return this;
  }

  off<Name extends keyof LedgerEventMap>(name: Name, listener: (...event: LedgerEventMap[Name]) => void): this {
    this.#emitter.off(name, listener as never);
    return this;
  }

  /** Tells every listener. */
  emit<Name extends keyof LedgerEventMap>(name: Name, ...event: LedgerEventMap[Name]): void {
    // Votes come in by the number of candidates squared, and a list of nobody would be made for each.
    if (this.#emitter.listenerCount(name) === 0) return;
    for (const listener of this.#emitter.listeners(name)) {
      try {
        (listener as (...values: LedgerEventMap[Name]) => void)(...event);
      } catch {
        // A commit is durable by then, and a pool in the middle of a change: neither may be broken off by who watches.
      }
    }
  }
}
