/**
 * Checkpoints, links, and the bytes that a vote signs (finality-checkpoint O1).
 *
 * @module
 */
import { type BlockId, ByteReader, type Bytes, ByteWriter, compareBytes, tryDecode } from '@fiducia/consensus';

/** Number of a committee, counted from the start of the contract's era. The specification calls it an era. */
export type TermNumber = number;

/**
 * Last term that has a guard position: with 32 bits for a checkpoint the pair of both stays a safe integer.
 * A committee of this term stays for good.
 */
export const TERM_MAX: TermNumber = 2 ** 21 - 1;

/** Last checkpoint that can be voted for. */
export const CHECKPOINT_MAX: number = 2 ** 32 - 1;

/** A block at a height that is a multiple of the checkpoint distance. */
export interface Checkpoint {
  /** k: its height divided by the distance. */
  readonly number: number;
  /** Which block. */
  readonly id: BlockId;
}

/** What a vote says: that the target should follow the source. */
export interface Link {
  /** Committee that votes. */
  readonly term: TermNumber;
  /** A justified checkpoint. */
  readonly source: Checkpoint;
  /** A later one that descends from it. */
  readonly target: Checkpoint;
  /**
   * Commitment to the next committee if the source is at or above the boundary of a hand-over, else empty:
   * the quorum that finalises a boundary thereby vouches for who comes next (finality-checkpoint P2).
   */
  readonly handover: Bytes;
}

/** Bytes of a commitment to the next committee. */
const COMMITMENT_BYTES = 32;

/** First byte of the payload of a vote. */
const VOTE_KIND = 1;

const BLOCK_ID_BYTES_MAX = 128;

/** Bytes that every voter for a link signs; the domain of the host adds chain, era and protocol. */
export function encodeVote({ term, source, target, handover }: Link): Bytes {
  const writer = new ByteWriter().uint(VOTE_KIND, 1).uint(term, 4);
  return writeCheckpoint(writeCheckpoint(writer, source), target).bytes(handover).finish();
}

/** @returns `undefined` for anything that {@link encodeVote} cannot yield for a well-formed link (finality-checkpoint O1). */
export function decodeVote(payload: Bytes): Link | undefined {
  // Every other message is tried as a vote, too, and a failed decoding costs more than all the rest.
  if (payload[0] !== VOTE_KIND) return undefined;
  const link = tryDecode((): Link => {
    const reader = new ByteReader(payload.subarray(1), 'checkpoint vote');
    const term = reader.uint(4);
    const source = readCheckpoint(reader);
    const target = readCheckpoint(reader);
    const handover = reader.bytes(COMMITMENT_BYTES);
    reader.finish();
    return { term, source, target, handover };
  });
  if (link === undefined || link.term > TERM_MAX || link.source.number >= link.target.number) return undefined;
  const isCommitment = link.handover.length === 0 || link.handover.length === COMMITMENT_BYTES;
  return isCommitment ? link : undefined;
}

/** Whether a link finalises: its target is the checkpoint right after its source (finality-checkpoint F1). */
export function isConsecutive({ source, target }: Link): boolean {
  return target.number === source.number + 1;
}

/** Whether two links are one. */
function isSameLink(a: Link, b: Link): boolean {
  const isSame = a.term === b.term && isSameCheckpoint(a.source, b.source) && isSameCheckpoint(a.target, b.target);
  return isSame && compareBytes(a.handover, b.handover) === 0;
}

/** Whether two checkpoints are one. */
export function isSameCheckpoint(a: Checkpoint, b: Checkpoint): boolean {
  return a.number === b.number && a.id === b.id;
}

/**
 * Whether nobody may vote for both: they share a target height (finality-checkpoint V1, SCH-3), or one surrounds the
 * other (V2). Terms are compared by number, so that rival roots excuse nothing (O3).
 */
export function isContradiction(a: Link, b: Link): boolean {
  if (a.term !== b.term) return false;
  return a.target.number === b.target.number ? !isSameLink(a, b) : isSurround(a, b) || isSurround(b, a);
}

/** Whether the outer link begins before the inner one and ends after it (finality-checkpoint V2). */
export function isSurround(outer: Link, inner: Link): boolean {
  return outer.source.number < inner.source.number && inner.target.number < outer.target.number;
}

/** Appends a checkpoint. */
export function writeCheckpoint(writer: ByteWriter, { number, id }: Checkpoint): ByteWriter {
  return writer.uint(number, 4).text(id);
}

/** Reads a checkpoint. */
export function readCheckpoint(reader: ByteReader): Checkpoint {
  return { number: reader.uint(4), id: reader.text(BLOCK_ID_BYTES_MAX) };
}
