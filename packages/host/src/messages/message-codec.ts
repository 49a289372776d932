/**
 * Canonical bytes of signed messages and of the envelope they travel in (contract H-10).
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  ConsensusError,
  type EraIndex,
  type Height,
  LIMITS,
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

const ACTOR_BYTES_MAX = 128;
const PROTOCOL_BYTES_MAX = 64;
const SIGNATURE_BYTES_MAX = 4_096;
const HEIGHT_BYTES = 6;

/** Bytes of a message as evidence carries them. */
export function encodeSignedMessage(message: SignedMessage): Bytes {
  return new ByteWriter().text(message.author).bytes(message.payload).bytes(message.signature).finish();
}

/** @throws ConsensusError with `INVALID_ENCODING`. */
export function decodeSignedMessage(bytes: Bytes): SignedMessage {
  const reader = new ByteReader(bytes, 'signed message');
  const message: SignedMessage = {
    author: reader.text(ACTOR_BYTES_MAX),
    payload: reader.bytes(LIMITS.messageBytes),
    signature: reader.bytes(SIGNATURE_BYTES_MAX),
  };
  reader.finish();
  return message;
}

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
