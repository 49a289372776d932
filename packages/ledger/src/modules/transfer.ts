/**
 * Core module `account`: moving units between accounts, and collecting producer income.
 *
 * @module
 */
import type { ActorId } from '@fiducia/consensus';
import * as P from 'micro-packed';
import { addBalance, INCOMES, readProducerIncome, takeBalance } from '../account/accounts.ts';
import { actorIdCodec } from '../codec.ts';
import { AMOUNT_BYTES, decodeWhole, requireActorId, WireWriter } from '../wire.ts';
import type { LedgerModule, TransactionType } from './module.ts';
import { CANDIDATES } from './registry.ts';

/** Payload of {@link transfer}. */
export interface TransferPayload {
  /** Account that receives. */
  readonly to: ActorId;
  /** Units, at least `1n`. */
  readonly amount: bigint;
}

/** Payload of {@link collectIncome}. */
export interface CollectIncomePayload {
  /** Author whose income is collected. */
  readonly author: ActorId;
}

/** Moves `amount` from the signer to `to`. Codes: `TX_AMOUNT` (zero), `TX_BALANCE`. */
export const transfer: TransactionType<TransferPayload> = {
  kind: 'account/transfer',
  codec: {
    encode: ({ to, amount }) =>
      new WireWriter(1 + to.length + AMOUNT_BYTES).ascii(requireActorId(to)).amount(amount).finish(),
    decode: (bytes) => decodeWhole(bytes, (reader) => ({ to: reader.actorId(), amount: reader.amount() })),
  },
  execute({ state, signer }, { to, amount }) {
    if (amount === 0n) return 'TX_AMOUNT';
    if (!takeBalance(state, signer, amount)) return 'TX_BALANCE';
    addBalance(state, to, amount);
    return undefined;
  },
};

/**
 * Moves the whole producer income of `author` into the signer's trading balance. The signer is the
 * author itself or the owner of its deposit. Codes: `TX_SIGNER`, `TX_AMOUNT` (nothing to collect).
 */
export const collectIncome: TransactionType<CollectIncomePayload> = {
  kind: 'account/collectIncome',
  codec: P.struct({ author: actorIdCodec }),
  execute({ state, signer }, { author }) {
    if (signer !== author && state.get(CANDIDATES, author)?.owner !== signer) return 'TX_SIGNER';
    const income = readProducerIncome(state, author);
    if (income === 0n) return 'TX_AMOUNT';
    state.delete(INCOMES, author);
    addBalance(state, signer, income);
    return undefined;
  },
};

/** Makes the module. */
export function accountModule(): LedgerModule {
  return { name: 'account', transactions: [transfer, collectIncome], provides: [] };
}
