/**
 * Transactions and round votes on the wire.
 *
 * @module
 */
import { type ActorId, type BlockId, type Bytes, type HashFunction, type Height, tryDecode } from '@fiducia/consensus';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import * as P from 'micro-packed';
import { actorIdCodec, amountCodec, asciiCodec, safeUintCodec } from '../codec.ts';
import { ROUND_VOTE_BYTES_MAX, TRANSACTION_BYTES_MAX } from '../limits.ts';

/** Protocol in the signing scope of transactions and round votes; they outlive changes of consensus. */
export const LEDGER_PROTOCOL = 'ledger@1';

/** Domain label of transaction signatures. */
export const TRANSACTION_DOMAIN = 'transaction';

/** Domain label of round vote signatures. */
export const ROUND_VOTE_DOMAIN = 'roundVote';

/** Longest kind of a transaction. */
const KIND_PATTERN = /^[a-z][a-z0-9-]{0,31}\/[a-zA-Z0-9-]{1,31}$/;

/** A decoded transaction: canonical and within limits, nothing more is known about it. */
export interface Transaction {
  /** SHA-256 of everything but the signature, lower-case hex: the form of a signature is no part of it. */
  readonly id: string;
  /** Chain it was signed for. */
  readonly chainId: Bytes;
  /** Kind of its type. */
  readonly kind: string;
  /** Account that pays and whose nonce counts. */
  readonly signer: ActorId;
  /** Position among the signer's transactions, from 0. */
  readonly nonce: number;
  /** Units for the block's author. */
  readonly fee: bigint;
  /** Encoded payload of its type. */
  readonly payload: Bytes;
  /** Signature over `signedBytes` under {@link TRANSACTION_DOMAIN}. */
  readonly signature: Bytes;
  /** What was signed. */
  readonly signedBytes: Bytes;
  /** Complete encoding. */
  readonly bytes: Bytes;
}

/** A decoded round vote (trust F8). */
export interface RoundVote {
  /** Chain it was signed for. */
  readonly chainId: Bytes;
  /** Candidate that votes. */
  readonly voter: ActorId;
  /** Round, the height of the only block that may include it. */
  readonly height: Height;
  /** Parent of the only block that may include it. */
  readonly parentId: BlockId;
  /** Signature over `signedBytes` under {@link ROUND_VOTE_DOMAIN}. */
  readonly signature: Bytes;
  /** What was signed. */
  readonly signedBytes: Bytes;
  /** Complete encoding. */
  readonly bytes: Bytes;
}

const SIGNATURE_BYTES_MAX = 1_024;

/** Coder of a kind. */
const kindCodec: P.CoderType<string> = P.validate(asciiCodec, (value) => {
  if (!isTransactionKind(value)) throw new RangeError('kind outside its alphabet');
  return value;
});

/** Signatures, at the end of both encodings. */
export const signatureCodec: P.CoderType<Bytes> = P.validate(P.bytes(P.U16BE), (value) => {
  if (value.length > SIGNATURE_BYTES_MAX) throw new RangeError('signature too long');
  return value;
});

const versionCodec = P.magic(P.U8, 1);

const transactionBody = {
  version: versionCodec,
  chainId: P.bytes(32),
  kind: kindCodec,
  signer: actorIdCodec,
  nonce: safeUintCodec,
  fee: amountCodec,
  payload: P.bytes(P.U32BE),
};
const unsignedTransactionCodec = P.struct(transactionBody);
const transactionCodec = P.struct({ ...transactionBody, signature: signatureCodec });

const roundVoteBody = {
  version: versionCodec,
  chainId: P.bytes(32),
  voter: actorIdCodec,
  height: safeUintCodec,
  parentId: P.bytes(32),
};
const unsignedRoundVoteCodec = P.struct(roundVoteBody);
const roundVoteCodec = P.struct({ ...roundVoteBody, signature: signatureCodec });

/** Whether `value` may name a type of transactions: `module/action`. */
export function isTransactionKind(value: string): boolean {
  return KIND_PATTERN.test(value);
}

/** Encodes what the signer of a transaction signs. */
export function encodeUnsignedTransaction(
  fields: Pick<Transaction, 'chainId' | 'kind' | 'signer' | 'nonce' | 'fee' | 'payload'>,
): Bytes {
  return unsignedTransactionCodec.encode(fields);
}

/** Encodes what a voter signs. */
export function encodeUnsignedRoundVote(fields: Pick<RoundVote, 'chainId' | 'voter' | 'height' | 'parentId'>): Bytes {
  return unsignedRoundVoteCodec.encode({ ...fields, parentId: hexToBytes(fields.parentId) });
}

/** Puts a signature behind what was signed. */
export function appendSignature(signedBytes: Bytes, signature: Bytes): Bytes {
  const tail = signatureCodec.encode(signature);
  const result = new Uint8Array(signedBytes.length + tail.length);
  result.set(signedBytes);
  result.set(tail, signedBytes.length);
  return result;
}

/**
 * Decodes a transaction of a peer. Total.
 *
 * @returns The transaction, or `TX_TOO_LARGE` or `TX_ENCODING`.
 */
export function decodeTransaction(bytes: Bytes, sha256: HashFunction): Transaction | 'TX_TOO_LARGE' | 'TX_ENCODING' {
  if (bytes.length > TRANSACTION_BYTES_MAX) return 'TX_TOO_LARGE';
  const fields = tryDecode(() => transactionCodec.decode(bytes));
  if (fields === undefined) return 'TX_ENCODING';
  const signedBytes = bytes.subarray(0, bytes.length - 2 - fields.signature.length);
  return { ...fields, id: bytesToHex(sha256(signedBytes)), signedBytes, bytes };
}

/**
 * Decodes a round vote of a peer. Total.
 *
 * @returns The vote, or `VOTE_ENCODING`.
 */
export function decodeRoundVote(bytes: Bytes): RoundVote | 'VOTE_ENCODING' {
  if (bytes.length > ROUND_VOTE_BYTES_MAX) return 'VOTE_ENCODING';
  const fields = tryDecode(() => roundVoteCodec.decode(bytes));
  if (fields === undefined) return 'VOTE_ENCODING';
  const signedBytes = bytes.subarray(0, bytes.length - 2 - fields.signature.length);
  return { ...fields, parentId: bytesToHex(fields.parentId), signedBytes, bytes };
}
