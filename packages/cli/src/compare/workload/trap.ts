/**
 * A way to write a bad transaction.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import type { KeyPair } from '@fiducia/crypto';
import { createTransaction, type TransactionForm, type TransactionSigner } from '@fiducia/ledger';
import type { RandomStream } from '@fiducia/simulator';
import { transactionSigner } from '../../scenario/genesis.ts';
import type { CompareMember } from './market.ts';
import type { MeterRegisters } from './metering.ts';
import type { Pen, WorkloadTransaction } from './pen.ts';

/** A member with where its meter stands after its last good reading. */
interface MeteredMember extends CompareMember {
  readonly registers: MeterRegisters;
}

/** What a bad transaction is written from. */
export interface TrapParts {
  readonly pen: Pen;
  readonly random: RandomStream;
  /** Phase in which it will be sent. */
  readonly phase: number;
  /** An account of its own that is nobody's in the market. */
  readonly outsider: KeyPair;
  /** A member that has sent all its good transactions when the closing phase begins. */
  readonly member: MeteredMember;
  /** Another member. */
  readonly other: MeteredMember;
  /** Good transactions of earlier phases. */
  readonly earlier: readonly WorkloadTransaction[];
}

/** One kind of bad transaction. */
export interface Trap {
  /** What is wrong, for people. */
  readonly name: string;
  /** Code of the refusal, by the pool or by execution. */
  readonly code: string;
  /** `closing`: only after the last good transaction of its sender, or of the meter that it abuses. */
  readonly when: 'any' | 'closing';
  readonly make: (parts: TrapParts) => Bytes;
}

/** What differs from a plain transaction. */
export interface TrapChanges {
  readonly chainId?: Bytes;
  readonly nonce?: number;
  readonly fee?: bigint;
  /** Changes what the signer's key gave. */
  readonly forge?: (sign: TransactionSigner['sign']) => TransactionSigner['sign'];
}

/** Writes the next transaction of an account, with changes. */
export function writeAs<P>(
  { pen }: TrapParts,
  account: KeyPair,
  form: TransactionForm<P>,
  payload: P,
  { forge = (sign) => sign, ...changes }: TrapChanges = {},
): Bytes {
  const { address, sign } = transactionSigner(account, pen.crypto);
  const signer = { address, sign: forge(sign) };
  const { chainId } = pen;
  return createTransaction(form, { chainId, nonce: pen.nonceOf(address), fee: 1n, payload, ...changes, signer });
}
