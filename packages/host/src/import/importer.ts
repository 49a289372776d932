/**
 * Import of one block: judge, apply, choose the head, commit (contract, section 4).
 *
 * @module
 */
import type { BlockId, BufferUsage, Bytes, ConsensusHeader, Fact, PeerId } from '@fiducia/consensus';
import type { Awaitable, Block, ChainUpdate } from '@fiducia/consensus/ports';
import { afterReactions, whenDone } from '../awaitable.ts';
import type { HostContext } from '../context.ts';
import { extendAnnouncements } from '../era/announcement.ts';
import { applyBlock, factsKept } from '../era/apply.ts';
import { handoverAfter, openEra } from '../era/opening.ts';
import { type EraBarrier, type EraSchedule, isProofAttached } from '../era/schedule.ts';
import { isHostError } from '../errors.ts';
import type { EvidenceDesk } from '../evidence/desk.ts';
import { extendOffences } from '../evidence/offences.ts';
import type { FinalityKeeper } from '../finality/keeper.ts';
import { ERA_NOTICE_BLOCKS } from '../limits.ts';
import { encodeBlockRecord } from '../record/block-record.ts';
import { encodeCheckpoint } from '../record/checkpoint.ts';
import { groundOf, TreeNode } from '../tree/block-tree.ts';
import { deriveBranch } from '../tree/derive.ts';
import type { HeadPath } from '../tree/fork-choice.ts';
import { type Assessment, assessBlock, sizeFault } from './assess.ts';
import type { Candidate } from './candidate.ts';

/** What happened to a candidate. */
export type CandidateOutcome =
  | {
      readonly kind: 'adopted' | 'stored';
      /** Why the proof that came with it does not hold; the block is fine without. */
      readonly proofCode?: string;
    }
  | { readonly kind: 'known' }
  | { readonly kind: 'orphan' | 'halted' }
  /** The parent is stored, but its state is gone: from the chain, or from memory and this peer made the host derive enough. */
  | { readonly kind: 'unconnected' }
  /** Nothing is said about the block: its era is not certain yet, this node cannot follow it, or another block is final. */
  | { readonly kind: 'barred'; readonly code: EraBarrier | 'BELOW_FINALIZED' }
  | { readonly kind: 'deferred'; readonly until: number }
  | { readonly kind: 'rejected'; readonly code: string };

type ValidAssessment = Extract<Assessment, { kind: 'valid' }>;

/** A valid block with its place in the tree. */
interface Placement {
  readonly node: TreeNode;
  /** `null` if it does not become the head. */
  readonly path: HeadPath | null;
  readonly assessment: ValidAssessment;
}

/** A block that is being stored. */
interface Stored {
  readonly block: Block;
  readonly node: TreeNode;
  /** `null` if it does not become the head. */
  readonly path: HeadPath | null;
  readonly facts: readonly Fact[];
  /** Proof that came with the block. */
  readonly proof: Bytes | undefined;
  /** The same if the block exists only together with it. */
  readonly attached: Bytes | undefined;
  /** Block whose checkpoint is stored as well. */
  readonly written: TreeNode | null;
}

const STORED: CandidateOutcome = { kind: 'stored' };
const ADOPTED: CandidateOutcome = { kind: 'adopted' };
const NONE: readonly BlockId[] = [];

/** One proof that holds is enough, and each costs a quorum of signatures. */
const RIVALS_JUDGED_MAX = 4;

/** Most peers for which states are derived while the head stands still. */
const DERIVING_PEERS_MAX = 256;

/** Told about the new head once it is durable. */
export type OnHead = (node: TreeNode) => void;

/** Imports blocks whose parents are known. Called by one lane only, so calls never overlap. */
export class BlockImporter {
  readonly #context: HostContext;
  readonly #desk: EvidenceDesk;
  readonly #finality: FinalityKeeper;
  readonly #onHead: OnHead;
  /** States that peers made this node derive since its head moved. */
  #derivations: Map<PeerId, number> | null = null;

  constructor(context: HostContext, desk: EvidenceDesk, finality: FinalityKeeper, onHead: OnHead) {
    this.#context = context;
    this.#desk = desk;
    this.#finality = finality;
    this.#onHead = onHead;
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'derivingPeers', count: this.#derivations?.size ?? 0, max: DERIVING_PEERS_MAX }];
  }

  import(candidate: Candidate): Awaitable<CandidateOutcome> {
    const { header } = candidate.block;
    const { tree, head } = this.#context.branches;
    if (!this.#context.isRunning()) return { kind: 'halted' };
    const live = tree.get(header.id);
    if (live !== undefined) return this.#offerProof(live, candidate);
    const parent = head.tip.header.id === header.parentId ? head : tree.get(header.parentId);
    if (parent !== undefined) return this.#importOn(parent, candidate);
    return this.#importOnRevived(candidate);
  }

  async #importOnRevived(candidate: Candidate): Promise<CandidateOutcome> {
    const revived = await this.#reviveParent(candidate);
    if (typeof revived !== 'string') return this.#importOnIdle(revived, candidate);
    if (revived === 'WRONG_HEIGHT') return { kind: 'rejected', code: revived };
    if (revived === 'passed') return this.#offerPassed(candidate);
    return revived === 'BELOW_FINALIZED' ? barred(revived) : { kind: revived };
  }

  /**
   * A state derived for a block that turns out worthless is let go: junk must not pin old states (H-23). Nor must a
   * parent pass for executed that a crash has left behind: it is imported when it comes, and its children after it.
   */
  async #importOnIdle(parent: TreeNode, candidate: Candidate): Promise<CandidateOutcome> {
    const outcome = await this.#importOn(parent, candidate);
    this.#context.branches.tree.dropLeaf(parent.tip.header.id);
    return outcome;
  }

  /**
   * The block is adopted, and its state has left memory with a restart or the retention point. Nothing else would make it
   * final: whoever proved it does so once.
   */
  async #offerPassed(candidate: Candidate): Promise<CandidateOutcome> {
    const node = await this.#deriveIfKept(candidate.block.header.id);
    return node === null ? { kind: 'known' } : this.#offerProof(node, candidate);
  }

  /** The block is known; what came with it may be new. */
  #offerProof(node: TreeNode, { proof, from }: Candidate): Awaitable<CandidateOutcome> {
    // Copies of a block may wait in the lane until it is imported; they are answered after it is.
    if (proof === undefined) return afterReactions(Promise.resolve({ kind: 'known' }));
    return whenDone(this.#finality.offer(node, proof, from), (offered) =>
      // It says nothing about the block, but is remembered with it, and counts against whoever sent it.
      offered.kind === 'rejected' ? offered : { kind: 'known' },
    );
  }

  #importOn(parent: TreeNode, candidate: Candidate): Awaitable<CandidateOutcome> {
    const { block, proof } = candidate;
    const barrier = this.#context.eras.barrierAt(block.header.height, parent.announced);
    if (barrier !== null) return barred(barrier);
    const assessment = assessBlock(this.#context, block, parent, proof);
    if (assessment instanceof Promise) return afterReactions(this.#concludeAfter(assessment, candidate, parent));
    return afterReactions(this.#conclude(candidate, parent, assessment));
  }

  // What waits is in functions of its own: a closure costs the function around it, also where none is made.
  #concludeAfter(assessment: Promise<Assessment>, candidate: Candidate, parent: TreeNode): Promise<CandidateOutcome> {
    return assessment.then((reached) => this.#conclude(candidate, parent, reached));
  }

  #conclude(candidate: Candidate, parent: TreeNode, assessment: Assessment): Awaitable<CandidateOutcome> {
    if (assessment.kind === 'valid') return this.#store(candidate, parent, assessment);
    return assessment.kind === 'rejected' ? this.#reject(candidate, assessment) : assessment;
  }

  async #reject(
    { block, own }: Candidate,
    { code, authentic, provable }: Extract<Assessment, { kind: 'rejected' }>,
  ): Promise<CandidateOutcome> {
    if (authentic) await this.#desk.observeHeader(block);
    if (provable && !own) await this.#desk.accuseHeader(block, code);
    if (own && code === 'EVIDENCE_FORGED') await this.#desk.recheck(block.evidence);
    return { kind: 'rejected', code };
  }

  /** Judges a block without adopting it, and without its proof (effect `validateBlock`). */
  validate(block: Block): Awaitable<'valid' | 'invalid' | 'unavailable'> {
    const { tree } = this.#context.branches;
    const { header } = block;
    if (tree.get(header.id) !== undefined) return 'valid';
    if (sizeFault(block, this.#context.limits) !== null) return 'invalid';
    const parent = tree.get(header.parentId);
    if (parent === undefined || this.#context.eras.barrierAt(header.height, parent.announced)) return 'unavailable';
    return whenDone(assessBlock(this.#context, block, parent, 'unproven'), (assessment) => {
      const { kind } = assessment;
      if (kind === 'deferred' || kind === 'unconnected') return 'unavailable';
      if (kind === 'valid') return 'valid';
      return assessment.code === 'EVIDENCE_FORGED' ? this.#invalidAfter(this.#desk.recheck(block.evidence)) : 'invalid';
    });
  }

  #invalidAfter(recheck: Promise<void>): Promise<'invalid'> {
    return recheck.then(() => 'invalid');
  }

  /**
   * Judges proofs of blocks that build on one beside the final chain, by what the block knew at which the branches
   * part: the states in between are nowhere. Rules whose authority has changed since then find nothing in them.
   */
  async suspect({ block, from }: Candidate, rivals: readonly Candidate[]): Promise<void> {
    const { branches, eras } = this.#context;
    const { parentId } = block.header;
    const isKnown = parentId === branches.genesis.tip.header.id || (await this.#isStored(parentId));
    if (!this.#context.isRunning() || !isKnown || !this.#mayDerive(from)) return;
    const parent = await this.#deriveIfKept(parentId);
    if (parent === null) return;
    const { era } = groundOf(parent);
    const highest = rivals.toSorted((a, b) => b.block.header.height - a.block.header.height);
    for (const { block: rival, proof } of highest.slice(0, RIVALS_JUDGED_MAX)) {
      if (proof === undefined || eras.at(rival.header.height).index !== era) continue;
      await this.#finality.suspect(rival.header, proof, parent);
    }
  }

  /** A parent whose state is not live, or why the block cannot be judged. */
  async #reviveParent(
    candidate: Candidate,
  ): Promise<TreeNode | 'known' | 'passed' | 'orphan' | 'unconnected' | 'BELOW_FINALIZED' | 'WRONG_HEIGHT'> {
    const { header } = candidate.block;
    const { genesis } = this.#context.branches;
    const isGenesis = header.parentId === genesis.tip.header.id;
    const parentHeader = isGenesis ? genesis.tip.header : await this.#storedHeader(header.parentId);
    if (parentHeader === undefined) return 'orphan';
    // The era that judges what comes with the block follows from its height, which it could choose otherwise.
    if (header.height !== parentHeader.height + 1) return 'WRONG_HEIGHT';
    const place = await this.#placeOf(candidate);
    if (place !== 'above') return place;
    const parent = isGenesis ? genesis : await this.#deriveIfKept(header.parentId);
    return parent === null ? 'unconnected' : this.#revive(parent);
  }

  /**
   * Where a block belongs whose parent is stored and not live. Nothing that leaves the final chain is ever adopted, but
   * a proof of it convicts its signers.
   */
  async #placeOf({
    block,
    proof,
    from,
  }: Candidate): Promise<'above' | 'known' | 'passed' | 'unconnected' | 'BELOW_FINALIZED'> {
    const { header } = block;
    const final = this.#context.branches.finalized.tip.header;
    if (header.height <= final.height) {
      if (await this.#isAdopted(header)) return 'known';
      if (proof === undefined) return 'BELOW_FINALIZED';
    } else if (proof === undefined && (await this.#isStored(header.id))) return 'known';
    // From here on the block costs the reading of a branch, and is authenticated only afterwards.
    if (!this.#mayDerive(from)) return (await this.#isStored(header.id)) ? 'known' : 'unconnected';
    // What is stored beside the adopted branch may be what a crash has left behind: it is executed again.
    if (await this.#leadsToFinal(header, final)) return (await this.#isAdopted(header)) ? 'passed' : 'above';
    const parent = proof === undefined ? null : await this.#deriveIfKept(header.parentId);
    if (proof !== undefined && parent !== null) await this.#finality.suspect(header, proof, parent);
    return 'BELOW_FINALIZED';
  }

  /**
   * The walk ends at a block that is live or adopted. Nothing else may end it: a block that only lies far above the final
   * one would pass for a rival of it, and its proof for a conflict.
   */
  async #leadsToFinal(header: ConsensusHeader, final: ConsensusHeader): Promise<boolean> {
    const { branches, chain } = this.#context;
    if (final.height === 0) return header.height > 0;
    for (let below = header; below.height > final.height; ) {
      if (branches.tree.get(below.parentId) !== undefined) return true;
      const stored = await chain.read({ kind: 'id', id: below.parentId });
      if (stored === null) return false;
      below = stored.block.header;
      if (await this.#isAdopted(below)) return below.height >= final.height;
    }
    return false;
  }

  async #isAdopted({ height, id }: ConsensusHeader): Promise<boolean> {
    const adopted = await this.#context.chain.read({ kind: 'height', height });
    return adopted?.block.header.id === id;
  }

  async #isStored(id: BlockId): Promise<boolean> {
    return (await this.#storedHeader(id)) !== undefined;
  }

  async #storedHeader(id: BlockId): Promise<ConsensusHeader | undefined> {
    return (await this.#context.chain.read({ kind: 'id', id }))?.block.header;
  }

  /** Deriving happens before the block is authenticated, so each peer gets few (contract H-39). */
  #mayDerive(from: PeerId | null): boolean {
    if (from === null) return true;
    this.#derivations ??= new Map();
    const used = this.#derivations.get(from) ?? 0;
    if (used >= this.#context.limits.derivationsPerPeerMax) return false;
    // Whoever comes under many names meanwhile is no more than that many peers.
    if (used === 0 && this.#derivations.size >= DERIVING_PEERS_MAX) return false;
    this.#derivations.set(from, used + 1);
    return true;
  }

  /** A reorganisation below the retention point re-derives the state it needs (contract H-23). */
  async #derive(id: BlockId): Promise<TreeNode> {
    const { chain, eras, branches } = this.#context;
    let last = branches.genesis;
    for await (const node of deriveBranch(chain, eras, branches.genesis, id)) last = node;
    return last;
  }

  /**
   * The state before a block whose parent is not live, to judge a proof of it; called in the lane.
   * @returns `null` if this peer made the host derive enough, or the chain has it no more.
   */
  async deriveParent({ parentId }: ConsensusHeader, from: PeerId | null): Promise<TreeNode | null> {
    return this.#mayDerive(from) ? this.#deriveIfKept(parentId) : null;
  }

  /**
   * A chain may have let go of what led to a final block, or of the census at a border that lies deep (contract, section
   * 11). What cannot be judged says nothing, and nobody stops this node by naming it.
   */
  async #deriveIfKept(id: BlockId): Promise<TreeNode | null> {
    try {
      return await this.#derive(id);
    } catch (thrown) {
      if (!isHostError(thrown, 'STORE_CORRUPT')) throw thrown;
      return null;
    }
  }

  #revive(node: TreeNode): TreeNode {
    this.#context.branches.tree.add(node);
    return node;
  }

  #store(candidate: Candidate, parent: TreeNode, assessment: ValidAssessment): Awaitable<CandidateOutcome> {
    const { branches } = this.#context;
    const node = this.#applied(candidate.block, parent, assessment);
    const path = branches.pathIfBetter(node);
    if (!(path instanceof Promise)) return this.#commit(candidate, { node, path, assessment });
    return this.#commitAfter(path, candidate, node, assessment);
  }

  #commitAfter(
    path: Promise<HeadPath | null>,
    candidate: Candidate,
    node: TreeNode,
    assessment: ValidAssessment,
  ): Promise<CandidateOutcome> {
    return path.then((found) => this.#commit(candidate, { node, path: found, assessment }));
  }

  #commit({ block, proof }: Candidate, { node, path, assessment }: Placement): Awaitable<CandidateOutcome> {
    const { eras, branches, chain } = this.#context;
    const attached = isProofAttached(eras.at(block.header.height)) ? proof : undefined;
    // The start of an era depends on a census that is not asked for twice, so it is stored at once (H-26).
    const written = node.opening === null ? branches.checkpointDue : node;
    const stored: Stored = { block, node, path, facts: assessment.facts, proof, attached, written };
    // Durable before any input, event or peer tells of it (contract H-41).
    const committed = chain.commit(updateOf(stored, this.#recordOf(node, assessment), branches.head, eras));
    return committed instanceof Promise ? this.#adoptAfter(committed, stored) : this.#adopt(stored);
  }

  #adoptAfter(committed: Promise<void>, stored: Stored): Promise<CandidateOutcome> {
    return committed.then(() => this.#adopt(stored));
  }

  /** A block is stored. */
  #adopt(stored: Stored): Awaitable<CandidateOutcome> {
    const { block, node, path, facts, attached, written } = stored;
    const { branches, events } = this.#context;
    branches.add(node, path, written);
    if (attached !== undefined) branches.finalize(node, { head: node, path: null });
    events.emit('blockImported', { header: block.header, facts, adopted: path !== null });
    const observed = this.#desk.observeHeader(block);
    return observed instanceof Promise ? this.#tellAfter(observed, stored) : this.#tell(stored);
  }

  #tellAfter(observed: Promise<void>, stored: Stored): Promise<CandidateOutcome> {
    return observed.then(() => this.#tell(stored));
  }

  /** Tells the rest of the host of a block that is stored. */
  #tell({ node, path, proof, attached }: Stored): Awaitable<CandidateOutcome> {
    if (attached !== undefined) this.#finality.announce(node, attached);
    if (path !== null) this.announce(node, path);
    const outcome = path === null ? STORED : ADOPTED;
    const offered = attached === undefined ? this.#finality.arrived(node, proof) : null;
    return offered instanceof Promise ? outcomeAfter(offered, outcome) : outcome;
  }

  /** The only call of `applyHeader` for a new block; siblings share the parent's state (contract H-25). */
  #applied({ header, evidence }: Block, parent: TreeNode, { facts, census }: ValidAssessment): TreeNode {
    const { eras } = this.#context;
    const era = eras.at(header.height);
    const tips = applyBlock(era, groundOf(parent), header, facts);
    const next = eras.at(header.height + 1);
    const opening = next === era ? null : openEra(next, { parent: header, handover: handoverAfter(era, tips), census });
    const { fromHeight } = eras.last;
    return new TreeNode(tips, {
      opening,
      announced: extendAnnouncements(parent.announced, header.height, facts, fromHeight, ERA_NOTICE_BLOCKS),
      offences: extendOffences(parent.offences, header.height, era.index, evidence),
    });
  }

  #recordOf(node: TreeNode, { facts }: ValidAssessment): Bytes {
    const era = this.#context.eras.at(node.tip.header.height);
    return encodeBlockRecord({
      era: era.index,
      totalWeight: node.tip.totalWeight,
      gadgetWeight: node.gadget?.totalWeight ?? 0n,
      announced: node.announced,
      facts: factsKept(era, facts),
    });
  }

  /** Tells everybody about a new head that is durable. */
  announce(node: TreeNode, path: HeadPath): void {
    const { events } = this.#context;
    this.#derivations = null;
    events.emit('headChanged', { tip: node.tip, reverted: path.reverted, applied: path.applied });
    this.#settle(node);
    this.#onHead(node);
  }

  /** Depth is reported and nothing more: the host reorganises below it (contract H-21). */
  #settle({ tip }: TreeNode): void {
    const { eras, branches, events } = this.#context;
    const { finality } = eras.at(tip.header.height).production.rules;
    if (finality.kind !== 'settle') return;
    const depth = finality.depth(tip.state);
    if (!events.hasObserver('settled')) return;
    const settled = branches.adoptedAt(tip.header.height - depth);
    if (settled !== undefined) events.emit('settled', { header: settled.tip.header });
  }
}

function outcomeAfter(offered: Promise<string | null>, outcome: CandidateOutcome): Promise<CandidateOutcome> {
  return offered.then((proofCode) => (proofCode === null ? outcome : { ...outcome, proofCode }));
}

function updateOf(
  { block, path, attached, written }: Stored,
  record: Bytes,
  head: TreeNode,
  eras: EraSchedule,
): ChainUpdate {
  const { id } = block.header;
  const headId = path === null ? head.tip.header.id : id;
  const { reverted, applied } = path ?? { reverted: NONE, applied: NONE };
  // Nearly all updates are of this kind.
  if (attached === undefined && written === null) return { store: [{ block, record }], headId, reverted, applied };
  return {
    store: [{ block, record, ...(attached && { proof: attached }) }],
    headId,
    reverted,
    applied,
    ...(attached && { finalized: { id, proof: attached } }),
    ...(written && { checkpoint: { id: written.tip.header.id, chunks: encodeCheckpoint(written, eras) } }),
  };
}

function barred(code: EraBarrier | 'BELOW_FINALIZED'): CandidateOutcome {
  return { kind: 'barred', code };
}
