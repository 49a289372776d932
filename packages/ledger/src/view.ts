/**
 * Reading the state after a block, with proofs.
 *
 * @module
 */
import type { Bytes, HashFunction, Height } from '@fiducia/consensus';
import { treeKeyOf } from './state/keys.ts';
import { proveKey, type StateProof } from './state/proof.ts';
import { TreeReader } from './state/state.ts';
import { type StateReader, subtreePrefix, type Table } from './state/table.ts';
import { rootOf, subtreeOf } from './state/tree.ts';
import type { Version } from './state/versions.ts';

/** State after one block; it never changes and stays readable as long as it is referenced. */
export interface LedgerStateView extends StateReader {
  /** State root of the block's header, over both subtrees. */
  readonly root: Bytes;
  /**
   * Root of the application subtree: equal on any two chains of one genesis that executed the same transactions at the
   * same market times, whatever consensus, blocks and authors carried them.
   */
  readonly applicationRoot: Bytes;
  /** Height of the block. */
  readonly height: Height;
  /** Proof of what stands at `key`, or that nothing does; see `verifyStateProof`. */
  prove(table: Table<unknown>, key: string): StateProof;
}

/** Makes a view. */
export function createStateView({ tree, root, height }: Version, sha256: HashFunction): LedgerStateView {
  const reader = new TreeReader(tree);
  return {
    root,
    // Hashed with the state root, of which it is one side.
    applicationRoot: rootOf(subtreeOf(tree, subtreePrefix('application')), sha256),
    height,
    get: (table, key) => reader.get(table, key),
    entries: (table, prefix) => reader.entries(table, prefix),
    prove: (table, key) => proveKey(tree, treeKeyOf(table, key), sha256),
  };
}
