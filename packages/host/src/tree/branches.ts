/**
 * The tree together with the adopted branch and its irreversible part.
 *
 * @module
 */
import type { BlockId, BufferUsage, ConsensusHeader, Height } from '@fiducia/consensus';
import type { Awaitable, ChainPort } from '@fiducia/consensus/ports';
import type { EraSchedule } from '../era/schedule.ts';
import { assertInvariant } from '../errors.ts';
import type { HostLimits } from '../limits.ts';
import { BlockTree, type TreeNode } from './block-tree.ts';
import { compareBranches, findPath, type HeadPath } from './fork-choice.ts';

/** Adopted branch when a host starts. */
export interface AdoptedBranch {
  /** From the finalised block or the retention point to the head, oldest first; not empty. */
  readonly nodes: readonly TreeNode[];
  /** Last irreversible block; genesis if there is none. */
  readonly finalized: TreeNode;
}

/** Where the head goes when a block becomes final. */
export interface FinalityMove {
  readonly head: TreeNode;
  /** `null` if the head stays. */
  readonly path: HeadPath | null;
}

/** Identities below the root are let go of together: taking off one for every block moves all the others. */
const PASSED_MAX = 64;

/** Knows the head, decides what to adopt and lets go of what retention does not need. */
export class Branches {
  readonly tree: BlockTree;
  /** Every branch of the chain starts here, so its state always stays while nothing is final (contract H-22). */
  readonly genesis: TreeNode;
  /** The adopted branch within retention and up to {@link PASSED_MAX} blocks below it, oldest first. */
  #adopted: BlockId[];
  /** Height of the first of them. */
  #lowest: Height;
  readonly #eras: EraSchedule;
  readonly #chain: ChainPort;
  readonly #limits: HostLimits;
  #head: TreeNode;
  #finalized: TreeNode;
  #checkpoint: TreeNode | null = null;

  constructor(
    genesis: TreeNode,
    { nodes, finalized }: AdoptedBranch,
    eras: EraSchedule,
    chain: ChainPort,
    limits: HostLimits,
  ) {
    const [root, ...later] = nodes;
    assertInvariant(root !== undefined, 'the adopted branch is not empty');
    this.genesis = genesis;
    this.tree = new BlockTree(root);
    for (const node of later) this.tree.add(node);
    this.#head = later.at(-1) ?? root;
    this.#finalized = finalized;
    this.#adopted = nodes.map(({ tip }) => tip.header.id);
    this.#lowest = root.tip.header.height;
    this.#eras = eras;
    this.#chain = chain;
    this.#limits = limits;
  }

  get head(): TreeNode {
    return this.#head;
  }

  /** Last irreversible block. */
  get finalized(): TreeNode {
    return this.#finalized;
  }

  /** State to store with the next commit, if a checkpoint is due (contract H-26). */
  get checkpointDue(): TreeNode | null {
    return this.#checkpoint;
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'treeBlocks', count: this.tree.size, max: this.#limits.unfinalizedBlocksMax }];
  }

  /** Block of the adopted branch at a height within retention. */
  adoptedAt(height: Height): TreeNode | undefined {
    if (height < this.tree.root.tip.header.height) return undefined;
    const id = this.#adopted[height - this.#lowest];
    return id === undefined ? undefined : this.tree.get(id);
  }

  /** Path to `node` if it beats the head, otherwise `null` (contract H-20). */
  pathIfBetter(node: TreeNode): Awaitable<HeadPath | null> {
    return compareBranches(node, this.#head, this.#eras) > 0 ? this.#pathTo(node) : null;
  }

  /**
   * Where the head goes once `node` is final: nowhere if it descends from it, else to the best block that
   * does. That is the first criterion of fork choice (contract H-20).
   */
  async moveFor(node: TreeNode): Promise<FinalityMove> {
    const { header } = node.tip;
    if (this.tree.descends(this.#head.tip.header.id, header.id)) return { head: this.#head, path: null };
    const isAdopted = header.height < this.#lowest ? await this.#wasAdopted(header) : this.#isAdopted(header);
    if (isAdopted) return { head: this.#head, path: null };
    let best = node;
    for (const candidate of this.tree.branchOf(node.tip.header.id)) {
      if (compareBranches(candidate, best, this.#eras) > 0) best = candidate;
    }
    return { head: best, path: await this.#pathTo(best) };
  }

  #isAdopted({ height, id }: ConsensusHeader): boolean {
    return this.#adopted[height - this.#lowest] === id;
  }

  /** The same below what is kept here of the adopted branch. */
  async #wasAdopted({ height, id }: ConsensusHeader): Promise<boolean> {
    return (await this.#chain.read({ kind: 'height', height }))?.block.header.id === id;
  }

  /** Adds a stored block and, with a path, makes it the head. */
  add(node: TreeNode, path: HeadPath | null, checkpointed: TreeNode | null): void {
    this.tree.add(node, this.#head);
    this.#forgetCheckpoint(checkpointed);
    if (path !== null) this.#adopt(node, path);
    this.#boundSize();
  }

  /** Makes a block irreversible and lets go of everything that does not descend from it (contract H-22). */
  finalize(node: TreeNode, { head, path }: FinalityMove, checkpointed: TreeNode | null = null): void {
    const { height } = node.tip.header;
    assertInvariant(height > this.#finalized.tip.header.height, 'finality never goes down');
    this.#forgetCheckpoint(checkpointed);
    if (path !== null) {
      // A final block may have left memory before its proof came.
      if (this.tree.get(head.tip.header.id) === undefined) this.tree.add(head);
      this.#adopt(head, path);
    }
    this.#finalized = node;
    this.#advanceRoot(height);
    // A branch that was derived again below the root may leave the chain below what is final now.
    this.tree.dropFeet();
  }

  #forgetCheckpoint(written: TreeNode | null): void {
    if (written === this.#checkpoint) this.#checkpoint = null;
  }

  #pathTo(node: TreeNode): Awaitable<HeadPath> {
    const { id, parentId } = node.tip.header;
    // The usual step extends the branch by one block, and nothing needs to be read for it.
    if (parentId === this.#head.tip.header.id) return { reverted: [], applied: [id] };
    return findPath(this.#head.tip.header, node.tip.header, (id) => this.#headerOf(id));
  }

  #adopt(node: TreeNode, path: HeadPath): void {
    const { height } = node.tip.header;
    this.#replaceFrom(height - path.applied.length + 1, path.applied);
    this.#head = node;
    if (path.reverted.length > 0) this.tree.rerootUnder(node.tip.header.id);
    this.#advanceRoot(height - this.#limits.retentionBlocks);
  }

  #replaceFrom(height: Height, applied: readonly BlockId[]): void {
    // Where the branches part below retention, nothing that was adopted before is left.
    this.#lowest = Math.min(this.#lowest, height);
    if (this.#adopted.length !== height - this.#lowest) this.#adopted.length = height - this.#lowest;
    for (const id of applied) this.#adopted.push(id);
  }

  /**
   * Lets go of states below the finalised block, or below the retention point, which stands in for it where
   * nothing becomes final (contract H-22, H-23).
   */
  #advanceRoot(height: Height): void {
    const from = this.tree.root.tip.header.height;
    const id = this.#adopted[height - this.#lowest];
    if (height <= from || id === undefined) return;
    this.tree.advanceRoot(id);
    if (height - this.#lowest > PASSED_MAX) {
      this.#adopted = this.#adopted.slice(height - this.#lowest);
      this.#lowest = height;
    }
    // A gadget passes several heights at once and may never stand on a multiple.
    const { checkpointBlocks } = this.#limits;
    if (Math.floor(height / checkpointBlocks) > Math.floor(from / checkpointBlocks)) this.#checkpoint = this.tree.root;
  }

  /**
   * Beyond the cap the lightest branches go first, never the adopted one (contract H-24). One that parted below the root
   * goes from its oldest block on: each of its blocks to come needs the newest, and to derive that again costs far more.
   */
  #boundSize(): void {
    while (this.tree.size > this.#limits.unfinalizedBlocksMax) {
      const [first, ...others] = this.tree.leaves(this.#head.tip.header.id);
      if (first === undefined) {
        this.#advanceRoot(this.tree.root.tip.header.height + 1);
        continue;
      }
      let lightest = first;
      for (const leaf of others) if (compareBranches(leaf, lightest, this.#eras) < 0) lightest = leaf;
      if (!this.tree.dropFootOf(lightest)) this.tree.dropLeaf(lightest.tip.header.id);
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
