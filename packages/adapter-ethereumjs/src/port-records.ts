/**
 * What a host stores beside the blocks of a chain: records, proofs, checkpoints, and which block is the head.
 *
 * @module
 */
import { type BlockId, ByteReader, type Bytes, ByteWriter } from '@fiducia/consensus';
import type { CheckpointStore } from './states.ts';

/** What belongs to one block. */
export interface BlockRecord {
  /** Host-owned. */
  readonly record: Bytes;
  /** Finality proof. */
  readonly proof?: Bytes;
  /** Chunks of consensus states. */
  readonly checkpoint?: readonly Bytes[];
}

/** Which blocks are what. */
export interface Pointers {
  readonly head: BlockId;
  readonly finalized: BlockId;
}

const ENCODING = { keyEncoding: 'string', valueEncoding: 'view' } as const;
const POINTERS = 'fiducia/pointers';

/** Records by block, each part under a key of its own, so that the newest checkpoint does not cost every other write. */
export class PortRecords {
  readonly #store: CheckpointStore;

  constructor(store: CheckpointStore) {
    this.#store = store;
  }

  /** What is stored beside a block, or `null` if it was never committed. */
  async read(id: BlockId): Promise<BlockRecord | null> {
    const [record, proof, checkpoint] = await Promise.all([
      this.#get('record', id),
      this.#get('proof', id),
      this.#get('checkpoint', id),
    ]);
    if (record === undefined) return null;
    return { record, ...(proof && { proof }), ...(checkpoint && { checkpoint: decodeChunks(checkpoint) }) };
  }

  /** Writes the parts that are given. */
  async write(id: BlockId, { record, proof, checkpoint }: Partial<BlockRecord>): Promise<void> {
    if (checkpoint !== undefined) await this.#put('checkpoint', id, encodeChunks(checkpoint));
    if (proof !== undefined) await this.#put('proof', id, proof);
    // Last: it says that the block is there.
    if (record !== undefined) await this.#put('record', id, record);
  }

  /** Which blocks are head and final, or `undefined` before the first update. */
  async pointers(): Promise<(Partial<Pointers> & Pick<Pointers, 'head'>) | undefined> {
    const bytes = await this.#store.get(POINTERS, ENCODING);
    if (bytes === undefined) return undefined;
    const reader = new ByteReader(bytes, 'pointers');
    const [head, finalized] = [reader.text(), reader.text()];
    reader.finish();
    return finalized === '' ? { head } : { head, finalized };
  }

  /** Moves the pointers, in one write. */
  async point({ head, finalized }: Pick<Pointers, 'head'> & Partial<Pointers>): Promise<void> {
    const final = finalized ?? (await this.pointers())?.finalized ?? '';
    await this.#store.put(POINTERS, new ByteWriter().text(head).text(final).finish(), ENCODING);
  }

  #get(part: keyof BlockRecord, id: BlockId): Promise<Bytes | undefined> {
    return this.#store.get(`fiducia/${part}/${id}`, ENCODING);
  }

  #put(part: keyof BlockRecord, id: BlockId, bytes: Bytes): Promise<void> {
    return this.#store.put(`fiducia/${part}/${id}`, bytes, ENCODING);
  }
}

function encodeChunks(chunks: readonly Bytes[]): Bytes {
  const writer = new ByteWriter().uint(chunks.length, 4);
  for (const chunk of chunks) writer.bytes(chunk);
  return writer.finish();
}

function decodeChunks(bytes: Bytes): readonly Bytes[] {
  const reader = new ByteReader(bytes, 'checkpoint');
  const chunks = Array.from({ length: reader.uint(4) }, () => reader.bytes());
  reader.finish();
  return chunks;
}
