/**
 * Canonical encoding of states: one section for the small part, then one per page of the register.
 *
 * Derived values are not written: sums, votes, indices by identity and the live set follow from the
 * rest. The hash of the concatenated chunks is the consensus root (trust G3).
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  ConsensusError,
  compareBytes,
  contributingSlots,
  LIMITS,
  type PersistentMap,
  persistentMapOf,
  type SeedPipeline,
  type StateCodec,
  sortedEntries,
} from '@fiducia/consensus';
import { epochOf, floorDivide, parseRoundWindow, type RoundWindow } from '@fiducia/trust';
import { type Beacon, poolCount } from './beacon.ts';
import { decodeCandidate, encodeCandidate } from './candidate-codec.ts';
import { type DtDposConfig, TIERS } from './config.ts';
import { validatorsOf } from './election.ts';
import { queueKey } from './facts.ts';
import { governedName, PARAMETER_PREFIX, withParameters } from './governance.ts';
import { candidateAt, createRegister, PAGE_SIZE, RegisterDraft } from './register.ts';
import {
  type Candidate,
  type CandidateIndex,
  type CycleOrder,
  type DtDposState,
  type EpochElection,
  type GovernedParameter,
  isGone,
  type Publication,
  type QueuedChange,
  type Register,
  type Seat,
} from './state.ts';

const FORMAT = 1;
/** Well below the contract's limit of 1 MiB per chunk. */
const CHUNK_BYTES = 262_144;
const LENGTH_BYTES = 4;
const NUMBER_BYTES = 6;
const INDEX_BYTES = 4;
const SEED_BYTES = 32;
const AMOUNT_BYTES = 16;
const WHAT = 'dt-dpos state';

const CHANGES: readonly QueuedChange['kind'][] = ['activate', 'key', 'deposit', 'ballot', 'exit', 'parameter'];

/** A seat without the identity, which follows from its index. */
type EncodedSeat = Omit<Seat, 'id'>;

/** A beacon whose pools lack identities. */
interface EncodedBeacon {
  readonly seeds: SeedPipeline;
  readonly pools: readonly (readonly EncodedSeat[])[];
}

/** State without what follows from the register, and the size of the register. */
interface MainPart {
  readonly state: Omit<DtDposState, 'register' | 'live' | 'totalVotes' | 'election' | 'upcoming' | 'beacon'>;
  readonly beacon: EncodedBeacon | null;
  readonly elections: readonly (Omit<EpochElection, 'validators' | 'seats'> & {
    readonly seats: readonly EncodedSeat[];
  })[];
  readonly size: number;
}

/** Creates the codec; encoded pages are cached by identity, so a checkpoint encodes only what changed. */
export function createStateCodec(config: DtDposConfig): StateCodec<DtDposState> {
  const cache = new WeakMap<readonly Candidate[], readonly Bytes[]>();
  const encodePage = (page: readonly Candidate[]): readonly Bytes[] => {
    const known = cache.get(page);
    if (known !== undefined) return known;
    const writer = new ByteWriter();
    for (const candidate of page) encodeCandidate(writer, candidate);
    const chunks = cut(writer.finish());
    cache.set(page, chunks);
    return chunks;
  };
  function* encode(state: DtDposState): Iterable<Bytes> {
    yield* cut(encodeMain(state));
    for (const [, page] of state.register.pages.entries()) yield* encodePage(page);
  }
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

function isEqual(a: Bytes, b: Bytes | undefined): boolean {
  return b !== undefined && compareBytes(a, b) === 0;
}

/** Prefixes a section with its length and cuts it into chunks. */
function cut(section: Bytes): readonly Bytes[] {
  const framed = new ByteWriter().bytes(section).finish();
  const chunks: Bytes[] = [];
  for (let offset = 0; offset < framed.length; offset += CHUNK_BYTES) {
    chunks.push(framed.subarray(offset, offset + CHUNK_BYTES));
  }
  return chunks;
}

/** Joins chunks to sections. */
function* sectionsOf(chunks: readonly Bytes[]): Iterable<Bytes> {
  for (let next = 0; next < chunks.length; ) {
    const first = chunks[next++] ?? invalid();
    const wanted = LENGTH_BYTES + new ByteReader(first.subarray(0, LENGTH_BYTES), WHAT).uint(LENGTH_BYTES);
    const parts = [first];
    let length = first.length;
    while (length < wanted) {
      const part = chunks[next++] ?? invalid();
      parts.push(part);
      length += part.length;
    }
    if (length !== wanted) invalid();
    const section = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
      section.set(part, offset);
      offset += part.length;
    }
    yield section.subarray(LENGTH_BYTES);
  }
}

function encodeMain(state: DtDposState): Bytes {
  const writer = new ByteWriter()
    .uint(FORMAT, 1)
    .uint(state.height, NUMBER_BYTES)
    .uint(state.slot, NUMBER_BYTES)
    .bigint(BigInt(state.slotZero))
    .bytes(state.seed)
    .uint(state.register.size, INDEX_BYTES);
  writeList(writer, state.window.rounds, ({ epoch, count }) => writer.uint(epoch, NUMBER_BYTES).uint(count, 4));
  writeList(writer, [state.election, ...state.upcoming], ({ epoch, emergency, seats }) => {
    writer.uint(epoch, NUMBER_BYTES).uint(emergency ? 1 : 0, 1);
    writeSeats(writer, seats);
  });
  writeList(writer, state.priorities, (priority) =>
    writer.uint(priority < 0 ? 1 : 0, 1).uint(Math.abs(priority), NUMBER_BYTES),
  );
  writeList(writer, state.order === null ? [] : [state.order], ({ cycle, members }) => {
    writer.uint(cycle, NUMBER_BYTES);
    writeList(writer, members, (index) => writer.uint(index, INDEX_BYTES));
  });
  writeList(writer, sortedEntries(state.queued), ([, change]) => writeChange(writer, change));
  writeList(writer, sortedEntries(state.punished), ([key, height]) => writer.text(key).uint(height, NUMBER_BYTES));
  writeList(writer, state.outbox, ({ index, trust, tier, from }) =>
    writer
      .uint(index, INDEX_BYTES)
      .uint(trust, NUMBER_BYTES)
      .uint(TIERS.indexOf(tier), 1)
      .uint(from === 'NONE' ? TIERS.length : TIERS.indexOf(from), 1),
  );
  writeList(writer, state.parameters, ({ name, value }) => writer.text(name).text(value));
  if (state.beacon !== null) writeBeacon(writer, state.beacon);
  return writer.finish();
}

function decodeMain(bytes: Bytes, config: DtDposConfig): MainPart {
  const reader = new ByteReader(bytes, WHAT);
  if (reader.uint(1) !== FORMAT) invalid();
  const height = reader.uint(NUMBER_BYTES);
  const slot = reader.uint(NUMBER_BYTES);
  const slotZero = Number(reader.bigint(7));
  const seed = reader.bytes(SEED_BYTES);
  const size = reader.uint(INDEX_BYTES);
  const window = readWindow(reader, config);
  const elections = readList(reader, () => ({
    epoch: reader.uint(NUMBER_BYTES),
    emergency: readFlag(reader),
    seats: readSeats(reader, config),
  }));
  const priorities = readList(reader, () => (readFlag(reader) ? -1 : 1) * reader.uint(NUMBER_BYTES) + 0);
  const [order = null] = readList(reader, (): CycleOrder => {
    const cycle = reader.uint(NUMBER_BYTES);
    return { cycle, members: readList(reader, () => reader.uint(INDEX_BYTES)) };
  });
  const queued = readQueue(reader);
  const punished = persistentMapOf(readList(reader, () => [reader.text(), reader.uint(NUMBER_BYTES)] as const));
  const outbox = readList(reader, () => readPublication(reader));
  const parameters = readParameters(reader, config);
  if (seed.length !== SEED_BYTES || !Number.isSafeInteger(slotZero)) invalid();
  const beacon = config.seedMode === 'vrf' ? readBeacon(reader, seed, config) : null;
  reader.finish();
  const state = { height, slot, slotZero, seed, window, priorities, order, queued, punished, outbox, parameters };
  return { state, beacon, elections, size };
}

function decodeState(chunks: readonly Bytes[], config: DtDposConfig): DtDposState {
  const [main = invalid(), ...pages] = sectionsOf(chunks);
  const part = decodeMain(main, config);
  const register = decodeRegister(pages, part.size, config);
  const { height } = part.state;
  const lastEpoch = epochOf(height + 1, config.trust) - 1;
  const [election = invalid(), ...upcoming] = part.elections.map(({ seats, ...rest }, position): EpochElection => {
    const complete = withIdentities(seats, register);
    if (rest.epoch !== lastEpoch + 1 + position || !isCommittee(seats, config)) invalid();
    return { ...rest, seats: complete, validators: validatorsOf(complete) };
  });
  const beacon = part.beacon && {
    ...part.beacon,
    pools: part.beacon.pools.map((seats) => withIdentities(seats, register)),
  };
  if (upcoming.length !== config.electionLagEpochs - (beacon?.pools.length ?? 0)) invalid();
  const state = { ...part.state, beacon, register, election, upcoming, ...deriveLive(register, lastEpoch, config) };
  requireConsistent(state, config);
  return state;
}

function withIdentities(seats: readonly EncodedSeat[], register: Register): readonly Seat[] {
  return seats.map((seat) => ({ ...seat, id: (candidateAt(register, seat.index) ?? invalid()).id }));
}

/** Seats ascend, so that equal committees have one form; weights keep the sums of the schedule exact (trust N5). */
function isCommittee(seats: readonly EncodedSeat[], config: DtDposConfig): boolean {
  return seats.length > 0 && seats.length <= LIMITS.validators && areSeats(seats, config);
}

function areSeats(seats: readonly EncodedSeat[], config: DtDposConfig): boolean {
  const isAscending = seats.every(({ index }, at) => at === 0 || index > (seats[at - 1]?.index ?? index));
  return isAscending && seats.every(({ weight }) => weight > 0 && weight <= config.trust.dMax);
}

function decodeRegister(pages: readonly Bytes[], size: number, config: DtDposConfig): Register {
  if (pages.length !== floorDivide(size + PAGE_SIZE - 1, PAGE_SIZE)) invalid();
  const draft = new RegisterDraft(createRegister());
  for (const [number, page] of pages.entries()) {
    const reader = new ByteReader(page, WHAT);
    const end = Math.min(size, (number + 1) * PAGE_SIZE);
    while (draft.size < end) draft.set(decodeCandidate(reader, draft.size, config));
    reader.finish();
  }
  return draft.finish();
}

/** Who is live follows from status and last activity (trust L3), and all votes from the ballots. */
function deriveLive(
  register: Register,
  lastEpoch: number,
  config: DtDposConfig,
): { readonly live: PersistentMap<CandidateIndex, true>; readonly totalVotes: bigint } {
  const live: [CandidateIndex, true][] = [];
  let totalVotes = 0n;
  for (const [, page] of register.pages.entries()) {
    for (const candidate of page) {
      const isDormant = lastEpoch - epochOf(candidate.trust.lastActive, config.trust) >= config.dormantEpochs;
      if (!isDormant && !isGone(candidate)) live.push([candidate.index, true]);
      totalVotes += candidate.votes;
    }
  }
  return { live: persistentMapOf(live), totalVotes };
}

/** References between the parts of a state, on which total functions rely. */
function requireConsistent(state: DtDposState, config: DtDposConfig): void {
  const { size } = state.register;
  const { seats } = state.election;
  if (state.priorities.length !== seats.length) invalid();
  const seated = new Set(seats.map((seat) => seat.index));
  const members = state.order?.members ?? [...seated];
  if (members.length !== seats.length || new Set(members).size !== members.length) invalid();
  if (!members.every((index) => seated.has(index))) invalid();
  if (new Set(state.outbox.map(({ index }) => index)).size !== state.outbox.length) invalid();
  if (!state.outbox.every(({ index }) => index < size)) invalid();
  for (const [, change] of state.queued.entries()) {
    if (change.kind !== 'parameter' && change.index >= size) invalid();
  }
  const epoch = epochOf(state.height, config.trust);
  if ((state.window.rounds.at(-1)?.epoch ?? epoch) > epoch) invalid();
  for (const [, page] of state.register.pages.entries()) {
    for (const { trust, rating } of page) {
      if (trust.lastActive > state.height || (trust.buckets.at(-1)?.epoch ?? epoch) > epoch) invalid();
      if (rating !== null && rating.trust > config.trust.dMax) invalid();
    }
  }
}

function writeSeats(writer: ByteWriter, seats: readonly Seat[]): void {
  writeList(writer, seats, ({ index, weight, vrfKey }) => {
    writer.uint(index, INDEX_BYTES).uint(weight, NUMBER_BYTES);
    if (vrfKey !== undefined) writer.bytes(vrfKey);
  });
}

function readSeats(reader: ByteReader, config: DtDposConfig): readonly EncodedSeat[] {
  return readList(reader, () => {
    const seat = { index: reader.uint(INDEX_BYTES), weight: reader.uint(NUMBER_BYTES) };
    return config.seedMode === 'vrf' ? { ...seat, vrfKey: reader.bytes() } : seat;
  });
}

/** The seed of the running epoch is written with the state. */
function writeBeacon(writer: ByteWriter, { seeds, pools }: Beacon): void {
  writer.uint(seeds.epoch, NUMBER_BYTES).bytes(seeds.nextSeed).bytes(seeds.accumulator);
  writer.uint(seeds.contributions, NUMBER_BYTES);
  for (const pool of pools) writeSeats(writer, pool);
}

function readBeacon(reader: ByteReader, seed: Bytes, config: DtDposConfig): EncodedBeacon {
  const epoch = reader.uint(NUMBER_BYTES);
  const nextSeed = reader.bytes(SEED_BYTES);
  const accumulator = reader.bytes(SEED_BYTES);
  const contributions = reader.uint(NUMBER_BYTES);
  const pools = Array.from({ length: poolCount(config) }, () => readSeats(reader, config));
  const areWhole = nextSeed.length === SEED_BYTES && accumulator.length === SEED_BYTES;
  if (!areWhole || contributions > contributingSlots(config.trust.epochRounds)) invalid();
  if (!pools.every((pool) => areSeats(pool, config))) invalid();
  return { seeds: { epoch, seed, nextSeed, accumulator, contributions }, pools };
}

function writeChange(writer: ByteWriter, change: QueuedChange): void {
  writer.uint(CHANGES.indexOf(change.kind), 1);
  if (change.kind === 'parameter') {
    writer.text(change.name).text(change.value);
    return;
  }
  writer.uint(change.index, INDEX_BYTES);
  if (change.kind === 'key') writer.bytes(change.publicKey);
  if (change.kind === 'deposit') writer.bigint(change.total);
  if (change.kind === 'ballot') writer.text(change.from).bigint(change.weight);
}

function readQueue(reader: ByteReader): PersistentMap<string, QueuedChange> {
  return persistentMapOf(readList(reader, () => readChange(reader)).map((change) => [queueKey(change), change]));
}

function readChange(reader: ByteReader): QueuedChange {
  const kind = CHANGES[reader.uint(1)];
  if (kind === 'parameter') {
    const name = reader.text();
    const value = reader.text();
    return governedName(`${PARAMETER_PREFIX}${name}`, value) === undefined ? invalid() : { kind, name, value };
  }
  const index = reader.uint(INDEX_BYTES);
  switch (kind) {
    case 'key':
      return { kind, index, publicKey: reader.bytes() };
    case 'deposit':
      return { kind, index, total: reader.bigint(AMOUNT_BYTES) };
    case 'ballot':
      return { kind, index, from: reader.text(), weight: reader.bigint(AMOUNT_BYTES) };
    case undefined:
      return invalid();
    default:
      return { kind, index };
  }
}

function readPublication(reader: ByteReader): Publication {
  const index = reader.uint(INDEX_BYTES);
  const trust = reader.uint(NUMBER_BYTES);
  const tier = TIERS[reader.uint(1)] ?? invalid();
  const from = reader.uint(1);
  return { index, trust, tier, from: from === TIERS.length ? 'NONE' : (TIERS[from] ?? invalid()) };
}

function readParameters(reader: ByteReader, config: DtDposConfig): readonly GovernedParameter[] {
  const parameters = readList(reader, () => ({ name: reader.text(), value: reader.text() }));
  const isGoverned = parameters.every(({ name, value }) => governedName(`${PARAMETER_PREFIX}${name}`, value) === name);
  // `withParameters` sorts: equal parameters have one form.
  const sorted = withParameters(config, [], parameters);
  const isSorted = sorted.length === parameters.length && sorted.every(({ name }, at) => name === parameters[at]?.name);
  if (!isGoverned || !isSorted) invalid();
  return parameters;
}

function readWindow(reader: ByteReader, config: DtDposConfig): RoundWindow {
  const rounds = readList(reader, () => ({ epoch: reader.uint(NUMBER_BYTES), count: reader.uint(4) }));
  return parseRoundWindow({ rounds, total: rounds.reduce((sum, { count }) => sum + count, 0) }, config.trust);
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.uint(1);
  if (flag > 1) invalid();
  return flag === 1;
}

function writeList<T>(writer: ByteWriter, items: readonly T[], write: (item: T) => void): void {
  writer.uint(items.length, 4);
  for (const item of items) write(item);
}

/** Reads a counted list; every item takes at least one byte, so the data bounds the loop. */
function readList<T>(reader: ByteReader, read: () => T): readonly T[] {
  const count = reader.uint(4);
  const items: T[] = [];
  for (let position = 0; position < count; position++) items.push(read());
  return items;
}

/** Foreign values may break any check below; all of it means the same to the caller. */
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
