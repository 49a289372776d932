/**
 * Import pipeline, steps 1 to 8 (contract, section 4): everything but adoption.
 *
 * @module
 */
import { type Claim, type Evidence, type Fact, LIMITS, type Millis, type Verdict } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import type { HostContext } from '../context.ts';
import { assertInvariant } from '../errors.ts';
import { examineEvidence } from '../evidence/verify.ts';
import { offenceKey, type TreeNode } from '../tree/block-tree.ts';

/** Outcome of judging a block on its parent. */
export type Assessment =
  | {
      readonly kind: 'valid';
      /** All facts of the block, in the order of contract section 4, step 8. */
      readonly facts: readonly Fact[];
    }
  | { readonly kind: 'deferred'; readonly until: Millis }
  /** The chain no longer keeps the state to execute it on; nothing is said about the block. */
  | { readonly kind: 'unconnected' }
  | {
      readonly kind: 'rejected';
      readonly code: string;
      /** Whether the signed header alone proves misbehaviour. */
      readonly provable: boolean;
      /** Whether the claims of the header hold although the block is invalid. */
      readonly authentic: boolean;
    };

/** Claims that stand or fall together, and the code if they fall; absent: the crypto port's own. */
interface ClaimGroup {
  readonly claims: readonly Claim[];
  readonly code?: string;
}

type Rejection = Extract<Assessment, { kind: 'rejected' }>;

/** Judges a block whose parent is known. Changes nothing that anybody can see. */
export async function assessBlock(context: HostContext, block: Block, parent: TreeNode): Promise<Assessment> {
  const { header } = block;
  const { rules, protocol } = context.era;
  if (header.height !== parent.tip.header.height + 1) return rejected('WRONG_HEIGHT');
  if (header.protocol !== protocol) return rejected('WRONG_PROTOCOL');

  const verdict = rules.verifyHeader(header, parent.tip, context.now());
  if (verdict.kind === 'defer') return { kind: 'deferred', until: verdict.until };
  if (verdict.kind === 'reject') return rejected(verdict.code, verdict.provable === true);

  const evidence = examineBodyEvidence(context, block, parent);
  if (!Array.isArray(evidence)) return evidence;
  const certificates = examineCertificates(context, block, parent);
  if (!Array.isArray(certificates)) return certificates;

  const failure = await checkClaims(context, [{ claims: verdict.claims }, ...evidence, ...certificates]);
  if (failure !== null) return failure;

  const directives = rules.directives?.(parent.tip.state, header, block.evidence) ?? [];
  const execution = await context.chain.execute(block, { directives });
  if (execution.kind === 'unavailable') return { kind: 'unconnected' };
  if (execution.kind === 'invalid') return { ...rejected(execution.code), authentic: true };

  const facts = [...execution.facts, ...hostFacts(context, block, certificates)];
  assertInvariant(facts.length <= LIMITS.factsPerBlock, `block ${header.id} has ${facts.length} facts`);
  return { kind: 'valid', facts };
}

/** Facts that the plugin gets (contract, section 4, step 8). */
export function filterFacts(context: HostContext, facts: readonly Fact[]): readonly Fact[] {
  const wanted = context.era.facts;
  return facts.filter((fact) => wanted.has(fact.kind));
}

function examineBodyEvidence(context: HostContext, block: Block, parent: TreeNode): ClaimGroup[] | Rejection {
  if (block.evidence.length > LIMITS.evidencePerBlock) return rejected('EVIDENCE_TOO_MANY');
  if (hasRepetition(block.evidence)) return rejected('EVIDENCE_DUPLICATE');
  const groups: ClaimGroup[] = [];
  for (const item of block.evidence) {
    const examined = examineEvidence(item, parent, context.era, context.chain);
    if (examined.kind === 'rejected') return rejected(examined.code);
    groups.push({ claims: examined.claims, code: 'EVIDENCE_FORGED' });
  }
  return groups;
}

/** Two pieces of evidence of one offence make a block invalid (contract H-31). */
function hasRepetition(evidence: readonly Evidence[]): boolean {
  return new Set(evidence.map(offenceKey)).size !== evidence.length;
}

function examineCertificates(context: HostContext, block: Block, parent: TreeNode): ClaimGroup[] | Rejection {
  const { rules, protocol } = context.era;
  if (block.certificates.length > LIMITS.certificatesPerBlock) return rejected('CERTIFICATE_TOO_MANY');
  const groups: ClaimGroup[] = [];
  for (const certificate of block.certificates) {
    if (certificate.protocol !== protocol || rules.verifyCertificate === undefined) {
      return rejected('CERTIFICATE_UNSUPPORTED');
    }
    if (certificate.data.length > LIMITS.proofBytes) return rejected('CERTIFICATE_TOO_LARGE');
    const verdict: Verdict = rules.verifyCertificate(certificate.data, parent.tip);
    if (verdict.kind === 'reject') return rejected(verdict.code);
    if (verdict.kind === 'defer') return rejected('CERTIFICATE_UNDECIDED');
    groups.push({ claims: verdict.claims, code: 'CERTIFICATE_FORGED' });
  }
  return groups;
}

/** One batch for the whole block (contract, section 4, step 5). */
async function checkClaims(context: HostContext, groups: readonly ClaimGroup[]): Promise<Rejection | null> {
  const claims = groups.flatMap((group) => group.claims);
  if (claims.length === 0) return null;
  const result = await context.crypto.verify(context.era.scope, claims);
  if (result.kind === 'valid') return null;

  let end = 0;
  for (const group of groups) {
    end += group.claims.length;
    if (result.index < end) return rejected(group.code ?? result.code);
  }
  return rejected(result.code);
}

function hostFacts(context: HostContext, block: Block, certificates: readonly ClaimGroup[]): readonly Fact[] {
  const facts: Fact[] = block.evidence.map((evidence) => ({ kind: 'evidence', evidence }));
  for (const certificate of block.certificates) facts.push({ kind: 'certificate', certificate });
  if (context.chain.provides.has('participation')) return facts;

  // The host cannot read a certificate; its votes support at most the parent of the block.
  const round = block.header.height - 1;
  const signers = new Set(certificates.flatMap((group) => group.claims.flatMap(signersOf)));
  for (const actor of signers) facts.push({ kind: 'participation', actor, round });
  return facts;
}

function signersOf(claim: Claim): readonly string[] {
  if (claim.kind === 'signature') return [claim.signer];
  return claim.kind === 'aggregateSignature' ? claim.signers : [];
}

function rejected(code: string, provable = false): Rejection {
  return { kind: 'rejected', code, provable, authentic: false };
}
