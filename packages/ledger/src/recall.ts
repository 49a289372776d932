/**
 * What a crypto port may recall for all nodes of a simulation.
 *
 * @module
 */
import type { CryptoPort } from '@fiducia/consensus/ports';

/** {@link CryptoPort.recall}, as if every port had it. */
export type Recall = Required<CryptoPort>['recall'];

/** What a port recalls; computes everything anew where it recalls nothing. */
export function recallOf(crypto: CryptoPort): Recall {
  return crypto.recall?.bind(crypto) ?? ((_space, _bytes, compute) => compute());
}
