/**
 * Stand-alone proofs of finality (finality-checkpoint P3).
 *
 * @module
 */
import {
  accept,
  ByteReader,
  type Bytes,
  ByteWriter,
  type Claim,
  type ConsensusHeader,
  reject,
  type Tip,
  tryDecode,
  type Verdict,
} from '@fiducia/consensus';
import {
  type Certificate,
  certificateClaims,
  certificateFault,
  decodeCertificate,
  encodeCertificate,
} from './certificate.ts';
import type { Committee } from './committee.ts';
import type { CheckpointConfig } from './config.ts';
import {
  type CommitmentContext,
  finalisesBoundary,
  type HandoverProof,
  readHandover,
  writeHandover,
} from './handover.ts';
import type { CheckpointRefusal } from './refusals.ts';
import type { CheckpointState, Term } from './state.ts';
import { type Checkpoint, isConsecutive, type TermNumber } from './vote.ts';

/**
 * Why a checkpoint is final: a consecutive link from it, or the hand-over at it; with both, the link belongs to
 * the committee that the hand-over begins.
 */
export interface FinalityProof {
  /** Change of committee that is final at the block, or below it. */
  readonly handover: HandoverProof | null;
  /** Consecutive link from the block. */
  readonly certificate: Certificate | null;
}

/** Encodes a proof canonically. */
export function encodeProof({ handover, certificate }: FinalityProof): Bytes {
  const writer = new ByteWriter().uint((handover === null ? 0 : 1) + (certificate === null ? 0 : 2), 1);
  if (handover !== null) writeHandover(writer, handover);
  if (certificate !== null) writer.bytes(encodeCertificate(certificate));
  return writer.finish();
}

/** @returns `undefined` for anything but the canonical encoding of a proof. */
export function decodeProof(bytes: Bytes): FinalityProof | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'finality proof');
    const parts = reader.uint(1);
    const handover = (parts & 1) === 0 ? null : readHandover(reader);
    const certificate = (parts & 2) === 0 ? null : decodeCertificate(reader.bytes());
    reader.finish();
    if (parts < 1 || parts > 3 || certificate === undefined) throw new RangeError('no proof');
    return { handover, certificate };
  });
}

/**
 * Encodes why `source` is final by a link of `term`. The proof brings the hand-over with it where the state
 * before the source does not know yet that the term has begun.
 */
export function proveSource(certificate: Certificate, term: Term, config: CheckpointConfig): Bytes {
  const isKnown = certificate.link.source.number * config.every > term.startedAt;
  const opening = isKnown || term.opening === null ? null : (decodeProof(term.opening)?.handover ?? null);
  return encodeProof({ handover: opening, certificate });
}

/** A committee and the checkpoint from which on it votes. */
interface Authority {
  readonly term: TermNumber;
  readonly committee: Committee;
  readonly root: Checkpoint;
}

/**
 * Judges a proof for `header` with the state before it. The host commits what it proves together with the head
 * (finality-checkpoint F4).
 */
export function verifyProof(
  proof: Bytes,
  header: ConsensusHeader,
  parent: Tip<CheckpointState>,
  config: CheckpointConfig,
  context: CommitmentContext,
): Verdict {
  const { state } = parent;
  const decoded = decodeProof(proof);
  if (decoded === undefined) return reject('PROOF_ENCODING');
  const { handover, certificate } = decoded;
  const claims: Claim[] = [];
  let authority: Authority = { ...state.term, term: state.term.number };

  if (handover !== null) {
    const fault = handoverFault(handover, authority, context);
    if (fault !== undefined) return reject(fault);
    const { boundary, committee } = handover;
    const known = certificate === null ? header.id : state.checkpoints.get(boundary.number);
    if (known !== boundary.id) return reject('PROOF_BOUNDARY');
    claims.push(...certificateClaims(handover.certificate, authority.committee));
    authority = { term: authority.term + 1, committee, root: boundary };
  }
  const subject = certificate === null ? authority.root : certificate.link.source;
  if (subject.id !== header.id || subject.number * config.every !== header.height) return reject('PROOF_BLOCK');
  if (certificate !== null) {
    const fault = linkFault(certificate, authority);
    if (fault !== undefined) return reject(fault);
    claims.push(...certificateClaims(certificate, authority.committee));
  }
  return accept(claims);
}

/** Why a hand-over by the committee of `authority` does not hold; `undefined` if it does, provided the claims do. */
function handoverFault(
  { boundary, committee, certificate }: HandoverProof,
  authority: Authority,
  context: CommitmentContext,
): CheckpointRefusal | undefined {
  if (certificate.link.term !== authority.term) return 'PROOF_TERM';
  if (boundary.number <= authority.root.number) return 'PROOF_BOUNDARY';
  if (!finalisesBoundary(certificate.link, boundary, committee, context)) return 'PROOF_HANDOVER';
  return certificateFault(certificate, authority.committee);
}

/** Why a link does not finalise its source; `undefined` if it does, provided the claims do. */
function linkFault(certificate: Certificate, authority: Authority): CheckpointRefusal | undefined {
  const { link } = certificate;
  if (link.term !== authority.term) return 'PROOF_TERM';
  if (!isConsecutive(link)) return 'PROOF_NOT_CONSECUTIVE';
  // F5: above a pending boundary a link finalises the boundary alone, which is what a hand-over proof says.
  if (link.handover.length > 0 || link.source.number < authority.root.number) return 'PROOF_BOUNDARY';
  return certificateFault(certificate, authority.committee);
}
