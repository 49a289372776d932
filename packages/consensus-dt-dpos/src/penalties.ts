/**
 * Offences: which are booked, and what they cost besides trust (trust F5, X2 to X4).
 *
 * @module
 */
import { ByteWriter, type Directive, type Evidence, type HashFunction, type Height } from '@fiducia/consensus';
import { BASIS_POINTS, epochOf } from '@fiducia/trust';
import type { DtDposConfig } from './config.ts';
import type { DtDposReason, DtDposRefusal } from './refusals.ts';
import { candidateOf } from './register.ts';
import { type Candidate, type DtDposState, isGone, type SlashSpan } from './state.ts';

/** What the offences of one block cost one candidate. */
export interface Penalty {
  /** Part of the deposit beyond what this epoch already took, 0 to 10 000. */
  readonly slashBp: number;
  /** First free round, `null` for ever, `undefined` if not jailed. */
  readonly jailedUntil: Height | null | undefined;
  /** Slashing of the epoch including this block. */
  readonly slashed: SlashSpan | null;
  /** Reason of the gravest offence. */
  readonly reason: DtDposReason;
}

/** Doublings of the jail time (trust X3). */
const JAIL_DOUBLINGS_MAX = 16;

/** Basis points to parts per million, the unit of `slash` directives. */
const PPM_PER_BP = 100;

/**
 * What evidence shows. Votes that contradict each other are invalid votes: who loses a deposit for them is up to the
 * plugin that counts them (trust F7).
 */
export function offenceOf(evidence: Evidence): Evidence['kind'] {
  return isAboutMessages(evidence) ? 'custom' : evidence.kind;
}

/**
 * Height that an offence counts for in the block at `height`. That of messages is the reporter's word: whoever builds the block
 * could hide an offence behind one out of range, so they count for the block (trust F5).
 */
export function offenceHeight(evidence: Evidence, height: Height): Height {
  return isAboutMessages(evidence) ? height : evidence.height;
}

function isAboutMessages(evidence: Evidence): evidence is Extract<Evidence, { kind: 'equivocation' }> {
  return evidence.kind === 'equivocation' && evidence.subject === 'message';
}

/** Key of an offence at a height: equal for all evidence of it, whoever reports it (trust F5). */
export function offenceKey(kind: string, height: number, offender: string): string {
  return `${kind}/${height}/${offender}`;
}

/**
 * Key of what evidence shows. Messages are named by themselves, since at each height that a reporter makes up they would be
 * another offence (trust F5).
 */
export function keyOf(evidence: Evidence, sha256: HashFunction): string {
  if (!isAboutMessages(evidence)) return offenceKey(offenceOf(evidence), evidence.height, evidence.offender);
  const pair = new ByteWriter().bytes(evidence.first).bytes(evidence.second).finish();
  const digest = Array.from(sha256(pair), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `messages/${digest}/${evidence.offender}`;
}

/**
 * Whether evidence can be booked in the block after `state`: the offender is accountable, the
 * offence young enough and not yet punished.
 *
 * @returns `undefined` if it can.
 * @see docs/spec/trust.md, rules F5 and S6.
 */
export function evidenceFault(
  state: DtDposState,
  evidence: Evidence,
  config: DtDposConfig,
  sha256: HashFunction,
): DtDposRefusal | undefined {
  const offender = candidateOf(state.register, evidence.offender);
  if (offender === undefined || offender.status === 'EXITED') return 'UNKNOWN_OFFENDER';
  const next = state.height + 1;
  const age = next - offenceHeight(evidence, next);
  if (age < 0) return 'EVIDENCE_TOO_EARLY';
  if (age > config.evidenceMaxAge) return 'EVIDENCE_TOO_OLD';
  return state.punished.get(keyOf(evidence, sha256)) === undefined ? undefined : 'EVIDENCE_DUPLICATE';
}

/** Evidence of one block that is booked, by offender; of equal offences the first. */
export function bookable(
  state: DtDposState,
  evidence: readonly Evidence[],
  config: DtDposConfig,
  sha256: HashFunction,
): ReadonlyMap<Candidate, readonly Evidence[]> {
  const seen = new Set<string>();
  const booked = new Map<Candidate, Evidence[]>();
  for (const item of evidence) {
    const key = keyOf(item, sha256);
    const offender = candidateOf(state.register, item.offender);
    if (offender === undefined || seen.has(key) || evidenceFault(state, item, config, sha256) !== undefined) continue;
    seen.add(key);
    const items = booked.get(offender) ?? [];
    items.push(item);
    booked.set(offender, items);
  }
  return booked;
}

/**
 * What offences booked in the block at `height` cost besides trust. Several offences within one
 * epoch cost the largest part, not the sum.
 *
 * @param offender - The candidate before the block.
 * @see docs/spec/trust.md, rules X2, X3 and X4.
 */
export function computePenalty(
  offender: Candidate,
  evidence: readonly Evidence[],
  height: Height,
  config: DtDposConfig,
): Penalty {
  const isEquivocation = evidence.some((item) => offenceOf(item) === 'equivocation');
  const reason = isEquivocation ? 'EQUIVOCATION' : evidence.some(isInvalidHeader) ? 'INVALID_HEADER' : 'INVALID_VOTE';
  const epoch = epochOf(height, config.trust);
  const taken = offender.slashed?.epoch === epoch ? offender.slashed.bp : 0;
  const largest = evidence.reduce((bp, item) => Math.max(bp, slashOf(item, config)), taken);
  return {
    slashBp: largest - taken,
    slashed: largest > taken ? { epoch, bp: largest } : offender.slashed,
    jailedUntil: jailTerm(offender, isEquivocation, evidence.length, height, config),
    reason,
  };
}

/** The candidate after its penalty; a status that excludes for longer stays. */
export function applyPenalty(candidate: Candidate, penalty: Penalty): Candidate {
  const { jailedUntil, slashed } = penalty;
  if (jailedUntil === undefined || isGone(candidate)) return { ...candidate, slashed };
  if (jailedUntil === null) {
    return { ...candidate, slashed, status: 'TOMBSTONED', jailedUntil };
  }
  const status = candidate.status === 'EXITING' ? 'EXITING' : 'JAILED';
  return { ...candidate, slashed, status, jailedUntil: Math.max(jailedUntil, candidate.jailedUntil ?? 0) };
}

/** Directives that carry out penalties for the evidence of the block after `state`. */
export function penaltyDirectives(
  state: DtDposState,
  evidence: readonly Evidence[],
  config: DtDposConfig,
  sha256: HashFunction,
): readonly Directive[] {
  const directives: Directive[] = [];
  for (const [offender, items] of bookable(state, evidence, config, sha256)) {
    const { slashBp, jailedUntil, reason } = computePenalty(offender, items, state.height + 1, config);
    const actor = offender.id;
    if (slashBp > 0) directives.push({ kind: 'slash', actor, partsPerMillion: slashBp * PPM_PER_BP, reason });
    if (jailedUntil !== undefined) directives.push({ kind: 'jail', actor, untilHeight: jailedUntil, reason });
  }
  return directives;
}

function isInvalidHeader(evidence: Evidence): boolean {
  return evidence.kind === 'invalidHeader';
}

function slashOf(evidence: Evidence, config: DtDposConfig): number {
  const offence = offenceOf(evidence);
  return offence === 'custom' ? 0 : Math.min(BASIS_POINTS, config.slash[offence]);
}

function jailTerm(
  offender: Candidate,
  isEquivocation: boolean,
  offences: number,
  height: Height,
  config: DtDposConfig,
): Height | null | undefined {
  if (isEquivocation && config.tombstone) return null;
  if (config.jailBaseEpochs === 0) return undefined;
  // The first offence doubles nothing. At most 2^10 * 2^16 * 10^5 rounds, far below 2^53.
  const doublings = Math.min(offender.trust.faultCount + offences - 1, JAIL_DOUBLINGS_MAX);
  return height + config.jailBaseEpochs * 2 ** doublings * config.trust.epochRounds;
}
