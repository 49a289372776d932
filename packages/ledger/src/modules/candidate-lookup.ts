/**
 * Candidates as round votes ask for them: each of them for every block.
 *
 * @module
 */
import type { ActorId } from '@fiducia/consensus';
import { TreeReader } from '../state/state.ts';
import { subtreeOf, type Tree } from '../state/tree.ts';
import { CANDIDATES, type CandidateRecord } from './registry.ts';

/**
 * Remembers what it looked up until one of the candidates changes, which few blocks do: a walk down the tree is a
 * dozen objects that nobody touched since the last block.
 */
export class CandidateLookup {
  #tree: Tree;
  #candidates: Tree;
  #records = new Map<ActorId, CandidateRecord>();

  /** Record of a candidate in a state, or `undefined`. At most as many are remembered as there are. */
  of(tree: Tree, actor: ActorId): CandidateRecord | undefined {
    if (tree !== this.#tree) this.#follow(tree);
    const known = this.#records.get(actor);
    if (known !== undefined) return known;
    const record = new TreeReader(tree).get(CANDIDATES, actor);
    if (record !== undefined) this.#records.set(actor, record);
    return record;
  }

  /** Trees share what did not change, so the same subtree has the same entries. */
  #follow(tree: Tree): void {
    const candidates = subtreeOf(tree, CANDIDATES.prefix);
    if (candidates !== this.#candidates) this.#records = new Map();
    this.#tree = tree;
    this.#candidates = candidates;
  }
}
