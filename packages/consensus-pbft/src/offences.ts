/**
 * Contradictory votes: which count, and what they cost (pbft M3, M4, section 12).
 *
 * @module
 */
import {
  type ActorId,
  type Artefact,
  accept,
  type Directive,
  type Evidence,
  type HeaderContext,
  type Height,
  type RulesContext,
  reject,
  type Verdict,
} from '@fiducia/consensus';
import { brokenLockClaims, decodeBrokenLock } from './broken-lock.ts';
import type { PbftConfig } from './config.ts';
import { decodeMessage } from './message.ts';
import type { PbftPenaltyReason, PbftRefusal } from './refusals.ts';
import { memberOf, type PbftState } from './state.ts';

/** Heights ahead of the chain for which validators may have voted already (pbft N2). */
export const FUTURE_HEIGHTS = 10;

/**
 * The place of a message at which its author may sign only once: kind, height and round (pbft M3).
 *
 * @returns `undefined` for what can contradict nothing: headers, whose round and seals are outside of what
 *   is signed (pbft M1, M2), certificates, and bytes that are no message.
 */
export function conflictKey(artefact: Artefact): string | undefined {
  if (artefact.kind !== 'message') return undefined;
  const message = decodeMessage(artefact.message.payload);
  if (message === undefined || message.kind === 'prepared') return undefined;
  return `${artefact.message.author}/${message.kind}/${message.height}/${message.round}`;
}

/**
 * Judges two messages of one validator: for one place (pbft M3), whose signatures and conflict the host has checked, or
 * a lock and what gives it up (pbft M4).
 */
export function judgeEvidence(
  state: PbftState,
  evidence: Evidence,
  subjects: readonly Artefact[],
  config: PbftConfig,
): Verdict {
  const broken = decodeBrokenLock(evidence);
  const height = broken?.commit.message.height ?? heightOfPair(evidence, subjects);
  const fault =
    height === undefined ? 'EVIDENCE_NOT_PROVABLE' : offenderFault(state, evidence.offender, height, config);
  if (fault !== undefined) return reject(fault);
  return accept(broken && brokenLockClaims(evidence.offender, broken));
}

/** A message carries its own height; that of the evidence is the reporter's word and is not asked. */
function heightOfPair(evidence: Evidence, [subject]: readonly Artefact[]): Height | undefined {
  if (evidence.kind !== 'equivocation' || subject?.kind !== 'message') return undefined;
  return decodeMessage(subject.message.payload)?.height;
}

function offenderFault(
  state: PbftState,
  offender: ActorId,
  height: Height,
  config: PbftConfig,
): PbftRefusal | undefined {
  const member = memberOf(state.members, offender);
  if (member === undefined) return 'UNKNOWN_OFFENDER';
  if (member.status === 'EJECTED') return 'EVIDENCE_DUPLICATE';
  const next = state.height + 1;
  if (height > next + FUTURE_HEIGHTS) return 'EVIDENCE_TOO_EARLY';
  if (height + config.evidenceBlocks < next) return 'EVIDENCE_TOO_OLD';
  const { seatedFrom, seatedUntil } = member;
  const hadSeat = height >= seatedFrom && (seatedUntil === null || height <= seatedUntil);
  // Without a seat nobody counts it, so it does no harm.
  return hadSeat ? undefined : 'UNKNOWN_OFFENDER';
}

/** Offenders of one block, each once: members that evidence of this protocol, or of the era before, names. */
export function offendersOf(state: PbftState, evidence: Iterable<Evidence>, context: RulesContext): Set<ActorId> {
  const offenders = new Set<ActorId>();
  for (const { protocol, era, offender } of evidence) {
    // Votes for finality in this era are punished by the gadget that counts them.
    if (protocol !== context.protocol && era === context.era) continue;
    const member = memberOf(state.members, offender);
    if (member !== undefined && member.status !== 'EJECTED') offenders.add(offender);
  }
  return offenders;
}

/** The reward of the author, then what the offences in the block cost. */
export function computeDirectives(
  state: PbftState,
  header: HeaderContext,
  evidence: readonly Evidence[],
  rules: { readonly config: PbftConfig; readonly context: RulesContext },
): readonly Directive[] {
  const { blockReward, slashPpm } = rules.config;
  const directives: Directive[] = [];
  if (blockReward > 0n) directives.push({ kind: 'reward', actor: header.author, units: blockReward });
  const reason: PbftPenaltyReason = 'EQUIVOCATION';
  for (const actor of offendersOf(state, evidence, rules.context)) {
    if (slashPpm > 0) directives.push({ kind: 'slash', actor, partsPerMillion: slashPpm, reason });
    directives.push({ kind: 'jail', actor, untilHeight: null, reason });
  }
  return directives;
}
