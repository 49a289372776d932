/**
 * Tables, keys and rows of a durable ledger (storage S5).
 *
 * Integers in keys are big-endian, so that byte order is their order. A row is written by exactly one function here and
 * read by the one beside it.
 *
 * @module
 */
import { type BlockId, ByteReader, type Bytes, ByteWriter, type Height } from '@fiducia/consensus';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** Form of the rows below; a store of a higher one is refused (storage S5). */
export const SCHEMA_VERSION = 1;

/** Names of the tables. */
export const TABLES = {
  /** Schema and chain under one key, positions under two. */
  meta: 'meta',
  /** Block, host record and directives by block id. */
  blocks: 'blocks',
  /** Block id by height of the adopted branch. */
  heights: 'heights',
  /** Nothing by height and id, for every block above the final one. */
  branches: 'branches',
  /** Proof of finality by block id. */
  proofs: 'proofs',
  /** Hashes of the chunks of a checkpoint by block id. */
  checkpoints: 'checkpoints',
  /** Chunk by hash, so that equal ones are stored once. */
  chunks: 'chunks',
  /** Encoded value by key of the state tree, after the block that the position names as base. */
  state: 'state',
} as const;

/** Tables with rows of one block under its id. */
export const BLOCK_TABLES = [TABLES.blocks, TABLES.proofs, TABLES.checkpoints] as const;

/** Where the chain stands: head pointer and finality record in one row, so that they are always of one version. */
export interface Position {
  /** Number of commits before this one; the position with the highest holds. */
  readonly sequence: number;
  /** Adopted head. */
  readonly headId: BlockId;
  /** Height of it. */
  readonly headHeight: Height;
  /** Last irreversible block. */
  readonly finalizedId: BlockId;
  /** Height of it. */
  readonly finalizedHeight: Height;
  /** Adopted block whose state is stored; genesis, whose state is not stored, until one is. */
  readonly baseId: BlockId;
  /** Height of it. */
  readonly baseHeight: Height;
  /** Blocks whose proofs this commit wrote: without them less is final than it says. */
  readonly provenIds: readonly BlockId[];
  /** Block whose checkpoint this commit wrote, `null` if it wrote none. */
  readonly checkpointId: BlockId | null;
}

/** What is stored with a block in one row. */
export interface BlockRow {
  /** Record of the host. */
  readonly record: Bytes;
  /** Encoded directives the block was executed with. */
  readonly directives: Bytes;
  /** The block. */
  readonly bytes: Bytes;
}

const HEIGHT_BYTES = 8;
const COUNT_BYTES = 4;
const NO_ID: Bytes = /* @__PURE__ */ new Uint8Array();
const ID_BYTES = 32;
const ID_PATTERN = /^[0-9a-f]{64}$/;

/** Key of the row that says what store this is. */
export const SCHEMA_KEY: Bytes = /* @__PURE__ */ Uint8Array.of(0);

/** Below every key. */
export const KEYS_START: Bytes = /* @__PURE__ */ new Uint8Array();

/** Above every key: none starts with as many bytes of 255. */
export const KEYS_END: Bytes = /* @__PURE__ */ new Uint8Array(HEIGHT_BYTES + ID_BYTES).fill(255);

/** Whether a text has the form of a block id, and so may be a key. */
export function isBlockId(id: BlockId): boolean {
  return ID_PATTERN.test(id);
}

/** Two keys in turn: a torn write of a position leaves the one before. */
export function positionKey(sequence: number): Bytes {
  return Uint8Array.of(1, sequence % 2);
}

/** Key of a block id. */
export function idKey(id: BlockId): Bytes {
  return hexToBytes(id);
}

/** Block id of a key or value. */
export function idOf(key: Bytes): BlockId {
  return bytesToHex(key);
}

/** Key of a height. */
export function heightKey(height: Height): Bytes {
  const key = new Uint8Array(HEIGHT_BYTES);
  new DataView(key.buffer).setBigUint64(0, BigInt(height));
  return key;
}

/** Height of a key that starts with one. */
export function heightOf(key: Bytes): Height {
  return Number(new DataView(key.buffer, key.byteOffset).getBigUint64(0));
}

/** Key of a block above the final one. */
export function branchKey(height: Height, id: BlockId): Bytes {
  const key = new Uint8Array(HEIGHT_BYTES + ID_BYTES);
  key.set(heightKey(height));
  key.set(idKey(id), HEIGHT_BYTES);
  return key;
}

/** Block id of a branch key. */
export function branchIdOf(key: Bytes): BlockId {
  return idOf(key.subarray(HEIGHT_BYTES));
}

/** Row that says what store this is. */
export function encodeSchema(chainId: Bytes): Bytes {
  return new ByteWriter().uint(SCHEMA_VERSION, 4).bytes(chainId).finish();
}

/** Version of a store, and its chain if this version is known. Throws on anything else. */
export function decodeSchema(row: Bytes): { readonly version: number; readonly chainId: Bytes } {
  const reader = new ByteReader(row, 'schema');
  const version = reader.uint(4);
  if (version > SCHEMA_VERSION) return { version, chainId: new Uint8Array() };
  const chainId = reader.bytes();
  reader.finish();
  return { version, chainId };
}

/** Row of a position. */
export function encodePosition(position: Position): Bytes {
  const { sequence, headId, headHeight, finalizedId, finalizedHeight, baseId, baseHeight } = position;
  const { provenIds, checkpointId } = position;
  const writer = new ByteWriter().uint(sequence, HEIGHT_BYTES);
  writer.bytes(idKey(headId)).uint(headHeight, HEIGHT_BYTES);
  writer.bytes(idKey(finalizedId)).uint(finalizedHeight, HEIGHT_BYTES);
  writer.bytes(idKey(baseId)).uint(baseHeight, HEIGHT_BYTES).uint(provenIds.length, COUNT_BYTES);
  for (const id of provenIds) writer.bytes(idKey(id));
  return writer.bytes(checkpointId === null ? NO_ID : idKey(checkpointId)).finish();
}

/** Reads what {@link encodePosition} wrote; throws on anything else. */
export function decodePosition(row: Bytes): Position {
  const reader = new ByteReader(row, 'position');
  const sequence = reader.uint(HEIGHT_BYTES);
  const [headId, headHeight] = [idOf(reader.bytes(ID_BYTES)), reader.uint(HEIGHT_BYTES)];
  const [finalizedId, finalizedHeight] = [idOf(reader.bytes(ID_BYTES)), reader.uint(HEIGHT_BYTES)];
  const [baseId, baseHeight] = [idOf(reader.bytes(ID_BYTES)), reader.uint(HEIGHT_BYTES)];
  const provenIds: BlockId[] = [];
  // Ends with the row, whatever it says of itself.
  for (let left = reader.uint(COUNT_BYTES); left > 0; left--) provenIds.push(idOf(reader.bytes(ID_BYTES)));
  const checkpoint = reader.bytes();
  const checkpointId = checkpoint.length === 0 ? null : idOf(checkpoint);
  reader.finish();
  const found = { sequence, headId, headHeight, finalizedId, finalizedHeight, baseId, baseHeight };
  return { ...found, provenIds, checkpointId };
}

/** Row of a block: lengths of the first two parts, then all three. */
export function encodeBlockRow({ record, directives, bytes }: BlockRow): Bytes {
  const row = new Uint8Array(8 + record.length + directives.length + bytes.length);
  const view = new DataView(row.buffer);
  view.setUint32(0, record.length);
  view.setUint32(4, directives.length);
  row.set(record, 8);
  row.set(directives, 8 + record.length);
  row.set(bytes, 8 + record.length + directives.length);
  return row;
}

/** Reads what {@link encodeBlockRow} wrote. The parts share its memory. */
export function decodeBlockRow(row: Bytes): BlockRow {
  const view = new DataView(row.buffer, row.byteOffset, row.length);
  const recordEnd = 8 + view.getUint32(0);
  const directivesEnd = recordEnd + view.getUint32(4);
  return {
    record: row.subarray(8, recordEnd),
    directives: row.subarray(recordEnd, directivesEnd),
    bytes: row.subarray(directivesEnd),
  };
}

/** Row of a checkpoint. */
export function encodeChunkList(hashes: readonly Bytes[]): Bytes {
  const row = new Uint8Array(hashes.length * ID_BYTES);
  for (const [index, hash] of hashes.entries()) row.set(hash, index * ID_BYTES);
  return row;
}

/** Hashes in a row of a checkpoint. */
export function decodeChunkList(row: Bytes): readonly Bytes[] {
  return Array.from({ length: row.length / ID_BYTES }, (_, index) =>
    row.subarray(index * ID_BYTES, (index + 1) * ID_BYTES),
  );
}
