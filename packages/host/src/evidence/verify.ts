/**
 * Verification of evidence (contract H-30), up to the claims that the crypto port must still check.
 *
 * @module
 */
import {
  type Claim,
  checkEvidence,
  type EraIndex,
  type Evidence,
  type EvidenceCheck,
  type Height,
  LIMITS,
} from '@fiducia/consensus';
import type { ChainPort } from '@fiducia/consensus/ports';
import { type ActiveEra, type ActivePlugin, type EraSchedule, tipFor } from '../era/schedule.ts';
import { EVIDENCE_WINDOW_BLOCKS } from '../limits.ts';
import { groundOf, isAboutMessages, offenceKey, type TreeNode } from '../tree/block-tree.ts';

/** Either the claims under which the evidence stands, or why it never can. */
export type EvidenceExamination =
  | {
      readonly kind: 'plausible';
      readonly claims: readonly Claim[];
      /** Plugin in whose scope the claims must hold. */
      readonly active: ActivePlugin;
    }
  | { readonly kind: 'rejected'; readonly code: string };

type Authentic = Extract<EvidenceCheck, { readonly kind: 'authentic' }>;

/**
 * Judges evidence for inclusion in a child of `parent`: of the era of that child by its own rules and states, of
 * the era before by signatures and key alone (contract H-32).
 */
export function examineEvidence(
  evidence: Evidence,
  parent: TreeNode,
  eras: EraSchedule,
  chain: Pick<ChainPort, 'decode'>,
): EvidenceExamination {
  const era = eras.at(parent.tip.header.height + 1);
  const active = eras.find(evidence.era, evidence.protocol);
  if (active === undefined || evidence.era > era.index || evidence.era < era.index - 1) {
    return rejected('EVIDENCE_WRONG_ERA');
  }
  const authentic = checkEvidence(evidence, {
    decodeHeader: (bytes) => chain.decode(bytes, 'header')?.header,
    conflictKey: (artefact) => active.rules.conflictKey?.(artefact),
  });
  if (authentic.kind === 'rejected') return authentic;
  if (active.era !== era.index) return judgeOfEraBefore(evidence, authentic, parent, era, active);
  const ground = groundOf(parent);
  if (active.rules.verifyEvidence === undefined) return judgeByDefault(evidence, authentic, parent, active);

  const verdict = active.rules.verifyEvidence(evidence, tipFor(ground, active).state, authentic.subjects);
  switch (verdict.kind) {
    case 'accept':
      return { kind: 'plausible', claims: [...authentic.claims, ...verdict.claims], active };
    case 'reject':
      return rejected(verdict.code);
    case 'defer':
      return rejected('EVIDENCE_UNDECIDED');
  }
}

/**
 * Without `verifyEvidence` only equivocation of headers by a validator counts, recent and once per branch. The
 * upper bound on the height keeps the memory for repetitions finite.
 */
function judgeByDefault(
  evidence: Evidence,
  authentic: Authentic,
  parent: TreeNode,
  active: ActivePlugin,
): EvidenceExamination {
  // The height of two messages is the reporter's word, so repetitions could not be recognised.
  if (evidence.kind !== 'equivocation' || evidence.subject !== 'header') return rejected('EVIDENCE_UNSUPPORTED');
  const members = active.rules.validators(tipFor(groundOf(parent), active).state);
  if (!members.some((member) => member.id === evidence.offender)) return rejected('UNKNOWN_OFFENDER');

  const height = parent.tip.header.height + 1;
  if (evidence.height > height) return rejected('EVIDENCE_TOO_EARLY');
  if (evidence.height + EVIDENCE_WINDOW_BLOCKS < height) return rejected('EVIDENCE_TOO_OLD');
  if (isIncluded(evidence, parent, active.era)) return rejected('EVIDENCE_DUPLICATE');
  return { kind: 'plausible', claims: authentic.claims, active };
}

/**
 * The states of the era before are gone after a restart, so only what shows by itself counts: two artefacts with
 * one key. It counts once for each offender, and only while the branch remembers what it included: also whether the
 * era before has punished it, since the rules of this one do not know.
 */
function judgeOfEraBefore(
  evidence: Evidence,
  authentic: Authentic,
  parent: TreeNode,
  era: ActiveEra,
  active: ActivePlugin,
): EvidenceExamination {
  if (evidence.kind !== 'equivocation') return rejected('EVIDENCE_UNSUPPORTED');
  const height = parent.tip.header.height + 1;
  const isForgotten = !isAboutMessages(evidence) && evidence.height + EVIDENCE_WINDOW_BLOCKS < height;
  if (isForgotten || height >= era.fromHeight + EVIDENCE_WINDOW_BLOCKS) return rejected('EVIDENCE_TOO_OLD');
  // The height is the reporter's word, and the pool keeps the highest: nobody may claim one that never passes.
  if (evidence.height > era.fromHeight + LIMITS.futureHeights) return rejected('EVIDENCE_TOO_EARLY');
  const isPunished =
    isIncluded(evidence, parent, era.index) ||
    // Further back, some nodes remember and others do not.
    isIncludedSince(evidence, parent, evidence.era, height - EVIDENCE_WINDOW_BLOCKS - 1);
  if (isPunished) return rejected('EVIDENCE_DUPLICATE');
  return { kind: 'plausible', claims: authentic.claims, active };
}

/**
 * Whether the branch that ends in `tip` included this offence lately. Two messages name no place of their own, so only
 * their rules can tell whether it was these.
 *
 * @param era - Era of the next block.
 */
export function isIncluded(evidence: Evidence, tip: TreeNode, era: EraIndex): boolean {
  return !(evidence.era === era && isAboutMessages(evidence)) && isIncludedSince(evidence, tip, era, 0);
}

/** Whether a block above `since` of the branch that ends in `tip` includes evidence with the name of this one. */
export function isIncludedSince(evidence: Evidence, tip: TreeNode, era: EraIndex, since: Height): boolean {
  const key = offenceKey(evidence, era);
  for (let link = tip.offences; link !== null && link.includedAt > since; link = link.previous) {
    if (link.key === key) return true;
  }
  return false;
}

function rejected(code: string): { readonly kind: 'rejected'; readonly code: string } {
  return { kind: 'rejected', code };
}
