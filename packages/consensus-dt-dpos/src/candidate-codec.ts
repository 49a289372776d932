/**
 * Canonical encoding of one candidate inside a page of the register.
 *
 * @module
 */
import {
  type ActorId,
  type ByteReader,
  type ByteWriter,
  ConsensusError,
  persistentMapOf,
  sortedEntries,
} from '@fiducia/consensus';
import { parseTrustRecord, type TrustRecord } from '@fiducia/trust';
import { type DtDposConfig, TIERS } from './config.ts';
import type { Candidate, CandidateIndex, CandidateStatus, Rating, SlashSpan } from './state.ts';

const NUMBER_BYTES = 6;
const COUNT_BYTES = 4;
const AMOUNT_BYTES = 16;
const STATUSES: readonly CandidateStatus[] = ['PENDING', 'ACTIVE', 'JAILED', 'EXITING', 'EXITED', 'TOMBSTONED'];

/** Appends a candidate; its index follows from its position, its votes from the ballots. */
export function encodeCandidate(writer: ByteWriter, candidate: Candidate): void {
  writer
    .text(candidate.id)
    .uint(STATUSES.indexOf(candidate.status), 1)
    .text(candidate.category)
    .bigint(candidate.deposit);
  const ballots = sortedEntries(candidate.ballots);
  writer.uint(ballots.length, COUNT_BYTES);
  for (const [from, weight] of ballots) writer.text(from).bigint(weight);
  encodeRecord(writer, candidate.trust);
  const { rating, jailedUntil, slashed, vrfKey } = candidate;
  writeOptional(writer, rating, ({ trust, tier }) => writer.uint(trust, NUMBER_BYTES).uint(TIERS.indexOf(tier), 1));
  writeOptional(writer, jailedUntil, (height) => writer.uint(height, NUMBER_BYTES));
  writeOptional(writer, slashed, ({ epoch, bp }) => writer.uint(epoch, NUMBER_BYTES).uint(bp, 2));
  writeOptional(writer, vrfKey, (key) => writer.bytes(key));
}

/** Reads a candidate. @throws on anything that no candidate with `index` is encoded as. */
export function decodeCandidate(reader: ByteReader, index: CandidateIndex, config: DtDposConfig): Candidate {
  const id = reader.text();
  const status = STATUSES[reader.uint(1)] ?? invalid();
  const category = reader.text();
  const deposit = reader.bigint(AMOUNT_BYTES);
  const ballots: [ActorId, bigint][] = [];
  let votes = 0n;
  for (let left = reader.uint(COUNT_BYTES); left > 0; left--) {
    const from = reader.text();
    const weight = reader.bigint(AMOUNT_BYTES);
    if (weight === 0n || from === id) invalid();
    ballots.push([from, weight]);
    votes += weight;
  }
  const trust = decodeRecord(reader, config);
  const rating = readOptional(
    reader,
    (): Rating => ({ trust: reader.uint(NUMBER_BYTES), tier: TIERS[reader.uint(1)] ?? invalid() }),
  );
  const jailedUntil = readOptional(reader, () => reader.uint(NUMBER_BYTES));
  const slashed = readOptional(reader, (): SlashSpan => ({ epoch: reader.uint(NUMBER_BYTES), bp: reader.uint(2) }));
  const vrfKey = readOptional(reader, () => reader.bytes());
  const hasLeft = status === 'EXITING' || status === 'EXITED';
  if (!hasLeft && (status === 'JAILED') !== (jailedUntil !== null)) invalid();
  return {
    index,
    id,
    status,
    category,
    deposit,
    votes,
    ballots: persistentMapOf(ballots),
    trust,
    rating,
    jailedUntil,
    slashed,
    vrfKey,
  };
}

function encodeRecord(writer: ByteWriter, record: TrustRecord): void {
  writer
    .uint(record.dynamicBase, NUMBER_BYTES)
    .uint(record.lastActive, NUMBER_BYTES)
    .uint(record.faultCount, COUNT_BYTES)
    .uint(record.buckets.length, 2);
  for (const { epoch, correct, malicious, participated } of record.buckets) {
    writer.uint(epoch, NUMBER_BYTES).uint(correct, 4).uint(malicious, 4).uint(participated, 4);
  }
}

function decodeRecord(reader: ByteReader, config: DtDposConfig): TrustRecord {
  const dynamicBase = reader.uint(NUMBER_BYTES);
  const lastActive = reader.uint(NUMBER_BYTES);
  const faultCount = reader.uint(COUNT_BYTES);
  const sums = { correct: 0, malicious: 0, participated: 0 };
  const buckets = Array.from({ length: reader.uint(2) }, () => {
    const bucket = {
      epoch: reader.uint(NUMBER_BYTES),
      correct: reader.uint(4),
      malicious: reader.uint(4),
      participated: reader.uint(4),
    };
    sums.correct += bucket.correct;
    sums.malicious += bucket.malicious;
    sums.participated += bucket.participated;
    return bucket;
  });
  return parseTrustRecord({ dynamicBase, lastActive, faultCount, buckets, sums }, config.trust);
}

function writeOptional<T>(writer: ByteWriter, value: T | null, write: (value: T) => void): void {
  writer.uint(value === null ? 0 : 1, 1);
  if (value !== null) write(value);
}

function readOptional<T>(reader: ByteReader, read: () => T): T | null {
  const flag = reader.uint(1);
  if (flag > 1) invalid();
  return flag === 1 ? read() : null;
}

function invalid(): never {
  throw new ConsensusError({ code: 'INVALID_ENCODING', what: 'dt-dpos candidate', offset: 0 });
}
