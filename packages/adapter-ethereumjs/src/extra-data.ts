/**
 * The extra data of a header: protocol, digest, proofs and seal (contract, section 11).
 *
 * @module
 */
import { ByteReader, type Bytes, ByteWriter, LIMITS, type ProtocolId, tryDecode } from '@fiducia/consensus';

/** What consensus puts into the extra data of a header. */
export interface ExtraData {
  /** Protocol of the chain. */
  readonly protocol: ProtocolId;
  /** Data of the plugin inside the signed hash, at most `LIMITS.digestBytes`. */
  readonly digest: Bytes;
  /** Evidence and certificates, encoded; empty where there are none, and always where no host imports blocks. */
  readonly proofs: Bytes;
  /** Data of the plugin outside the signed hash, at most `LIMITS.sealBytes`; empty until the block is sealed. */
  readonly seal: Bytes;
}

/** First text of the extra data; the number is the version of the layout. */
const FORMAT = 'fiducia/1';

/** A name of 32 characters, `@`, and nine digits. */
const PROTOCOL_BYTES_MAX = 42;
const PROTOCOL = /^[a-z][a-z0-9-]{0,31}@(0|[1-9]\d{0,8})$/;
const LENGTH_BYTES = 4;

/** Bytes of a certificate besides its data: the name of its protocol, and two lengths. */
const CERTIFICATE_EXTRA_BYTES = 64 + 2 * LENGTH_BYTES;

/**
 * Longest encoding of the proofs of one header: all that a host may ask for, so that nobody keeps blocks from being built by
 * offences of which the evidence is long.
 */
export const PROOFS_BYTES_MAX =
  2 +
  LIMITS.evidencePerBlock * (LENGTH_BYTES + LIMITS.evidenceBytes) +
  LIMITS.certificatesPerBlock * (CERTIFICATE_EXTRA_BYTES + LIMITS.proofBytes);

/** Longest extra data that {@link decodeExtraData} accepts. */
export const EXTRA_DATA_BYTES_MAX =
  5 * LENGTH_BYTES + FORMAT.length + PROTOCOL_BYTES_MAX + LIMITS.digestBytes + PROOFS_BYTES_MAX + LIMITS.sealBytes;

/**
 * Encodes extra data canonically: the text `fiducia/1`, the protocol, the digest, the proofs and the seal, each with its length in
 * four bytes. The seal comes last, so that what is signed is a prefix.
 *
 * @example
 * ```ts
 * const extraData = encodeExtraData({ protocol: 'dt-dpos@1', digest, proofs, seal: new Uint8Array() });
 * decodeExtraData(extraData)?.protocol; // 'dt-dpos@1'
 * ```
 */
export function encodeExtraData({ protocol, digest, proofs, seal }: ExtraData): Bytes {
  return new ByteWriter().text(FORMAT).text(protocol).bytes(digest).bytes(proofs).bytes(seal).finish();
}

/** Decodes extra data. Total: `undefined` for anything that {@link encodeExtraData} does not write within the limits. */
export function decodeExtraData(bytes: Bytes): ExtraData | undefined {
  if (bytes.length > EXTRA_DATA_BYTES_MAX) return undefined;
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'extra data');
    const format = reader.text(FORMAT.length);
    const protocol = reader.text(PROTOCOL_BYTES_MAX);
    const extra = {
      digest: reader.bytes(LIMITS.digestBytes),
      proofs: reader.bytes(PROOFS_BYTES_MAX),
      seal: reader.bytes(LIMITS.sealBytes),
    };
    reader.finish();
    return format === FORMAT && isProtocolId(protocol) ? { protocol, ...extra } : undefined;
  });
}

/** The part of canonical extra data that the author commits to: everything before the seal and its length. */
export function unsealedPart(bytes: Bytes, { seal }: ExtraData): Bytes {
  return bytes.subarray(0, bytes.length - seal.length - LENGTH_BYTES);
}

function isProtocolId(text: string): text is ProtocolId {
  return PROTOCOL.test(text);
}
