/**
 * Sending transactions through a node.
 *
 * @module
 */
import type { Crypto, KeyPair } from '@fiducia/crypto';
import { createTransaction, type Ledger, type TransactionForm } from '@fiducia/ledger';
import { MINIMUM_FEE, transactionSigner } from '../genesis.ts';

/** Signs transactions of its clients and hands them to the ledger of one node. */
export interface Gateway {
  readonly ledger: Ledger;
  /** Sends one transaction with the next nonce of its account. */
  send<P>(account: KeyPair, type: TransactionForm<P>, payload: P): Promise<void>;
}

/**
 * Creates the gateway of a node.
 *
 * @param onRefused - Told the code of every transaction that the node did not take.
 */
export function createGateway(ledger: Ledger, crypto: Crypto, onRefused: (code: string) => void): Gateway {
  return {
    ledger,
    async send(account, type, payload) {
      const signer = transactionSigner(account, crypto);
      const nonce = ledger.nonceOf(signer.address);
      const bytes = createTransaction(type, { chainId: ledger.chainId, nonce, fee: MINIMUM_FEE, payload, signer });
      const result = await ledger.submit(bytes);
      if (result.kind === 'rejected') onRefused(result.code);
    },
  };
}
