/**
 * What a validator writes down before it votes (pbft S1 to S3).
 *
 * @module
 */
import { type BlockId, ByteReader, type Bytes, ByteWriter, type Height, tryDecode } from '@fiducia/consensus';
import {
  type Certificate,
  decodeMessage,
  type ProposalMessage,
  type Round,
  type RoundChangeMessage,
  readCertificate,
  type VoteMessage,
  writeCertificate,
} from './message.ts';

/** A block as votes name it, with the identity under which the host knows it. */
export interface BlockRef {
  /** Identity of the block for the host. */
  readonly id: BlockId;
  /** Its `sealHash`. */
  readonly digest: Bytes;
}

/** What a validator must not forget within a height: a value, and the quorum of PREPAREs for it (pbft R3). */
export interface PreparedValue {
  readonly block: BlockRef;
  readonly certificate: Certificate;
}

/** A message that binds its author. */
export type BindingMessage = ProposalMessage | VoteMessage | RoundChangeMessage;

/** One line of the log: the exact bytes to be sent, and what they rest on. */
export interface JournalEntry {
  readonly payload: Bytes;
  /** Block of a proposal or vote; `null` for a ROUND-CHANGE. */
  readonly blockId: BlockId | null;
  /** The lock at that time. */
  readonly prepared: PreparedValue | null;
}

/** What the log says about a height. */
export interface Restored {
  /** Round of the last message. */
  readonly round: Round;
  readonly prepared: PreparedValue | null;
  /** Messages of that round, oldest first, to be sent again as they were (pbft S2). */
  readonly messages: readonly { readonly message: BindingMessage; readonly entry: JournalEntry }[];
}

/** Order of steps within a round: ROUND-CHANGE for it comes before everything in it (pbft S1). */
const STEPS: readonly BindingMessage['kind'][] = ['roundChange', 'proposal', 'prepare', 'commit'];

const BLOCK_ID_BYTES_MAX = 256;

/** Steps already taken on one height; none is taken twice and none after a later one (pbft S3). */
export class StepLock {
  #round: Round = -1;
  #step = 0;

  /** Takes a step if it lies after all that were taken. */
  take({ kind, round }: BindingMessage): boolean {
    const step = STEPS.indexOf(kind);
    if (round < this.#round || (round === this.#round && step <= this.#step)) return false;
    this.#round = round;
    this.#step = step;
    return true;
  }
}

/** Canonical bytes of an entry. */
export function encodeEntry({ payload, blockId, prepared }: JournalEntry): Bytes {
  const writer = new ByteWriter()
    .bytes(payload)
    .text(blockId ?? '')
    .uint(prepared === null ? 0 : 1, 1);
  if (prepared !== null) writeCertificate(writer.text(prepared.block.id), prepared.certificate);
  return writer.finish();
}

/** Decodes what {@link encodeEntry} wrote; `undefined` for anything else. Total. */
function decodeEntry(bytes: Bytes): JournalEntry | undefined {
  return tryDecode(() => {
    const reader = new ByteReader(bytes, 'pbft journal');
    const payload = reader.bytes();
    const blockId = reader.text(BLOCK_ID_BYTES_MAX);
    const prepared = reader.uint(1) === 1 ? readPrepared(reader) : null;
    reader.finish();
    return { payload, blockId: blockId === '' ? null : blockId, prepared };
  });
}

/** What the log says about `height`; `undefined` if nothing was written there (pbft S2). */
export function restore(log: readonly Bytes[], height: Height): Restored | undefined {
  const lines = log.flatMap((bytes) => {
    const entry = decodeEntry(bytes);
    const message = entry && decodeMessage(entry.payload);
    if (entry === undefined || message === undefined || message.kind === 'prepared') return [];
    return message.height === height ? [{ entry, message }] : [];
  });
  const round = Math.max(...lines.map(({ message }) => message.round));
  if (lines.length === 0) return undefined;
  let prepared: PreparedValue | null = null;
  for (const { entry } of lines) {
    const isNewer = (entry.prepared?.certificate.round ?? -1) > (prepared?.certificate.round ?? -1);
    if (isNewer) prepared = entry.prepared;
  }
  return { round, prepared, messages: lines.filter(({ message }) => message.round === round) };
}

function readPrepared(reader: ByteReader): PreparedValue {
  const id = reader.text(BLOCK_ID_BYTES_MAX);
  const certificate = readCertificate(reader);
  return { block: { id, digest: certificate.digest }, certificate };
}
