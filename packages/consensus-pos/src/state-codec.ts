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
  OUTCOMES_MAX,
  type PersistentMap,
  persistentMapOf,
  type SeedPipeline,
  type StateCodec,
  sortedEntries,
} from '@fiducia/consensus';
import { AMOUNT_MAX, type PosConfig } from './config.ts';
import { epochOfSlot } from './lottery.ts';
import { ACTOR_BYTES_MAX } from './register.ts';
import { isSameSnapshot, snapshotOf } from './snapshot.ts';
import type { Bond, Epoch, PosState, Snapshot, Ticket } from './state.ts';

const SAFE_BYTES = 8;
const HASH_BYTES = 32;
const KEY_BYTES_MAX = 128;
const AMOUNT_BYTES_MAX = 16;
const OFFENCE_BYTES_MAX = 512;

/** Items per chunk: with the longest names and keys it stays below half of the contract's bound. */
const PAGE_ITEMS = 1_024;

const WHAT = 'pos state';

/**
 * Codec of states. The first chunk holds the seeds and the numbers of items; then follow pages of the
 * register, of the punished offences, and of the three snapshots, equal snapshots only once.
 */
export function createStateCodec(config: PosConfig): StateCodec<PosState> {
  return {
    encode: encodeState,
    decode(chunks) {
      const given = [...chunks];
      const state = decodeState(given, config);
      // Whatever the reader lets through, a state has one encoding.
      const canonical = [...encodeState(state)];
      const isSame =
        canonical.length === given.length && canonical.every((chunk, index) => sameAt(chunk, given, index));
      return isSame ? state : refuse();
    },
  };
}

function sameAt(chunk: Bytes, chunks: readonly Bytes[], index: number): boolean {
  const other = chunks[index];
  return other !== undefined && compareBytes(chunk, other) === 0;
}

function* encodeState(state: PosState): Iterable<Bytes> {
  const { slotZero, slot, seeds, snapshots, bonds, punished } = state;
  const [first, second, third] = snapshots;
  const distinct = [first, second, third].filter((snapshot, index, all) => all.indexOf(snapshot) === index);
  const head = new ByteWriter().uint(slotZero, SAFE_BYTES).uint(slot, SAFE_BYTES);
  head.uint(seeds.epoch, SAFE_BYTES).bytes(seeds.seed).bytes(seeds.nextSeed).bytes(seeds.accumulator);
  head.uint(seeds.contributions, SAFE_BYTES).uint(bonds.size, 4).uint(punished.size, 4).uint(distinct.length, 1);
  for (const snapshot of snapshots) head.uint(distinct.indexOf(snapshot), 1);
  for (const { tickets } of distinct) head.uint(tickets.length, 4);
  yield head.finish();

  yield* pages(sortedEntries(bonds), ([id, bond], writer) => writeBond(writer.text(id), bond));
  yield* pages(sortedEntries(punished), ([key, epoch], writer) => writer.text(key).uint(epoch, SAFE_BYTES));
  for (const { tickets } of distinct) {
    yield* pages(tickets, ({ id, stake, vrfKey }, writer) => writer.text(id).bigint(stake).bytes(vrfKey));
  }
}

function* pages<T>(items: readonly T[], write: (item: T, writer: ByteWriter) => void): Iterable<Bytes> {
  for (let start = 0; start < items.length; start += PAGE_ITEMS) {
    const writer = new ByteWriter();
    for (const item of items.slice(start, start + PAGE_ITEMS)) write(item, writer);
    yield writer.finish();
  }
}

function writeBond(writer: ByteWriter, bond: Bond): void {
  writer.bigint(bond.deposit);
  // A flag and a value: an absent value is not the same as zero.
  writer.uint(bond.stake === null ? 0 : 1, 1).bigint(bond.stake ?? 0n);
  writer.uint(bond.exitedAt === null ? 0 : 1, 1).uint(bond.exitedAt ?? 0, SAFE_BYTES);
  writer.bytes(bond.vrfKey ?? new Uint8Array()).uint(bond.ejectedUntil, SAFE_BYTES);
}

function decodeState(chunks: readonly Bytes[], config: PosConfig): PosState {
  const [first = new Uint8Array(), ...rest] = chunks;
  const head = new ByteReader(first, WHAT);
  const slotZero = head.uint(SAFE_BYTES);
  const slot = head.uint(SAFE_BYTES);
  const seeds = readSeeds(head);
  const bondCount = head.uint(4);
  const punishedCount = head.uint(4);
  const distinctCount = head.uint(1);
  if (distinctCount < 1 || distinctCount > 3) refuse();
  const places = [head.uint(1), head.uint(1), head.uint(1)];
  const sizes = Array.from({ length: distinctCount }, () => head.uint(4));
  head.finish();
  if (sizes.some((size) => size < 1 || size > config.maxValidators)) refuse();
  if (epochOfSlot(slot, config) !== seeds.epoch) refuse();

  const source = new PageSource(rest);
  const bonds = mapOf(source.read(bondCount, (reader) => [reader.text(ACTOR_BYTES_MAX), readBond(reader)] as const));
  const punished = mapOf(
    source.read(punishedCount, (reader): readonly [string, Epoch] => [
      reader.text(OFFENCE_BYTES_MAX),
      reader.uint(SAFE_BYTES),
    ]),
  );
  const distinct = sizes.map((size) => readSnapshot(source, size));
  source.finish();
  if (distinct.some((snapshot, index) => index > 0 && isSameSnapshot(snapshot, distinct[index - 1] ?? snapshot)))
    refuse();
  const [now, next, last] = places.map((place): Snapshot => distinct[place] ?? refuse());
  if (now === undefined || next === undefined || last === undefined) return refuse();
  return { slotZero, slot, seeds, snapshots: [now, next, last], bonds, punished };
}

function readSeeds(reader: ByteReader): SeedPipeline {
  const epoch = reader.uint(SAFE_BYTES);
  const [seed, nextSeed, accumulator] = [readHash(reader), readHash(reader), readHash(reader)];
  return { epoch, seed, nextSeed, accumulator, contributions: reader.uint(SAFE_BYTES) };
}

function readHash(reader: ByteReader): Bytes {
  const hash = reader.bytes(HASH_BYTES);
  return hash.length === HASH_BYTES ? hash : refuse();
}

function readBond(reader: ByteReader): Bond {
  const deposit = readAmount(reader);
  const hasStake = reader.uint(1) === 1;
  const stake = readAmount(reader);
  const hasExited = reader.uint(1) === 1;
  const exitedAt = reader.uint(SAFE_BYTES);
  const vrfKey = reader.bytes(KEY_BYTES_MAX);
  return {
    deposit,
    stake: hasStake ? stake : null,
    vrfKey: vrfKey.length === 0 ? null : vrfKey,
    exitedAt: hasExited ? exitedAt : null,
    ejectedUntil: reader.uint(SAFE_BYTES),
  };
}

function readSnapshot(source: PageSource, size: number): Snapshot {
  const snapshot = snapshotOf(source.read(size, readMember));
  const isDistinct = new Set(snapshot.tickets.map(({ id }) => id)).size === size;
  return isDistinct && snapshot.total <= OUTCOMES_MAX ? snapshot : refuse();
}

function readMember(reader: ByteReader): Omit<Ticket, 'end'> {
  const id = reader.text(ACTOR_BYTES_MAX);
  const stake = readAmount(reader);
  const vrfKey = reader.bytes(KEY_BYTES_MAX);
  return stake > 0n ? { id, stake, vrfKey } : refuse();
}

function readAmount(reader: ByteReader): bigint {
  const amount = reader.bigint(AMOUNT_BYTES_MAX);
  return amount <= AMOUNT_MAX ? amount : refuse();
}

function mapOf<V>(entries: readonly (readonly [string, V])[]): PersistentMap<string, V> {
  return persistentMapOf(entries);
}

/** Reads items from one page after the other. */
class PageSource {
  readonly #chunks: readonly Bytes[];
  #next = 0;

  constructor(chunks: readonly Bytes[]) {
    this.#chunks = chunks;
  }

  read<T>(count: number, read: (reader: ByteReader) => T): T[] {
    const items: T[] = [];
    while (items.length < count) {
      const chunk = this.#chunks[this.#next++];
      if (chunk === undefined) refuse();
      const reader = new ByteReader(chunk, WHAT);
      const page = Math.min(PAGE_ITEMS, count - items.length);
      for (let index = 0; index < page; index++) items.push(read(reader));
      reader.finish();
    }
    return items;
  }

  finish(): void {
    if (this.#next !== this.#chunks.length) refuse();
  }
}

function refuse(): never {
  throw new ConsensusError({ code: 'INVALID_ENCODING', what: WHAT, offset: 0 });
}
