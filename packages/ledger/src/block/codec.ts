/**
 * Blocks on the wire: header, body, identity, and the named reasons why bytes are no block.
 *
 * A block is the header with its length, then the four lists of the body. The header ends with the
 * seal, so the bytes before it are what the seal signs. The body is named by one root in the header;
 * bytes whose body has another root are no block at all, so nobody can spoil the identity of a good
 * header by sending it with a foreign body.
 *
 * @module
 */
import {
  type ActorId,
  type BlockId,
  type Bytes,
  type Certificate,
  decodeEvidence,
  type Evidence,
  encodeEvidence,
  type HashFunction,
  type Height,
  LIMITS,
  type Millis,
  type ProtocolId,
  tryDecode,
} from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { isActorId, sameBytes } from '../codec.ts';
import { LedgerError } from '../errors.ts';
import { BLOCK_BYTES_MAX, BLOCK_ROUND_VOTES_MAX, BLOCK_TRANSACTIONS_MAX, ROUND_VOTE_BYTES_MAX } from '../limits.ts';
import type { BlockRefusal, TransactionRefusal, VoteRefusal } from '../refusals.ts';
import { decodeRoundVote, decodeTransaction, type RoundVote, type Transaction } from '../transaction/codec.ts';
import { decodeWhole, HASH_BYTES, SAFE_UINT_BYTES, textBytes, type WireReader, WireWriter } from '../wire.ts';
import { bodyRootOf } from './roots.ts';

/** Fields of a block header. */
export interface BlockHeader {
  /** Chain of the block. */
  readonly chainId: Bytes;
  /** Number of blocks from genesis. */
  readonly height: Height;
  /** Block this one extends; 64 zeros at genesis. */
  readonly parentId: BlockId;
  /** Time claimed by the author. */
  readonly timestamp: Millis;
  /** Who built it; the empty string at genesis. */
  readonly author: ActorId;
  /** Protocol of the block's era. */
  readonly protocol: ProtocolId;
  /** Plugin-owned data under the seal. */
  readonly digest: Bytes;
  /** Root over the lists of the body, 32 bytes. */
  readonly bodyRoot: Bytes;
  /** Root of the state after the block, 32 bytes. */
  readonly stateRoot: Bytes;
  /** Plugin-owned data outside the seal hash. */
  readonly seal: Bytes;
}

/** Lists of a block body, encoded item by item. */
export interface BlockBody {
  /** Signed transactions in execution order. */
  readonly transactions: readonly Bytes[];
  /** Signed round votes, executed before the transactions. */
  readonly roundVotes: readonly Bytes[];
  /** Evidence. */
  readonly evidence: readonly Evidence[];
  /** Certificates. */
  readonly certificates: readonly Certificate[];
}

/** A decoded block of this ledger. */
export interface LedgerBlock extends Block {
  /** All header fields, also those the contract does not know. */
  readonly fields: BlockHeader;
  /** Transactions in execution order. */
  readonly transactions: readonly Transaction[];
  /** Round votes in execution order. */
  readonly roundVotes: readonly RoundVote[];
}

/** Lists of a block body, decoded. */
export type DecodedBody = Pick<LedgerBlock, 'transactions' | 'roundVotes' | 'evidence' | 'certificates'>;

/** Why bytes are not a block of a chain. */
export type BlockEncodingCode =
  | Extract<BlockRefusal, 'BLOCK_ENCODING' | 'BLOCK_TOO_LARGE' | 'BLOCK_WRONG_CHAIN' | 'BODY_ROOT_MISMATCH'>
  | Extract<TransactionRefusal, 'TX_ENCODING' | 'TX_TOO_LARGE'>
  | Extract<VoteRefusal, 'VOTE_ENCODING'>;

/** Parent of genesis. */
export const NO_PARENT: BlockId = '0'.repeat(64);

const PROTOCOL_PATTERN = /^[a-z][a-z0-9-]{0,31}@(0|[1-9]\d{0,8})$/;
const ID_TAG = new TextEncoder().encode('fiducia/ledger/block');
const SEAL_TAG = new TextEncoder().encode('fiducia/ledger/header');
const HEADER_BYTES_MAX = 16_384;
const LIST_MAX = 65_535;

const VERSION = 1;
const VERSION_BYTES = 1;
/** Lengths of lists, and of bytes. */
const LIST_LENGTH_BYTES = 2;
const LENGTH_BYTES = 4;
const NAME_BYTES_MAX = 64;
const HEADER_FIXED_BYTES = VERSION_BYTES + 4 * HASH_BYTES + 2 * SAFE_UINT_BYTES + 2 * LENGTH_BYTES;

/** Root that a header must name for this body. */
export function computeBodyRoot(body: BlockBody, hash: HashFunction = sha256): Bytes {
  return rootOfLists(encodeLists(body), hash);
}

/** Encodes a header; the bytes that {@link decodeBlock} takes as `header`. */
export function encodeBlockHeader(header: BlockHeader): Bytes {
  const { chainId, height, parentId, timestamp, author, protocol, digest, bodyRoot, stateRoot, seal } = header;
  requireLength(digest, LIMITS.digestBytes);
  requireLength(seal, LIMITS.sealBytes);
  const length = HEADER_FIXED_BYTES + textBytes(author) + textBytes(protocol) + digest.length + seal.length;
  const writer = new WireWriter(length).uint(VERSION, VERSION_BYTES).hash(chainId).safeUint(height).hex(parentId);
  writer.safeUint(timestamp).text(author, NAME_BYTES_MAX).text(protocol, NAME_BYTES_MAX);
  writer.bytes(digest, LENGTH_BYTES).hash(bodyRoot).hash(stateRoot);
  // The seal comes last: everything before it is what the seal signs.
  return writer.bytes(seal, LENGTH_BYTES).finish();
}

/**
 * Encodes a block as it is given, without any check: tests and tools make invalid blocks with it.
 */
export function encodeBlock(header: BlockHeader, body: BlockBody): Bytes {
  return joinBlock(encodeBlockHeader(header), encodeLists(body));
}

/**
 * Decodes a block of a peer. Total; neither signatures nor state are looked at.
 *
 * @param chainId - Chain it must belong to; absent means any.
 * @returns The block, or the reason why the bytes are none.
 */
export function decodeBlock(
  bytes: Bytes,
  chainId?: Bytes,
  hash: HashFunction = sha256,
): LedgerBlock | BlockEncodingCode {
  if (bytes.length > BLOCK_BYTES_MAX) return 'BLOCK_TOO_LARGE';
  const parts = tryDecode(() => decodeWhole(bytes, readBlock));
  const header = parts && decodeBlockHeader(parts.header, chainId, hash);
  if (parts === undefined || header === undefined) return 'BLOCK_ENCODING';
  if (typeof header === 'string') return header;
  const listsTooLong =
    parts.transactions.length > BLOCK_TRANSACTIONS_MAX || parts.roundVotes.length > BLOCK_ROUND_VOTES_MAX;
  if (listsTooLong) return 'BLOCK_TOO_LARGE';

  const transactions = decodeAll<Transaction>(parts.transactions, (item) => decodeTransaction(item, hash));
  if (typeof transactions === 'string') return transactions;
  const roundVotes = decodeAll<RoundVote>(parts.roundVotes, decodeRoundVote);
  if (typeof roundVotes === 'string') return roundVotes;
  const evidence = tryDecode(() => parts.evidence.map(decodeEvidence));
  const certificates = tryDecode(() => parts.certificates.map((item) => decodeWhole(item, readCertificate)));
  if (evidence === undefined || certificates === undefined) {
    return 'BLOCK_ENCODING';
  }
  const root = rootOfLists(parts, hash);
  if (!sameBytes(root, header.fields.bodyRoot)) return 'BODY_ROOT_MISMATCH';
  return { ...header, bytes, evidence, certificates, transactions, roundVotes };
}

/**
 * Decodes a header alone; the result has an empty body and empty `bytes`. Total.
 *
 * @param chainId - Chain it must belong to; absent means any.
 */
export function decodeBlockHeader(
  bytes: Bytes,
  chainId?: Bytes,
  hash: HashFunction = sha256,
): LedgerBlock | BlockEncodingCode {
  const fields = bytes.length > HEADER_BYTES_MAX ? undefined : tryDecode(() => decodeWhole(bytes, readHeader));
  if (fields === undefined) return 'BLOCK_ENCODING';
  if (fields.height === 0 ? fields.author !== '' : !isActorId(fields.author)) return 'BLOCK_ENCODING';
  if (chainId !== undefined && !sameBytes(chainId, fields.chainId)) return 'BLOCK_WRONG_CHAIN';
  return { ...projectHeader(fields, bytes, hash), bytes: new Uint8Array(), ...EMPTY_BODY };
}

/**
 * Why bytes are not a block: the name behind the `null` of `ChainPort.decode`.
 *
 * @returns `undefined` if they are one.
 */
export function checkBlockEncoding(bytes: Bytes, chainId?: Bytes): BlockEncodingCode | undefined {
  const result = decodeBlock(bytes, chainId);
  return typeof result === 'string' ? result : undefined;
}

/** Makes the in-memory form of a block from a header that names this body. */
export function assembleBlock(fields: BlockHeader, body: DecodedBody, hash: HashFunction): LedgerBlock {
  const headerBytes = encodeBlockHeader(fields);
  return {
    ...projectHeader(fields, headerBytes, hash),
    ...body,
    bytes: joinBlock(headerBytes, encodeLists(encodedBody(body))),
  };
}

/** The lists of a body in the form in which they are hashed and encoded. */
export function encodedBody({ transactions, roundVotes, evidence, certificates }: DecodedBody): BlockBody {
  return {
    transactions: transactions.map(({ bytes }) => bytes),
    roundVotes: roundVotes.map(({ bytes }) => bytes),
    evidence,
    certificates,
  };
}

/** Lists of a body, every item encoded. */
type EncodedLists = Readonly<Record<'transactions' | 'roundVotes' | 'evidence' | 'certificates', readonly Bytes[]>>;

function encodeLists({ transactions, roundVotes, evidence, certificates }: BlockBody): EncodedLists {
  return {
    transactions,
    roundVotes,
    evidence: evidence.map(encodeEvidence),
    certificates: certificates.map(encodeCertificate),
  };
}

function rootOfLists(lists: EncodedLists, hash: HashFunction): Bytes {
  return bodyRootOf([lists.transactions, lists.roundVotes, lists.evidence, lists.certificates], hash);
}

function joinBlock(header: Bytes, { transactions, roundVotes, evidence, certificates }: EncodedLists): Bytes {
  const lists = [transactions, roundVotes, evidence];
  let length = LENGTH_BYTES + header.length + 4 * LIST_LENGTH_BYTES;
  for (const items of lists) for (const item of items) length += LENGTH_BYTES + item.length;
  for (const certificate of certificates) length += certificate.length;
  const writer = new WireWriter(length).bytes(header, LENGTH_BYTES);
  for (const items of lists) {
    writer.uint(items.length, LIST_LENGTH_BYTES);
    for (const item of items) writer.bytes(item, LENGTH_BYTES);
  }
  // Certificates have lengths within, so that they need none in front.
  writer.uint(certificates.length, LIST_LENGTH_BYTES);
  for (const certificate of certificates) writer.raw(certificate);
  return writer.finish();
}

function encodeCertificate({ protocol, data }: Certificate): Bytes {
  requireLength(data, LIMITS.proofBytes);
  const writer = new WireWriter(textBytes(protocol) + LENGTH_BYTES + data.length);
  return writer.text(protocol, NAME_BYTES_MAX).bytes(data, LENGTH_BYTES).finish();
}

function requireLength(value: Bytes, max: number): void {
  if (value.length > max) throw new LedgerError({ code: 'INVALID_VALUE', what: 'bytes', reason: 'too long' });
}

function readBlock(reader: WireReader): EncodedLists & { readonly header: Bytes } {
  return {
    header: reader.bytes(LENGTH_BYTES, HEADER_BYTES_MAX),
    transactions: readList(reader, LIST_MAX, () => reader.bytes(LENGTH_BYTES, BLOCK_BYTES_MAX)),
    roundVotes: readList(reader, LIST_MAX, () => reader.bytes(LENGTH_BYTES, ROUND_VOTE_BYTES_MAX)),
    evidence: readList(reader, LIMITS.evidencePerBlock, () => reader.bytes(LENGTH_BYTES, LIMITS.evidenceBytes)),
    certificates: readList(reader, LIMITS.certificatesPerBlock, () => reader.span(readCertificate)),
  };
}

function readList<T>(reader: WireReader, max: number, read: () => T): T[] {
  const count = reader.uint(LIST_LENGTH_BYTES);
  if (count > max) throw new RangeError('list too long');
  const items: T[] = [];
  for (let index = 0; index < count; index++) items.push(read());
  return items;
}

function readCertificate(reader: WireReader): Certificate {
  return { protocol: readProtocol(reader), data: reader.bytes(LENGTH_BYTES, LIMITS.proofBytes) };
}

function readProtocol(reader: WireReader): ProtocolId {
  const text = reader.text(NAME_BYTES_MAX);
  if (!PROTOCOL_PATTERN.test(text)) throw new RangeError('no protocol');
  return text as ProtocolId;
}

function readHeader(reader: WireReader): BlockHeader {
  reader.version(VERSION);
  return {
    chainId: reader.hash(),
    height: reader.safeUint(),
    parentId: reader.hex(),
    timestamp: reader.safeUint(),
    author: reader.text(NAME_BYTES_MAX),
    protocol: readProtocol(reader),
    digest: reader.bytes(LENGTH_BYTES, LIMITS.digestBytes),
    bodyRoot: reader.hash(),
    stateRoot: reader.hash(),
    seal: reader.bytes(LENGTH_BYTES, LIMITS.sealBytes),
  };
}

const EMPTY_BODY: DecodedBody = { evidence: [], certificates: [], transactions: [], roundVotes: [] };

function projectHeader(
  fields: BlockHeader,
  headerBytes: Bytes,
  hash: HashFunction,
): Pick<LedgerBlock, 'header' | 'headerBytes' | 'fields'> {
  const { parentId, height, timestamp, author, protocol, digest, seal } = fields;
  const unsealed = headerBytes.subarray(0, headerBytes.length - 4 - seal.length);
  const sealHash = tagged(SEAL_TAG, unsealed, hash);
  // The seal is part of the identity, so a copy with a spoilt seal cannot pass for the block itself.
  const id = bytesToHex(tagged(ID_TAG, headerBytes, hash));
  return { header: { id, parentId, height, timestamp, author, protocol, digest, seal, sealHash }, headerBytes, fields };
}

function tagged(tag: Bytes, data: Bytes, hash: HashFunction): Bytes {
  const input = new Uint8Array(tag.length + data.length);
  input.set(tag);
  input.set(data, tag.length);
  return hash(input);
}

function decodeAll<T extends object>(
  items: readonly Bytes[],
  decode: (item: Bytes) => T | BlockEncodingCode,
): T[] | BlockEncodingCode {
  const result: T[] = [];
  for (const item of items) {
    const decoded = decode(item);
    if (typeof decoded === 'string') return decoded;
    result.push(decoded);
  }
  return result;
}
