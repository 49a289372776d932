/**
 * A node made of nothing but the contract: it takes one chain from genesis on, block by block, on a fresh ledger and
 * fresh rules, and forgives nothing.
 *
 * @module
 */
import { type Claim, compareBytes, type Directive, type Fact, type Verdict } from '@fiducia/consensus';
import type { CryptoPort, SigningScope } from '@fiducia/consensus/ports';
import type { Ledger, LedgerBlock } from '@fiducia/ledger';
import type { World, WorldNode } from '../run/world.ts';
import { censusKinds, chargedBy, type FreshNode, type FreshTips, FreshTree, tipOf } from './fresh-tree.ts';
import { eraAt, type FreshProtocol, protocolsOf } from './protocols.ts';

/** Later than any time that a block can claim, so that nothing is put off. */
const END_OF_TIME = Number.MAX_SAFE_INTEGER;

/** The chain of one node, taken again. */
export interface Retaken {
  /** Node whose chain it is. */
  readonly node: string;
  /** Last block that held. */
  readonly last: FreshNode;
  /** Why the block after it does not hold; `null` if the head was reached. */
  readonly refusal: string | null;
  readonly tree: FreshTree;
  readonly ledger: Ledger;
}

/** Takes the adopted chain of a node again, up to its head. */
export async function retakeChain(world: World, node: Pick<WorldNode, 'name' | 'host' | 'ledger'>): Promise<Retaken> {
  const tree = await FreshTree.create(world);
  const ledger = world.createLedger();
  let last = tree.genesis;
  const head = node.host.head().header;
  const end = (refusal: string | null): Retaken => ({ node: node.name, last, refusal, tree, ledger });
  for (let height = 1; height <= head.height; height++) {
    const stored = await node.ledger.read({ kind: 'height', height });
    const block = stored === null ? null : ledger.decode(stored.block.bytes, 'block');
    if (block === null) return end(`no readable block at height ${height}`);
    const taken = await take(block, last, tree, ledger, world.crypto);
    if (typeof taken === 'string') return end(`block ${block.header.id} at height ${height}: ${taken}`);
    last = taken;
  }
  return end(
    last.tip.header.id === head.id ? null : `the store holds ${last.tip.header.id} where the head is ${head.id}`,
  );
}

/** Claims of a verdict, or why there are none. */
export function claimsOf(verdict: Verdict): readonly Claim[] | string {
  if (verdict.kind === 'accept') return verdict.claims;
  return verdict.kind === 'reject' ? verdict.code : `put off until ${verdict.until}`;
}

/** Why a header must not stand on its parent by fresh rules, or `null`. */
export async function refuseHeader(
  { header }: Pick<LedgerBlock, 'header'>,
  ground: FreshTips,
  crypto: CryptoPort,
): Promise<string | null> {
  if (header.protocol !== ground.era.production.protocol) return `protocol ${header.protocol}`;
  for (const active of protocolsOf(ground.era)) {
    const claims = claimsOf(active.rules.verifyHeader(header, tipOf(ground, active), END_OF_TIME));
    if (typeof claims === 'string') return claims;
    const failure = await refuseClaims(active.scope, claims, crypto);
    if (failure !== null) return failure;
  }
  return null;
}

async function take(
  block: LedgerBlock,
  parent: FreshNode,
  tree: FreshTree,
  ledger: Ledger,
  crypto: CryptoPort,
): Promise<FreshNode | string> {
  const { header } = block;
  if (header.parentId !== parent.tip.header.id) return `its parent is ${header.parentId}`;
  const ground = tree.groundFor(parent);
  const refusal = await refuseHeader(block, ground, crypto);
  if (refusal !== null) return refusal;
  const certified = await takeCertificates(block, ground, crypto);
  if (typeof certified === 'string') return certified;

  const directives: Directive[] = [];
  for (const active of protocolsOf(ground.era)) {
    const own = chargedBy(ground.era, active, block.evidence);
    directives.push(...(active.rules.directives?.(tipOf(ground, active).state, header, own) ?? []));
  }
  const next = eraAt(tree.eras, header.height + 1);
  const census = next === ground.era ? undefined : censusKinds(next, ledger.provides);
  const executed = await ledger.execute(block, { directives, ...(census && { census }) });
  if (executed.kind !== 'executed') return executed.kind === 'invalid' ? executed.code : 'cannot be executed';
  // Valid until the next commit only.
  const opening = executed.census && [...executed.census];
  const root = ledger.stateAt(header.id)?.root;
  if (root === undefined || compareBytes(root, block.fields.stateRoot) !== 0) return 'executes to another state root';
  const store = [{ block, record: new Uint8Array() }];
  await ledger.commit({ store, headId: header.id, reverted: [], applied: [header.id] });
  const facts = [...executed.facts, ...hostFacts(block, certified, ledger)];
  return tree.add(header, { facts, ...(opening && { census: opening }) }) ?? 'does not connect';
}

/** Who signed certificates of the block, or why one does not hold. */
async function takeCertificates(
  { certificates }: LedgerBlock,
  ground: FreshTips,
  crypto: CryptoPort,
): Promise<readonly string[] | string> {
  const signers: string[] = [];
  for (const { protocol, data } of certificates) {
    const active: FreshProtocol | undefined = protocolsOf(ground.era).find((other) => other.protocol === protocol);
    const verdict = active?.rules.verifyCertificate?.(data, tipOf(ground, active));
    const claims = verdict === undefined ? 'a certificate of another protocol' : claimsOf(verdict);
    if (active === undefined || typeof claims === 'string') return `certificate: ${claims}`;
    const failure = await refuseClaims(active.scope, claims, crypto);
    if (failure !== null) return `certificate: ${failure}`;
    for (const claim of claims) {
      if (claim.kind === 'signature') signers.push(claim.signer);
      if (claim.kind === 'aggregateSignature') signers.push(...claim.signers);
    }
  }
  return signers;
}

async function refuseClaims(scope: SigningScope, claims: readonly Claim[], crypto: CryptoPort): Promise<string | null> {
  if (claims.length === 0) return null;
  const result = await crypto.verify(scope, claims);
  return result.kind === 'valid' ? null : result.code;
}

/** What the host adds to the facts of a ledger (contract, section 4, step 8). */
function hostFacts(block: LedgerBlock, signers: readonly string[], ledger: Ledger): readonly Fact[] {
  const facts: Fact[] = block.evidence.map((evidence) => ({ kind: 'evidence', evidence }));
  for (const certificate of block.certificates) facts.push({ kind: 'certificate', certificate });
  if (ledger.provides.has('participation')) return facts;
  for (const actor of new Set(signers)) facts.push({ kind: 'participation', actor, round: block.header.height - 1 });
  return facts;
}
