/**
 * Questions for blocks and their answers, as bytes.
 *
 * @module
 */

import { type BlockId, ByteReader, type Bytes, ByteWriter, ConsensusError } from '@fiducia/consensus';
import { decodeProvenBlock, encodeProvenBlock, type ProvenBlock } from '../finality/proof-codec.ts';

/** What a peer may ask on the block channel. */
export type BlockRequest =
  /** One block by identity; the answer is the block with its proof. */
  | { readonly kind: 'byId'; readonly id: BlockId }
  /**
   * Blocks of the answerer's adopted branch with their proofs, upwards from the first of `known` that lies on it;
   * the answer is a list.
   */
  | { readonly kind: 'after'; readonly known: readonly BlockId[]; readonly count: number };

/** Most identities in one question: a locator of 2^32 blocks with doubling gaps needs fewer. */
export const LOCATOR_MAX = 48;
const ID_BYTES_MAX = 256;
const KIND_BY_ID = 0;
const KIND_AFTER = 1;

/** Encodes a question. */
export function encodeBlockRequest(request: BlockRequest): Bytes {
  const writer = new ByteWriter();
  if (request.kind === 'byId') return writer.uint(KIND_BY_ID, 1).text(request.id).finish();
  writer.uint(KIND_AFTER, 1).uint(request.count, 4).uint(request.known.length, 1);
  for (const id of request.known) writer.text(id);
  return writer.finish();
}

/** @throws ConsensusError with `INVALID_ENCODING`. */
export function decodeBlockRequest(bytes: Bytes): BlockRequest {
  const reader = new ByteReader(bytes, 'block request');
  const request = readRequest(reader, reader.uint(1));
  reader.finish();
  return request;
}

/** Encodes the answer to `after`. */
export function encodeBlockList(blocks: readonly ProvenBlock[]): Bytes {
  const writer = new ByteWriter().uint(blocks.length, 4);
  for (const block of blocks) writer.bytes(encodeProvenBlock(block));
  return writer.finish();
}

/**
 * @param countMax - Most blocks that were asked for.
 * @param blockBytesMax - Longest block that is accepted.
 * @throws ConsensusError with `INVALID_ENCODING`.
 */
export function decodeBlockList(bytes: Bytes, countMax: number, blockBytesMax: number): readonly ProvenBlock[] {
  const reader = new ByteReader(bytes, 'block list');
  const count = reader.uint(4);
  if (count > countMax) throw invalid('block list');
  const blocks: ProvenBlock[] = [];
  for (let index = 0; index < count; index++) blocks.push(decodeProvenBlock(reader.bytes(), blockBytesMax));
  reader.finish();
  return blocks;
}

function readRequest(reader: ByteReader, kind: number): BlockRequest {
  if (kind === KIND_BY_ID) return { kind: 'byId', id: reader.text(ID_BYTES_MAX) };
  if (kind !== KIND_AFTER) throw invalid('block request');
  const count = reader.uint(4);
  const length = reader.uint(1);
  if (length > LOCATOR_MAX) throw invalid('block request');
  const known: BlockId[] = [];
  for (let index = 0; index < length; index++) known.push(reader.text(ID_BYTES_MAX));
  return { kind: 'after', known, count };
}

function invalid(what: string): ConsensusError {
  return new ConsensusError({ code: 'INVALID_ENCODING', what, offset: 0 });
}
