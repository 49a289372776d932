/**
 * The way of evidence: detect or receive, verify, pool, spread, offer to builders (contract H-31).
 *
 * @module
 */
import {
  type BufferUsage,
  type Bytes,
  decodeEvidence,
  type EraIndex,
  type Evidence,
  encodeEvidence,
  encodeSignedMessage,
  LIMITS,
  type PeerId,
  type SignedMessage,
  sealClaim,
  tryDecode,
} from '@fiducia/consensus';
import type { Awaitable, Block, MessageOutcome } from '@fiducia/consensus/ports';
import type { HostContext } from '../context.ts';
import { Members } from '../era/members.ts';
import type { ActivePlugin } from '../era/schedule.ts';
import { offenceKey, type TreeNode } from '../tree/block-tree.ts';
import { type AuthenticArtefact, ConflictIndex } from './conflict-index.ts';
import { EvidencePool } from './pool.ts';
import { examineEvidence, isIncluded, isIncludedSince } from './verify.ts';

/** Channel on which evidence is spread. */
export const EVIDENCE_CHANNEL = 'evidence';

/** What became of submitted evidence. */
export type EvidenceResult =
  /** New, verified, pooled and sent to peers. */
  | { readonly kind: 'added' }
  /** This offence is in the pool or on the adopted branch already. */
  | { readonly kind: 'known' }
  /** It proves nothing here and now; `code` is the plugin's or one of the host's `EVIDENCE_*`. */
  | { readonly kind: 'rejected'; readonly code: string };

const NO_EVIDENCE: readonly Evidence[] = [];

/** Collects evidence of one host. */
export class EvidenceDesk {
  readonly #context: HostContext;
  readonly #conflicts: ConflictIndex;
  readonly #pool: EvidencePool;

  constructor(context: HostContext) {
    this.#context = context;
    const members = new Members(context);
    this.#conflicts = new ConflictIndex(context.limits, () => members.current());
    this.#pool = new EvidencePool(context.limits.evidencePoolMax);
  }

  /** Verifies evidence of this node against the head and, if it is new, pools and spreads it. */
  async submit(evidence: Evidence): Promise<EvidenceResult> {
    const result = await this.#admit(evidence, null);
    if (result.kind === 'added') this.#context.net.send(null, EVIDENCE_CHANNEL, encodeEvidence(evidence));
    return result;
  }

  /** Handles evidence from a peer; the network passes on what is accepted. */
  async receive(from: PeerId, bytes: Bytes): Promise<MessageOutcome> {
    const evidence = tryDecode(() => decodeEvidence(bytes));
    if (evidence === undefined) return 'reject';
    const result = await this.#admit(evidence, from);
    if (result.kind === 'added') return 'accept';
    const forged = result.kind === 'rejected' && /^EVIDENCE_(FORGED|MALFORMED|NO_CONFLICT)$/.test(result.code);
    return forged ? 'reject' : 'ignore';
  }

  /** Indexes a header whose claims hold (contract H-29). */
  observeHeader(block: Block): Awaitable<void> {
    const { production } = this.#context.eras.at(block.header.height);
    return production.rules.conflictKey === undefined ? undefined : this.#observeHeaderOf(block, production);
  }

  #observeHeaderOf({ header, headerBytes }: Block, production: ActivePlugin): Awaitable<void> {
    return this.#observe(production, {
      artefact: { kind: 'header', header },
      author: header.author,
      height: header.height,
      signed: header.sealHash,
      encode: () => headerBytes,
    });
  }

  /** Indexes a message whose signature holds (contract H-29). */
  observeMessage(active: ActivePlugin, message: SignedMessage, height: number): Awaitable<void> {
    return this.#observe(active, {
      artefact: { kind: 'message', message },
      author: message.author,
      height,
      signed: message.payload,
      encode: () => encodeSignedMessage(message),
    });
  }

  /** Turns a provable rejection into evidence once the seal is shown to be the author's (contract, section 4, step 3). */
  async accuseHeader(block: Block, code: string): Promise<void> {
    const { crypto, eras } = this.#context;
    const { header, headerBytes } = block;
    const { era, protocol, rules, scope } = eras.at(header.height).production;
    if (rules.verifyEvidence === undefined) return;
    const sealed = await crypto.verify(scope, [sealClaim(header)]);
    if (sealed.kind === 'invalid') return;
    await this.#file({
      kind: 'invalidHeader',
      era,
      protocol,
      offender: header.author,
      height: header.height,
      header: headerBytes,
      code,
    });
  }

  usage(): readonly BufferUsage[] {
    return [...this.#conflicts.usage(), ...this.#pool.usage()];
  }

  /**
   * Evidence that a child of `parent` may include: of the running era first, since that of the era before costs its
   * reporter nothing but new keys (contract H-32); then oldest first.
   */
  select(parent: TreeNode): readonly Evidence[] {
    if (this.#pool.isEmpty) return NO_EVIDENCE;
    const { eras, chain, limits } = this.#context;
    const era = eras.at(parent.tip.header.height + 1).index;
    const selected: Evidence[] = [];
    const items = this.#pool.items();
    const running = items.filter(({ evidence }) => evidence.era === era);
    const before = items.filter(({ evidence }) => evidence.era !== era);
    for (const { evidence, since } of [...running, ...before]) {
      if (selected.length === LIMITS.evidencePerBlock) break;
      const fresh =
        !isIncluded(evidence, parent, era) && !selected.some((other) => isSameOffence(other, evidence, era));
      if (fresh && examineEvidence(evidence, parent, eras, chain).kind === 'plausible') {
        selected.push(evidence);
      } else if (Math.min(evidence.height, since) + limits.conflictBlocks < parent.tip.header.height) {
        this.#pool.remove(evidence);
      }
    }
    return selected;
  }

  /** Forgets conflict keys too far below the new head. */
  prune(head: TreeNode): void {
    this.#conflicts.prune(head.tip.header.height);
  }

  /** Evidence that a final block includes has done its work (contract H-31). */
  settle(finalized: TreeNode): void {
    const era = this.#context.eras.at(finalized.tip.header.height).index;
    for (const { evidence, since } of this.#pool.items()) {
      // What came after the block is of something else, or it would have been refused.
      const isDone = isIncluded(evidence, finalized, era) || isIncludedSince(evidence, finalized, era, since);
      if (isDone) this.#pool.remove(evidence);
    }
  }

  /**
   * Forgets what held when it came and does no more: what a claim says may depend on the state, and no builder who has
   * such evidence could go on.
   */
  async recheck(evidence: readonly Evidence[]): Promise<void> {
    const { crypto, eras, chain, branches } = this.#context;
    for (const item of evidence) {
      const pooled = this.#pool.find(item)?.evidence;
      const examined = pooled && examineEvidence(pooled, branches.head, eras, chain);
      if (pooled === undefined || examined?.kind !== 'plausible') continue;
      const { kind } = await crypto.verify(examined.active.scope, examined.claims);
      if (kind === 'invalid') this.#pool.remove(pooled);
    }
  }

  /** Whether this offence is in the pool, in a form that a block may include. Another form gives way to a better one. */
  #isPooled(evidence: Evidence, head: TreeNode): boolean {
    const pooled = this.#pool.find(evidence);
    if (pooled === undefined) return false;
    const { eras, chain } = this.#context;
    return examineEvidence(pooled.evidence, head, eras, chain).kind === 'plausible';
  }

  async #admit(evidence: Evidence, from: PeerId | null): Promise<EvidenceResult> {
    const { crypto, eras, chain, branches, claims, events } = this.#context;
    const { head } = branches;
    const halted = { kind: 'rejected', code: 'HOST_HALTED' } as const;
    if (!this.#context.isRunning()) return halted;
    if (this.#isPooled(evidence, head) || isIncluded(evidence, head, eras.at(head.tip.header.height + 1).index)) {
      return { kind: 'known' };
    }
    const examined = examineEvidence(evidence, head, eras, chain);
    if (examined.kind === 'rejected') return examined;
    const { scope } = examined.active;
    const result = await claims.run(from, examined.claims.length, () => crypto.verify(scope, examined.claims));
    if (!this.#context.isRunning()) return halted;
    if (result === null) return { kind: 'rejected', code: 'EVIDENCE_BUSY' };
    if (result.kind === 'invalid') return { kind: 'rejected', code: 'EVIDENCE_FORGED' };
    const now = branches.head;
    if (!this.#isPooled(evidence, now)) this.#pool.remove(evidence);
    if (!this.#pool.add(evidence, now.tip.header.height)) return { kind: 'known' };
    events.emit('evidenceFound', { evidence });
    return { kind: 'added' };
  }

  #observe(active: ActivePlugin, item: AuthenticArtefact): Awaitable<void> {
    const evidence = this.#conflicts.observe(item, active, this.#context.branches.head.tip.header.height);
    return evidence && this.#file(evidence);
  }

  async #file(evidence: Evidence): Promise<void> {
    const result = await this.submit(evidence);
    if (result.kind !== 'rejected') return;
    const { offender, height } = evidence;
    this.#context.events.trace('EVIDENCE_DROPPED', { offender, height, code: result.code });
  }
}

function isSameOffence(a: Evidence, b: Evidence, era: EraIndex): boolean {
  return offenceKey(a, era) === offenceKey(b, era);
}
