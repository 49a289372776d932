/**
 * Canonical bytes of signed messages, as evidence carries them (contract H-30).
 *
 * @module
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import type { ConsensusError } from './errors.ts';
import type { SignedMessage } from './evidence.ts';
import { type Bytes, LIMITS } from './primitives.ts';

const ACTOR_BYTES_MAX = 128;
const SIGNATURE_BYTES_MAX = 4_096;

/** Bytes of a message, for evidence and for envelopes: author, payload and signature, each after its length. */
export function encodeSignedMessage(message: SignedMessage): Bytes {
  return new ByteWriter().text(message.author).bytes(message.payload).bytes(message.signature).finish();
}

/**
 * Reads what {@link encodeSignedMessage} wrote. Wrap it in `tryDecode` for bytes of peers.
 *
 * @throws {@link ConsensusError} with `INVALID_ENCODING`.
 */
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
