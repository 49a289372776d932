/**
 * Canonical encoding of the state in chunks.
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  ConsensusError,
  compareBytes,
  persistentMapOf,
  type StateCodec,
  sortedEntries,
} from '@fiducia/consensus';
import { AMOUNT_MAX } from './config.ts';
import { MEMBERS_MAX } from './membership.ts';
import { ACTOR_BYTES_MAX } from './message.ts';
import { type Member, type MemberStatus, memberOf, type PbftState, validatorsOf } from './state.ts';

const SAFE_BYTES = 8;
const AMOUNT_BYTES_MAX = 16;
const STATUSES: readonly MemberStatus[] = ['ACTIVE', 'LEFT', 'EJECTED'];

/** Items per chunk: with the longest names it stays below half of the contract's bound. */
const PAGE_SHIFT = 10;
const PAGE_ITEMS = 2 ** PAGE_SHIFT;

const WHAT = 'pbft state';

/** Codec of states: a chunk with height, proposer and counts, then pages of members and of ballots. */
export function createStateCodec(): StateCodec<PbftState> {
  return {
    encode: encodeState,
    decode(chunks) {
      const given = [...chunks];
      const state = decodeState(given);
      // Whatever the reader lets through, a state has one encoding.
      const canonical = [...encodeState(state)];
      const isSame =
        canonical.length === given.length && canonical.every((chunk, index) => isEqual(chunk, given[index]));
      return isSame ? state : refuse();
    },
  };
}

function isEqual(a: Bytes, b: Bytes | undefined): boolean {
  return b !== undefined && compareBytes(a, b) === 0;
}

function* encodeState({ height, proposer, members, ballots }: PbftState): Iterable<Bytes> {
  const head = new ByteWriter().uint(height, SAFE_BYTES).text(proposer);
  yield head.uint(members.length, 4).uint(ballots.size, 4).finish();
  yield* pages(members, writeMember);
  yield* pages(sortedEntries(ballots), ([key], writer) => writer.text(key));
}

function* pages<T>(items: readonly T[], write: (item: T, writer: ByteWriter) => void): Iterable<Bytes> {
  for (let start = 0; start < items.length; start += PAGE_ITEMS) {
    const writer = new ByteWriter();
    for (const item of items.slice(start, start + PAGE_ITEMS)) write(item, writer);
    yield writer.finish();
  }
}

function writeMember({ id, weight, status, seatedFrom, seatedUntil }: Member, writer: ByteWriter): void {
  writer.text(id).bigint(weight).uint(STATUSES.indexOf(status), 1).uint(seatedFrom, SAFE_BYTES);
  // A flag and a value: a term that lasts is not one that ended at height 0.
  writer.uint(seatedUntil === null ? 0 : 1, 1).uint(seatedUntil ?? 0, SAFE_BYTES);
}

function decodeState(chunks: readonly Bytes[]): PbftState {
  const [first = new Uint8Array(), ...rest] = chunks;
  const head = new ByteReader(first, WHAT);
  const height = head.uint(SAFE_BYTES);
  const proposer = head.text(ACTOR_BYTES_MAX);
  const memberCount = head.uint(4);
  const ballotCount = head.uint(4);
  head.finish();
  if (memberCount > MEMBERS_MAX) refuse();

  const memberPages = (memberCount + PAGE_ITEMS - 1) >>> PAGE_SHIFT;
  const members = readPages(rest.slice(0, memberPages), memberCount, readMember);
  const keys = readPages(rest.slice(memberPages), ballotCount, (reader) => reader.text(2 * ACTOR_BYTES_MAX + 1));
  const isSorted = members.every(({ id }, index) => index === 0 || (members[index - 1]?.id ?? '') < id);
  const hasSeat = members.some(({ weight }) => weight > 0n);
  const isKnown = (key: string): boolean => {
    const parties = key.split(' ');
    return parties.length === 2 && parties.every((id) => memberOf(members, id) !== undefined);
  };
  if (!isSorted || !hasSeat || !keys.every(isKnown)) refuse();
  const ballots = persistentMapOf(keys.map((key) => [key, true] as const));
  return { height, proposer, members, ballots, validators: validatorsOf(members) };
}

function readMember(reader: ByteReader): Member {
  const id = reader.text(ACTOR_BYTES_MAX);
  const weight = reader.bigint(AMOUNT_BYTES_MAX);
  const status = STATUSES[reader.uint(1)] ?? refuse();
  const seatedFrom = reader.uint(SAFE_BYTES);
  const hasEnded = reader.uint(1) === 1;
  const end = reader.uint(SAFE_BYTES);
  // Exactly those with weight are in a term.
  if (weight > AMOUNT_MAX || hasEnded === weight > 0n) refuse();
  return { id, weight, status, seatedFrom, seatedUntil: hasEnded ? end : null };
}

function readPages<T>(chunks: readonly Bytes[], count: number, read: (reader: ByteReader) => T): readonly T[] {
  const items: T[] = [];
  for (const chunk of chunks) {
    const reader = new ByteReader(chunk, WHAT);
    const page = Math.min(PAGE_ITEMS, count - items.length);
    for (let index = 0; index < page; index++) items.push(read(reader));
    reader.finish();
  }
  return items.length === count ? items : refuse();
}

function refuse(): never {
  throw new ConsensusError({ code: 'INVALID_ENCODING', what: WHAT, offset: 0 });
}
