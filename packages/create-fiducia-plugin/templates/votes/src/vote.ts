import { type ActorId, type BlockId, ByteReader, type Bytes, ByteWriter, tryDecode } from '@fiducia/consensus';

/** What a validator signs: this block, in this slot, on that parent. */
export interface Vote {
  readonly slot: number;
  readonly height: number;
  readonly blockId: BlockId;
  readonly parentId: BlockId;
}

/** A signature under a vote, as others quote it. */
export interface Signature {
  readonly author: ActorId;
  readonly signature: Bytes;
}

/** The payload of a vote: what gets signed. */
export function encodeVote({ slot, height, blockId, parentId }: Vote): Bytes {
  return new ByteWriter().uint(slot, 6).uint(height, 6).text(blockId).text(parentId).finish();
}

/** The vote, or `undefined` for bytes that are none: a peer may send anything. */
export function decodeVote(payload: Bytes): Vote | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(payload, 'vote');
    const [slot, height] = [reader.uint(6), reader.uint(6)];
    const [blockId, parentId] = [reader.text(), reader.text()];
    reader.finish();
    return { slot, height, blockId, parentId };
  });
}

/** A certificate: signatures under one vote, sorted by author, so that a set of them has one encoding. */
export function encodeCertificate(signatures: readonly Signature[]): Bytes {
  const sorted = [...signatures].sort((a, b) => (a.author < b.author ? -1 : 1));
  const writer = new ByteWriter().uint(sorted.length, 2);
  for (const { author, signature } of sorted) writer.text(author).bytes(signature);
  return writer.finish();
}

/** The signatures, or `undefined` for bytes that are no certificate. Whoever signs twice is not counted twice. */
export function decodeCertificate(bytes: Bytes): readonly Signature[] | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'certificate');
    const length = reader.uint(2);
    const signatures = Array.from({ length }, () => ({ author: reader.text(), signature: reader.bytes() }));
    reader.finish();
    const isSorted = signatures.every(
      ({ author }, index) => index === 0 || (signatures[index - 1]?.author ?? '') < author,
    );
    return isSorted ? signatures : undefined;
  });
}
