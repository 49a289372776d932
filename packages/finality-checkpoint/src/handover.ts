/**
 * Hand-over from one committee to the next, and its stand-alone proof (finality-checkpoint H1 to H4, P2).
 *
 * @module
 */
import {
  type ByteReader,
  type Bytes,
  ByteWriter,
  compareBytes,
  type HashFunction,
  taggedHash,
} from '@fiducia/consensus';
import { type Certificate, decodeCertificate, encodeCertificate } from './certificate.ts';
import { type Committee, readCommittee, writeCommittee } from './committee.ts';
import type { CheckpointState } from './state.ts';
import { type Checkpoint, isConsecutive, type Link, readCheckpoint, type TermNumber, writeCheckpoint } from './vote.ts';

const NO_COMMITMENT: Bytes = /* @__PURE__ */ new Uint8Array();

/** What commitments are made with. */
export interface CommitmentContext {
  /** 32 bytes that identify the chain. */
  readonly chainId: Bytes;
  /** SHA-256. */
  readonly sha256: HashFunction;
}

/** Shows that a boundary is final and who votes from there on. */
export interface HandoverProof {
  /** Last checkpoint of the old committee, and root of the new one. */
  readonly boundary: Checkpoint;
  /** The new committee. */
  readonly committee: Committee;
  /** A consecutive link of the old committee that commits to both. */
  readonly certificate: Certificate;
}

/**
 * What voters sign from the boundary on: that the committee of `term` takes over at `boundary`.
 *
 * @param term - The term that begins.
 * @returns 32 bytes.
 */
export function handoverCommitment(
  term: TermNumber,
  boundary: Checkpoint,
  committee: Committee,
  context: CommitmentContext,
): Bytes {
  const body = writeCommittee(writeCheckpoint(new ByteWriter().uint(term, 4), boundary), committee).finish();
  return taggedHash(context.sha256, 'checkpoint/handover/v1', context.chainId, body);
}

/**
 * Whether a link of the committee before finalises a boundary: it is consecutive, starts at the boundary or
 * above it, and commits to the boundary and the next committee (finality-checkpoint F1, F5).
 *
 * Ancestry needs no check: a quorum contains an honest member, which signs the commitment of its own chain only.
 */
export function finalisesBoundary(
  link: Link,
  boundary: Checkpoint,
  committee: Committee,
  context: CommitmentContext,
): boolean {
  if (!isConsecutive(link) || link.source.number < boundary.number) return false;
  return compareBytes(link.handover, handoverCommitment(link.term + 1, boundary, committee, context)) === 0;
}

/** Appends a proof. */
export function writeHandover(writer: ByteWriter, { boundary, committee, certificate }: HandoverProof): ByteWriter {
  return writeCommittee(writeCheckpoint(writer, boundary), committee).bytes(encodeCertificate(certificate));
}

/** Reads a proof; throws on anything that {@link writeHandover} cannot have written, like the reader itself. */
export function readHandover(reader: ByteReader): HandoverProof {
  const boundary = readCheckpoint(reader);
  const committee = readCommittee(reader);
  const certificate = decodeCertificate(reader.bytes());
  if (committee === undefined || certificate === undefined) throw new RangeError('no hand-over');
  return { boundary, committee, certificate };
}

/** What a vote from `source` on this branch has to commit to: the pending committee from the boundary on, else nothing. */
export function commitmentFor(state: CheckpointState, source: number, context: CommitmentContext): Bytes {
  const { handover, term } = state;
  if (handover === null || handover.fixed === null || source < handover.boundary) return NO_COMMITMENT;
  const boundary = { number: handover.boundary, id: handover.fixed.id };
  return handoverCommitment(term.number + 1, boundary, handover.fixed.committee, context);
}

/** Whether a link of the current term finalises the pending boundary of this branch, wherever the link lies (F5, H4). */
export function isHandover({ handover }: CheckpointState, link: Link, context: CommitmentContext): boolean {
  if (handover === null || handover.fixed === null) return false;
  const boundary = { number: handover.boundary, id: handover.fixed.id };
  return finalisesBoundary(link, boundary, handover.fixed.committee, context);
}
