/**
 * Canonical encoding of the state in chunks.
 *
 * @module
 */
import {
  type BlockId,
  ByteReader,
  type Bytes,
  ByteWriter,
  ConsensusError,
  compareBytes,
  persistentMapOf,
  type StateCodec,
  sortedEntries,
} from '@fiducia/consensus';
import {
  ACTOR_BYTES_MAX,
  type Committee,
  isSameCommittee,
  readCommittee,
  SEATS_MAX,
  writeCommittee,
} from './committee.ts';
import type { CheckpointConfig } from './config.ts';
import { CARRIED_MAX, type CheckpointState, type Handover, JUSTIFIED_MAX, type Term } from './state.ts';
import { type Checkpoint, readCheckpoint, TERM_MAX, writeCheckpoint } from './vote.ts';

const WHAT = 'checkpoint state';
const HEIGHT_BYTES = 8;
const BLOCK_ID_BYTES_MAX = 128;

/** Checkpoints per chunk: with the longest ids it stays below the contract's bound. */
const PAGE_CHECKPOINTS = 4_096;

/** Members that two terms can have together. */
const PUNISHED_MAX = 4 * SEATS_MAX;

/** Codec of states: one chunk for all that is small, then one per certificate, then pages of checkpoints. */
export function createStateCodec(config: CheckpointConfig): StateCodec<CheckpointState> {
  return {
    encode: encodeState,
    decode(chunks) {
      const given = [...chunks];
      const state = decodeState(given, config);
      // Whatever the reader lets through, a state has one encoding.
      const canonical = [...encodeState(state)];
      const isSame = canonical.length === given.length && canonical.every((chunk, at) => isEqual(chunk, given[at]));
      return isSame ? state : refuse();
    },
  };
}

function isEqual(chunk: Bytes, other: Bytes | undefined): boolean {
  return other !== undefined && compareBytes(chunk, other) === 0;
}

function* encodeState(state: CheckpointState): Iterable<Bytes> {
  const { term, previous, latest, handover, justified, carried, proof } = state;
  const committees = distinct([term.committee, latest, previous?.committee, handover?.fixed?.committee]);
  const head = new ByteWriter().uint(state.height, HEIGHT_BYTES).uint(committees.length, 1);
  for (const committee of committees) writeCommittee(head, committee);
  writeTerm(head, term, committees);
  head.uint(previous === null ? 0 : 1, 1);
  if (previous !== null) writeTerm(head, previous, committees);
  head.uint(placeOf(latest, committees), 1);
  writePending(head, handover, committees);
  head.uint(justified.length, 1);
  for (const checkpoint of justified) writeCheckpoint(head, checkpoint);
  head.uint(state.forkStart, 4);
  writeCheckpoint(head, state.final).bytes(proof ?? new Uint8Array());
  head.uint(state.isBroken ? 1 : 0, 1).uint(state.punished.size, 2);
  for (const [id, booked] of sortedEntries(state.punished)) head.text(id).uint(booked, 4);
  head.uint(carried.length, 1).uint(state.checkpoints.size, 4);
  yield head.finish();

  yield* carried;
  yield* pagesOf([...state.checkpoints.entries()]);
}

function distinct(committees: readonly (Committee | undefined)[]): readonly Committee[] {
  const found: Committee[] = [];
  for (const committee of committees) {
    if (committee !== undefined && placeOf(committee, found) < 0) found.push(committee);
  }
  return found;
}

/** By value, so that equal states have equal encodings. */
function placeOf(committee: Committee, committees: readonly Committee[]): number {
  return committees.findIndex((other) => isSameCommittee(committee, other));
}

function writeTerm(writer: ByteWriter, term: Term, committees: readonly Committee[]): void {
  writer.uint(term.number, 4).uint(placeOf(term.committee, committees), 1);
  writeCheckpoint(writer, term.root)
    .uint(term.startedAt, HEIGHT_BYTES)
    .bytes(term.opening ?? new Uint8Array());
}

function writePending(writer: ByteWriter, handover: Handover | null, committees: readonly Committee[]): void {
  writer.uint(handover === null ? 0 : handover.fixed === null ? 1 : 2, 1);
  if (handover === null) return;
  writer.uint(handover.boundary, 4);
  if (handover.fixed === null) return;
  writer.text(handover.fixed.id).uint(placeOf(handover.fixed.committee, committees), 1);
}

function* pagesOf(checkpoints: readonly (readonly [number: number, id: BlockId])[]): Iterable<Bytes> {
  for (let start = 0; start < checkpoints.length; start += PAGE_CHECKPOINTS) {
    const writer = new ByteWriter();
    for (const [number, id] of checkpoints.slice(start, start + PAGE_CHECKPOINTS))
      writeCheckpoint(writer, { number, id });
    yield writer.finish();
  }
}

function decodeState(chunks: readonly Bytes[], config: CheckpointConfig): CheckpointState {
  const [first = new Uint8Array(), ...rest] = chunks;
  const head = new ByteReader(first, WHAT);
  const height = head.uint(HEIGHT_BYTES);
  const committees = readList(head, head.uint(1), 4, () => readCommittee(head) ?? refuse());
  const term = readTerm(head, committees);
  const previous = head.uint(1) === 0 ? null : readTerm(head, committees);
  const latest = pick(committees, head);
  const handover = readPending(head, committees);
  const justified = readList(head, head.uint(1), JUSTIFIED_MAX, readCheckpoint);
  const forkStart = head.uint(4);
  const final = readCheckpoint(head);
  const proof = readOptional(head);
  const isBroken = head.uint(1) === 1;
  const punished = readList(head, head.uint(2), PUNISHED_MAX, (reader) => {
    return [reader.text(ACTOR_BYTES_MAX), reader.uint(4)] as const;
  });
  const carriedCount = head.uint(1);
  const checkpointCount = head.uint(4);
  head.finish();
  // Beside the window there are the final checkpoint and a pending boundary.
  const isBounded = carriedCount <= CARRIED_MAX && checkpointCount <= config.window + 2 && justified.length > 0;
  if (!isBounded || carriedCount > rest.length || rest.slice(0, carriedCount).some(({ length }) => length === 0))
    refuse();
  return {
    height,
    term,
    previous,
    latest,
    handover,
    justified,
    forkStart,
    final,
    proof,
    checkpoints: persistentMapOf(readPages(rest.slice(carriedCount), checkpointCount)),
    carried: rest.slice(0, carriedCount),
    punished: persistentMapOf(punished),
    isBroken,
  };
}

function readList<T>(reader: ByteReader, count: number, max: number, read: (reader: ByteReader) => T): T[] {
  if (count > max) refuse();
  return Array.from({ length: count }, () => read(reader));
}

function readTerm(reader: ByteReader, committees: readonly Committee[]): Term {
  const number = reader.uint(4);
  if (number > TERM_MAX) refuse();
  const committee = pick(committees, reader);
  const root = readCheckpoint(reader);
  return { number, committee, root, startedAt: reader.uint(HEIGHT_BYTES), opening: readOptional(reader) };
}

function readPending(reader: ByteReader, committees: readonly Committee[]): Handover | null {
  const kind = reader.uint(1);
  if (kind === 0) return null;
  const boundary = reader.uint(4);
  if (kind === 1) return { boundary, fixed: null };
  return { boundary, fixed: { id: reader.text(BLOCK_ID_BYTES_MAX), committee: pick(committees, reader) } };
}

function readOptional(reader: ByteReader): Bytes | null {
  const bytes = reader.bytes();
  return bytes.length === 0 ? null : bytes;
}

function pick(committees: readonly Committee[], reader: ByteReader): Committee {
  return committees[reader.uint(1)] ?? refuse();
}

function* readPages(chunks: readonly Bytes[], count: number): Iterable<readonly [number, BlockId]> {
  let left = count;
  for (const chunk of chunks) {
    const reader = new ByteReader(chunk, WHAT);
    const inPage: Checkpoint[] = readList(reader, Math.min(left, PAGE_CHECKPOINTS), PAGE_CHECKPOINTS, readCheckpoint);
    reader.finish();
    left -= inPage.length;
    for (const { number, id } of inPage) yield [number, id];
  }
  if (left !== 0) refuse();
}

function refuse(): never {
  throw new ConsensusError({ code: 'INVALID_ENCODING', what: WHAT, offset: 0 });
}
