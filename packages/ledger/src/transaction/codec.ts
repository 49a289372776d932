/**
 * Transactions and round votes on the wire.
 *
 * @module
 */
import { type ActorId, type BlockId, type Bytes, type HashFunction, type Height, tryDecode } from '@fiducia/consensus';
import { bytesToHex } from '@noble/hashes/utils.js';
import * as P from 'micro-packed';
import { LedgerError } from '../errors.ts';
import { ROUND_VOTE_BYTES_MAX, TRANSACTION_BYTES_MAX } from '../limits.ts';
import {
  AMOUNT_BYTES,
  decodeWhole,
  HASH_BYTES,
  requireActorId,
  SAFE_UINT_BYTES,
  type WireReader,
  WireWriter,
} from '../wire.ts';

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

const VERSION = 1;
const VERSION_BYTES = 1;
/** Length of a text or a signature, and of a payload. */
const ASCII_LENGTH_BYTES = 1;
const SIGNATURE_LENGTH_BYTES = 2;
const PAYLOAD_LENGTH_BYTES = 4;
/** Longest signature. */
export const SIGNATURE_BYTES_MAX = 1_024;
const TRANSACTION_FIXED_BYTES =
  VERSION_BYTES + HASH_BYTES + 2 * ASCII_LENGTH_BYTES + SAFE_UINT_BYTES + AMOUNT_BYTES + PAYLOAD_LENGTH_BYTES;
const ROUND_VOTE_FIXED_BYTES = VERSION_BYTES + 2 * HASH_BYTES + ASCII_LENGTH_BYTES + SAFE_UINT_BYTES;

/** Signatures, at the end of both encodings. */
export const signatureCodec: P.CoderType<Bytes> = P.validate(P.bytes(P.U16BE), (value) => {
  if (value.length > SIGNATURE_BYTES_MAX) throw new RangeError('signature too long');
  return value;
});

/** Whether `value` may name a type of transactions: `module/action`. */
export function isTransactionKind(value: string): boolean {
  return KIND_PATTERN.test(value);
}

/** Encodes what the signer of a transaction signs. */
export function encodeUnsignedTransaction(
  fields: Pick<Transaction, 'chainId' | 'kind' | 'signer' | 'nonce' | 'fee' | 'payload'>,
): Bytes {
  const { chainId, kind, signer, nonce, fee, payload } = fields;
  if (!isTransactionKind(kind)) throw new LedgerError({ code: 'INVALID_VALUE', what: 'kind', reason: 'not a kind' });
  const writer = new WireWriter(TRANSACTION_FIXED_BYTES + kind.length + signer.length + payload.length);
  writer.uint(VERSION, VERSION_BYTES).hash(chainId).ascii(kind).ascii(requireActorId(signer));
  return writer.safeUint(nonce).amount(fee).bytes(payload, PAYLOAD_LENGTH_BYTES).finish();
}

/** Encodes what a voter signs. */
export function encodeUnsignedRoundVote(fields: Pick<RoundVote, 'chainId' | 'voter' | 'height' | 'parentId'>): Bytes {
  const { chainId, voter, height, parentId } = fields;
  const writer = new WireWriter(ROUND_VOTE_FIXED_BYTES + voter.length);
  writer.uint(VERSION, VERSION_BYTES).hash(chainId).ascii(requireActorId(voter));
  return writer.safeUint(height).hex(parentId).finish();
}

/** Puts a signature behind what was signed. */
export function appendSignature(signedBytes: Bytes, signature: Bytes): Bytes {
  if (signature.length > SIGNATURE_BYTES_MAX) {
    throw new LedgerError({ code: 'INVALID_VALUE', what: 'signature', reason: 'too long' });
  }
  const writer = new WireWriter(signedBytes.length + SIGNATURE_LENGTH_BYTES + signature.length);
  return writer.raw(signedBytes).bytes(signature, SIGNATURE_LENGTH_BYTES).finish();
}

/**
 * Decodes a transaction of a peer. Total.
 *
 * @returns The transaction, or `TX_TOO_LARGE` or `TX_ENCODING`.
 */
export function decodeTransaction(bytes: Bytes, sha256: HashFunction): Transaction | 'TX_TOO_LARGE' | 'TX_ENCODING' {
  if (bytes.length > TRANSACTION_BYTES_MAX) return 'TX_TOO_LARGE';
  const fields = tryDecode(() => decodeWhole(bytes, readTransaction));
  if (fields === undefined || !isTransactionKind(fields.kind)) return 'TX_ENCODING';
  const signedBytes = bytes.subarray(0, bytes.length - SIGNATURE_LENGTH_BYTES - fields.signature.length);
  return { ...fields, id: bytesToHex(sha256(signedBytes)), signedBytes, bytes };
}

/**
 * Decodes a round vote of a peer. Total.
 *
 * @returns The vote, or `VOTE_ENCODING`.
 */
export function decodeRoundVote(bytes: Bytes): RoundVote | 'VOTE_ENCODING' {
  if (bytes.length > ROUND_VOTE_BYTES_MAX) return 'VOTE_ENCODING';
  const fields = tryDecode(() => decodeWhole(bytes, readRoundVote));
  if (fields === undefined) return 'VOTE_ENCODING';
  const signedBytes = bytes.subarray(0, bytes.length - SIGNATURE_LENGTH_BYTES - fields.signature.length);
  return { ...fields, signedBytes, bytes };
}

function readTransaction(reader: WireReader): Omit<Transaction, 'id' | 'signedBytes' | 'bytes'> {
  reader.version(VERSION);
  return {
    chainId: reader.hash(),
    kind: reader.ascii(),
    signer: reader.actorId(),
    nonce: reader.safeUint(),
    fee: reader.amount(),
    payload: reader.bytes(PAYLOAD_LENGTH_BYTES, TRANSACTION_BYTES_MAX),
    signature: reader.bytes(SIGNATURE_LENGTH_BYTES, SIGNATURE_BYTES_MAX),
  };
}

function readRoundVote(reader: WireReader): Omit<RoundVote, 'signedBytes' | 'bytes'> {
  reader.version(VERSION);
  return {
    chainId: reader.hash(),
    voter: reader.actorId(),
    height: reader.safeUint(),
    parentId: reader.hex(),
    signature: reader.bytes(SIGNATURE_LENGTH_BYTES, SIGNATURE_BYTES_MAX),
  };
}
