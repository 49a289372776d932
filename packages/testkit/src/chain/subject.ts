/**
 * What the author of a chain hands to the suite.
 *
 * @module
 */
import type { ActorId, Bytes, Height, ProtocolId } from '@fiducia/consensus';
import type { Block, BuildRequest, ChainPort } from '@fiducia/consensus/ports';
import type { TestkitError } from '../errors.ts';

/** Transactions of a chain that has some: what its users may do, and what nobody may. */
export interface ChainTransactions {
  /**
   * Each valid behind those before it, from genesis on; at least two, as bytes of a block. The first two are of different
   * users and cost the same, so that nothing but their arrival puts one before the other. None is valid twice.
   */
  readonly valid: readonly Bytes[];
  /**
   * Transactions that no block on genesis may hold in this order, by what is wrong about them, such as
   * `spends more than there is`. The suite itself tries each of {@link valid} twice and with a bit turned over.
   */
  readonly invalid: Readonly<Record<string, readonly Bytes[]>>;
}

/** An implementation of `ChainPort`. */
export interface ChainSubject {
  /** Names it in titles and reports. */
  readonly name: string;
  /** Who makes blocks, in the form that the chain knows; at least one. */
  readonly authors: readonly ActorId[];
  /** Whether it keeps nothing once the process has ended. @defaultValue false */
  readonly isVolatile?: boolean;
  /** Whether its places have {@link ChainPlace.losePower}. @defaultValue false */
  readonly losesPower?: boolean;
  /** Time between two blocks, for chains that count in whole seconds. @defaultValue 1000 */
  readonly slotMs?: number;
  /** Stands in headers as the protocol of the era. @defaultValue `testkit@1` */
  readonly protocol?: ProtocolId;
  /**
   * Transactions, of which none is taken that breaks a rule of the chain; then its places have {@link ChainPlace.submit}
   * and {@link ChainPlace.forge}. @defaultValue the chain's rules for its users are not tried
   */
  readonly transactions?: ChainTransactions;
  /** Makes room for one chain, empty and apart from all others, with the same genesis every time. */
  create(): ChainPlace | Promise<ChainPlace>;
}

/** Where one chain is kept, for instance a directory. */
export interface ChainPlace {
  /** Opens the chain with what is durable. Called again it stands for a new process: nothing of the one before is used any more. */
  open(): ChainPort | Promise<ChainPort>;
  /**
   * Puts something into the pool of the open chain for a block of this height, if it is not there yet, so that blocks are
   * not empty. Absent: they are.
   */
  fill?(height: Height): void | Promise<void>;
  /** Hands a transaction in at the open chain, as a user would. */
  submit?(transaction: Bytes): void | Promise<void>;
  /**
   * What a member makes whose software checks nothing: an unsealed block that holds exactly these transactions in this
   * order. Whatever is wrong about them, its roots are those that the chain's own execution leaves, without those that
   * it refuses; otherwise it would be refused for its roots alone.
   *
   * @param parent - Genesis, or a block that this made before, since sealed.
   * @returns The block; `null` if the bytes are none that a block can hold.
   */
  forge?(parent: Block, request: BuildRequest, transactions: readonly Bytes[]): Block | null | Promise<Block | null>;
  /**
   * From now on storage takes this many writes more and refuses all others, as if power had failed; the first that it
   * refuses may be torn. `open` brings the power back. For subjects with {@link ChainSubject.losesPower}.
   */
  losePower?(afterWrites: number): void;
  /** Gives back what the place holds, after every check. */
  dispose?(): void | Promise<void>;
}

/** One requirement of a chain. */
export interface ChainCheck {
  /** What must hold, with the rules that ask for it. */
  readonly title: string;
  /** Why it does not concern this chain; absent: it does. */
  readonly skipped?: string;
  /**
   * Tries it on a new chain.
   * @throws {@link TestkitError} with `NOT_CONFORMANT`, or what the chain threw.
   */
  run(): Promise<void>;
}
