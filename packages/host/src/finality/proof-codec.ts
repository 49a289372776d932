/**
 * Bytes of proofs of finality on the wire.
 *
 * @module
 */
import {
  type BlockId,
  ByteReader,
  type Bytes,
  ByteWriter,
  ConsensusError,
  type EraIndex,
  LIMITS,
  type ProtocolId,
} from '@fiducia/consensus';

/** A proof that travels without its block. */
export interface ProofNotice {
  readonly era: EraIndex;
  /** Whose rules verify it. */
  readonly protocol: ProtocolId;
  /** Block that it makes final. */
  readonly blockId: BlockId;
  readonly proof: Bytes;
}

/** A block together with the proof that makes it final. */
export interface ProvenBlock {
  /** Canonical encoding of the block. */
  readonly block: Bytes;
  /** Empty if there is none. */
  readonly proof: Bytes;
}

const ID_BYTES_MAX = 256;
const PROTOCOL_BYTES_MAX = 64;
const PROTOCOL_PATTERN = /^[a-z][a-z0-9-]{0,31}@(0|[1-9]\d{0,8})$/;

/** Encodes a proof for the network. */
export function encodeProofNotice({ era, protocol, blockId, proof }: ProofNotice): Bytes {
  return new ByteWriter().uint(era, 4).text(protocol).text(blockId).bytes(proof).finish();
}

/** @throws ConsensusError with `INVALID_ENCODING`. */
export function decodeProofNotice(bytes: Bytes): ProofNotice {
  const reader = new ByteReader(bytes, 'proof notice');
  const era = reader.uint(4);
  const protocol = reader.text(PROTOCOL_BYTES_MAX);
  if (!PROTOCOL_PATTERN.test(protocol)) {
    throw new ConsensusError({ code: 'INVALID_ENCODING', what: 'proof notice', offset: 4 });
  }
  const blockId = reader.text(ID_BYTES_MAX);
  const proof = reader.bytes(LIMITS.proofBytes);
  reader.finish();
  return { era, protocol: protocol as ProtocolId, blockId, proof };
}

/** Encodes a block with its proof. */
export function encodeProvenBlock({ block, proof }: ProvenBlock): Bytes {
  return new ByteWriter().bytes(block).bytes(proof).finish();
}

/**
 * @param blockBytesMax - Longest block that is accepted.
 * @throws ConsensusError with `INVALID_ENCODING`.
 */
export function decodeProvenBlock(bytes: Bytes, blockBytesMax: number): ProvenBlock {
  const reader = new ByteReader(bytes, 'proven block');
  const block = reader.bytes(blockBytesMax);
  const proof = reader.bytes(LIMITS.proofBytes);
  reader.finish();
  return { block, proof };
}
