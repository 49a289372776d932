import { ByteReader, type Bytes, ByteWriter, tryDecode } from '@fiducia/consensus';

/** What a header tells of its own: the slot, in six bytes. */
export function encodeDigest(slot: number): Bytes {
  return new ByteWriter().uint(slot, 6).finish();
}

/** The slot, or `undefined` for bytes that `encodeDigest` cannot yield: a peer may send anything. */
export function decodeDigest(digest: Bytes): number | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(digest, 'digest');
    const slot = reader.uint(6);
    reader.finish();
    return slot;
  });
}
