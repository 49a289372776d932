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
import { readFact, writeFact } from './fact-codec.ts';

/** Era, weight and facts of one block. */
export interface BlockRecord {
  /** Era the block belongs to. */
  readonly era: EraIndex;
  /** Sum of branch weights from the start of the era up to the block. */
  readonly totalWeight: bigint;
  /** Facts the plugin got for the block. */
  readonly facts: readonly Fact[];
}

const VERSION = 1;
const WEIGHT_BYTES_MAX = 64;

/** Encodes canonically: equal records give equal bytes. */
export function encodeBlockRecord(record: BlockRecord): Bytes {
  const writer = new ByteWriter()
    .uint(VERSION, 1)
    .uint(record.era, 4)
    .bigint(record.totalWeight)
    .uint(record.facts.length, 4);
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
  const totalWeight = reader.bigint(WEIGHT_BYTES_MAX);
  const count = reader.uint(4);
  if (version !== VERSION || count > LIMITS.factsPerBlock) {
    throw new ConsensusError({ code: 'INVALID_ENCODING', what: 'block record', offset: 0 });
  }
  const facts: Fact[] = [];
  for (let index = 0; index < count; index++) facts.push(readFact(reader));
  reader.finish();
  return { era, totalWeight, facts };
}
