/**
 * Making signed transactions and round votes.
 *
 * @module
 */
import type { ActorId, BlockId, Bytes, Height } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';
import type { TransactionForm } from '../modules/module.ts';
import {
  appendSignature,
  encodeUnsignedRoundVote,
  encodeUnsignedTransaction,
  LEDGER_PROTOCOL,
  ROUND_VOTE_DOMAIN,
  TRANSACTION_DOMAIN,
} from './codec.ts';

/** Signs for one account, at once and without a guard. */
export interface TransactionSigner {
  /** Account whose key signs. */
  readonly address: ActorId;
  /** Signs `data` under `domain` in `scope` (contract section 7). */
  sign(scope: SigningScope, domain: string, data: Bytes): Bytes;
}

/** Scope in which transactions and round votes of a chain are signed. */
export function ledgerScope(chainId: Bytes): SigningScope {
  return { chainId, era: 0, protocol: LEDGER_PROTOCOL };
}

/**
 * Encodes and signs a transaction.
 *
 * @param type - Kind and codec of its type.
 * @returns Bytes for `Ledger.submit`.
 * @throws Whatever the codec throws on a payload outside its type.
 * @example
 * ```ts
 * const bytes = createTransaction(transfer, {
 *   chainId: ledger.chainId, nonce: ledger.nonceOf(signer.address), fee: 1n,
 *   payload: { to: friend, amount: 25n }, signer,
 * });
 * await ledger.submit(bytes);
 * ```
 */
export function createTransaction<P>(
  type: TransactionForm<P>,
  options: {
    readonly chainId: Bytes;
    readonly nonce: number;
    readonly fee: bigint;
    readonly payload: P;
    readonly signer: TransactionSigner;
  },
): Bytes {
  const { chainId, nonce, fee, signer } = options;
  const payload = type.codec.encode(options.payload);
  const signed = encodeUnsignedTransaction({ chainId, kind: type.kind, signer: signer.address, nonce, fee, payload });
  return appendSignature(signed, signer.sign(ledgerScope(chainId), TRANSACTION_DOMAIN, signed));
}

/**
 * Encodes and signs the vote of a candidate for round `height` on top of `parentId` (trust F8).
 *
 * @returns Bytes for `Ledger.submitRoundVote`.
 */
export function createRoundVote(options: {
  readonly chainId: Bytes;
  readonly height: Height;
  readonly parentId: BlockId;
  readonly signer: TransactionSigner;
}): Bytes {
  const { chainId, height, parentId, signer } = options;
  const signed = encodeUnsignedRoundVote({ chainId, voter: signer.address, height, parentId });
  return appendSignature(signed, signer.sign(ledgerScope(chainId), ROUND_VOTE_DOMAIN, signed));
}
