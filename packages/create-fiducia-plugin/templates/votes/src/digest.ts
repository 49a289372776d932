import { type BlockId, ByteReader, type Bytes, ByteWriter, tryDecode } from '@fiducia/consensus';

/** What a header tells of its own. */
export interface Digest {
  readonly slot: number;
  /** A quorum of votes for the parent; empty on the first block of an era. */
  readonly certificate: Bytes;
}

/** What makes a block final beside its header: quorums for the block and for its child in the next slot. */
export interface Proof {
  readonly certificate: Bytes;
  readonly childId: BlockId;
  readonly childCertificate: Bytes;
}

export function encodeDigest({ slot, certificate }: Digest): Bytes {
  return new ByteWriter().uint(slot, 6).bytes(certificate).finish();
}

export function decodeDigest(digest: Bytes): Digest | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(digest, 'digest');
    const [slot, certificate] = [reader.uint(6), reader.bytes()];
    reader.finish();
    return { slot, certificate };
  });
}

export function encodeProof({ certificate, childId, childCertificate }: Proof): Bytes {
  return new ByteWriter().bytes(certificate).text(childId).bytes(childCertificate).finish();
}

export function decodeProof(proof: Bytes): Proof | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(proof, 'proof');
    const [certificate, childId, childCertificate] = [reader.bytes(), reader.text(), reader.bytes()];
    reader.finish();
    return { certificate, childId, childCertificate };
  });
}
