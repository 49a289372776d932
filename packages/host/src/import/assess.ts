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
import type { Awaitable, Block, ClaimsResult, ExecutionResult } from '@fiducia/consensus/ports';
import { whenDone } from '../awaitable.ts';
import type { HostContext } from '../context.ts';
import { directivesFor } from '../era/apply.ts';
import { censusKinds } from '../era/opening.ts';
import {
  type ActiveEra,
  type ActivePlugin,
  type EraTips,
  finalizerOf,
  isProofAttached,
  tipFor,
} from '../era/schedule.ts';
import { examineEvidence } from '../evidence/verify.ts';
import { HOST_FACTS_MAX, type HostLimits } from '../limits.ts';
import type { HostRefusal } from '../refusals.ts';
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
export interface ClaimGroup {
  readonly active: ActivePlugin;
  readonly claims: readonly Claim[];
  readonly code?: string;
}

const NO_FACTS: readonly Fact[] = [];
const NO_CLAIMS: readonly ClaimGroup[] = [];

type Rejection = Extract<Assessment, { kind: 'rejected' }>;

/** A block whose parent is known, about to be judged. */
interface Case {
  readonly context: HostContext;
  readonly block: Block;
  readonly parent: TreeNode;
  readonly era: ActiveEra;
  readonly ground: EraTips;
}

/** Step 1: a block that is too large anywhere, also one that only its voters or its author have seen so far. */
export function sizeFault({ header, bytes }: Block, { blockBytesMax }: HostLimits): HostRefusal | null {
  if (bytes.length > blockBytesMax) return 'BLOCK_TOO_LARGE';
  if (header.digest.length > LIMITS.digestBytes) return 'DIGEST_TOO_LARGE';
  return header.seal.length > LIMITS.sealBytes ? 'SEAL_TOO_LARGE' : null;
}

/**
 * Judges a block whose parent is known. Changes nothing that anybody can see.
 *
 * @param proof - Finality proof that came with it; `unproven` for a block that is only about to be voted on.
 */
export function assessBlock(
  context: HostContext,
  block: Block,
  parent: TreeNode,
  proof: Bytes | undefined | 'unproven',
): Awaitable<Assessment> {
  const { header } = block;
  if (header.height !== parent.tip.header.height + 1) return rejected('WRONG_HEIGHT');
  const era = context.eras.at(header.height);
  if (header.protocol !== era.production.protocol) return rejected('WRONG_PROTOCOL');
  const examined: Case = { context, block, parent, era, ground: groundOf(parent) };

  const headers = examineHeader(examined);
  if (!isList(headers)) return headers;
  const proofs = examineProof(examined, proof);
  if (!isList(proofs)) return proofs;
  const evidence = examineBodyEvidence(examined);
  if (!isList(evidence)) return evidence;
  const certificates = examineCertificates(examined);
  if (!isList(certificates)) return certificates;

  const isPlain = proofs.length + evidence.length + certificates.length === 0;
  const groups = isPlain ? headers : [...headers, ...proofs, ...evidence, ...certificates];
  const rejection = checkClaims(context, groups);
  if (rejection instanceof Promise) return executeAfter(rejection, examined, certificates);
  return rejection ?? execute(examined, certificates);
}

// What waits is in functions of its own: a closure costs the function around it, also where none is made.
function executeAfter(
  rejection: Promise<Rejection | null>,
  examined: Case,
  certificates: readonly ClaimGroup[],
): Promise<Assessment> {
  return rejection.then((found) => found ?? execute(examined, certificates));
}

function execute(examined: Case, certificates: readonly ClaimGroup[]): Awaitable<Assessment> {
  const { context, block, era, ground } = examined;
  const { header } = block;
  const directives = directivesFor(era, ground, header, block.evidence);
  const request = context.eras.isBorder(header.height)
    ? { directives, census: censusKinds(context.eras.at(header.height + 1), context.chain.provides) }
    : { directives };
  const executed = context.chain.execute(block, request);
  if (executed instanceof Promise) return concludeAfter(executed, examined, certificates);
  return conclude(examined, certificates, executed);
}

function concludeAfter(
  executed: Promise<ExecutionResult>,
  examined: Case,
  certificates: readonly ClaimGroup[],
): Promise<Assessment> {
  return executed.then((execution) => conclude(examined, certificates, execution));
}

function conclude(
  { context, block }: Case,
  certificates: readonly ClaimGroup[],
  execution: ExecutionResult,
): Assessment {
  if (execution.kind === 'unavailable') return { kind: 'unconnected' };
  if (execution.kind === 'invalid') return { ...rejected(execution.code), authentic: true };

  const own = hostFacts(context, block, certificates);
  // An author chooses how many there are, so too many are a fault of the block and not of this node.
  if (execution.facts.length > LIMITS.factsPerBlock || own.length > HOST_FACTS_MAX) {
    return { ...rejected('FACTS_TOO_MANY'), authentic: true };
  }
  const facts = own.length === 0 ? execution.facts : [...execution.facts, ...own];
  return { kind: 'valid', facts, census: execution.census ?? NO_FACTS };
}

/** Step 3: the header by the rules of production, then of the gadget. */
function examineHeader({ context, block, era, ground }: Case): ClaimGroup[] | Awaitable<Assessment> {
  const groups: ClaimGroup[] = [];
  let until: Millis | null = null;
  for (let active: ActivePlugin | null = era.production; active !== null; active = pluginAfter(active, era)) {
    const verdict: Verdict = active.rules.verifyHeader(block.header, tipFor(ground, active), context.now());
    if (verdict.kind === 'reject') return rejected(verdict.code, verdict.provable === true);
    if (verdict.kind === 'defer') until = Math.max(until ?? 0, verdict.until);
    groups.push({ active, claims: verdict.claims ?? [] });
  }
  return until === null ? groups : deferUntil(until, checkClaims(context, groups));
}

/** Without the list of both, which nothing else looks at for a block that carries no more than its header. */
function pluginAfter(active: ActivePlugin, { production, gadget }: ActiveEra): ActivePlugin | null {
  return active === production ? gadget : null;
}

/** What is not even signed by its author takes no room among the blocks that wait (contract H-39). */
function deferUntil(until: Millis, checked: Awaitable<Rejection | null>): Awaitable<Assessment> {
  return whenDone(checked, (rejection) => rejection ?? { kind: 'deferred', until });
}

/** Step 4: a chain that finalises every block imports none without its proof. */
function examineProof(
  { block, era, ground }: Case,
  proof: Bytes | undefined | 'unproven',
): readonly ClaimGroup[] | Rejection {
  if (!isProofAttached(era) || proof === 'unproven') return NO_CLAIMS;
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

function examineBodyEvidence({ context, block, parent }: Case): readonly ClaimGroup[] | Rejection {
  if (block.evidence.length === 0) return NO_CLAIMS;
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

function examineCertificates({ block, era, ground }: Case): readonly ClaimGroup[] | Rejection {
  if (block.certificates.length === 0) return NO_CLAIMS;
  if (block.certificates.length > LIMITS.certificatesPerBlock) return rejected('CERTIFICATE_TOO_MANY');
  const groups: ClaimGroup[] = [];
  for (const certificate of block.certificates) {
    const active = era.plugins.find(({ protocol }) => protocol === certificate.protocol);
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
export function checkClaims(context: HostContext, groups: readonly ClaimGroup[]): Awaitable<Rejection | null> {
  const [first] = groups;
  if (first === undefined) return null;
  return groups.length === 1 ? checkBatch(context, first.active, groups) : checkBatches(context, groups);
}

function checkBatches(context: HostContext, groups: readonly ClaimGroup[]): Awaitable<Rejection | null> {
  const scopes = [...new Set(groups.map((group) => group.active))];
  return scopes.reduce<Awaitable<Rejection | null>>((earlier, active) => {
    const own = groups.filter((group) => group.active === active);
    return whenDone(earlier, (failure) => failure ?? checkBatch(context, active, own));
  }, null);
}

function checkBatch(
  context: HostContext,
  { scope }: ActivePlugin,
  groups: readonly ClaimGroup[],
): Awaitable<Rejection | null> {
  const [first] = groups;
  const claims = groups.length === 1 && first !== undefined ? first.claims : groups.flatMap((group) => group.claims);
  if (claims.length === 0) return null;
  const result = context.crypto.verify(scope, claims);
  return result instanceof Promise ? rejectionAfter(result, groups) : rejectionBy(result, groups);
}

function rejectionAfter(result: Promise<ClaimsResult>, groups: readonly ClaimGroup[]): Promise<Rejection | null> {
  return result.then((found) => rejectionBy(found, groups));
}

function rejectionBy(result: ClaimsResult, groups: readonly ClaimGroup[]): Rejection | null {
  return result.kind === 'valid' ? null : rejectionOf(result, groups);
}

/** The first group that the claim falls into says what is wrong. */
function rejectionOf(
  { index, code }: Extract<ClaimsResult, { kind: 'invalid' }>,
  groups: readonly ClaimGroup[],
): Rejection {
  let end = 0;
  for (const group of groups) {
    end += group.claims.length;
    if (index < end) return rejected(group.code ?? code);
  }
  return rejected(code);
}

function hostFacts(context: HostContext, block: Block, certificates: readonly ClaimGroup[]): readonly Fact[] {
  if (block.evidence.length + block.certificates.length === 0) return NO_FACTS;
  const facts: Fact[] = block.evidence.map((evidence) => ({ kind: 'evidence', evidence }));
  for (const certificate of block.certificates) facts.push({ kind: 'certificate', certificate });
  if (context.chain.provides.has('participation')) return facts;

  // The host cannot read a certificate; its votes support at most the parent of the block.
  const round = block.header.height - 1;
  const signers = new Set(certificates.flatMap((group) => group.claims.flatMap(signersOf)));
  for (const actor of signers) facts.push({ kind: 'participation', actor, round });
  return facts;
}

/** Whose signatures a claim names. */
export function signersOf(claim: Claim): readonly string[] {
  if (claim.kind === 'signature') return [claim.signer];
  return claim.kind === 'aggregateSignature' ? claim.signers : [];
}

function rejected(code: string, provable = false): Rejection {
  return { kind: 'rejected', code, provable, authentic: false };
}

function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}
