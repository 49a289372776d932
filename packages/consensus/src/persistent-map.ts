/**
 * Immutable map with structural sharing: a state per block without a copy per block.
 *
 * A trie over 32 bits of hash, four bits per level, highest bits first; levels at which all keys agree are left out.
 * Integer keys are their own hash, so maps keyed by index iterate in ascending order.
 *
 * @module
 */

/**
 * Immutable map; every change returns a new map that shares all untouched nodes with the old one. For
 * states, of which there is one per block.
 *
 * @example
 * ```ts
 * const before = persistentMapOf<string, bigint>([['wind', 3n]]);
 * const after = before.with('solar', 2n);
 * sortedEntries(after); // [['solar', 2n], ['wind', 3n]]; `before` is as it was
 * ```
 */
export interface PersistentMap<K extends string | number, V> {
  /** Number of entries. */
  readonly size: number;
  /** Value of `key`, or `undefined`. */
  get(key: K): V | undefined;
  /** Map in which `key` has `value`: the same one if it has it already, else a copy of at most nine small nodes. */
  with(key: K, value: V): PersistentMap<K, V>;
  /** Copy without `key`; the map itself if there is no such key. */
  without(key: K): PersistentMap<K, V>;
  /** All entries: ascending for integer keys; fixed but arbitrary for text, so sort before use. */
  entries(): Iterable<readonly [key: K, value: V]>;
}

type Entry<K, V> = readonly [key: K, value: V];

/**
 * An entry, and those others that have its hash: none, unless hashes collide. One object, because what is looked up was
 * last touched long ago, and each object on the way is another wait for memory.
 */
interface Leaf<K, V> {
  readonly hash: number;
  readonly key: K;
  readonly value: V;
  readonly others: readonly Entry<K, V>[];
}

/** Two or more children: those of the four-bit digits at `shift` whose bit is set, ascending. */
interface Branch<K, V> {
  /** Above `shift`, the hash of every key below; what else it has does not matter. */
  readonly hash: number;
  readonly shift: number;
  readonly bitmap: number;
  readonly children: readonly TrieNode<K, V>[];
}

type TrieNode<K, V> = Leaf<K, V> | Branch<K, V>;

const BITS_PER_LEVEL = 4;
const NO_OTHERS: readonly never[] = [];

class Trie<K extends string | number, V> implements PersistentMap<K, V> {
  readonly size: number;
  readonly #root: TrieNode<K, V> | undefined;

  constructor(root: TrieNode<K, V> | undefined, size: number) {
    this.#root = root;
    this.size = size;
  }

  get(key: K): V | undefined {
    const hash = hashOf(key);
    let node = this.#root;
    while (node !== undefined && 'children' in node) node = childOf(node, hash);
    if (node?.hash !== hash) return undefined;
    return node.key === key ? node.value : node.others.find(([other]) => other === key)?.[1];
  }

  with(key: K, value: V): PersistentMap<K, V> {
    const known = this.get(key);
    if (known === value) return this;
    const hash = hashOf(key);
    const leaf: Leaf<K, V> = { hash, key, value, others: NO_OTHERS };
    if (this.#root === undefined) return new Trie(leaf, 1);
    return new Trie(insert(this.#root, leaf), this.size + (known === undefined ? 1 : 0));
  }

  without(key: K): PersistentMap<K, V> {
    if (this.#root === undefined || this.get(key) === undefined) return this;
    return new Trie(remove(this.#root, key, hashOf(key)), this.size - 1);
  }

  entries(): Iterable<Entry<K, V>> {
    return this.#root === undefined ? [] : entriesOf(this.#root);
  }
}

/** Returns an empty map. Values must not be `undefined`. */
export function createPersistentMap<K extends string | number, V>(): PersistentMap<K, V> {
  return new Trie<K, V>(undefined, 0);
}

/**
 * Builds a map in one go, without the intermediate maps that repeated `with` would make. Of equal
 * keys the last one counts.
 * @example
 * ```ts
 * const map = persistentMapOf([['wind', 3n], ['solar', 2n], ['wind', 4n]]);
 * map.get('wind'); // 4n
 * map.size; // 2
 * ```
 */
export function persistentMapOf<K extends string | number, V>(
  entries: Iterable<readonly [key: K, value: V]>,
): PersistentMap<K, V> {
  const leaves = new Map<number, Leaf<K, V>>();
  let size = 0;
  for (const [key, value] of entries) {
    const hash = hashOf(key);
    const known = leaves.get(hash);
    const leaf: Leaf<K, V> = { hash, key, value, others: known === undefined ? NO_OTHERS : without(known, key) };
    leaves.set(hash, leaf);
    size += leaf.others.length - (known?.others.length ?? -1);
  }
  const sorted = [...leaves.values()].sort((a, b) => a.hash - b.hash);
  return new Trie(sorted.length === 0 ? undefined : build(sorted, 0, sorted.length), size);
}

/** Entries in ascending order of their text keys, by UTF-16 code unit: the order of encodings. */
export function sortedEntries<V>(map: PersistentMap<string, V>): readonly (readonly [key: string, value: V])[] {
  return map.size === 0 ? [] : [...map.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** One generator with its own stack: nested ones would pass every entry through all levels. */
function* entriesOf<K, V>(root: TrieNode<K, V>): Iterable<Entry<K, V>> {
  const pending: TrieNode<K, V>[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if ('children' in node) pending.push(...node.children.toReversed());
    else {
      yield [node.key, node.value];
      yield* node.others;
    }
  }
}

/** Node of the leaves from `start` up to `end`, at least one, which are sorted by hash. */
function build<K, V>(leaves: readonly Leaf<K, V>[], start: number, end: number): TrieNode<K, V> {
  const first = leaves[start] as Leaf<K, V>;
  if (end - start === 1) return first;
  const shift = highestDifference(first.hash, (leaves[end - 1] as Leaf<K, V>).hash);
  const children: TrieNode<K, V>[] = [];
  let bitmap = 0;
  for (let from = start; from < end; ) {
    const digit = digitOf(leaves[from]?.hash ?? 0, shift);
    let to = from + 1;
    while (to < end && digitOf(leaves[to]?.hash ?? 0, shift) === digit) to++;
    children.push(build(leaves, from, to));
    bitmap |= 1 << digit;
    from = to;
  }
  return { hash: first.hash, shift, bitmap, children };
}

function insert<K, V>(node: TrieNode<K, V>, leaf: Leaf<K, V>): TrieNode<K, V> {
  const shift = highestDifference(node.hash, leaf.hash);
  if ('children' in node) {
    if (shift > node.shift) return fork(node, leaf, shift);
    const child = childOf(node, leaf.hash);
    return withChild(node, leaf.hash, child === undefined ? leaf : insert(child, leaf));
  }
  if (node.hash !== leaf.hash) return fork(node, leaf, shift);
  return { ...leaf, others: without(node, leaf.key) };
}

/** Entries of a leaf but for that of a key. */
function without<K, V>({ key: first, value, others }: Leaf<K, V>, key: K): readonly Entry<K, V>[] {
  if (first === key) return others;
  return [[first, value], ...others.filter(([other]) => other !== key)];
}

/** Branch of two that differ at `shift`, and nowhere above. */
function fork<K, V>(node: TrieNode<K, V>, leaf: Leaf<K, V>, shift: number): Branch<K, V> {
  const [digit, added] = [digitOf(node.hash, shift), digitOf(leaf.hash, shift)];
  const children = digit < added ? [node, leaf] : [leaf, node];
  return { hash: node.hash, shift, bitmap: (1 << digit) | (1 << added), children };
}

function remove<K, V>(node: TrieNode<K, V>, key: K, hash: number): TrieNode<K, V> | undefined {
  if (!('children' in node)) {
    const [first, ...others] = without(node, key);
    return first === undefined ? undefined : { hash, key: first[0], value: first[1], others };
  }
  const child = childOf(node, hash);
  if (child === undefined) return node;
  const rest = remove(child, key, hash);
  if (rest !== undefined) return withChild(node, hash, rest);
  const children = node.children.filter((other) => other !== child);
  if (children.length === 1) return children[0];
  return { ...node, bitmap: node.bitmap & ~(1 << digitOf(hash, node.shift)), children };
}

function childOf<K, V>({ shift, bitmap, children }: Branch<K, V>, hash: number): TrieNode<K, V> | undefined {
  const bit = 1 << digitOf(hash, shift);
  return (bitmap & bit) === 0 ? undefined : children[rankOf(bitmap, bit)];
}

function withChild<K, V>(branch: Branch<K, V>, hash: number, child: TrieNode<K, V>): Branch<K, V> {
  const { shift, bitmap } = branch;
  const bit = 1 << digitOf(hash, shift);
  const children = [...branch.children];
  children.splice(rankOf(bitmap, bit), (bitmap & bit) === 0 ? 0 : 1, child);
  return { hash: branch.hash, shift, bitmap: bitmap | bit, children };
}

function digitOf(hash: number, shift: number): number {
  return (hash >>> shift) & 15;
}

/** Shift of the highest digit in which two hashes differ; negative if there is none. */
function highestDifference(a: number, b: number): number {
  return (31 - Math.clz32(a ^ b)) & -BITS_PER_LEVEL;
}

/** Number of set bits below `bit`. */
function rankOf(bitmap: number, bit: number): number {
  let rank = 0;
  for (let rest = bitmap & (bit - 1); rest !== 0; rest &= rest - 1) rank++;
  return rank;
}

/**
 * FNV-1a with a final mix, because the highest bits are used first. Whoever grinds identities to
 * collide pays 2^32 hashes for each one that lengthens a linear search by one.
 */
function hashOf(key: string | number): number {
  if (typeof key === 'number') return key >>> 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
