/**
 * Events of a ledger, for observers only: nothing here influences a decision.
 *
 * @module
 */
import type { BlockId, Bytes, Height } from '@fiducia/consensus';
import { EventEmitter } from 'eventemitter3';

/** What observers hear, by name. */
export interface LedgerEventMap {
  /** A transaction entered the mempool. */
  transactionAdded: [event: { readonly id: string; readonly bytes: Bytes }];
  /** A transaction left the mempool without standing in an adopted block; `code` says why. */
  transactionDropped: [event: { readonly id: string; readonly code: string }];
  /** A round vote entered its pool. */
  roundVoteAdded: [event: { readonly voter: string; readonly height: Height; readonly parentId: BlockId }];
  /** The adopted branch changed; the ids are those of the transactions in the blocks that joined it. */
  headChanged: [
    event: { readonly headId: BlockId; readonly height: Height; readonly transactionIds: readonly string[] },
  ];
}

/** Where observers subscribe. */
export interface LedgerEvents {
  /** Calls `listener` for every later event of this name. */
  on<Name extends keyof LedgerEventMap>(name: Name, listener: (...event: LedgerEventMap[Name]) => void): this;
  /** Ends a subscription. */
  off<Name extends keyof LedgerEventMap>(name: Name, listener: (...event: LedgerEventMap[Name]) => void): this;
}

/** Emitter behind {@link LedgerEvents}. */
export type LedgerEmitter = EventEmitter<LedgerEventMap>;

/** Makes an emitter. */
export function createLedgerEmitter(): LedgerEmitter {
  return new EventEmitter<LedgerEventMap>();
}
