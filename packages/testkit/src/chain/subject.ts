/**
 * What the author of a chain hands to the suite.
 *
 * @module
 */
import type { ActorId, Height, ProtocolId } from '@fiducia/consensus';
import type { ChainPort } from '@fiducia/consensus/ports';
import type { TestkitError } from '../errors.ts';

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
