/**
 * The state that is kept with the blocks, so that opening a store executes the blocks above it and no others.
 *
 * @module
 */
import type { BlockId, Height } from '@fiducia/consensus';
import { byteStringFrom, bytesOf } from '../state/keys.ts';
import { storedLeaf } from '../state/stored-value.ts';
import { differences, insertLeaf, type Tree } from '../state/tree.ts';
import type { CheckedStore } from './checked-store.ts';
import type { KvWrite } from './kv-store.ts';
import { KEYS_END, KEYS_START, TABLES } from './rows.ts';

/** Blocks by which the kept state moves at a time: what many blocks change again and again is then written once. */
export const BASE_STEP_BLOCKS = 64;

/** A block with the state after it. */
export interface StateBase {
  /** The block. */
  readonly id: BlockId;
  /** Height of it. */
  readonly height: Height;
  /** The state; nothing of it is stored while the block is genesis. */
  readonly tree: Tree;
}

/** Writes that turn one stored state into another. */
export function stateRows(before: Tree, after: Tree): KvWrite[] {
  const writes: KvWrite[] = [];
  for (const [old, current] of differences(before, after)) {
    const { key } = current ?? old ?? { key: '' };
    const value = current === undefined ? null : current.codec.encode(current.value);
    writes.push({ table: TABLES.state, key: bytesOf(key), value });
  }
  return writes;
}

/** Reads the stored state. @throws LedgerError with `STORE_DAMAGED`. */
export function readState(kv: CheckedStore): Tree {
  let tree: Tree;
  for (const [key, value] of kv.range(TABLES.state, KEYS_START, KEYS_END)) {
    tree = insertLeaf(tree, storedLeaf(byteStringFrom(key), value));
  }
  return tree;
}
