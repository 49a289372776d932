/**
 * What makes evidence evidence, whatever the protocol: two artefacts of one author with one key, or a sealed header
 * (contract H-30). For hosts, and for chains that drive rules without one.
 *
 * @module
 */
import { compareBytes, tryDecode } from './bytes.ts';
import type { Artefact, Evidence } from './evidence.ts';
import { encodeEvidence } from './evidence-codec.ts';
import type { ConsensusHeader } from './header.ts';
import { type Bytes, LIMITS, MESSAGE_DOMAIN, SEAL_DOMAIN } from './primitives.ts';
import type { EvidenceRefusal } from './refusals.ts';
import type { ConsensusRules } from './rules.ts';
import { decodeSignedMessage } from './signed-message.ts';
import type { Claim } from './verdict.ts';

/** What {@link checkEvidence} finds. */
export type EvidenceCheck =
  | {
      /** The evidence is what it says, provided that all claims hold in the scope of its era and protocol. */
      readonly kind: 'authentic';
      /** The artefacts, for {@link ConsensusRules.verifyEvidence}: two of an equivocation, one header, or none. */
      readonly subjects: readonly Artefact[];
      /** Signatures of the offender. */
      readonly claims: readonly Claim[];
    }
  | {
      /** It never can be. */
      readonly kind: 'rejected';
      /** Why. */
      readonly code: EvidenceRefusal;
    };

/** What is needed of a chain and of the rules of the evidence's era and protocol. */
export interface EvidenceReaders {
  /** Reads a header encoding; `undefined` for anything not canonical. */
  readonly decodeHeader: (bytes: Bytes) => ConsensusHeader | undefined;
  /** {@link ConsensusRules.conflictKey}; without it two artefacts never contradict each other. */
  readonly conflictKey?: ConsensusRules<unknown>['conflictKey'];
}

/** The claim that a header is sealed by its author's signature. */
export function sealClaim({ author: signer, sealHash: data, seal: signature }: ConsensusHeader): Claim {
  return { kind: 'signature', signer, domain: SEAL_DOMAIN, data, signature };
}

/**
 * Checks evidence as far as no state is needed: form, names, order and contradiction.
 *
 * Still to do for whoever asks: let the rules judge it (`verifyEvidence` with the state before the block that is to
 * carry it, and `subjects`), and let the crypto port check `claims` and those of the rules. Total.
 *
 * @see docs/spec/contract.md, rule H-30.
 * @example
 * ```ts
 * const checked = checkEvidence(evidence, { decodeHeader, conflictKey: (artefact) => rules.conflictKey?.(artefact) });
 * if (checked.kind === 'authentic') rules.verifyEvidence?.(evidence, state, checked.subjects);
 * ```
 */
export function checkEvidence(evidence: Evidence, readers: EvidenceReaders): EvidenceCheck {
  const encoded = tryDecode(() => encodeEvidence(evidence));
  if (encoded === undefined) return rejected('EVIDENCE_MALFORMED');
  if (encoded.length > LIMITS.evidenceBytes) return rejected('EVIDENCE_TOO_LARGE');
  switch (evidence.kind) {
    case 'custom':
      return { kind: 'authentic', subjects: [], claims: [] };
    case 'invalidHeader': {
      const header = readers.decodeHeader(evidence.header);
      if (header === undefined || !concerns(evidence, header) || header.height !== evidence.height) {
        return rejected('EVIDENCE_MALFORMED');
      }
      return { kind: 'authentic', subjects: [{ kind: 'header', header }], claims: [sealClaim(header)] };
    }
    case 'equivocation':
      return checkPair(evidence, readers);
  }
}

function checkPair(
  evidence: Extract<Evidence, { readonly kind: 'equivocation' }>,
  readers: EvidenceReaders,
): EvidenceCheck {
  if (compareBytes(evidence.first, evidence.second) >= 0) return rejected('EVIDENCE_MALFORMED');
  const first = decodeArtefact(evidence.subject, evidence.first, readers);
  const second = decodeArtefact(evidence.subject, evidence.second, readers);
  if (first === undefined || second === undefined) return rejected('EVIDENCE_MALFORMED');
  if (!isConsistent(evidence, first, second)) return rejected('EVIDENCE_MALFORMED');

  const key = readers.conflictKey?.(first);
  if (key === undefined || key !== readers.conflictKey?.(second)) return rejected('EVIDENCE_NO_CONFLICT');
  if (compareBytes(signedBytes(first), signedBytes(second)) === 0) return rejected('EVIDENCE_NO_CONFLICT');
  return { kind: 'authentic', subjects: [first, second], claims: [artefactClaim(first), artefactClaim(second)] };
}

function decodeArtefact(subject: Artefact['kind'], bytes: Bytes, readers: EvidenceReaders): Artefact | undefined {
  if (subject === 'header') {
    const header = readers.decodeHeader(bytes);
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
    // A message does not tell its height here; the plugin compares it with the payloads.
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

function rejected(code: EvidenceRefusal): EvidenceCheck {
  return { kind: 'rejected', code };
}
