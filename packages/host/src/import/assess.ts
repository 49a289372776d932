/**
 * Import pipeline, steps 1 to 8 (contract, section 4): everything but adoption.
 *
 * @module
 */
import {
  type Bytes,
  type Claim,
  type ConsensusHeader,
  type Evidence,
  type Fact,
  LIMITS,
  type Millis,
  type Verdict,
} from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import type { HostContext } from '../context.ts';
import { directivesFor } from '../era/apply.ts';
import { censusKinds } from '../era/opening.ts';
import {
  type ActiveEra,
  type ActivePlugin,
  type EraTips,
  finalizerOf,
  isProofAttached,
  pluginsOf,
  tipFor,
} from '../era/schedule.ts';
import { assertInvariant } from '../errors.ts';
import { examineEvidence } from '../evidence/verify.ts';
import { groundOf, offenceKey, type TreeNode } from '../tree/block-tree.ts';

/** Outcome of judging a block on its parent. */
export type Assessment =
  | {
      readonly kind: 'valid';
      /** All facts of the block, in the order of contract section 4, step 8. */
      readonly facts: readonly Fact[];
      /** At a border: what the next era starts from. */
      readonly census: Iterable<Fact>;
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

/** Claims of one scope that stand or fall together, and the code if they fall; absent: the crypto port's own. */
interface ClaimGroup {
  readonly active: ActivePlugin;
  readonly claims: readonly Claim[];
  readonly code?: string;
}

type Rejection = Extract<Assessment, { kind: 'rejected' }>;

/** A block whose parent is known, about to be judged. */
interface Case {
  readonly context: HostContext;
  readonly block: Block;
  readonly parent: TreeNode;
  readonly era: ActiveEra;
  readonly ground: EraTips;
}

/**
 * Judges a block whose parent is known. Changes nothing that anybody can see.
 *
 * @param proof - Finality proof that came with it; `unproven` for a block that is only about to be voted on.
 */
export async function assessBlock(
  context: HostContext,
  block: Block,
  parent: TreeNode,
  proof: Bytes | undefined | 'unproven',
): Promise<Assessment> {
  const { header } = block;
  if (header.height !== parent.tip.header.height + 1) return rejected('WRONG_HEIGHT');
  const era = context.eras.at(header.height);
  if (header.protocol !== era.production.protocol) return rejected('WRONG_PROTOCOL');
  const examined: Case = { context, block, parent, era, ground: groundOf(parent) };

  const headers = await examineHeader(examined);
  if (!Array.isArray(headers)) return headers;
  const proofs = examineProof(examined, proof);
  if (!Array.isArray(proofs)) return proofs;
  const evidence = examineBodyEvidence(examined);
  if (!Array.isArray(evidence)) return evidence;
  const certificates = examineCertificates(examined);
  if (!Array.isArray(certificates)) return certificates;

  const failure = await checkClaims(context, [...headers, ...proofs, ...evidence, ...certificates]);
  return failure ?? execute(examined, certificates);
}

async function execute({ context, block, era, ground }: Case, certificates: ClaimGroup[]): Promise<Assessment> {
  const { header } = block;
  const directives = directivesFor(era, ground, header, block.evidence);
  const isBorder = context.eras.isBorder(header.height);
  const kinds = isBorder ? censusKinds(context.eras.at(header.height + 1), context.chain.provides) : [];
  const execution = await context.chain.execute(block, { directives, ...(isBorder && { census: kinds }) });
  if (execution.kind === 'unavailable') return { kind: 'unconnected' };
  if (execution.kind === 'invalid') return { ...rejected(execution.code), authentic: true };

  const facts = [...execution.facts, ...hostFacts(context, block, certificates)];
  assertInvariant(facts.length <= LIMITS.factsPerBlock, `block ${header.id} has ${facts.length} facts`);
  return { kind: 'valid', facts, census: execution.census ?? [] };
}

/** Step 3: the header by the rules of production, then of the gadget. */
async function examineHeader({ context, block, era, ground }: Case): Promise<ClaimGroup[] | Assessment> {
  const groups: ClaimGroup[] = [];
  let until: Millis | null = null;
  for (const active of pluginsOf(era)) {
    const verdict = active.rules.verifyHeader(block.header, tipFor(ground, active), context.now());
    if (verdict.kind === 'reject') return rejected(verdict.code, verdict.provable === true);
    if (verdict.kind === 'defer') until = Math.max(until ?? 0, verdict.until);
    groups.push({ active, claims: verdict.claims ?? [] });
  }
  if (until === null) return groups;
  // What is not even signed by its author takes no room among the blocks that wait (contract H-39).
  return (await checkClaims(context, groups)) ?? { kind: 'deferred', until };
}

/** Step 4: a chain that finalises every block imports none without its proof. */
function examineProof({ block, era, ground }: Case, proof: Bytes | undefined | 'unproven'): ClaimGroup[] | Rejection {
  if (!isProofAttached(era) || proof === 'unproven') return [];
  if (proof === undefined) return rejected('PROOF_MISSING');
  return judgeProof(era, proof, block.header, ground);
}

/**
 * Judges a proof of finality by the rules of the era of its block.
 *
 * @param ground - What these rules know before the block.
 */
export function judgeProof(
  era: ActiveEra,
  proof: Bytes,
  header: ConsensusHeader,
  ground: EraTips,
): ClaimGroup[] | Rejection {
  const active = finalizerOf(era);
  if (active === null || active.rules.finality.kind !== 'proof') return rejected('PROOF_UNSUPPORTED');
  if (proof.length > LIMITS.proofBytes) return rejected('PROOF_TOO_LARGE');
  const verdict = active.rules.finality.verifyProof(proof, header, tipFor(ground, active));
  if (verdict.kind === 'reject') return rejected(verdict.code);
  if (verdict.kind === 'defer') return rejected('PROOF_UNDECIDED');
  return [{ active, claims: verdict.claims, code: 'PROOF_FORGED' }];
}

function examineBodyEvidence({ context, block, parent }: Case): ClaimGroup[] | Rejection {
  if (block.evidence.length > LIMITS.evidencePerBlock) return rejected('EVIDENCE_TOO_MANY');
  if (hasRepetition(block.evidence, context.eras.at(block.header.height).index)) return rejected('EVIDENCE_DUPLICATE');
  const groups: ClaimGroup[] = [];
  for (const item of block.evidence) {
    const examined = examineEvidence(item, parent, context.eras, context.chain);
    if (examined.kind === 'rejected') return rejected(examined.code);
    groups.push({ active: examined.active, claims: examined.claims, code: 'EVIDENCE_FORGED' });
  }
  return groups;
}

/** Two pieces of evidence of one offence make a block invalid (contract H-31). */
function hasRepetition(evidence: readonly Evidence[], era: number): boolean {
  return new Set(evidence.map((item) => offenceKey(item, era))).size !== evidence.length;
}

function examineCertificates({ block, era, ground }: Case): ClaimGroup[] | Rejection {
  if (block.certificates.length > LIMITS.certificatesPerBlock) return rejected('CERTIFICATE_TOO_MANY');
  const groups: ClaimGroup[] = [];
  for (const certificate of block.certificates) {
    const active = pluginsOf(era).find(({ protocol }) => protocol === certificate.protocol);
    if (active?.rules.verifyCertificate === undefined) return rejected('CERTIFICATE_UNSUPPORTED');
    if (certificate.data.length > LIMITS.proofBytes) return rejected('CERTIFICATE_TOO_LARGE');
    const verdict: Verdict = active.rules.verifyCertificate(certificate.data, tipFor(ground, active));
    if (verdict.kind === 'reject') return rejected(verdict.code);
    if (verdict.kind === 'defer') return rejected('CERTIFICATE_UNDECIDED');
    groups.push({ active, claims: verdict.claims, code: 'CERTIFICATE_FORGED' });
  }
  return groups;
}

/** One batch for each scope of the block, as a rule one for the whole block (contract, section 4, step 5). */
export async function checkClaims(context: HostContext, groups: readonly ClaimGroup[]): Promise<Rejection | null> {
  for (const active of new Set(groups.map((group) => group.active))) {
    const failure = await checkBatch(
      context,
      active,
      groups.filter((group) => group.active === active),
    );
    if (failure !== null) return failure;
  }
  return null;
}

async function checkBatch(
  context: HostContext,
  { scope }: ActivePlugin,
  groups: readonly ClaimGroup[],
): Promise<Rejection | null> {
  const claims = groups.flatMap((group) => group.claims);
  if (claims.length === 0) return null;
  const result = await context.crypto.verify(scope, claims);
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
