/**
 * Canonical bytes of the envelope that signed messages travel in (contract H-10).
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  ConsensusError,
  decodeSignedMessage,
  type EraIndex,
  encodeSignedMessage,
  type Height,
  type ProtocolId,
  type SignedMessage,
} from '@fiducia/consensus';

/** What one node sends to others about one message, on the channel of messages. */
export interface Envelope {
  /** Era in which it was signed. */
  readonly era: EraIndex;
  /** Protocol that reads it. */
  readonly protocol: ProtocolId;
  /** Height the sender was working on; a hint for windows and quotas, not covered by the signature. */
  readonly height: Height;
  /** The message itself. */
  readonly message: SignedMessage;
  /** Canonical bytes of an attached block; empty if there is none. */
  readonly block: Bytes;
}

const PROTOCOL_BYTES_MAX = 64;
const HEIGHT_BYTES = 6;

/** Bytes of an envelope on the wire. */
export function encodeEnvelope(envelope: Envelope): Bytes {
  return new ByteWriter()
    .uint(envelope.era, 4)
    .text(envelope.protocol)
    .uint(envelope.height, HEIGHT_BYTES)
    .bytes(encodeSignedMessage(envelope.message))
    .bytes(envelope.block)
    .finish();
}

/**
 * @param blockBytesMax - Longest block that may travel with the message.
 * @throws ConsensusError with `INVALID_ENCODING`.
 */
export function decodeEnvelope(bytes: Bytes, blockBytesMax: number): Envelope {
  const reader = new ByteReader(bytes, 'message envelope');
  const era = reader.uint(4);
  const protocol = reader.text(PROTOCOL_BYTES_MAX);
  if (!/^[a-z][a-z0-9-]{0,31}@(0|[1-9]\d{0,8})$/.test(protocol)) {
    throw new ConsensusError({ code: 'INVALID_ENCODING', what: 'message envelope', offset: 4 });
  }
  const height = reader.uint(HEIGHT_BYTES);
  const message = decodeSignedMessage(reader.bytes());
  const block = reader.bytes(blockBytesMax);
  reader.finish();
  return { era, protocol: protocol as ProtocolId, height, message, block };
}
