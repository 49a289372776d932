/**
 * Offences that cost deposit and candidacy (pos-pow P2).
 *
 * @module
 */
import type { ActorId, Directive, Evidence } from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { candidateOf } from './electorate.ts';
import type { DposPenaltyReason, DposRefusal } from './refusals.ts';
import { type Candidate, type DposState, membersOf } from './state.ts';

/** Evidence of two headers for one slot; votes for finality are punished by the gadget that counts them. */
type HeaderEquivocation = Extract<Evidence, { readonly kind: 'equivocation' }>;

/** Whether evidence shows the only offence of this protocol (pos-pow P2). */
function isHeaderEquivocation(evidence: Evidence): evidence is HeaderEquivocation {
  return evidence.kind === 'equivocation' && evidence.subject === 'header';
}

/**
 * Whether evidence is accepted in the block after `state`: it shows two headers for one slot, the
 * offender answers for them, and has not paid already. An offender loses everything with its first
 * offence, so that there is no second one.
 *
 * @returns `undefined` if it is.
 * @see docs/spec/pos-pow.md, rule P2.
 */
export function evidenceFault(state: DposState, evidence: Evidence, config: DposConfig): DposRefusal | undefined {
  if (!isHeaderEquivocation(evidence)) return 'EVIDENCE_KIND';
  const height = state.height + 1;
  const offender = candidateOf(state.electorate, evidence.offender);
  if (offender === undefined || isGone(state, offender)) return 'UNKNOWN_OFFENDER';
  if (offender.status === 'EJECTED') return 'EVIDENCE_DUPLICATE';
  if (evidence.height > height) return 'EVIDENCE_TOO_EARLY';
  return height - evidence.height > config.evidenceMaxAge ? 'EVIDENCE_TOO_OLD' : undefined;
}

/** Whether a leaver has served and answered for it; only the end of an epoch moves its last height (pos-pow P2). */
function isGone({ height, epoch, upcoming }: DposState, { id, status, accountableUntil }: Candidate): boolean {
  if (status !== 'LEFT' || accountableUntil > height) return false;
  return ![epoch.election, ...upcoming].some((election) => membersOf(election).includes(id));
}

/** Whole deposit, in parts per million. */
const WHOLE_PPM = 1_000_000;

/** Takes the deposit of each offender and excludes it for ever (pos-pow P2). */
export function penaltyDirectives(
  state: DposState,
  evidence: readonly Evidence[],
  config: DposConfig,
): readonly Directive[] {
  const offenders = new Set<ActorId>();
  for (const item of evidence) {
    if (evidenceFault(state, item, config) === undefined) offenders.add(item.offender);
  }
  const reason: DposPenaltyReason = 'EQUIVOCATION';
  return [...offenders].flatMap((actor): Directive[] => [
    { kind: 'slash', actor, partsPerMillion: WHOLE_PPM, reason },
    { kind: 'jail', actor, untilHeight: null, reason },
  ]);
}
