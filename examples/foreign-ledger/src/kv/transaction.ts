/** Signed calls, as one line of text each. */
import { hashOf } from './hash.ts';

/** What an account can ask of the chain. */
export type Call =
  /** Writes a value; the last writer wins. */
  | readonly ['put', key: string, value: string]
  /** Locks coins as a deposit; the first time it makes the account a keeper of the chain. */
  | readonly ['stake', coins: number]
  /** Says how much the account wants another keeper; 0 takes it back. */
  | readonly ['vote', keeper: string, weight: number]
  /** Says that the keeper has seen the block before this one. */
  | readonly ['attest', blockId: string]
  /** Stops being a keeper. */
  | readonly ['leave']
  /** Unlocks the deposit, some blocks after leaving. */
  | readonly ['withdraw'];

/** A call with its author. */
export interface Transaction {
  readonly from: string;
  /** Counts the calls of the account; of an attestation it is the height of the block that it is for. */
  readonly nonce: number;
  readonly call: Call;
  /** Over {@link signedPart}. */
  readonly signature: string;
}

const TEXT_MAX = 256;
/** Has no encoding, so what is signed and what is stored would differ. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const SHAPES: Readonly<Record<Call[0], readonly ('text' | 'count')[]>> = {
  put: ['text', 'text'],
  stake: ['count'],
  vote: ['text', 'count'],
  attest: ['text'],
  leave: [],
  withdraw: [],
};

/** What the author signs. */
export function signedPart({ from, nonce, call }: Omit<Transaction, 'signature'>): string {
  return JSON.stringify([from, nonce, call]);
}

/** The one text of a transaction. */
export function formatTransaction({ from, nonce, call, signature }: Transaction): string {
  return JSON.stringify([from, nonce, call, signature]);
}

/** Reads what {@link formatTransaction} writes; `null` for any other text. */
export function parseTransaction(text: string): Transaction | null {
  const [from, nonce, call, signature] = parseArray(text);
  if (!isText(from) || !isCount(nonce) || !isCall(call) || !isText(signature)) return null;
  const transaction = { from, nonce, call, signature };
  return formatTransaction(transaction) === text ? transaction : null;
}

/** Names a transaction. */
export function transactionId(transaction: Transaction): string {
  return hashOf(formatTransaction(transaction));
}

function parseArray(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isCall(value: unknown): value is Call {
  if (!Array.isArray(value)) return false;
  const [kind, ...parts] = value as unknown[];
  const shape = Object.entries(SHAPES).find(([name]) => name === kind)?.[1];
  if (shape?.length !== parts.length) return false;
  return parts.every((part, index) => (shape[index] === 'text' ? isText(part) : isCount(part)));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_MAX && !LONE_SURROGATE.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}
