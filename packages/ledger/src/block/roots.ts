/**
 * Merkle roots over the lists of a body (construction of RFC 6962: leaves and nodes are told apart).
 *
 * @module
 */
import type { Bytes, HashFunction } from '@fiducia/consensus';

const LEAF_TAG = 0;
const NODE_TAG = 1;
const HASH_BYTES = 32;

/** Root over several lists: the hash of the number of lists and their Merkle roots. */
export function bodyRootOf(lists: readonly (readonly Bytes[])[], sha256: HashFunction): Bytes {
  const parts = lists.map((list) => merkleRoot(list, sha256));
  return sha256(concatenate(new Uint8Array(1 + HASH_BYTES * parts.length), lists.length, ...parts));
}

/** Merkle root of a list; the hash of nothing for an empty one. */
export function merkleRoot(items: readonly Bytes[], sha256: HashFunction): Bytes {
  if (items.length === 0) return sha256(new Uint8Array());
  let longest = 2 * HASH_BYTES;
  for (const { length } of items) longest = Math.max(longest, length);
  // One array for all that is hashed: making one costs as much as hashing it.
  const scratch = new Uint8Array(1 + longest);
  let level = items.map((item) => sha256(concatenate(scratch, LEAF_TAG, item)));
  while (level.length > 1) {
    const next: Bytes[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const left = level[index] as Bytes;
      const right = level[index + 1];
      // An odd last node moves up unchanged, as in RFC 6962, so no list has the root of another.
      next.push(right === undefined ? left : sha256(concatenate(scratch, NODE_TAG, left, right)));
    }
    level = next;
  }
  return level[0] as Bytes;
}

/** Puts a tag and parts one behind the other at the start of an array that has room for them. */
function concatenate(target: Bytes, tag: number, ...parts: readonly Bytes[]): Bytes {
  target[0] = tag;
  let offset = 1;
  for (const part of parts) {
    target.set(part, offset);
    offset += part.length;
  }
  return target.subarray(0, offset);
}
