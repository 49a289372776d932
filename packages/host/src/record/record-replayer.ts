/**
 * Reads recordings back through the same engine and tells the first difference (contract H-8).
 *
 * @module
 */
import type {
  ConsensusEngine,
  Effect,
  EngineStart,
  EraIndex,
  Input,
  Millis,
  ProtocolId,
  Tip,
} from '@fiducia/consensus';
import { HostError, isHostError, reasonOf } from '../errors.ts';
import { fromHex } from '../hex.ts';
import { ChunksByNumber } from './chunk-table.ts';
import { placeOf, type RecordingParts, type RemadePlugin, remakePlugin } from './engine-rules.ts';
import { fromJson, type JsonValue, toJson } from './plain-data.ts';
import { RECORD_FORMAT } from './record-writer.ts';
import type { HostRecord, RecordedEngine } from './recorder.ts';

/** Longest line that is read: an engine may start from hundreds of entries of a log, each of 256 KiB, in hexadecimal. */
const LINE_CHARACTERS_MAX = 268_435_456;

/** The first call whose effects are not those of the recording. */
export interface RecordDifference {
  /** Line of the recording, from 1. */
  readonly line: number;
  /** What was called. */
  readonly kind: 'engineStarted' | 'inputHandled';
  /** Era of the engine. */
  readonly era: EraIndex;
  /** Its protocol. */
  readonly protocol: ProtocolId;
  /** Call time. */
  readonly now: Millis;
  /** What the engine got, as JSON; bytes in hexadecimal text. */
  readonly input: JsonValue;
  /** Position of the first effect that differs, from 0. */
  readonly index: number;
  /** That effect as it was recorded; `null` if there was none, or if the engine threw. */
  readonly recorded: JsonValue;
  /** That effect as it is now; `null` if there is none. */
  readonly replayed: JsonValue;
  /** Why the engine threw now; absent if it did not. */
  readonly failure?: string;
}

/** Takes a recording line by line. */
export interface RecordReplayer {
  /**
   * Repeats what one line says.
   *
   * @returns The difference, or `null`. Later lines of an engine that once differed mean nothing.
   * @throws {@link HostError} with `RECORD_INVALID` for a line that no writer makes, with `PLUGIN_MISSING` for an
   *   engine of a plugin that is not there.
   */
  line(text: string): RecordDifference | null;
  /** Lines taken so far, the one that failed included. */
  lines(): number;
  /** Engine calls repeated so far. */
  calls(): number;
  /** Engines made so far. */
  engines(): number;
  /** Whether the recording reached its greatest size, so that later calls are missing. */
  isCutOff(): boolean;
}

/**
 * Makes a reader of one recording of {@link createRecordWriter}.
 *
 * @see docs/spec/contract.md, rule H-8.
 * @example
 * ```ts
 * const replayer = createRecordReplayer({ plugins: [dtDpos()], sha256 });
 * for await (const line of lines) {
 *   const difference = replayer.line(line);
 *   if (difference !== null) throw new Error(`line ${difference.line} gives other effects`);
 * }
 * ```
 */
export function createRecordReplayer(parts: RecordingParts): RecordReplayer {
  return new Replayer(parts);
}

interface RunningEngine extends RemadePlugin {
  readonly engine: ConsensusEngine<unknown>;
}

type Call = Extract<HostRecord, { kind: 'engineStarted' | 'inputHandled' }>;

class Replayer implements RecordReplayer {
  readonly #parts: RecordingParts;
  readonly #running = new Map<string, RunningEngine>();
  readonly #chunks = new ChunksByNumber();
  #line = 0;
  #calls = 0;
  #engines = 0;
  #ended = false;

  constructor(parts: RecordingParts) {
    this.#parts = parts;
  }

  lines(): number {
    return this.#line;
  }

  calls(): number {
    return this.#calls;
  }

  engines(): number {
    return this.#engines;
  }

  isCutOff(): boolean {
    return this.#ended;
  }

  line(text: string): RecordDifference | null {
    this.#line += 1;
    try {
      if (this.#ended) throw new TypeError('a line behind the end');
      const value = parse(text);
      if (this.#line === 1) return requireFormat(value);
      return this.#take(value);
    } catch (thrown) {
      if (isHostError(thrown)) throw thrown;
      throw new HostError({ code: 'RECORD_INVALID', line: this.#line, reason: reasonOf(thrown) }, thrown);
    }
  }

  #take(value: JsonObject): RecordDifference | null {
    switch (value.kind) {
      case 'chunk': {
        const chunk = typeof value.chunk === 'string' ? fromHex(value.chunk) : null;
        if (chunk === null) throw new TypeError('a chunk is no hexadecimal text');
        this.#chunks.add(chunk);
        return null;
      }
      case 'recordingEnded':
        this.#ended = true;
        return null;
      case 'engineStopped':
        this.#running.delete(placeOf(readPlace(value)));
        return null;
      case 'engineStarted':
        return this.#start(value);
      case 'inputHandled':
        return this.#handle(value);
      default:
        throw new TypeError('unknown kind of line');
    }
  }

  #start(value: JsonObject): RecordDifference | null {
    const record = fromJson(value) as Extract<Call, { kind: 'engineStarted' }>;
    const place = readPlace(value);
    const remade = remakePlugin(this.#parts, requireEngine(record.engine), place);
    const engine = remade.plugin.createEngine?.(remade.config, remade.rules, remade.context);
    if (engine === undefined) throw new TypeError(`${place.protocol} has no engine`);
    const running = { ...remade, engine };
    this.#running.set(placeOf(place), running);
    this.#engines += 1;
    const start: EngineStart<unknown> = { ...record.start, head: this.#tip(running, record.start.head) };
    return this.#compare(value, record, () => engine.start(start, record.now));
  }

  #handle(value: JsonObject): RecordDifference | null {
    const record = fromJson(value) as Extract<Call, { kind: 'inputHandled' }>;
    const running = this.#running.get(placeOf(readPlace(value)));
    if (running === undefined) throw new TypeError('an input of an engine that was not started');
    const { input } = record;
    const whole: Input<unknown> =
      input.kind === 'headChanged' ? { ...input, head: this.#tip(running, input.head) } : input;
    return this.#compare(value, record, () => running.engine.on(whole, record.now));
  }

  /** A tip whose state stands for its chunks. */
  #tip({ rules }: RunningEngine, tip: Tip<unknown>): Tip<unknown> {
    const { state } = tip;
    if (!Array.isArray(state)) throw new TypeError('a state is no list of chunks');
    const chunks = state.map((item: unknown) => {
      const chunk = typeof item === 'string' ? fromHex(item) : this.#chunks.get(Number(item));
      if (chunk === undefined || chunk === null) throw new TypeError(`chunk ${item} is missing`);
      return chunk;
    });
    return { ...tip, state: rules.codec.decode(chunks) };
  }

  #compare(value: JsonObject, record: Call, call: () => readonly Effect[]): RecordDifference | null {
    this.#calls += 1;
    let effects: readonly Effect[] | null = null;
    let failure: string | undefined;
    try {
      effects = call();
    } catch (thrown) {
      failure = reasonOf(thrown);
    }
    const recorded = listOf(value.effects ?? null);
    const replayed = listOf(toJson(effects));
    const length = Math.max(recorded?.length ?? 0, replayed?.length ?? 0);
    const isEqual = (index: number) => JSON.stringify(recorded?.[index]) === JSON.stringify(replayed?.[index]);
    let index = 0;
    while (index < length && isEqual(index)) index += 1;
    if (index === length && (recorded === null) === (replayed === null)) return null;
    return {
      line: this.#line,
      kind: record.kind,
      ...readPlace(value),
      now: record.now,
      input: (record.kind === 'engineStarted' ? value.start : value.input) ?? null,
      index,
      recorded: recorded?.[index] ?? null,
      replayed: replayed?.[index] ?? null,
      ...(failure !== undefined && { failure }),
    };
  }
}

interface JsonObject {
  readonly [key: string]: JsonValue;
}

function parse(text: string): JsonObject {
  if (text.length > LINE_CHARACTERS_MAX) throw new TypeError('the line is too long');
  const value: JsonValue = JSON.parse(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new TypeError('no object');
  return value as JsonObject;
}

function requireFormat({ format }: JsonObject): null {
  if (format === RECORD_FORMAT) return null;
  throw new TypeError(`no recording of format ${RECORD_FORMAT}`);
}

function readPlace({ era, protocol }: JsonObject): { readonly era: EraIndex; readonly protocol: ProtocolId } {
  if (!Number.isSafeInteger(era) || typeof protocol !== 'string') throw new TypeError('no era or no protocol');
  return { era: era as EraIndex, protocol: protocol as ProtocolId };
}

function requireEngine(engine: RecordedEngine | undefined): RecordedEngine {
  if (engine?.chainId instanceof Uint8Array && typeof engine.plugin === 'object') return engine;
  throw new TypeError('it does not say what the engine was made from');
}

/** `null` stands for an engine that threw. */
function listOf(value: JsonValue): readonly JsonValue[] | null {
  return Array.isArray(value) ? value : null;
}
