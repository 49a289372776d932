/**
 * A block format for chains that have none of their own.
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  type Certificate,
  compareBytes,
  decodeEvidence,
  type Evidence,
  encodeEvidence,
  type HashFunction,
  type HeaderContext,
  LIMITS,
  type Millis,
  type ProtocolId,
  tryDecode,
} from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { toHex } from '../hex.ts';

/** What the chain itself puts into a block. */
export interface BlockContent {
  /** What the header commits to after execution, e.g. the hash of the state; may be empty. */
  readonly root: Bytes;
  /** The body: usually the transactions, in the chain's own canonical encoding. */
  readonly payload: Bytes;
}

/** What consensus puts into the body of a block. */
export interface BlockProofs {
  /** Evidence in body order. */
  readonly evidence: readonly Evidence[];
  /** Certificates in body order. */
  readonly certificates: readonly Certificate[];
}

/** Makes and reads blocks; the parts of a chain port that concern no state. */
export interface BlockFormat {
  /** Makes the block that a chain starts from, with height 0 and no author. @param timestamp - 0 if left out. */
  composeGenesis(content: BlockContent, timestamp?: Millis): Block;
  /** Makes an unsealed block, as `ChainPort.build` has to. @param proofs - None if left out. */
  compose(context: HeaderContext, content: BlockContent, proofs?: BlockProofs): Block;
  /** Attaches a seal, as `ChainPort.seal` has to; the id changes, `sealHash` does not. */
  seal(block: Block, seal: Bytes): Block;
  /** Decodes bytes of a peer, as `ChainPort.decode` has to: total, canonical, `null` for anything else. */
  decode(bytes: Bytes, part: 'block' | 'header'): Block | null;
  /** What the chain put into a block of this format; the payload is empty if only the header was decoded. */
  contentOf(block: Block): BlockContent;
}

/** What {@link createBlockFormat} needs. */
export interface BlockFormatOptions {
  /** 32 bytes that identify the chain; covered by every `sealHash`. */
  readonly chainId: Bytes;
  /** SHA-256. */
  readonly sha256: HashFunction;
}

/**
 * Creates a block format: header and body in the canonical bytes of the contract, `sealHash` and id by SHA-256. The
 * header commits to the body, the id covers the seal.
 *
 * Sizes of digest, seal and proofs are bounded by the contract; what a payload may hold and how long it may be is for
 * the chain to say in `execute`.
 *
 * @example
 * ```ts
 * const format = createBlockFormat({ chainId, sha256 });
 * const block = format.compose(headerContext, { root: sha256(state), payload });
 * format.decode(format.seal(block, seal).bytes, 'block')?.header.sealHash; // as before
 * ```
 */
export function createBlockFormat({ chainId, sha256 }: BlockFormatOptions): BlockFormat {
  // A miner makes a block for every head that it hears of, and nearly all of them are empty.
  const emptyBody = writeBody(new Uint8Array(), NO_PROOFS);
  const emptyBodyHash = sha256(emptyBody);
  /** @param context - What `unsealed` says; its arrays are those of the block from now on. */
  const project = (context: HeaderContext, unsealed: Bytes, seal: Bytes, body: Bytes | null): Block => {
    const sealHash = new ByteWriter().bytes(chainId).bytes(unsealed).hash(sha256);
    const headerOf = (headerBytes: Bytes) => ({ ...context, seal, sealHash, id: toHex(sha256(headerBytes)) });
    if (body === null) {
      const headerBytes = new ByteWriter().bytes(unsealed).bytes(seal).finish();
      return { header: headerOf(headerBytes), headerBytes, bytes: NO_BYTES, evidence: [], certificates: [] };
    }
    const headerLength = 2 * LENGTH_BYTES + unsealed.length + seal.length;
    const writer = new ByteWriter().uint(headerLength, LENGTH_BYTES).bytes(unsealed).bytes(seal);
    const bytes = writer.bytes(body).finish();
    // A part of the block: arrays of this size live outside of the heap, and each costs more than filling it.
    const headerBytes = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + headerLength);
    const { evidence, certificates } = body === emptyBody ? NO_PROOFS : readBody(body);
    return { header: headerOf(headerBytes), headerBytes, bytes, evidence, certificates };
  };
  const compose = (context: HeaderContext, { root, payload }: BlockContent, proofs: BlockProofs): Block => {
    const isEmpty = payload.length + proofs.evidence.length + proofs.certificates.length === 0;
    const body = isEmpty ? emptyBody : writeBody(payload, proofs);
    const unsealed = writeUnsealed(context, root, isEmpty ? emptyBodyHash : sha256(body));
    const { parentId, height, timestamp, author, protocol, digest } = context;
    const own = { parentId, height, timestamp, author, protocol, digest: digest.slice() };
    return project(own, unsealed, new Uint8Array(), body);
  };
  return {
    composeGenesis: (content, timestamp = 0) => compose({ ...ORIGIN, timestamp }, content, NO_PROOFS),
    compose: (context, content, proofs = NO_PROOFS) => compose(context, content, proofs),
    seal(block, seal) {
      const { unsealed } = splitHeader(block.headerBytes);
      return project(readUnsealed(unsealed).context, unsealed, seal, bodyOf(block));
    },
    decode: (bytes, part) =>
      tryDecode(() => {
        const { headerBytes, body } = part === 'block' ? splitBlock(bytes) : { headerBytes: bytes, body: null };
        const { unsealed, seal } = splitHeader(headerBytes);
        const { context, bodyHash } = readUnsealed(unsealed);
        if (body !== null && compareBytes(sha256(body), bodyHash) !== 0) return null;
        return project(context, unsealed, seal, body);
      }) ?? null,
    contentOf(block) {
      const { root } = readUnsealed(splitHeader(block.headerBytes).unsealed);
      const body = bodyOf(block);
      return { root, payload: body === null ? new Uint8Array() : readBody(body).payload };
    },
  };
}

function writeUnsealed(context: HeaderContext, root: Bytes, bodyHash: Bytes): Bytes {
  const { parentId, height, timestamp, author, protocol, digest } = context;
  const writer = new ByteWriter().text(parentId).uint(height, HEIGHT_BYTES).uint(timestamp, HEIGHT_BYTES);
  return writer.text(author).text(protocol).bytes(digest).bytes(root).bytes(bodyHash).finish();
}

interface Unsealed {
  readonly context: HeaderContext;
  readonly root: Bytes;
  readonly bodyHash: Bytes;
}

function readUnsealed(bytes: Bytes): Unsealed {
  const reader = new ByteReader(bytes, 'header');
  const context: HeaderContext = {
    parentId: reader.text(),
    height: reader.uint(HEIGHT_BYTES),
    timestamp: reader.uint(HEIGHT_BYTES),
    author: reader.text(),
    protocol: reader.text() as ProtocolId,
    digest: reader.bytes(LIMITS.digestBytes),
  };
  const unsealed = { context, root: reader.bytes(), bodyHash: reader.bytes() };
  reader.finish();
  return unsealed;
}

function writeBody(payload: Bytes, { evidence, certificates }: BlockProofs): Bytes {
  const writer = new ByteWriter().bytes(payload).uint(evidence.length, COUNT_BYTES);
  for (const item of evidence) writer.bytes(encodeEvidence(item));
  writer.uint(certificates.length, COUNT_BYTES);
  for (const { protocol, data } of certificates) writer.text(protocol).bytes(data);
  return writer.finish();
}

function readBody(bytes: Bytes): BlockProofs & { readonly payload: Bytes } {
  const reader = new ByteReader(bytes, 'body');
  const payload = reader.bytes();
  const evidence = Array.from({ length: reader.uint(COUNT_BYTES) }, () =>
    decodeEvidence(reader.bytes(LIMITS.evidenceBytes)),
  );
  const certificates = Array.from({ length: reader.uint(COUNT_BYTES) }, () => ({
    protocol: reader.text() as ProtocolId,
    data: reader.bytes(LIMITS.proofBytes),
  }));
  reader.finish();
  return { payload, evidence, certificates };
}

function splitBlock(bytes: Bytes): { readonly headerBytes: Bytes; readonly body: Bytes } {
  const reader = new ByteReader(bytes, 'block');
  const parts = { headerBytes: reader.bytes(), body: reader.bytes() };
  reader.finish();
  return parts;
}

function splitHeader(bytes: Bytes): { readonly unsealed: Bytes; readonly seal: Bytes } {
  const reader = new ByteReader(bytes, 'header');
  const parts = { unsealed: reader.bytes(), seal: reader.bytes(LIMITS.sealBytes) };
  reader.finish();
  return parts;
}

function bodyOf(block: Block): Bytes | null {
  return block.bytes.length === 0 ? null : splitBlock(block.bytes).body;
}

const NO_BYTES: Bytes = new Uint8Array();
const NO_PROOFS: BlockProofs = { evidence: [], certificates: [] };
const ORIGIN = { parentId: '', height: 0, author: '', protocol: 'genesis@0', digest: new Uint8Array() } as const;
/** Heights and times are safe integers; eight bytes hold every one of them. */
const HEIGHT_BYTES = 8;
/** The length before each string of bytes. */
const LENGTH_BYTES = 4;
/** A body holds far fewer proofs than a byte counts. */
const COUNT_BYTES = 1;
