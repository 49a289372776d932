/**
 * What a store's author hands to the suite.
 *
 * @module
 */
import type { KvStore } from '@fiducia/ledger';

/** An implementation of `KvStore` from `@fiducia/ledger`. */
export interface StoreSubject {
  /** Names it in titles and reports. */
  readonly name: string;
  /** Whether it keeps nothing once it is closed, as a store in memory. @defaultValue false */
  readonly isVolatile?: boolean;
  /** Makes room for one store, empty and apart from all others. */
  create(): StorePlace | Promise<StorePlace>;
}

/** Where one store is kept, for instance a directory. */
export interface StorePlace {
  /** Opens the store. Refuses while it is open, unless the store is volatile. */
  open(): KvStore | Promise<KvStore>;
  /** Runs a check; for stores whose commits only resolve while somebody moves the time. @defaultValue calls it */
  run?(check: () => Promise<void>): Promise<void>;
  /** Gives back what the place holds, after every check. */
  dispose?(): void | Promise<void>;
}

/** One requirement of a store. */
export interface StoreCheck {
  /** What must hold, with the rules that ask for it. */
  readonly title: string;
  /** Why it does not concern this store; absent: it does. */
  readonly skipped?: string;
  /**
   * Tries it on a new store.
   * @throws {@link TestkitError} with `NOT_CONFORMANT`, or what the store threw.
   */
  run(): Promise<void>;
}
