/**
 * Writes signed transactions with consecutive nonces.
 *
 * @module
 */
import type { ActorId, Bytes } from '@fiducia/consensus';
import type { Crypto, KeyPair } from '@fiducia/crypto';
import { COSIGN_DOMAIN } from '@fiducia/energy';
import { createTransaction, ledgerScope, type TransactionForm } from '@fiducia/ledger';
import { transactionSigner } from '../../scenario/genesis.ts';

/** A signed transaction and when it is sent. */
export interface WorkloadTransaction {
  /** Phase, and thereby market slot, in which it is sent. */
  readonly phase: number;
  /** Kind of its type. */
  readonly kind: string;
  /** Account that signed. */
  readonly signer: ActorId;
  /** Encoding. */
  readonly bytes: Bytes;
}

/** Signs for any account of one chain; knows the next nonce of each. */
export class Pen {
  readonly chainId: Bytes;
  readonly crypto: Crypto;
  readonly #nonces = new Map<ActorId, number>();

  constructor(chainId: Bytes, crypto: Crypto) {
    this.chainId = chainId;
    this.crypto = crypto;
  }

  /** Nonce that the next transaction of an account gets. */
  nonceOf(actor: ActorId): number {
    return this.#nonces.get(actor) ?? 0;
  }

  /** Writes the next transaction of an account. */
  write<P>(phase: number, account: KeyPair, form: TransactionForm<P>, payload: P, fee = 1n): WorkloadTransaction {
    const { address } = account;
    const nonce = this.nonceOf(address);
    this.#nonces.set(address, nonce + 1);
    const signer = transactionSigner(account, this.crypto);
    const bytes = createTransaction(form, { chainId: this.chainId, nonce, fee, payload, signer });
    return { phase, kind: form.kind, signer: address, bytes };
  }

  /** Signs what stands inside a payload. */
  cosign(account: KeyPair, data: Bytes): Bytes {
    return this.crypto.sign(account, ledgerScope(this.chainId), COSIGN_DOMAIN, data);
  }
}
