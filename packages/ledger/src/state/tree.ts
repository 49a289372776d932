/**
 * The state tree: a persistent, ordered, authenticated map.
 *
 * A binary radix tree over the bits of the keys, with runs of single children skipped. Its shape
 * depends on the set of keys alone, never on the order of writes; walking it from left to right gives
 * the keys in byte order; a path is never longer than the key has bits, so nobody can unbalance it
 * beyond the neighbourhood of keys he pays for. Updates copy one path and share the rest. Hashes are
 * computed on demand, once per node.
 *
 * @module
 */
import type { Bytes, HashFunction } from '@fiducia/consensus';
import { bitAt, bitAtOf, byteStringFrom, bytesOf, firstDifference, prefixBits, putByteString } from './keys.ts';
import type { Codec } from './table.ts';

/** An entry. */
export interface Leaf {
  /** Byte string of the key. */
  readonly key: string;
  /** Decoded value. */
  readonly value: unknown;
  /** Encoding of the value. */
  readonly codec: Codec<unknown>;
  /** Cached hash, see {@link Branch.hash}. */
  hash: string | undefined;
}

/** An inner node: all keys below agree before `bit`; those on the left have it 0. */
interface Branch {
  /** Index of the deciding bit. */
  readonly bit: number;
  /** Keys with bit 0. */
  readonly left: Node;
  /** Keys with bit 1. */
  readonly right: Node;
  /**
   * Cached hash, one character per byte: kept versions hold millions of them, and a string takes a
   * quarter of the memory of a byte array.
   */
  hash: string | undefined;
}

/** A non-empty tree. */
export type Node = Leaf | Branch;

/** A tree. */
export type Tree = Node | undefined;

/** Root of the empty tree. */
export const EMPTY_ROOT: Bytes = new Uint8Array(32);

const LEAF_TAG = 0;
const BRANCH_TAG = 1;
const HASH_BYTES = 32;
const SCRATCH_BYTES = 1_024;
const NO_SCRATCH: Bytes = new Uint8Array();

/** Whether a node is an entry. */
export function isLeaf(node: Node): node is Leaf {
  return 'key' in node;
}

/** Entry at which the search for `key` ends; `key` itself if it is in the tree. */
export function nearestLeaf(tree: Node, key: string): Leaf {
  let node = tree;
  while (!isLeaf(node)) node = bitAt(key, node.bit) === 0 ? node.left : node.right;
  return node;
}

/** Entry at `prefix` and `rest` in a row: most looks are for keys that nobody has put together yet. */
export function findLeafOf(tree: Tree, prefix: string, rest: string): Leaf | undefined {
  if (tree === undefined) return undefined;
  let node = tree;
  while (!isLeaf(node)) node = bitAtOf(prefix, rest, node.bit) === 0 ? node.left : node.right;
  const { key } = node;
  const isFound = key.length === prefix.length + rest.length && key.startsWith(prefix) && key.endsWith(rest);
  return isFound ? node : undefined;
}

/** Tree with `leaf` put in, replacing an entry of the same key. */
export function insertLeaf(tree: Tree, leaf: Leaf): Tree {
  if (tree === undefined) return leaf;
  const difference = firstDifference(nearestLeaf(tree, leaf.key).key, leaf.key);
  return difference === -1 ? replaceAt(tree, leaf) : splitAt(tree, leaf, difference);
}

/** Tree without `key`; the same tree if there is no such entry. */
export function removeLeaf(tree: Tree, key: string): Tree {
  if (tree === undefined || nearestLeaf(tree, key).key !== key) return tree;
  return removeAt(tree, key);
}

/** Entries whose key starts with `prefix`, in byte order. */
export function* leavesWithPrefix(tree: Tree, prefix: string): Generator<Leaf> {
  const start = subtreeOf(tree, prefix);
  if (start === undefined) return;
  const pending: Node[] = [start];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (isLeaf(node)) yield node;
    else pending.push(node.right, node.left);
  }
}

/** Smallest tree that holds all keys starting with `prefix`, and only those. */
export function subtreeOf(tree: Tree, prefix: string): Tree {
  if (tree === undefined) return undefined;
  const fixed = prefixBits(prefix);
  let node = tree;
  while (!isLeaf(node) && node.bit < fixed) node = bitAt(prefix, node.bit) === 0 ? node.left : node.right;
  // All keys of the subtree agree on the bits of the prefix, so one of them speaks for all.
  let sample = node;
  while (!isLeaf(sample)) sample = sample.left;
  return sample.key.startsWith(prefix) ? node : undefined;
}

/** Entries in which two trees differ, in byte order; shared parts are not visited. */
export function* differences(
  before: Tree,
  after: Tree,
): Generator<readonly [before: Leaf | undefined, after: Leaf | undefined]> {
  if (before === after) return;
  if (before === undefined || after === undefined || isLeaf(before) || isLeaf(after) || before.bit !== after.bit) {
    yield* differencesByKey(before, after);
    return;
  }
  yield* differences(before.left, after.left);
  yield* differences(before.right, after.right);
}

/** Hash of a tree, computing what is missing. */
export function rootOf(tree: Tree, sha256: HashFunction): Bytes {
  if (tree === undefined) return EMPTY_ROOT;
  return bytesOf(tree.hash ?? hashOf(tree, sha256, new Uint8Array(SCRATCH_BYTES)));
}

/**
 * Hash of an entry from its key and its encoded value.
 *
 * @param scratch - Where the input is put together, if it is long enough: arrays beyond 64 bytes live
 *   outside the heap of the usual engines, and making one costs as much as the hash.
 */
export function leafHash(key: string, value: Bytes, sha256: HashFunction, scratch = NO_SCRATCH): Bytes {
  const input = inputOf(3 + key.length + value.length, scratch);
  input[0] = LEAF_TAG;
  input[1] = key.length >> 8;
  input[2] = key.length & 255;
  putByteString(input, 3, key);
  input.set(value, 3 + key.length);
  return sha256(input);
}

/**
 * Hash of an inner node; the hashes of its sides are byte strings.
 *
 * @param scratch - As for {@link leafHash}.
 */
export function branchHash(
  bit: number,
  left: string,
  right: string,
  sha256: HashFunction,
  scratch = NO_SCRATCH,
): Bytes {
  const input = inputOf(3 + 2 * HASH_BYTES, scratch);
  input[0] = BRANCH_TAG;
  input[1] = bit >> 8;
  input[2] = bit & 255;
  putByteString(input, 3, left);
  putByteString(input, 3 + HASH_BYTES, right);
  return sha256(input);
}

function inputOf(length: number, scratch: Bytes): Bytes {
  return length <= scratch.length ? scratch.subarray(0, length) : new Uint8Array(length);
}

function hashOf(node: Node, sha256: HashFunction, scratch: Bytes): string {
  if (node.hash !== undefined) return node.hash;
  let hash: Bytes;
  if (isLeaf(node)) {
    hash = leafHash(node.key, node.codec.encode(node.value), sha256, scratch);
  } else {
    const left = hashOf(node.left, sha256, scratch);
    hash = branchHash(node.bit, left, hashOf(node.right, sha256, scratch), sha256, scratch);
  }
  node.hash = byteStringFrom(hash);
  return node.hash;
}

function replaceAt(node: Node, leaf: Leaf): Node {
  if (isLeaf(node)) return leaf;
  return bitAt(leaf.key, node.bit) === 0
    ? { bit: node.bit, left: replaceAt(node.left, leaf), right: node.right, hash: undefined }
    : { bit: node.bit, left: node.left, right: replaceAt(node.right, leaf), hash: undefined };
}

function splitAt(node: Node, leaf: Leaf, bit: number): Node {
  if (isLeaf(node) || node.bit > bit) {
    return bitAt(leaf.key, bit) === 0
      ? { bit, left: leaf, right: node, hash: undefined }
      : { bit, left: node, right: leaf, hash: undefined };
  }
  return bitAt(leaf.key, node.bit) === 0
    ? { bit: node.bit, left: splitAt(node.left, leaf, bit), right: node.right, hash: undefined }
    : { bit: node.bit, left: node.left, right: splitAt(node.right, leaf, bit), hash: undefined };
}

function removeAt(node: Node, key: string): Tree {
  if (isLeaf(node)) return undefined;
  if (bitAt(key, node.bit) === 0) {
    const left = removeAt(node.left, key);
    return left === undefined ? node.right : { bit: node.bit, left, right: node.right, hash: undefined };
  }
  const right = removeAt(node.right, key);
  return right === undefined ? node.left : { bit: node.bit, left: node.left, right, hash: undefined };
}

function* differencesByKey(before: Tree, after: Tree): Generator<readonly [Leaf | undefined, Leaf | undefined]> {
  const old = leavesWithPrefix(before, '');
  const current = leavesWithPrefix(after, '');
  let a = old.next();
  let b = current.next();
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : a.value.key < b.value.key ? -1 : a.value.key > b.value.key ? 1 : 0;
    const left = order <= 0 && !a.done ? a.value : undefined;
    const right = order >= 0 && !b.done ? b.value : undefined;
    if (left !== right) yield [left, right];
    if (left !== undefined) a = old.next();
    if (right !== undefined) b = current.next();
  }
}
