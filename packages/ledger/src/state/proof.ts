/**
 * Proofs that a state holds an entry, or that it does not.
 *
 * @module
 */
import { type Bytes, compareBytes, type HashFunction } from '@fiducia/consensus';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  BITS_PER_BYTE,
  bitAt,
  byteStringFrom,
  byteStringOf,
  firstDifference,
  TREE_KEY_BYTES_MAX,
  textOf,
} from './keys.ts';
import { subtreePrefix } from './table.ts';
import { branchHash, EMPTY_ROOT, isLeaf, leafHash, nearestLeaf, rootOf, type Tree } from './tree.ts';

/** Bits of the longest key; far below what two bytes hold. */
const KEY_BITS_MAX = TREE_KEY_BYTES_MAX * BITS_PER_BYTE;

/** One step of a proof, from the root downwards. */
export interface StateProofStep {
  /** Bit of the key that decides here. */
  readonly bit: number;
  /** Hash of the side not taken. */
  readonly sibling: Bytes;
}

/**
 * Shows what a state holds at one key.
 *
 * The path is the one every search for `key` takes. It ends at the entry itself, or at the only entry
 * that could stand in its place; a different key there shows that `key` is absent.
 */
export interface StateProof {
  /** Key with the prefix of its table: `subtree/module/table/key`. */
  readonly key: string;
  /** Encoded value, or `null` if the state holds no such entry. */
  readonly value: Bytes | null;
  /** For an absent key: the entry at the end of the path, or `null` in an empty state. */
  readonly other: { readonly key: string; readonly value: Bytes } | null;
  /** From the root downwards. */
  readonly path: readonly StateProofStep[];
}

/** Makes the proof for `key` (a byte string). */
export function proveKey(tree: Tree, key: string, hash: HashFunction): StateProof {
  if (tree === undefined) return { key: textOf(key), value: null, other: null, path: [] };
  const path: StateProofStep[] = [];
  for (let node = tree; !isLeaf(node); ) {
    const left = bitAt(key, node.bit) === 0;
    path.push({ bit: node.bit, sibling: rootOf(left ? node.right : node.left, hash) });
    node = left ? node.left : node.right;
  }
  const leaf = nearestLeaf(tree, key);
  const value = leaf.codec.encode(leaf.value);
  return leaf.key === key
    ? { key: textOf(key), value, other: null, path }
    : { key: textOf(key), value: null, other: { key: textOf(leaf.key), value }, path };
}

/**
 * Checks a proof against a state root. Total: any proof of a peer gives an answer.
 *
 * The caller compares `proof.key` with the key it asked for (`table.prefix + key`) and decodes
 * `proof.value` with the table's codec.
 *
 * @param root - State root of a block header the caller trusts.
 * @example
 * ```ts
 * const proof = ledger.stateAt()?.prove(METERS, 'meter-7');
 * if (proof !== undefined && verifyStateProof(header.stateRoot, proof)) show(proof.value);
 * ```
 */
export function verifyStateProof(root: Bytes, proof: StateProof): boolean {
  // A character takes at least one byte, so longer text is no key, and is not even turned into bytes.
  if (Math.max(proof.key.length, proof.other?.key.length ?? 0) > TREE_KEY_BYTES_MAX) return false;
  const key = byteStringOf(proof.key);
  if (proof.value !== null && proof.other !== null) return false;
  if (proof.value === null && proof.other === null) {
    return proof.path.length === 0 && compareBytes(root, EMPTY_ROOT) === 0;
  }
  const end = endOfPath(proof, key);
  if (end === null || end.key.length > TREE_KEY_BYTES_MAX || !isPath(proof.path)) return false;

  let hash = leafHash(end.key, end.value, sha256);
  for (let index = proof.path.length - 1; index >= 0; index--) {
    const step = proof.path[index];
    if (step === undefined) return false;
    const [below, sibling] = [byteStringFrom(hash), byteStringFrom(step.sibling)];
    // The searched key gives the directions, so only the end of its own search fits the root.
    const isLeft = bitAt(key, step.bit) === 0;
    hash = isLeft ? branchHash(step.bit, below, sibling, sha256) : branchHash(step.bit, sibling, below, sha256);
  }
  return compareBytes(hash, root) === 0;
}

/**
 * The part of a proof that lies in the application subtree. It holds against `LedgerStateView.applicationRoot` if the
 * proof holds against the state root, so one proof serves for comparing chains that share nothing but the application.
 *
 * @returns `null` if the key is none of the application subtree.
 * @example
 * ```ts
 * const proof = applicationProofOf(state.prove(ACCOUNTS, alice));
 * if (proof !== null) verifyStateProof(stateOfOtherChain.applicationRoot, proof);
 * ```
 */
export function applicationProofOf(proof: StateProof): StateProof | null {
  const prefix = subtreePrefix('application');
  if (!proof.key.startsWith(prefix)) return null;
  // The search for a key of an empty subtree ends in the other one.
  if (proof.other !== null && !proof.other.key.startsWith(prefix)) return { ...proof, other: null, path: [] };
  const [first, ...below] = proof.path;
  return first?.bit === firstDifference(prefix, subtreePrefix('chain')) ? { ...proof, path: below } : proof;
}

function endOfPath(proof: StateProof, key: string): { readonly key: string; readonly value: Bytes } | null {
  if (proof.value !== null) return { key, value: proof.value };
  if (proof.other === null) return null;
  const other = byteStringOf(proof.other.key);
  return other === key ? null : { key: other, value: proof.other.value };
}

/** Every step looks at a later bit than the one before, so no path is longer than a key has bits. */
function isPath(path: readonly StateProofStep[]): boolean {
  let previous = -1;
  for (const { bit, sibling } of path) {
    // Hashed in two bytes: a bit outside of them would stand for another one, in another direction.
    if (!Number.isSafeInteger(bit) || bit <= previous || bit >= KEY_BITS_MAX || sibling.length !== 32) return false;
    previous = bit;
  }
  return true;
}
