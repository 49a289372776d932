/**
 * What travels on the channels of hosts, read by code of its own: a checker does not ask the code it checks.
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  decodeEvidence,
  type EraIndex,
  type Evidence,
  type SignedMessage,
  tryDecode,
} from '@fiducia/consensus';

/** Longest part of a message that is read. */
const PART_BYTES_MAX = 64 * 1_024 * 1_024;

/** A message of an engine with the place it is signed for. */
export interface TravellingMessage {
  readonly era: EraIndex;
  readonly protocol: string;
  readonly message: SignedMessage;
  /** Canonical bytes of an attached block; empty if there is none. */
  readonly block: Bytes;
}

/** Reads what travels on channel `messages`. */
export function readMessage(bytes: Bytes): TravellingMessage | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'message envelope');
    const era = reader.uint(4);
    const protocol = reader.text();
    reader.uint(6);
    const message = readSigned(reader.bytes(PART_BYTES_MAX));
    const block = reader.bytes(PART_BYTES_MAX);
    reader.finish();
    return { era, protocol, message, block };
  });
}

/** Reads a signed message as evidence carries it. */
export function readSignedMessage(bytes: Bytes): SignedMessage | undefined {
  return tryDecode(() => readSigned(bytes));
}

/** Reads what travels on channel `provenBlocks`. */
export function readProvenBlock(bytes: Bytes): { readonly block: Bytes; readonly proof: Bytes } | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'proven block');
    const block = reader.bytes(PART_BYTES_MAX);
    const proof = reader.bytes(PART_BYTES_MAX);
    reader.finish();
    return { block, proof };
  });
}

/** Reads what travels on channel `evidence`. */
export function readEvidence(bytes: Bytes): Evidence | undefined {
  return tryDecode(() => decodeEvidence(bytes));
}

function readSigned(bytes: Bytes): SignedMessage {
  const reader = new ByteReader(bytes, 'signed message');
  const message = {
    author: reader.text(),
    payload: reader.bytes(PART_BYTES_MAX),
    signature: reader.bytes(PART_BYTES_MAX),
  };
  reader.finish();
  return message;
}
