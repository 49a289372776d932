/**
 * Money between the core account and the market account (energy TX18, TX19, TX24).
 *
 * @module
 */
import { credit, debit, type TransactionType } from '@fiducia/ledger';
import * as P from 'micro-packed';
import type { MarketRefusal } from '../refusals.ts';
import { accountOf, addAvailable, moveMoney } from '../state/accounts.ts';
import { moneyCodec } from '../state/codec.ts';
import { memberOf } from '../state/members.ts';
import { moneyInMarket } from '../state/tables.ts';
import { type MicroMoney, MONEY_MAX } from '../units.ts';

/** An amount to move in or out of the market. */
export interface MoveFunds {
  /** µ¤, one per base unit of the core token. */
  readonly amount: MicroMoney;
}

const moveFundsCodec = P.struct({ amount: moneyCodec });

/** Pays from the core account into the signer's market account (energy TX18). */
export const fund: TransactionType<MoveFunds> = {
  kind: 'energy/fund',
  codec: moveFundsCodec,
  execute({ state, signer }, { amount }): MarketRefusal | undefined {
    const member = memberOf(state, signer);
    if (member === undefined) return 'E_STATUS';
    // UN2: no account can leave its range if the sum of all cannot.
    if (amount === 0n || moneyInMarket(state) + amount > MONEY_MAX) return 'E_QTY';
    if (!debit(state, signer, amount)) return 'E_ESCROW';
    moveMoney(state, amount);
    addAvailable(state, member.id, amount);
    return undefined;
  },
};

/** Pays free money back to the core account (energy TX19); not while there is debt. */
export const withdraw: TransactionType<MoveFunds> = {
  kind: 'energy/withdraw',
  codec: moveFundsCodec,
  execute({ state, signer }, { amount }): MarketRefusal | undefined {
    const member = memberOf(state, signer);
    if (member === undefined) return 'E_STATUS';
    if (amount === 0n) return 'E_QTY';
    const { available, debt } = accountOf(state, member.id);
    if (amount > available || debt > 0n) return 'E_ESCROW';
    addAvailable(state, member.id, -amount);
    moveMoney(state, -amount);
    credit(state, signer, amount);
    return undefined;
  },
};
