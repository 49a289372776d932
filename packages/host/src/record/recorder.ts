/**
 * Recording of engine calls: a bug report is a list of these (contract H-8).
 *
 * @module
 */
import type {
  ActorId,
  BufferUsage,
  Bytes,
  Effect,
  EngineStart,
  EraIndex,
  Input,
  Millis,
  PluginReference,
  ProtocolId,
} from '@fiducia/consensus';

/** What an engine was made from, so that it can be made again. */
export interface RecordedEngine {
  /** 32 bytes that identify the chain. */
  readonly chainId: Bytes;
  /** Identity of the node; `null` for an observer. */
  readonly self: ActorId | null;
  /** Plugin with its configuration as the era names it, before it is parsed. */
  readonly plugin: PluginReference;
  /** Version of the plugin. */
  readonly version: string;
}

/** One call of an engine, complete enough to repeat it. */
export type HostRecord =
  | {
      /** The engine was created and `start` was called. */
      readonly kind: 'engineStarted';
      readonly era: EraIndex;
      readonly protocol: ProtocolId;
      /** What was created. */
      readonly engine: RecordedEngine;
      /** Call time. */
      readonly now: Millis;
      /** What the engine got. */
      readonly start: EngineStart<unknown>;
      /** What it returned; `null` if it threw. */
      readonly effects: readonly Effect[] | null;
    }
  | {
      /** One input was handled. */
      readonly kind: 'inputHandled';
      readonly era: EraIndex;
      readonly protocol: ProtocolId;
      /** Call time. */
      readonly now: Millis;
      /** What the engine got. */
      readonly input: Input<unknown>;
      /** What it returned; `null` if it threw. */
      readonly effects: readonly Effect[] | null;
    }
  | {
      /** The engine was dropped with its timers, sticky messages and requests (contract H-9). */
      readonly kind: 'engineStopped';
      readonly era: EraIndex;
      readonly protocol: ProtocolId;
      /** When. */
      readonly now: Millis;
    };

/** Keeps the newest records for a fault report and passes all of them on. */
export class Recorder {
  /** The next record takes the place of the oldest, since moving all of them for each would cost more than making one. */
  readonly #kept: HostRecord[] = [];
  #next = 0;
  readonly #keptMax: number;
  readonly #observer: ((record: HostRecord) => void) | undefined;

  constructor(keptMax: number, observer: ((record: HostRecord) => void) | undefined) {
    this.#keptMax = keptMax;
    this.#observer = observer;
  }

  add(record: HostRecord): void {
    if (this.#keptMax > 0) {
      this.#kept[this.#next] = record;
      this.#next = (this.#next + 1) % this.#keptMax;
    }
    this.#observer?.(record);
  }

  usage(): readonly BufferUsage[] {
    return [{ name: 'recordsKept', count: this.#kept.length, max: this.#keptMax }];
  }

  newest(): readonly HostRecord[] {
    return [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)];
  }
}
