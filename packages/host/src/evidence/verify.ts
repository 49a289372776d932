/**
 * Verification of evidence (contract H-30), up to the claims that the crypto port must still check.
 *
 * @module
 */
import {
  type Artefact,
  type Bytes,
  type Claim,
  type ConsensusHeader,
  compareBytes,
  type EraIndex,
  type Evidence,
  encodeEvidence,
  LIMITS,
  MESSAGE_DOMAIN,
  SEAL_DOMAIN,
  tryDecode,
} from '@fiducia/consensus';
import type { ChainPort } from '@fiducia/consensus/ports';
import { type ActiveEra, type ActivePlugin, type EraSchedule, tipFor } from '../era/schedule.ts';
import { EVIDENCE_WINDOW_BLOCKS } from '../limits.ts';
import { decodeSignedMessage } from '../messages/message-codec.ts';
import { groundOf, offenceKey, type TreeNode } from '../tree/block-tree.ts';

/** Either the claims under which the evidence stands, or why it never can. */
export type EvidenceExamination =
  | {
      readonly kind: 'plausible';
      readonly claims: readonly Claim[];
      /** Plugin in whose scope the claims must hold. */
      readonly active: ActivePlugin;
    }
  | { readonly kind: 'rejected'; readonly code: string };

interface Authentic {
  readonly kind: 'authentic';
  readonly subjects: readonly Artefact[];
  readonly claims: readonly Claim[];
}

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
  const encoded = tryDecode(() => encodeEvidence(evidence));
  if (encoded === undefined) return rejected('EVIDENCE_MALFORMED');
  if (encoded.length > LIMITS.evidenceBytes) return rejected('EVIDENCE_TOO_LARGE');

  const authentic = authenticate(evidence, active, chain);
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

/** The claim that `header` is sealed by its author's signature. */
export function sealClaim(header: ConsensusHeader): Claim {
  return {
    kind: 'signature',
    signer: header.author,
    domain: SEAL_DOMAIN,
    data: header.sealHash,
    signature: header.seal,
  };
}

function authenticate(
  evidence: Evidence,
  active: ActivePlugin,
  chain: Pick<ChainPort, 'decode'>,
): Authentic | ReturnType<typeof rejected> {
  switch (evidence.kind) {
    case 'custom':
      return { kind: 'authentic', subjects: [], claims: [] };
    case 'invalidHeader': {
      const header = chain.decode(evidence.header, 'header')?.header;
      if (header === undefined || !concerns(evidence, header) || header.height !== evidence.height) {
        return rejected('EVIDENCE_MALFORMED');
      }
      return { kind: 'authentic', subjects: [{ kind: 'header', header }], claims: [sealClaim(header)] };
    }
    case 'equivocation':
      return authenticatePair(evidence, active, chain);
  }
}

function authenticatePair(
  evidence: Extract<Evidence, { kind: 'equivocation' }>,
  active: ActivePlugin,
  chain: Pick<ChainPort, 'decode'>,
): Authentic | ReturnType<typeof rejected> {
  if (compareBytes(evidence.first, evidence.second) >= 0) return rejected('EVIDENCE_MALFORMED');
  const subjects: Artefact[] = [];
  for (const bytes of [evidence.first, evidence.second]) {
    const artefact = decodeArtefact(evidence.subject, bytes, chain);
    if (artefact === undefined) return rejected('EVIDENCE_MALFORMED');
    subjects.push(artefact);
  }
  const [first, second] = subjects;
  if (first === undefined || second === undefined) return rejected('EVIDENCE_MALFORMED');
  if (!isConsistent(evidence, first, second)) return rejected('EVIDENCE_MALFORMED');

  const key = active.rules.conflictKey?.(first);
  if (key === undefined || key !== active.rules.conflictKey?.(second)) return rejected('EVIDENCE_NO_CONFLICT');
  if (compareBytes(signedBytes(first), signedBytes(second)) === 0) return rejected('EVIDENCE_NO_CONFLICT');
  return { kind: 'authentic', subjects, claims: [artefactClaim(first), artefactClaim(second)] };
}

function decodeArtefact(
  subject: Artefact['kind'],
  bytes: Bytes,
  chain: Pick<ChainPort, 'decode'>,
): Artefact | undefined {
  if (subject === 'header') {
    const header = chain.decode(bytes, 'header')?.header;
    return header && { kind: 'header', header };
  }
  const message = tryDecode(() => decodeSignedMessage(bytes));
  return message && { kind: 'message', message };
}

function isConsistent(evidence: Evidence, first: Artefact, second: Artefact): boolean {
  if (first.kind === 'header' && second.kind === 'header') {
    const lower = Math.min(first.header.height, second.header.height);
    return concerns(evidence, first.header) && concerns(evidence, second.header) && lower === evidence.height;
  }
  if (first.kind === 'message' && second.kind === 'message') {
    // A message does not tell its height to the host; the plugin compares it with the payloads.
    return first.message.author === evidence.offender && second.message.author === evidence.offender;
  }
  return false;
}

function concerns(evidence: Evidence, header: ConsensusHeader): boolean {
  return header.author === evidence.offender && header.protocol === evidence.protocol;
}

/** What the author committed to: two seals on one seal hash are no offence (contract H-29). */
function signedBytes(artefact: Artefact): Bytes {
  return artefact.kind === 'header' ? artefact.header.sealHash : artefact.message.payload;
}

function artefactClaim(artefact: Artefact): Claim {
  if (artefact.kind === 'header') return sealClaim(artefact.header);
  const { author, payload, signature } = artefact.message;
  return { kind: 'signature', signer: author, domain: MESSAGE_DOMAIN, data: payload, signature };
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
 * one key. It counts once for each offender, and only while the branch remembers what it included.
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
  if (height >= era.fromHeight + EVIDENCE_WINDOW_BLOCKS) return rejected('EVIDENCE_TOO_OLD');
  // The height is the reporter's word, and the pool keeps the highest: nobody may claim one that never passes.
  if (evidence.height > era.fromHeight + LIMITS.futureHeights) return rejected('EVIDENCE_TOO_EARLY');
  if (isIncluded(evidence, parent, era.index)) return rejected('EVIDENCE_DUPLICATE');
  return { kind: 'plausible', claims: authentic.claims, active };
}

/** Whether the branch that ends in `tip` included this offence lately. @param era - Era of the next block. */
export function isIncluded(evidence: Evidence, tip: TreeNode, era: EraIndex): boolean {
  const key = offenceKey(evidence, era);
  for (let link = tip.offences; link !== null; link = link.previous) if (link.key === key) return true;
  return false;
}

function rejected(code: string): { readonly kind: 'rejected'; readonly code: string } {
  return { kind: 'rejected', code };
}
