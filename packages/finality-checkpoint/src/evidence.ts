/**
 * Offences against finality: double votes, surround votes, contradicting certificates (finality-checkpoint O3, V1, V2).
 *
 * @module
 */
import {
  type ActorId,
  type Artefact,
  accept,
  ByteReader,
  type Bytes,
  ByteWriter,
  compareBytes,
  type Directive,
  type Evidence,
  encodeSignedMessage,
  type HeaderContext,
  type Height,
  LIMITS,
  reject,
  tryDecode,
  type Verdict,
} from '@fiducia/consensus';
import {
  type Certificate,
  certificateClaims,
  certificateFault,
  decodeCertificate,
  encodeCertificate,
  voteClaim,
} from './certificate.ts';
import { type Committee, seatOf } from './committee.ts';
import type { CheckpointConfig } from './config.ts';
import type { CheckpointPenaltyReason } from './refusals.ts';
import type { CheckpointState } from './state.ts';
import { decodeVote, isContradiction, isSurround, type Link, type TermNumber } from './vote.ts';

/** A vote with its signature, as evidence and pools keep it. */
export interface SignedVote {
  /** What it says. */
  readonly link: Link;
  /** Encoded link: what the signature covers. */
  readonly payload: Bytes;
  /** Signature of the voter. */
  readonly signature: Bytes;
}

/** Id of evidence of one vote that surrounds another one (finality-checkpoint V2). */
const SURROUND = 'surround';

/** Id of evidence of two certificates that contradict each other: at least a third of the weight signed both. */
const CONFLICT = 'conflict';

/** Checkpoints above the head for which votes are kept (finality-checkpoint section 6). */
export const TARGETS_AHEAD = 2;

/** Where evidence belongs. */
export interface EvidenceScope {
  /** Identity of the protocol. */
  readonly protocol: Evidence['protocol'];
  /** Era of the contract. */
  readonly era: number;
}

/** Evidence of a surround vote, the outer vote first; its height is that of the inner target. */
export function surroundEvidence(
  offender: ActorId,
  outer: SignedVote,
  inner: SignedVote,
  config: CheckpointConfig,
  { era, protocol }: EvidenceScope,
): Evidence {
  const writer = new ByteWriter();
  for (const { payload, signature } of [outer, inner]) writer.bytes(payload).bytes(signature);
  const height = inner.link.target.number * config.every;
  return { kind: 'custom', id: SURROUND, era, protocol, offender, height, data: writer.finish() };
}

/** Evidence of two votes for one target height, in the form that hosts give to messages they compare (contract H-29). */
export function doubleVoteEvidence(
  offender: ActorId,
  votes: readonly [SignedVote, SignedVote],
  height: Height,
  { era, protocol }: EvidenceScope,
): Evidence {
  const encode = ({ payload, signature }: SignedVote) => encodeSignedMessage({ author: offender, payload, signature });
  const [a, b] = [encode(votes[0]), encode(votes[1])];
  const [first, second] = compareBytes(a, b) < 0 ? [a, b] : [b, a];
  return { kind: 'equivocation', subject: 'message', era, protocol, offender, height, first, second };
}

/**
 * Evidence of two certificates of one term that contradict each other. It names the first member that signed
 * both; all of them are punished.
 *
 * @returns `undefined` if nobody has to answer for the two.
 */
export function conflictEvidence(
  a: Certificate,
  b: Certificate,
  committee: Committee,
  config: CheckpointConfig,
  { era, protocol }: EvidenceScope,
): Evidence | undefined {
  if (!isContradiction(a.link, b.link)) return undefined;
  const [voter] = sharedVoters(a, b);
  const offender = committee.seats[voter ?? -1]?.id;
  if (offender === undefined) return undefined;
  const [first, second] = [encodeCertificate(a), encodeCertificate(b)].sort(compareBytes);
  if (first === undefined || second === undefined) return undefined;
  const data = new ByteWriter().bytes(first).bytes(second).finish();
  return { kind: 'custom', id: CONFLICT, era, protocol, offender, height: conflictHeight(a, b, config), data };
}

/** Whether evidence shows that finality itself is broken (finality-checkpoint X). */
export function isConflictEvidence(evidence: Evidence): boolean {
  return evidence.kind === 'custom' && evidence.id === CONFLICT;
}

/** Who answers for accepted evidence. */
export function offendersIn(state: CheckpointState, evidence: Evidence): readonly ActorId[] {
  if (evidence.kind !== 'custom' || evidence.id !== CONFLICT) return [evidence.offender];
  const pair = decodeConflict(evidence.data);
  const committee = pair === undefined ? undefined : committeeOfTerm(state, pair[0].link.term);
  if (pair === undefined || committee === undefined) return [];
  return sharedVoters(...pair).flatMap((voter) => committee.seats[voter]?.id ?? []);
}

/** Judges evidence for inclusion in a child of a block with this state (contract H-30). */
export function verifyEvidence(
  evidence: Evidence,
  state: CheckpointState,
  subjects: readonly Artefact[],
  config: CheckpointConfig,
): Verdict {
  if (evidence.height > highestReportable(evidence, state, config)) return reject('EVIDENCE_TOO_EARLY');
  switch (evidence.kind) {
    case 'equivocation':
      return judgeDoubleVote(evidence, state, subjects);
    case 'custom':
      if (evidence.id === SURROUND) return judgeSurround(evidence, state, config);
      return evidence.id === CONFLICT ? judgeConflict(evidence, state, config) : reject('EVIDENCE_KIND');
    case 'invalidHeader':
      return reject('EVIDENCE_KIND');
  }
}

/** What the offences proven in a block cost: each member pays once until the term after the next. */
export function punish(
  state: CheckpointState,
  header: HeaderContext,
  evidence: readonly Evidence[],
  protocol: Evidence['protocol'],
  config: CheckpointConfig,
): readonly Directive[] {
  const offenders = new Set<ActorId>();
  for (const item of evidence) {
    if (item.protocol !== protocol) continue;
    for (const id of offendersIn(state, item)) if (state.punished.get(id) === undefined) offenders.add(id);
  }
  const reason: CheckpointPenaltyReason = 'FINALITY_VOTE';
  const untilHeight = header.height + config.jailBlocks;
  return [...offenders].flatMap((actor): Directive[] => [
    ...(config.slashPpm > 0 ? [{ kind: 'slash', actor, partsPerMillion: config.slashPpm, reason } as const] : []),
    ...(config.jailBlocks > 0 ? [{ kind: 'jail', actor, untilHeight, reason } as const] : []),
  ]);
}

/** Committee of the current or the previous term; offences of others cannot be judged any more. */
export function committeeOfTerm(state: CheckpointState, term: TermNumber): Committee | undefined {
  if (term === state.term.number) return state.term.committee;
  return term === state.previous?.number ? state.previous.committee : undefined;
}

/**
 * Committee of a term whose votes are kept: also of the next one, whose boundary the branch has reached. Its members could
 * contradict themselves before it takes over otherwise, and nobody would report it twice.
 */
export function committeeOfVotes(state: CheckpointState, term: TermNumber): Committee | undefined {
  return term === state.term.number + 1 ? state.handover?.fixed?.committee : committeeOfTerm(state, term);
}

/** Envelopes place votes at most so far ahead of the reporter's head, and the reporter may be as far ahead of us. */
function highestReportable({ kind }: Evidence, { height }: CheckpointState, { every }: CheckpointConfig): Height {
  const spread = height + 2 * LIMITS.futureHeights;
  // The height of votes that nobody has to take the reporter's word for is that of a checkpoint.
  return kind === 'custom' ? spread + TARGETS_AHEAD * every : spread;
}

type CustomEvidence = Extract<Evidence, { readonly kind: 'custom' }>;

const VOTE_BYTES_MAX = 512;
const SIGNATURE_BYTES_MAX = 512;

/** The host has checked both signatures, that the keys are equal and that the votes differ. */
function judgeDoubleVote(evidence: Evidence, state: CheckpointState, subjects: readonly Artefact[]): Verdict {
  const [subject] = subjects;
  const link = subject?.kind === 'message' ? decodeVote(subject.message.payload) : undefined;
  if (link === undefined) return reject('EVIDENCE_NOT_PROVABLE');
  return judgeOffender(evidence.offender, link.term, state).verdict;
}

function judgeSurround(evidence: CustomEvidence, state: CheckpointState, config: CheckpointConfig): Verdict {
  const [outer, inner] = decodeVotes(evidence.data) ?? [];
  const isOffence =
    outer !== undefined &&
    inner !== undefined &&
    outer.link.term === inner.link.term &&
    isSurround(outer.link, inner.link) &&
    evidence.height === inner.link.target.number * config.every;
  if (!isOffence) return reject('EVIDENCE_NOT_PROVABLE');
  const { verdict, seat } = judgeOffender(evidence.offender, outer.link.term, state);
  if (seat === undefined) return verdict;
  return accept([outer, inner].map(({ payload, signature }) => voteClaim(seat, payload, signature)));
}

function judgeConflict(evidence: CustomEvidence, state: CheckpointState, config: CheckpointConfig): Verdict {
  const pair = decodeConflict(evidence.data);
  if (pair === undefined || !isContradiction(pair[0].link, pair[1].link)) return reject('EVIDENCE_NOT_PROVABLE');
  const committee = committeeOfTerm(state, pair[0].link.term);
  if (committee === undefined) return reject('EVIDENCE_TOO_OLD');
  const isComplete = pair.every((certificate) => certificateFault(certificate, committee) === undefined);
  const [first] = offendersIn(state, evidence);
  const isCanonical = first === evidence.offender && evidence.height === conflictHeight(...pair, config);
  if (!isComplete || !isCanonical) return reject('EVIDENCE_NOT_PROVABLE');
  // One such pair says all there is to say.
  if (state.isBroken) return reject('EVIDENCE_DUPLICATE');
  return accept(pair.flatMap((certificate) => certificateClaims(certificate, committee)));
}

function judgeOffender(
  offender: ActorId,
  term: TermNumber,
  state: CheckpointState,
): { readonly verdict: Verdict; readonly seat?: Committee['seats'][number] } {
  const committee = committeeOfVotes(state, term);
  if (committee === undefined) {
    return { verdict: reject(term > state.term.number ? 'EVIDENCE_TOO_EARLY' : 'EVIDENCE_TOO_OLD') };
  }
  const seat = committee.seats[seatOf(committee, offender) ?? -1];
  if (seat === undefined) return { verdict: reject('UNKNOWN_OFFENDER') };
  if (state.punished.get(offender) !== undefined) return { verdict: reject('EVIDENCE_DUPLICATE') };
  return { verdict: accept(), seat };
}

function sharedVoters(a: Certificate, b: Certificate): readonly number[] {
  const voters = new Set(b.voters);
  return a.voters.filter((voter) => voters.has(voter));
}

function conflictHeight(a: Certificate, b: Certificate, config: CheckpointConfig): number {
  return Math.min(a.link.target.number, b.link.target.number) * config.every;
}

function decodeVotes(data: Bytes): readonly SignedVote[] | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(data, 'surround votes');
    const votes = [readVote(reader), readVote(reader)];
    reader.finish();
    return votes;
  });
}

function readVote(reader: ByteReader): SignedVote {
  const payload = reader.bytes(VOTE_BYTES_MAX);
  const link = decodeVote(payload);
  if (link === undefined) throw new RangeError('no vote');
  return { link, payload, signature: reader.bytes(SIGNATURE_BYTES_MAX) };
}

function decodeConflict(data: Bytes): readonly [Certificate, Certificate] | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(data, 'contradicting certificates');
    const [first, second] = [reader.bytes(), reader.bytes()];
    reader.finish();
    const pair = [decodeCertificate(first), decodeCertificate(second)] as const;
    // The order is part of the canonical form, so that one conflict has one encoding.
    if (pair[0] === undefined || pair[1] === undefined || compareBytes(first, second) >= 0) {
      throw new RangeError('no conflict');
    }
    return [pair[0], pair[1]] as const;
  });
}
