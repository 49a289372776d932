/**
 * Evidence and certificates in the extra data of a header.
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  type Certificate,
  decodeEvidence,
  type Evidence,
  encodeEvidence,
  LIMITS,
  type ProtocolId,
  tryDecode,
} from '@fiducia/consensus';

/** What consensus puts into a block beside digest and seal. */
export interface Proofs {
  /** In order, at most `LIMITS.evidencePerBlock`. */
  readonly evidence: readonly Evidence[];
  /** In order, at most `LIMITS.certificatesPerBlock`. */
  readonly certificates: readonly Certificate[];
}

const COUNT_BYTES = 1;
const PROTOCOL_BYTES_MAX = 64;

/** Encodes proofs canonically; none of them are no bytes. */
export function encodeProofs({ evidence, certificates }: Proofs): Bytes {
  if (evidence.length + certificates.length === 0) return new Uint8Array();
  const writer = new ByteWriter().uint(evidence.length, COUNT_BYTES);
  for (const item of evidence) writer.bytes(encodeEvidence(item));
  writer.uint(certificates.length, COUNT_BYTES);
  for (const { protocol, data } of certificates) writer.text(protocol).bytes(data);
  return writer.finish();
}

/** Decodes proofs. Total: `undefined` for anything that {@link encodeProofs} does not write within the limits. */
export function decodeProofs(bytes: Bytes): Proofs | undefined {
  if (bytes.length === 0) return { evidence: [], certificates: [] };
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'proofs');
    const evidence = Array.from({ length: reader.uint(COUNT_BYTES) }, () =>
      decodeEvidence(reader.bytes(LIMITS.evidenceBytes)),
    );
    const certificates = Array.from({ length: reader.uint(COUNT_BYTES) }, () => ({
      protocol: reader.text(PROTOCOL_BYTES_MAX) as ProtocolId,
      data: reader.bytes(LIMITS.proofBytes),
    }));
    reader.finish();
    const isWithin = evidence.length <= LIMITS.evidencePerBlock && certificates.length <= LIMITS.certificatesPerBlock;
    // Nothing at all has its own encoding.
    return isWithin && evidence.length + certificates.length > 0 ? { evidence, certificates } : undefined;
  });
}
