/**
 * Typed events of a host. Observers only: no listener can influence a decision, and one that throws
 * stops nothing.
 *
 * @module
 */
import type { BlockId, Bytes, ConsensusHeader, Era, Evidence, Fact, PeerId, Tip, TraceValue } from '@fiducia/consensus';
import { EventEmitter } from 'eventemitter3';
import { type HostError, reasonOf } from './errors.ts';
import type { RecordedConflict } from './finality/conflict.ts';
import type { HostRecord } from './record/recorder.ts';
import type { HostTrace } from './refusals.ts';

/** The adopted head changed and is durable. */
export interface HeadChangedEvent {
  /** New head. */
  readonly tip: Tip<unknown>;
  /** Blocks that left the adopted branch, newest first; empty for a plain extension. */
  readonly reverted: readonly BlockId[];
  /** Blocks that joined the adopted branch, oldest first. */
  readonly applied: readonly BlockId[];
}

/** A block was found valid, executed and stored, on any branch. */
export interface BlockImportedEvent {
  /** The block. */
  readonly header: ConsensusHeader;
  /** All facts of the block, not filtered for the plugin. */
  readonly facts: readonly Fact[];
  /** Whether it became the head. */
  readonly adopted: boolean;
}

/** A block was found invalid. Reported once per distinct block. */
export interface BlockRejectedEvent {
  /** Its identity; `null` if the bytes could not be decoded. */
  readonly id: BlockId | null;
  /** Its header; `null` if the bytes could not be decoded. */
  readonly header: ConsensusHeader | null;
  /** Stable UPPER_SNAKE reason. */
  readonly code: string;
  /** Who sent it; `null` for a block handed in locally. */
  readonly from: PeerId | null;
}

/** Something worth a line in a log: refused signatures, ignored effects, slow calls, plugin traces. */
export interface TraceEvent {
  /** Who says it. */
  readonly source: 'host' | 'plugin';
  /** Stable name of the observation; of the host itself one of {@link HostTrace}. */
  readonly event: string;
  /** Details. */
  readonly data: Readonly<Record<string, TraceValue>>;
}

/** The host stopped its engine and signs nothing more; reads continue (contract H-17, H-43). */
export interface FaultedEvent {
  /** Why. */
  readonly error: HostError;
  /** The newest engine calls, for a report. */
  readonly records: readonly HostRecord[];
}

/** Names and payloads of all events. */
export interface HostEvents {
  /** See {@link HeadChangedEvent}. */
  headChanged: (event: HeadChangedEvent) => void;
  /** See {@link BlockImportedEvent}. */
  blockImported: (event: BlockImportedEvent) => void;
  /** See {@link BlockRejectedEvent}. */
  blockRejected: (event: BlockRejectedEvent) => void;
  /** Verified evidence entered the pool for the first time. */
  evidenceFound: (event: { readonly evidence: Evidence }) => void;
  /** The block is deep enough to be a hint for wallets; it may still be reverted (contract H-21). */
  settled: (event: { readonly header: ConsensusHeader }) => void;
  /** The block and its ancestors became irreversible; `proof` shows it to anybody. Heights may be skipped. */
  finalized: (event: { readonly header: ConsensusHeader; readonly proof: Bytes }) => void;
  /**
   * Two blocks that exclude each other are proven final, so more weight misbehaved than the protocol tolerates. The
   * node signs nothing more, also after a restart; it goes on reading, importing and spreading evidence.
   */
  finalityConflict: (event: RecordedConflict) => void;
  /** An era that the chain announced is certain now (contract H-36). */
  eraScheduled: (event: { readonly era: Era }) => void;
  /** An era that is certain needs what this node lacks: it will stop before the border (contract H-36). */
  eraUnsupported: (event: { readonly era: Era; readonly error: HostError }) => void;
  /** See {@link TraceEvent}. */
  trace: (event: TraceEvent) => void;
  /** See {@link FaultedEvent}. */
  faulted: (event: FaultedEvent) => void;
}

/** Where observers register; they cannot emit. */
export interface HostEventSource {
  /** Registers an observer. */
  on<Name extends keyof HostEvents>(name: Name, observer: HostEvents[Name]): void;
  /** Removes an observer. */
  off<Name extends keyof HostEvents>(name: Name, observer: HostEvents[Name]): void;
}

type Observer = (event: unknown) => void;

const NOBODY: readonly Observer[] = [];

/** Emitter of one host. */
export class HostEventHub implements HostEventSource {
  readonly #emitter = new EventEmitter<HostEvents>();
  /** What the emitter would copy for each event. */
  readonly #observers: { [Name in keyof HostEvents]?: readonly Observer[] } = {};

  on<Name extends keyof HostEvents>(name: Name, observer: HostEvents[Name]): void {
    this.#emitter.on(name, observer as never);
    this.#observers[name] = this.#emitter.listeners(name) as readonly Observer[];
  }

  off<Name extends keyof HostEvents>(name: Name, observer: HostEvents[Name]): void {
    this.#emitter.off(name, observer as never);
    this.#observers[name] = this.#emitter.listeners(name) as readonly Observer[];
  }

  /** Whether it is worth finding out what happened. */
  hasObserver(name: keyof HostEvents): boolean {
    return (this.#observers[name] ?? NOBODY).length > 0;
  }

  emit<Name extends keyof HostEvents>(name: Name, event: Parameters<HostEvents[Name]>[0]): void {
    for (const observer of this.#observers[name] ?? NOBODY) {
      try {
        observer(event);
      } catch (thrown) {
        // A failing observer of traces has nobody left to tell.
        if (name !== 'trace') this.trace('OBSERVER_THREW', { event: name, reason: reasonOf(thrown) });
      }
    }
  }

  /** Reports an observation of the host itself. */
  trace(event: HostTrace, data: Readonly<Record<string, TraceValue>> = {}): void {
    this.emit('trace', { source: 'host', event, data });
  }
}
