/**
 * Recordings as text, one line for each engine call: a bug report is a file (contract H-8).
 *
 * @module
 */
import type { ConsensusRules, Input, Tip } from '@fiducia/consensus';
import { toHex } from '../hex.ts';
import { ChunkNumbers, NUMBERED_CHUNKS_MAX } from './chunk-table.ts';
import { placeOf, type RecordingParts, remakePlugin } from './engine-rules.ts';
import { type JsonValue, toJson } from './plain-data.ts';
import type { HostRecord } from './recorder.ts';

/** Version of the format, in its first line. */
export const RECORD_FORMAT = 1;

/** What {@link createRecordWriter} needs. */
export interface RecordWriterOptions extends RecordingParts {
  /** Gets one line of JSON, without its end. Called at once, in order; a failure of it is a failure of the host. */
  write(line: string): void;
}

/**
 * Makes the recorder of a host that writes every engine call as a line of JSON, to be read by
 * {@link createRecordReplayer}.
 *
 * States are written through the codec of the plugin, each chunk once. The cost is one encoding of the state for
 * every new head: nothing for a few hundred validators, a noticeable part of the time for 10^6 candidates. Lines
 * contain what the engine saw and said (messages and blocks of peers, own effects, entropy), and no key.
 *
 * @returns The `recorder` of `createHost`.
 * @throws {@link HostError} with `PLUGIN_MISSING` when the first call of a plugin comes that is not in `plugins`.
 * @see docs/spec/contract.md, rule H-8.
 * @example
 * ```ts
 * const file = createWriteStream('node-1.jsonl');
 * const recorder = createRecordWriter({ plugins, sha256, write: (line) => void file.write(`${line}\n`) });
 * const host = createHost({ ...options, recorder });
 * ```
 */
export function createRecordWriter(options: RecordWriterOptions): (record: HostRecord) => void {
  const writer = new RecordWriter(options);
  return (record) => writer.add(record);
}

class RecordWriter {
  readonly #options: RecordWriterOptions;
  readonly #rules = new Map<string, ConsensusRules<unknown>>();
  readonly #numbers = new ChunkNumbers();
  /** The newest state and how it was written: engines often see one head several times. */
  #latest: { readonly place: string; readonly state: unknown; readonly written: JsonValue } | null = null;

  constructor(options: RecordWriterOptions) {
    this.#options = options;
    this.#write({ format: RECORD_FORMAT });
  }

  add(record: HostRecord): void {
    switch (record.kind) {
      case 'engineStarted':
        this.#rules.set(placeOf(record), remakePlugin(this.#options, record.engine, record).rules);
        this.#write({ ...record, start: { ...record.start, head: this.#tip(record, record.start.head) } });
        break;
      case 'inputHandled':
        this.#write({ ...record, input: this.#input(record, record.input) });
        break;
      case 'engineStopped':
        this.#rules.delete(placeOf(record));
        this.#write(record);
        break;
    }
  }

  #input(record: HostRecord, input: Input<unknown>): unknown {
    return input.kind === 'headChanged' ? { ...input, head: this.#tip(record, input.head) } : input;
  }

  #tip(record: HostRecord, tip: Tip<unknown>): unknown {
    return { ...tip, state: this.#state(record, tip.state) };
  }

  #state(record: HostRecord, state: unknown): JsonValue {
    const place = placeOf(record);
    // Two plugins may have one state, such as a number, and each writes it in its own way.
    if (this.#latest?.place === place && this.#latest.state === state) return this.#latest.written;
    const chunks = [...(this.#rules.get(place)?.codec.encode(state) ?? [])].map(toHex);
    const written = chunks.length > NUMBERED_CHUNKS_MAX ? chunks : chunks.map((chunk) => this.#numberOf(chunk));
    // Numbers are forgotten some day, so only the very next records may repeat them.
    this.#latest = chunks.length > NUMBERED_CHUNKS_MAX ? null : { place, state, written };
    return written;
  }

  #numberOf(chunk: string): number {
    const known = this.#numbers.find(chunk);
    if (known !== undefined) return known;
    this.#write({ kind: 'chunk', chunk });
    return this.#numbers.add(chunk);
  }

  #write(value: unknown): void {
    this.#options.write(JSON.stringify(toJson(value)));
  }
}
