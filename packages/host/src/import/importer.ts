/**
 * Import of one block: judge, apply, choose the head, commit (contract, section 4).
 *
 * @module
 */
import type { BlockId, ConsensusHeader, PeerId } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import type { HostContext } from '../context.ts';
import type { EvidenceDesk } from '../evidence/desk.ts';
import { extendOffences } from '../evidence/offences.ts';
import { encodeBlockRecord } from '../record/block-record.ts';
import type { TreeNode } from '../tree/block-tree.ts';
import { deriveBranch } from '../tree/derive.ts';
import type { HeadPath } from '../tree/fork-choice.ts';
import { assessBlock, filterFacts } from './assess.ts';

/** A decoded block on its way in. */
export interface Candidate {
  readonly block: Block;
  /** Hash of all bytes: the id need not cover seal and body, so it cannot tell two encodings apart. */
  readonly digest: string;
  /** Who sent it; `null` for a local block. */
  readonly from: PeerId | null;
  /** Whether this node made it, so that it is sent out once its own import accepted it. */
  readonly own: boolean;
}

/** What happened to a candidate. */
export type CandidateOutcome =
  | { readonly kind: 'adopted' | 'stored' | 'known' | 'orphan' | 'halted' }
  /** The parent is stored, but its state is gone: from the chain, or from memory and this peer made the host derive enough. */
  | { readonly kind: 'unconnected' }
  | { readonly kind: 'deferred'; readonly until: number }
  | { readonly kind: 'rejected'; readonly code: string };

/** Imports blocks whose parents are known. Called by one lane only, so calls never overlap. */
export class BlockImporter {
  readonly #context: HostContext;
  readonly #desk: EvidenceDesk;
  readonly #onHead: (node: TreeNode) => void;
  readonly #derivations = new Map<PeerId, number>();

  constructor(context: HostContext, desk: EvidenceDesk, onHead: (node: TreeNode) => void) {
    this.#context = context;
    this.#desk = desk;
    this.#onHead = onHead;
  }

  async import(candidate: Candidate): Promise<CandidateOutcome> {
    const { block } = candidate;
    if (!this.#context.isRunning()) return { kind: 'halted' };
    if (this.#context.branches.tree.get(block.header.id) !== undefined) return { kind: 'known' };
    const parent = await this.#findParent(candidate);
    if (parent === 'known' || parent === 'orphan' || parent === 'unconnected') return { kind: parent };

    const assessment = await assessBlock(this.#context, block, parent);
    // A state derived for a block that turns out worthless is let go: junk must not pin old states (H-23).
    if (assessment.kind !== 'valid') this.#context.branches.tree.dropIdleFoot(parent.tip.header.id);
    switch (assessment.kind) {
      case 'deferred':
      case 'unconnected':
        return assessment;
      case 'rejected':
        if (assessment.authentic) await this.#desk.observeHeader(block);
        if (assessment.provable && !candidate.own) await this.#desk.accuseHeader(block, assessment.code);
        return { kind: 'rejected', code: assessment.code };
      case 'valid':
        return this.#store(block, parent, assessment.facts);
    }
  }

  /** Judges a block without adopting it (effect `validateBlock`). */
  async validate(block: Block): Promise<'valid' | 'invalid' | 'unavailable'> {
    const { tree } = this.#context.branches;
    if (tree.get(block.header.id) !== undefined) return 'valid';
    const parent = tree.get(block.header.parentId);
    if (parent === undefined) return 'unavailable';
    const assessment = await assessBlock(this.#context, block, parent);
    if (assessment.kind === 'deferred' || assessment.kind === 'unconnected') return 'unavailable';
    return assessment.kind === 'valid' ? 'valid' : 'invalid';
  }

  async #findParent(candidate: Candidate): Promise<TreeNode | 'known' | 'orphan' | 'unconnected'> {
    const { header } = candidate.block;
    const { tree, genesis } = this.#context.branches;
    const live = tree.get(header.parentId);
    if (live !== undefined) return live;
    if (header.parentId === genesis.tip.header.id) return this.#revive(genesis);
    if (await this.#isStored(header.id)) return 'known';
    if (!(await this.#isStored(header.parentId))) return 'orphan';
    if (!this.#mayDerive(candidate.from)) return 'unconnected';
    return this.#derive(header.parentId);
  }

  async #isStored(id: BlockId): Promise<boolean> {
    return (await this.#context.chain.read({ kind: 'id', id })) !== null;
  }

  /** Deriving happens before the block is authenticated, so each peer gets few (contract H-39). */
  #mayDerive(from: PeerId | null): boolean {
    if (from === null) return true;
    const used = this.#derivations.get(from) ?? 0;
    if (used >= this.#context.limits.derivationsPerPeerMax) return false;
    this.#derivations.set(from, used + 1);
    return true;
  }

  /** A reorganisation below the retention point re-derives the state it needs (contract H-23). */
  async #derive(id: BlockId): Promise<TreeNode> {
    const { chain, era, branches } = this.#context;
    let last = branches.genesis;
    for await (const node of deriveBranch(chain, era, branches.genesis, id)) last = node;
    return this.#revive(last);
  }

  #revive(node: TreeNode): TreeNode {
    this.#context.branches.tree.add(node);
    return node;
  }

  async #store(block: Block, parent: TreeNode, facts: Parameters<typeof filterFacts>[1]): Promise<CandidateOutcome> {
    const { era, branches, chain, events } = this.#context;
    const filtered = filterFacts(this.#context, facts);
    const node = this.#applied(block, parent, filtered);
    const path = await branches.pathIfBetter(node);
    const record = encodeBlockRecord({ era: era.index, totalWeight: node.tip.totalWeight, facts: filtered });
    const due = branches.checkpointDue;
    // Durable before any input, event or peer tells of it (contract H-41).
    await chain.commit({
      store: [{ block, record }],
      headId: (path === null ? branches.head : node).tip.header.id,
      reverted: path?.reverted ?? [],
      applied: path?.applied ?? [],
      ...(due && { checkpoint: { id: due.tip.header.id, chunks: era.rules.codec.encode(due.tip.state) } }),
    });
    branches.add(node, path, due !== null);

    events.emit('blockImported', { header: block.header, facts, adopted: path !== null });
    await this.#desk.observeHeader(block);
    if (path === null) return { kind: 'stored' };
    this.#announce(node, path);
    return { kind: 'adopted' };
  }

  /** The only call of `applyHeader` for a new block; siblings share the parent's state (contract H-25). */
  #applied(block: Block, parent: TreeNode, facts: Parameters<typeof filterFacts>[1]): TreeNode {
    const { rules, index } = this.#context.era;
    const { header } = block;
    const { state } = parent.tip;
    const totalWeight = parent.tip.totalWeight + (rules.branchWeight?.(state, header) ?? 1n);
    return {
      tip: { header, state: rules.applyHeader(state, header, facts), totalWeight },
      era: index,
      offences: extendOffences(parent.offences, header.height, block.evidence),
    };
  }

  #announce(node: TreeNode, path: HeadPath): void {
    const { events } = this.#context;
    this.#derivations.clear();
    events.emit('headChanged', { tip: node.tip, reverted: path.reverted, applied: path.applied });
    const settled = this.#settledHeader(node);
    if (settled !== undefined) events.emit('settled', { header: settled });
    this.#onHead(node);
  }

  /** Depth is reported and nothing more: the host reorganises below it (contract H-21). */
  #settledHeader(node: TreeNode): ConsensusHeader | undefined {
    const { era, branches } = this.#context;
    const { finality } = era.rules;
    if (finality.kind !== 'settle') return undefined;
    const height = node.tip.header.height - finality.depth(node.tip.state);
    return branches.adoptedAt(height)?.tip.header;
  }
}
