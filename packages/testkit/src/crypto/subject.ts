/**
 * What the author of a crypto port hands to the suite.
 *
 * @module
 */
import type { CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import type { TestkitError } from '../errors.ts';

/** An implementation of `CryptoPort` with the `SignerPort` that belongs to it. */
export interface CryptoSubject {
  /** Names it in titles and reports. */
  readonly name: string;
  /** Makes a port and two signers with different keys, whose guards have recorded nothing and may sign. */
  create(): CryptoTrial | Promise<CryptoTrial>;
}

/** A port and signers for one check. */
export interface CryptoTrial {
  /** Checks claims. */
  readonly crypto: CryptoPort;
  /** Two validators. */
  readonly signers: readonly [SignerPort, SignerPort];
}

/** One requirement of a crypto port. */
export interface CryptoCheck {
  /** What must hold, with the rules that ask for it. */
  readonly title: string;
  /**
   * Tries it on new signers.
   * @returns Why it does not concern this port; `undefined` if it does, and holds.
   * @throws {@link TestkitError} with `NOT_CONFORMANT`, or what the port threw.
   */
  run(): Promise<string | undefined>;
}
