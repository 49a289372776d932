/**
 * Reading the state after a block, with proofs.
 *
 * @module
 */
import type { Bytes, HashFunction, Height } from '@fiducia/consensus';
import { treeKeyOf } from './state/keys.ts';
import { proveKey, type StateProof } from './state/proof.ts';
import { TreeReader } from './state/state.ts';
import type { StateReader, Table } from './state/table.ts';
import type { Version } from './state/versions.ts';

/** State after one block; it never changes and stays readable as long as it is referenced. */
export interface LedgerStateView extends StateReader {
  /** State root of the block's header. */
  readonly root: Bytes;
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
    height,
    get: (table, key) => reader.get(table, key),
    entries: (table, prefix) => reader.entries(table, prefix),
    prove: (table, key) => proveKey(tree, treeKeyOf(table, key), sha256),
  };
}
