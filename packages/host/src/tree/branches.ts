/**
 * The tree together with the adopted branch.
 *
 * @module
 */
import type { BlockId, ConsensusHeader, ConsensusRules, Height } from '@fiducia/consensus';
import type { ChainPort } from '@fiducia/consensus/ports';
import { assertInvariant } from '../errors.ts';
import type { HostLimits } from '../limits.ts';
import { BlockTree, type TreeNode } from './block-tree.ts';
import { compareBranches, findPath, type HeadPath } from './fork-choice.ts';

/** Knows the head, decides what to adopt and lets go of what retention does not need. */
export class Branches {
  readonly tree: BlockTree;
  /** Era parent; every branch of the chain starts here, so its state always stays (contract H-22). */
  readonly genesis: TreeNode;
  readonly #adopted = new Map<Height, BlockId>();
  readonly #rules: ConsensusRules<unknown>;
  readonly #chain: ChainPort;
  readonly #limits: HostLimits;
  #head: TreeNode;
  #checkpoint: TreeNode | null = null;

  /** @param nodes - Adopted branch from the retention point to the head, oldest first; not empty. */
  constructor(
    genesis: TreeNode,
    nodes: readonly TreeNode[],
    rules: ConsensusRules<unknown>,
    chain: ChainPort,
    limits: HostLimits,
  ) {
    const [root, ...later] = nodes;
    assertInvariant(root !== undefined, 'the adopted branch is not empty');
    this.genesis = genesis;
    this.tree = new BlockTree(root);
    for (const node of later) this.tree.add(node);
    this.#head = later.at(-1) ?? root;
    for (const { tip } of nodes) this.#adopted.set(tip.header.height, tip.header.id);
    this.#rules = rules;
    this.#chain = chain;
    this.#limits = limits;
  }

  get head(): TreeNode {
    return this.#head;
  }

  /** State to store with the next commit, if a checkpoint is due (contract H-26). */
  get checkpointDue(): TreeNode | null {
    return this.#checkpoint;
  }

  /** Block of the adopted branch at a height within retention. */
  adoptedAt(height: Height): TreeNode | undefined {
    const id = this.#adopted.get(height);
    return id === undefined ? undefined : this.tree.get(id);
  }

  /** Path to `node` if it beats the head, otherwise `null` (contract H-20). */
  async pathIfBetter(node: TreeNode): Promise<HeadPath | null> {
    if (compareBranches(node, this.#head, this.#rules) <= 0) return null;
    return findPath(this.#head.tip.header, node.tip.header, (id) => this.#headerOf(id));
  }

  /** Adds a stored block and, with a path, makes it the head. */
  add(node: TreeNode, path: HeadPath | null, checkpointed: boolean): void {
    this.tree.add(node);
    if (checkpointed) this.#checkpoint = null;
    if (path !== null) this.#adopt(node, path);
    this.#boundSize();
  }

  #adopt(node: TreeNode, path: HeadPath): void {
    const { height } = node.tip.header;
    for (let above = this.#head.tip.header.height; above > height; above--) this.#adopted.delete(above);
    path.applied.forEach((id, index) => {
      this.#adopted.set(height - path.applied.length + 1 + index, id);
    });
    this.#head = node;
    if (path.reverted.length > 0) this.tree.rerootUnder(node.tip.header.id);
    this.#advanceRoot(height - this.#limits.retentionBlocks);
  }

  /** Without proofs of finality the retention point stands in for the finalised block (contract H-23). */
  #advanceRoot(height: Height): void {
    const from = this.tree.root.tip.header.height;
    const id = this.#adopted.get(height);
    if (height <= from || id === undefined) return;
    this.tree.advanceRoot(id);
    for (let passed = from; passed < height; passed++) this.#adopted.delete(passed);
    if (height % this.#limits.checkpointBlocks === 0) this.#checkpoint = this.tree.root;
  }

  /** Beyond the cap the lightest branches go first, never the adopted one (contract H-24). */
  #boundSize(): void {
    while (this.tree.size > this.#limits.unfinalizedBlocksMax) {
      const [first, ...others] = this.tree.leaves(this.#head.tip.header.id);
      if (first === undefined) {
        this.#advanceRoot(this.tree.root.tip.header.height + 1);
        continue;
      }
      let lightest = first;
      for (const leaf of others) if (compareBranches(leaf, lightest, this.#rules) < 0) lightest = leaf;
      this.tree.dropLeaf(lightest.tip.header.id);
    }
  }

  async #headerOf(id: BlockId): Promise<ConsensusHeader> {
    const live = this.tree.get(id);
    if (live !== undefined) return live.tip.header;
    const stored = await this.#chain.read({ kind: 'id', id });
    assertInvariant(stored !== null, `block ${id} has a stored child and is itself not stored`);
    return stored.block.header;
  }
}
