/**
 * What a ledger module is: typed tables, transaction types, and hooks of the block.
 *
 * A module is the ledger's unit of extension. It owns the tables that carry its name, declares the
 * transactions that change them, and is told when a block begins. Everything here is deterministic
 * and synchronous: no clock, randomness, I/O or promise may influence a result.
 *
 * @module
 */
import type { ActorId, Bytes, Claim, Directive, Fact, FactKind, Height, Millis } from '@fiducia/consensus';
import type { Codec, StateReader, StateWriter } from '../state/table.ts';

/** What a module sees of the block that is being executed. */
export interface BlockContext {
  /** The state: reads see every earlier write of the block. */
  readonly state: StateWriter;
  /** Height of the block; 0 while genesis is executed. */
  readonly height: Height;
  /** Time claimed by the block's header, the only time a module may know. */
  readonly timestamp: Millis;
  /** Author of the block; the empty string while genesis is executed. */
  readonly author: ActorId;
  /** Identity of the chain, 32 bytes. */
  readonly chainId: Bytes;
  /**
   * Tells consensus a fact. Facts leave the ledger in the order of emission; those of a transaction
   * that fails, or of a hook that throws, are dropped with its writes.
   */
  emit(fact: Fact): void;
}

/** What a transaction sees: the block, its signer and its place. */
export interface TransactionContext extends BlockContext {
  /** Account that signed, paid the fee and used its nonce. */
  readonly signer: ActorId;
  /** Position among the transactions of the block, from 0. */
  readonly index: number;
}

/** What it takes to write a transaction of one kind. */
export interface TransactionForm<P = unknown> {
  /** Unique name, `module/action`: the name of its module, and 1 to 31 of `a-z A-Z 0-9 -`. */
  readonly kind: string;
  /** Canonical encoding of the payload; the ledger decodes and compares the re-encoding. */
  readonly codec: Codec<P>;
}

/**
 * One kind of transaction.
 *
 * @example
 * ```ts
 * const setNote: TransactionType<{ text: string }> = {
 *   kind: 'notes/set',
 *   codec: P.struct({ text: textCodec(64) }),
 *   execute(context, payload) {
 *     if (payload.text === '') return 'NOTE_EMPTY';
 *     context.state.set(NOTES, context.signer, payload.text);
 *     return undefined;
 *   },
 * };
 * ```
 */
export interface TransactionType<P = unknown> extends TransactionForm<P> {
  /**
   * Further signatures inside the payload, checked under the transaction scope in the same batch as
   * the signer's. Total and cheap: it runs before anything about the payload is known to hold.
   */
  claims?(payload: P, chainId: Bytes, signer: ActorId): readonly Claim[];
  /**
   * Applies the payload. Signature, nonce and fee were checked before. Total: peers choose the
   * payload, so it returns a code instead of throwing.
   *
   * @returns `undefined` on success, otherwise a stable UPPER_SNAKE code; every write and fact of
   *   the transaction is then undone, fee and nonce included (energy TX23).
   */
  execute(context: TransactionContext, payload: P): string | undefined;
}

/**
 * A part of the ledger with tables, transactions and hooks of its own.
 *
 * Instances are made with their genesis configuration, e.g. `energyModule(genesis)`, and hold no
 * other state: one instance may serve many ledgers. Hooks run in the order in which the modules were
 * given to the ledger; the ledger's own modules run first.
 */
export interface LedgerModule {
  /** Unique name and owner of its tables; a letter and up to 31 of `a-z 0-9 -`. */
  readonly name: string;
  /** Transactions of this module. */
  readonly transactions: readonly TransactionType[];
  /** Kinds of facts it may emit. */
  readonly provides: readonly FactKind[];
  /** Canonical encoding of its genesis configuration; part of the chain id. Absent: none. */
  readonly genesisBytes?: Bytes;
  /** Writes the initial tables while genesis is executed. */
  genesis?(context: BlockContext): void;
  /** Work due at the start of a block, after the directives and before votes and transactions. */
  beginBlock?(context: BlockContext): void;
  /** Hears every directive, after the ledger carried out the ones it knows; ignores unknown ones. */
  applyDirective?(context: BlockContext, directive: Directive): void;
  /** Lists the current value of all facts of `kind`, in a deterministic order. */
  census?(state: StateReader, kind: FactKind): Iterable<Fact>;
}
