/**
 * Merkle roots over the lists of a body (construction of RFC 6962: leaves and nodes are told apart).
 *
 * @module
 */
import type { Bytes, HashFunction } from '@fiducia/consensus';

const LEAF_TAG = 0;
const NODE_TAG = 1;

/** Root over several lists: the hash of the number of lists and their Merkle roots. */
export function bodyRootOf(lists: readonly (readonly Bytes[])[], sha256: HashFunction): Bytes {
  return sha256(concatenate(lists.length, ...lists.map((list) => merkleRoot(list, sha256))));
}

/** Merkle root of a list; the hash of nothing for an empty one. */
export function merkleRoot(items: readonly Bytes[], sha256: HashFunction): Bytes {
  if (items.length === 0) return sha256(new Uint8Array());
  let level = items.map((item) => sha256(concatenate(LEAF_TAG, item)));
  while (level.length > 1) {
    const next: Bytes[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const left = level[index] as Bytes;
      const right = level[index + 1];
      // An odd last node moves up unchanged, as in RFC 6962, so no list has the root of another.
      next.push(right === undefined ? left : sha256(concatenate(NODE_TAG, left, right)));
    }
    level = next;
  }
  return level[0] as Bytes;
}

function concatenate(tag: number, ...parts: readonly Bytes[]): Bytes {
  const result = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0));
  result[0] = tag;
  let offset = 1;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
