/**
 * Blocks with live states, linked to their parents.
 *
 * @module
 */
import type { BlockId, EraIndex, Evidence, Height } from '@fiducia/consensus';
import type { AnnouncedEra } from '../era/announcement.ts';
import type { EraTips } from '../era/schedule.ts';

/**
 * Evidence included on a branch, newest first. The list outlives the blocks that dropped out of the
 * tree, so that judging a repetition never walks the chain.
 */
export interface OffenceLink {
  readonly key: string;
  /** Height of the block that included it. */
  readonly includedAt: Height;
  readonly previous: OffenceLink | null;
}

/** What a branch says beside the states of plugins. */
export interface BranchNotes {
  /** Last block of an era: what the plugins of the next era start from (contract H-33). */
  readonly opening: EraTips | null;
  /** Eras that facts of this branch announced, oldest first (contract H-36). */
  readonly announced: readonly AnnouncedEra[];
  readonly offences: OffenceLink | null;
}

/**
 * One block of the tree, with what the plugins of its era know after it. Children are a list through the children
 * themselves: nearly every block has one, and a set for it would be larger.
 */
export class TreeNode implements EraTips, BranchNotes {
  readonly era: EraTips['era'];
  readonly tip: EraTips['tip'];
  readonly gadget: EraTips['gadget'];
  readonly opening: BranchNotes['opening'];
  readonly announced: BranchNotes['announced'];
  readonly offences: BranchNotes['offences'];
  /** Links are changed by the tree alone. */
  parent: TreeNode | null = null;
  /** Newest child. */
  child: TreeNode | null = null;
  /** Next older child of the same parent. */
  sibling: TreeNode | null = null;

  constructor({ era, tip, gadget }: EraTips, { opening, announced, offences }: BranchNotes) {
    this.era = era;
    this.tip = tip;
    this.gadget = gadget;
    this.opening = opening;
    this.announced = announced;
    this.offences = offences;
  }

  /** Whoever still holds a block that the tree let go of must not hold others by it. */
  unlink(): void {
    this.parent = null;
    this.child = null;
    this.sibling = null;
  }
}

/** What the next block builds on: at a border the start of the new era, elsewhere the block itself. */
export function groundOf(node: TreeNode): EraTips {
  return node.opening ?? node;
}

function* childrenOf(node: TreeNode): Iterable<TreeNode> {
  for (let child = node.child; child !== null; child = child.sibling) yield child;
}

/**
 * Identifies an offence (contract H-31). Of an earlier era each offender is punished once: the rules that could
 * tell one offence from another are no longer asked (contract H-32).
 *
 * @param era - Era of the block that includes the evidence, or would.
 */
export function offenceKey(evidence: Evidence, era: EraIndex): string {
  const { kind, protocol, offender } = evidence;
  if (evidence.era !== era) return `${kind}/era-${evidence.era}/${offender}`;
  return `${kind}/${protocol}/${placeOf(evidence)}/${offender}`;
}

/** Where an offence happened, as far as that is no reporter's word. */
function placeOf(evidence: Evidence): string {
  if (evidence.kind === 'custom') return `${evidence.height}/${evidence.id.length}:${evidence.id}`;
  return isAboutMessages(evidence) ? 'messages' : `${evidence.height}`;
}

/** Whether evidence is of two messages: their height is the reporter's word. */
export function isAboutMessages(evidence: Evidence): boolean {
  return evidence.kind === 'equivocation' && evidence.subject === 'message';
}

/** Tree of blocks above the retention point; additions, look-ups and pruning cost O(1) per block. */
export class BlockTree {
  readonly #nodes = new Map<BlockId, TreeNode>();
  #root: TreeNode;

  constructor(root: TreeNode) {
    this.#root = root;
    this.#nodes.set(root.tip.header.id, root);
  }

  /** Oldest block of the adopted branch whose state is live. */
  get root(): TreeNode {
    return this.#root;
  }

  get size(): number {
    return this.#nodes.size;
  }

  get(id: BlockId): TreeNode | undefined {
    return this.#nodes.get(id);
  }

  /** All blocks, in order of insertion. */
  nodes(): Iterable<TreeNode> {
    return this.#nodes.values();
  }

  /**
   * Adds a block; a block whose parent is not in the tree becomes the foot of a branch of its own.
   * @param newest - A block of the tree that is probably the parent: each look-up is one more look far away in memory.
   */
  add(node: TreeNode, newest?: TreeNode): void {
    const { id, parentId } = node.tip.header;
    const parent = newest?.tip.header.id === parentId ? newest : (this.#nodes.get(parentId) ?? null);
    this.#nodes.set(id, node);
    if (parent === null) return;
    node.parent = parent;
    node.sibling = parent.child;
    parent.child = node;
  }

  /**
   * Moves the root up to `id`, an ancestor of the head, and lets go of everything passed on the way
   * with all branches that start there (contract H-22).
   */
  advanceRoot(id: BlockId): void {
    const above = this.#root.child;
    const target = above?.tip.header.id === id ? above : this.#nodes.get(id);
    if (target === undefined) return;
    let kept = target;
    for (let node = target.parent; node !== null; node = node.parent) {
      for (let child = node.child; child !== null; ) {
        const next = child.sibling;
        if (child !== kept) this.#dropBranch(child);
        child = next;
      }
      this.#nodes.delete(node.tip.header.id);
      kept = node;
    }
    for (let node = target.parent; node !== null; ) {
      const below = node.parent;
      node.unlink();
      node = below;
    }
    target.parent = null;
    target.sibling = null;
    this.#root = target;
  }

  /**
   * Makes the oldest linked ancestor of `headId` the root and lets go of everything else. It changes
   * nothing unless a reorganisation went below the old root.
   */
  rerootUnder(headId: BlockId): void {
    let foot = this.#nodes.get(headId);
    if (foot === undefined) return;
    while (foot.parent !== null) foot = foot.parent;
    if (foot === this.#root) return;
    this.#root = foot;
    const kept = new Set<TreeNode>();
    const pending = [foot];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      kept.add(node);
      pending.push(...childrenOf(node));
    }
    for (const [id, node] of this.#nodes) {
      if (kept.has(node)) continue;
      this.#nodes.delete(id);
      node.unlink();
    }
  }

  /** Whether `id` is `ancestor` or a block above it; both in the tree. */
  descends(id: BlockId, ancestor: BlockId): boolean {
    const target = this.#nodes.get(ancestor);
    if (target === undefined) return false;
    let node = this.#nodes.get(id) ?? null;
    while (node !== null && node.tip.header.height > target.tip.header.height) node = node.parent;
    return node === target;
  }

  /** Parent of a block, if it is in the tree. */
  parentOf(id: BlockId): TreeNode | null {
    return this.#nodes.get(id)?.parent ?? null;
  }

  /** A block and everything above it. */
  *branchOf(id: BlockId): Iterable<TreeNode> {
    const foot = this.#nodes.get(id);
    const pending = foot === undefined ? [] : [foot];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      yield node;
      pending.push(...childrenOf(node));
    }
  }

  /** Blocks without children, except `spared`. */
  leaves(spared: BlockId): readonly TreeNode[] {
    const found: TreeNode[] = [];
    for (const [id, node] of this.#nodes) if (node.child === null && id !== spared) found.push(node);
    return found;
  }

  /** Removes all branches that do not start at the root. */
  dropFeet(): void {
    const feet = [...this.#nodes.values()].filter((node) => node.parent === null && node !== this.#root);
    for (const foot of feet) this.#dropBranch(foot);
  }

  /** Removes a block without children. */
  dropLeaf(id: BlockId): void {
    const node = this.#nodes.get(id);
    if (node !== undefined && node.child === null) this.#dropBranch(node);
  }

  /**
   * Removes the oldest block of the branch that ends in `leaf`, if that branch does not start at the root.
   * @returns False if it does.
   */
  dropFootOf(leaf: TreeNode): boolean {
    let foot = leaf;
    while (foot.parent !== null) foot = foot.parent;
    if (foot === this.#root) return false;
    this.#nodes.delete(foot.tip.header.id);
    for (const child of [...childrenOf(foot)]) {
      child.parent = null;
      child.sibling = null;
    }
    foot.unlink();
    return true;
  }

  #dropBranch(foot: TreeNode): void {
    this.#cut(foot);
    const pending = [foot];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      this.#nodes.delete(node.tip.header.id);
      pending.push(...childrenOf(node));
      node.unlink();
    }
  }

  #cut(node: TreeNode): void {
    const { parent, sibling } = node;
    if (parent === null) return;
    if (parent.child === node) {
      parent.child = sibling;
      return;
    }
    for (const other of childrenOf(parent)) if (other.sibling === node) other.sibling = sibling;
  }
}
