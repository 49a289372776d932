/**
 * What the host stores beside a block: enough to derive its state again without the ledger.
 *
 * @module
 */
import {
  ByteReader,
  type Bytes,
  ByteWriter,
  ConsensusError,
  type EraIndex,
  type Fact,
  LIMITS,
} from '@fiducia/consensus';
import { type AnnouncedEra, parseAnnouncement } from '../era/announcement.ts';
import { HOST_FACTS_MAX } from '../limits.ts';
import { readFact, writeFact } from './fact-codec.ts';

/** Era, weight and facts of one block. */
export interface BlockRecord {
  /** Era the block belongs to. */
  readonly era: EraIndex;
  /** Sum of branch weights from the start of the era up to the block. */
  readonly totalWeight: bigint;
  /** The same sum by the rules of the finality gadget; `0n` without one. */
  readonly gadgetWeight: bigint;
  /** Eras announced on the branch up to the block (contract H-36). */
  readonly announced: readonly AnnouncedEra[];
  /** Facts of the block that a plugin of its era gets. */
  readonly facts: readonly Fact[];
}

const VERSION = 2;
const HEIGHT_BYTES = 6;
const WEIGHT_BYTES_MAX = 64;

/** Encodes canonically: equal records give equal bytes. */
export function encodeBlockRecord(record: BlockRecord): Bytes {
  const writer = new ByteWriter()
    .uint(VERSION, 1)
    .uint(record.era, 4)
    .bigint(record.totalWeight)
    .bigint(record.gadgetWeight)
    .uint(record.announced.length, 1);
  for (const { announcedAt, text } of record.announced) writer.uint(announcedAt, HEIGHT_BYTES).text(text);
  writer.uint(record.facts.length, 4);
  for (const fact of record.facts) writeFact(writer, fact);
  return writer.finish();
}

/**
 * Decodes what {@link encodeBlockRecord} wrote.
 * @throws ConsensusError with `INVALID_ENCODING` on anything else.
 */
export function decodeBlockRecord(bytes: Bytes): BlockRecord {
  const reader = new ByteReader(bytes, 'block record');
  const version = reader.uint(1);
  const era = reader.uint(4);
  if (version !== VERSION) throw invalidRecord();
  const totalWeight = reader.bigint(WEIGHT_BYTES_MAX);
  const gadgetWeight = reader.bigint(WEIGHT_BYTES_MAX);
  const announced: AnnouncedEra[] = [];
  for (let left = reader.uint(1); left > 0; left--) announced.push(readAnnouncement(reader));
  const count = reader.uint(4);
  if (count > LIMITS.factsPerBlock + HOST_FACTS_MAX) throw invalidRecord();
  const facts: Fact[] = [];
  for (let index = 0; index < count; index++) facts.push(readFact(reader));
  reader.finish();
  return { era, totalWeight, gadgetWeight, announced, facts };
}

function readAnnouncement(reader: ByteReader): AnnouncedEra {
  const announcedAt = reader.uint(HEIGHT_BYTES);
  const text = reader.text();
  const era = parseAnnouncement(text);
  if (era === undefined) throw invalidRecord();
  return { announcedAt, text, era };
}

function invalidRecord(): ConsensusError {
  return new ConsensusError({ code: 'INVALID_ENCODING', what: 'block record', offset: 0 });
}
