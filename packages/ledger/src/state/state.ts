/**
 * The state of a block in execution: a tree behind the reader and writer interfaces, with rollback.
 *
 * @module
 */
import { byteStringOf, entryKeyOf, textOf, treeKeyOf } from './keys.ts';
import { leafValue } from './stored-value.ts';
import type { StateReader, StateWriter, Table } from './table.ts';
import { findLeafOf, insertLeaf, leavesWithPrefix, removeLeaf, type Tree } from './tree.ts';

/** Reads a tree. */
export class TreeReader implements StateReader {
  /** Current tree. */
  tree: Tree;

  constructor(tree: Tree) {
    this.tree = tree;
  }

  get<T>(table: Table<T>, key: string): T | undefined {
    const leaf = findLeafOf(this.tree, table.prefix, entryKeyOf(key));
    return leaf && leafValue(leaf, table.codec);
  }

  entries<T>(table: Table<T>, prefix = ''): Iterable<readonly [key: string, value: T]> {
    return walk(this.tree, table, byteStringOf(prefix));
  }
}

/** Writes a tree. Restoring an earlier `tree` undoes every write since. */
export class TreeWriter extends TreeReader implements StateWriter {
  set<T>(table: Table<T>, key: string, value: T): void {
    this.tree = insertLeaf(this.tree, { key: treeKeyOf(table, key), value, codec: table.codec, hash: undefined });
  }

  delete<T>(table: Table<T>, key: string): void {
    this.tree = removeLeaf(this.tree, treeKeyOf(table, key));
  }
}

function walk<T>(tree: Tree, table: Table<T>, prefix: string): Iterable<readonly [key: string, value: T]> {
  return {
    *[Symbol.iterator]() {
      for (const leaf of leavesWithPrefix(tree, table.prefix + prefix)) {
        yield [textOf(leaf.key.slice(table.prefix.length)), leafValue(leaf, table.codec)] as const;
      }
    },
  };
}
