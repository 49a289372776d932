/**
 * Canonical encoding of states: the small part, then candidates and voters in chunks of fixed numbers.
 *
 * Derived values are not written: votes, indices by identity, counts of misses and validators follow
 * from the rest. Every section is one chunk, within the limit of the contract for all bounds of the
 * configuration and of facts.
 *
 * @module
 */
import {
  type ActorId,
  ByteReader,
  type Bytes,
  ByteWriter,
  ConsensusError,
  compareBytes,
  contributingSlots,
  persistentMapOf,
  type StateCodec,
  sortedEntries,
} from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { countOnes } from './misses.ts';
import { promotionsMax } from './promotion.ts';
import { epochSlots, membersIn } from './schedule.ts';
import type {
  ActiveEpoch,
  Candidate,
  CandidateIndex,
  CandidateStatus,
  DposState,
  Election,
  Electorate,
  MissRecord,
  SeedMix,
  Voter,
} from './state.ts';
import { electionOf, withKeys } from './tally.ts';

const FORMAT = 1;
const NUMBER_BYTES = 6;
const INDEX_BYTES = 4;
const SEED_BYTES = 32;
/** One bit for each of the at most 1000 own slots of a window. */
const WINDOW_BYTES = 125;
/** At most 512 candidates or voters of 1 KiB each: half a chunk. */
const SECTION_ENTRIES = 512;
const WHAT = 'dpos state';
/** Stands for no key; registered ones are never empty. */
const NO_KEY: Bytes = /* @__PURE__ */ new Uint8Array();
const STATUSES: readonly CandidateStatus[] = ['ACTIVE', 'LEFT', 'EJECTED'];

/** State without the electorate, and how many entries the electorate has. */
interface MainPart {
  readonly state: Omit<DposState, 'electorate'>;
  readonly admissions: number;
  readonly candidates: number;
  readonly voters: number;
}

/** Creates the codec. */
export function createStateCodec(config: DposConfig): StateCodec<DposState> {
  return {
    encode,
    decode(chunks) {
      const kept = [...chunks];
      const state = guarded(() => decodeState(kept, config));
      // Whatever `encode` would write differently was not written by it.
      const again = guarded(() => [...encode(state)]);
      const isCanonical = again.length === kept.length && again.every((chunk, at) => isEqual(chunk, kept[at]));
      return isCanonical ? state : invalid();
    },
  };
}

function* encode(state: DposState): Iterable<Bytes> {
  const { candidates, voters } = state.electorate;
  yield encodeMain(state);
  yield* encodeSections(candidates.entries(), (writer, index, candidate) => {
    writeCandidate(writer, index, candidate);
    if (state.mix !== null) writer.bytes(candidate.vrfKey ?? NO_KEY);
  });
  yield* encodeSections(sortedEntries(voters), writeVoter);
}

function* encodeSections<K, V>(
  entries: Iterable<readonly [K, V]>,
  write: (writer: ByteWriter, key: K, value: V) => void,
): Iterable<Bytes> {
  let writer = new ByteWriter();
  let count = 0;
  for (const [key, value] of entries) {
    write(writer, key, value);
    if (++count % SECTION_ENTRIES !== 0) continue;
    yield writer.finish();
    writer = new ByteWriter();
  }
  if (count % SECTION_ENTRIES !== 0) yield writer.finish();
}

function encodeMain(state: DposState): Bytes {
  const { epoch, electorate } = state;
  const writer = new ByteWriter()
    .uint(FORMAT, 1)
    .uint(state.height, NUMBER_BYTES)
    .uint(state.slot, NUMBER_BYTES)
    .uint(state.slotZero, 8)
    .bytes(state.seed)
    .bytes(state.nextSeed)
    .uint(epoch.number, NUMBER_BYTES)
    .uint(epoch.firstSlot, NUMBER_BYTES)
    .uint(epoch.firstRound, NUMBER_BYTES);
  for (const election of [epoch.election, ...state.upcoming]) {
    const { delegates, standby, emergency, vrfKeys = [] } = election;
    writer.uint(emergency ? 1 : 0, 1);
    writeList(writer, delegates, (id) => writer.text(id));
    writeList(writer, standby, (id) => writer.text(id));
    for (const [, vrfKey] of vrfKeys) writer.bytes(vrfKey);
  }
  writeList(writer, epoch.promotions, ({ suspended, promoted, fromRound }) =>
    writer.text(suspended).text(promoted).uint(fromRound, NUMBER_BYTES),
  );
  writeList(writer, sortedEntries(state.records), ([id, { window }]) => writer.text(id).bigint(window));
  if (state.mix !== null) writer.bytes(state.mix.accumulator).uint(state.mix.contributions, NUMBER_BYTES);
  return writer
    .uint(electorate.admissions, INDEX_BYTES)
    .uint(electorate.candidates.size, INDEX_BYTES)
    .uint(electorate.voters.size, INDEX_BYTES)
    .finish();
}

function writeCandidate(writer: ByteWriter, index: CandidateIndex, candidate: Candidate): void {
  writer
    .uint(index, INDEX_BYTES)
    .text(candidate.id)
    .uint(STATUSES.indexOf(candidate.status), 1)
    .bigint(candidate.deposit)
    .uint(candidate.accountableUntil, NUMBER_BYTES);
}

function writeVoter(writer: ByteWriter, id: ActorId, { stake, approvals }: Voter): void {
  writer.text(id).uint(stake === null ? 0 : 1, 1);
  if (stake !== null) writer.bigint(stake);
  writeList(writer, approvals, (index) => writer.uint(index, INDEX_BYTES));
}

function decodeState(chunks: readonly Bytes[], config: DposConfig): DposState {
  const [main = invalid(), ...sections] = chunks;
  const part = decodeMain(main, config);
  const readers = sections.map((section) => new ByteReader(section, WHAT));
  const read = <T>(count: number, readOne: (reader: ByteReader) => T): readonly T[] => {
    const entries: T[] = [];
    let reader: ByteReader | undefined;
    while (entries.length < count) {
      if (entries.length % SECTION_ENTRIES === 0) {
        reader?.finish();
        reader = readers.shift();
      }
      entries.push(readOne(reader ?? invalid()));
    }
    reader?.finish();
    return entries;
  };
  const candidates = read(part.candidates, (reader) => readCandidate(reader, config));
  const voters = read(part.voters, (reader) => readVoter(reader, part.admissions, config));
  if (readers.length > 0) invalid();
  return { ...part.state, electorate: decodeElectorate(part.admissions, candidates, voters) };
}

function decodeMain(bytes: Bytes, config: DposConfig): MainPart {
  const reader = new ByteReader(bytes, WHAT);
  if (reader.uint(1) !== FORMAT) invalid();
  const height = reader.uint(NUMBER_BYTES);
  const slot = reader.uint(NUMBER_BYTES);
  const slotZero = reader.uint(8);
  const seed = reader.bytes(SEED_BYTES);
  const nextSeed = reader.bytes(SEED_BYTES);
  const number = reader.uint(NUMBER_BYTES);
  const firstSlot = reader.uint(NUMBER_BYTES);
  const firstRound = reader.uint(NUMBER_BYTES);
  const election = readElection(reader, config);
  const upcoming = [readElection(reader, config), readElection(reader, config)] as const;
  const promotions = readList(reader, () => ({
    suspended: reader.text(),
    promoted: reader.text(),
    fromRound: reader.uint(NUMBER_BYTES),
  }));
  const epoch: ActiveEpoch = { number, firstSlot, firstRound, election, promotions };
  const records = readList(reader, () => [reader.text(), readRecord(reader, config)] as const);
  const mix = config.seedSource === 'vrf' ? readMix(reader) : null;
  const admissions = reader.uint(INDEX_BYTES);
  const candidates = reader.uint(INDEX_BYTES);
  const voters = reader.uint(INDEX_BYTES);
  reader.finish();
  if (seed.length !== SEED_BYTES || nextSeed.length !== SEED_BYTES) invalid();
  requireEpoch(epoch, slot, config);
  if (mix !== null && mix.contributions > contributingSlots(epochSlots(epoch.election, config))) invalid();
  const state = { height, slot, slotZero, seed, nextSeed, mix, epoch, upcoming, records: persistentMapOf(records) };
  return { state, admissions, candidates, voters };
}

function readElection(reader: ByteReader, config: DposConfig): Election {
  const flag = reader.uint(1);
  const delegates = readList(reader, () => reader.text());
  const standby = readList(reader, () => reader.text());
  if (flag > 1 || delegates.length < 1 || delegates.length > config.delegates) invalid();
  if (standby.length > config.standby || new Set([...delegates, ...standby]).size < delegates.length + standby.length) {
    invalid();
  }
  const election = electionOf(delegates, standby, flag === 1);
  return config.seedSource === 'vrf' ? withKeys(election, () => reader.bytes()) : election;
}

function readMix(reader: ByteReader): SeedMix {
  const accumulator = reader.bytes(SEED_BYTES);
  if (accumulator.length !== SEED_BYTES) invalid();
  return { accumulator, contributions: reader.uint(NUMBER_BYTES) };
}

/** What the schedule relies on: the slot lies in its epoch, and every round has as many members as slots. */
function requireEpoch(epoch: ActiveEpoch, slot: number, config: DposConfig): void {
  const { firstSlot, firstRound, number, election, promotions } = epoch;
  if (slot < firstSlot || slot >= firstSlot + epochSlots(election, config)) invalid();
  if (firstRound !== number * config.epochRounds || promotions.length > promotionsMax(epoch)) invalid();
  for (const [position, { suspended, promoted, fromRound }] of promotions.entries()) {
    const members = membersIn({ election, promotions: promotions.slice(0, position) }, fromRound);
    const isUsed = promotions.slice(0, position).some((earlier) => earlier.promoted === promoted);
    const isInEpoch = fromRound > firstRound && fromRound < firstRound + config.epochRounds;
    const isOrdered = fromRound >= (promotions[position - 1]?.fromRound ?? 0);
    if (!members.includes(suspended) || !election.standby.includes(promoted) || isUsed) invalid();
    if (!isInEpoch || !isOrdered) invalid();
  }
}

function readRecord(reader: ByteReader, config: DposConfig): MissRecord {
  const window = reader.bigint(WINDOW_BYTES);
  if (window >> BigInt(config.missWindow) !== 0n) invalid();
  return { window, misses: countOnes(window) };
}

function readCandidate(reader: ByteReader, config: DposConfig): readonly [CandidateIndex, Candidate] {
  const index = reader.uint(INDEX_BYTES);
  const id = reader.text();
  const status = STATUSES[reader.uint(1)] ?? invalid();
  const deposit = reader.bigint();
  const accountableUntil = reader.uint(NUMBER_BYTES);
  if (status !== 'ACTIVE' && deposit !== 0n) invalid();
  if (status !== 'LEFT' && accountableUntil !== 0) invalid();
  const key = config.seedSource === 'vrf' ? reader.bytes() : NO_KEY;
  return [index, { id, status, deposit, votes: 0n, accountableUntil, ...(key.length > 0 && { vrfKey: key }) }];
}

function readVoter(reader: ByteReader, admissions: number, config: DposConfig): readonly [ActorId, Voter] {
  const id = reader.text();
  const flag = reader.uint(1);
  const stake = flag === 1 ? reader.bigint() : null;
  const approvals = readList(reader, () => reader.uint(INDEX_BYTES));
  const isAscending = approvals.every((index, at) => index < admissions && index > (approvals[at - 1] ?? -1));
  if (flag > 1 || !isAscending || approvals.length > config.maxApprovals) invalid();
  if (stake === null && approvals.length === 0) invalid();
  return [id, { stake, approvals }];
}

/** Counts the votes anew (pos-pow V3). */
function decodeElectorate(
  admissions: number,
  candidates: readonly (readonly [CandidateIndex, Candidate])[],
  voters: readonly (readonly [ActorId, Voter])[],
): Electorate {
  const byIndex = new Map(candidates);
  const indexOf = new Map(candidates.map(([index, { id }]) => [id, index]));
  const isDistinct = byIndex.size === candidates.length && indexOf.size === candidates.length;
  if (!isDistinct || candidates.some(([index]) => index >= admissions)) invalid();
  for (const [id, { stake, approvals }] of voters) {
    const worth = stake ?? byIndex.get(indexOf.get(id) ?? -1)?.deposit ?? 0n;
    for (const index of approvals) {
      const candidate = byIndex.get(index);
      if (candidate?.status === 'ACTIVE') byIndex.set(index, { ...candidate, votes: candidate.votes + worth });
    }
  }
  return {
    admissions,
    candidates: persistentMapOf(byIndex),
    indexOf: persistentMapOf(indexOf),
    voters: persistentMapOf(voters),
  };
}

function writeList<T>(writer: ByteWriter, items: readonly T[], write: (item: T) => void): void {
  writer.uint(items.length, INDEX_BYTES);
  for (const item of items) write(item);
}

/** Reads a counted list; every item takes at least one byte, so the data bounds the loop. */
function readList<T>(reader: ByteReader, read: () => T): readonly T[] {
  const count = reader.uint(INDEX_BYTES);
  const items: T[] = [];
  for (let position = 0; position < count; position++) items.push(read());
  return items;
}

function isEqual(a: Bytes, b: Bytes | undefined): boolean {
  return b !== undefined && compareBytes(a, b) === 0;
}

/** Foreign values may break any check above; all of it means the same to the caller. */
function guarded<T>(action: () => T): T {
  try {
    return action();
  } catch {
    return invalid();
  }
}

function invalid(): never {
  throw new ConsensusError({ code: 'INVALID_ENCODING', what: WHAT, offset: 0 });
}
