/**
 * The state of the chain: texts under texts, with one hash for all of them.
 *
 * A binary tree over the bits of hashed keys. It never changes: a put makes a new tree that shares what stays the same,
 * so every fork has its own and equal contents have equal hashes, whatever came first.
 */
import { hashOf } from './hash.ts';

interface Leaf {
  readonly hash: string;
  readonly path: bigint;
  readonly key: string;
  readonly value: string;
}

interface Branch {
  readonly hash: string;
  readonly left: Node;
  readonly right: Node;
}

type Node = Leaf | Branch | null;

const TOP_BIT = 255n;

/** An immutable map with a root hash. */
export class Tree {
  static readonly empty = new Tree(null);
  readonly #root: Node;

  private constructor(root: Node) {
    this.#root = root;
  }

  /** Equal for equal contents, different for different ones. */
  get root(): string {
    return hashIn(this.#root);
  }

  get(key: string): string | undefined {
    const path = pathOf(key);
    let node = this.#root;
    for (let bit = TOP_BIT; node !== null && 'left' in node; bit--) node = isRight(path, bit) ? node.right : node.left;
    return node?.key === key ? node.value : undefined;
  }

  put(key: string, value: string): Tree {
    const leaf = { hash: hashOf(JSON.stringify([key, value])), path: pathOf(key), key, value };
    return new Tree(insert(this.#root, leaf, TOP_BIT));
  }

  /** Pairs that are new or different since `before`, of which this tree was made; what both share is not visited. */
  changesSince(before: Tree): readonly (readonly [key: string, value: string])[] {
    return [...changedLeaves(before.#root, this.#root, TOP_BIT)].map(({ key, value }) => [key, value]);
  }

  /** All pairs whose key begins with `prefix`, in the order of their keys. It visits everything. */
  list(prefix: string): readonly (readonly [key: string, value: string])[] {
    const found = [...leavesOf(this.#root)].filter(({ key }) => key.startsWith(prefix));
    return found.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, value }) => [key, value]);
  }
}

function insert(node: Node, leaf: Leaf, bit: bigint): Node {
  if (node === null) return leaf;
  if ('left' in node) {
    if (isRight(leaf.path, bit)) return join(node.left, insert(node.right, leaf, bit - 1n));
    return join(insert(node.left, leaf, bit - 1n), node.right);
  }
  if (node.key === leaf.key) return leaf;
  const alone = isRight(node.path, bit) ? join(null, node) : join(node, null);
  return insert(alone, leaf, bit);
}

function join(left: Node, right: Node): Branch {
  return { left, right, hash: hashOf(`${hashIn(left)} ${hashIn(right)}`) };
}

function hashIn(node: Node): string {
  return node === null ? '' : node.hash;
}

function pathOf(key: string): bigint {
  return BigInt(`0x${hashOf(key)}`);
}

function isRight(path: bigint, bit: bigint): boolean {
  return ((path >> bit) & 1n) === 1n;
}

function* leavesOf(node: Node): Generator<Leaf> {
  if (node === null) return;
  if (!('left' in node)) return yield node;
  yield* leavesOf(node.left);
  yield* leavesOf(node.right);
}

function* changedLeaves(before: Node, after: Node, bit: bigint): Generator<Leaf> {
  if (after === null || hashIn(before) === after.hash) return;
  if (!('left' in after)) return yield after;
  const [left, right] = split(before, bit);
  yield* changedLeaves(left, after.left, bit - 1n);
  yield* changedLeaves(right, after.right, bit - 1n);
}

function split(node: Node, bit: bigint): readonly [left: Node, right: Node] {
  if (node === null || 'left' in node) return [node?.left ?? null, node?.right ?? null];
  return isRight(node.path, bit) ? [null, node] : [node, null];
}
