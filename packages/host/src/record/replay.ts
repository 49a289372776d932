/**
 * Replay of recorded engine calls into a fresh engine (contract H-8).
 *
 * @module
 */
import type { ConsensusEngine, Effect } from '@fiducia/consensus';
import type { HostRecord } from './recorder.ts';

/** One repeated call with what the engine returned then and now. */
export interface ReplayedCall {
  /** The recorded call. */
  readonly record: HostRecord;
  /** What the fresh engine returned. */
  readonly effects: readonly Effect[];
}

/**
 * Repeats recorded calls, in order, on an engine that was just created.
 *
 * @param records - From one engine; it begins with `engineStarted`.
 * @returns One entry per call. A deterministic engine returns what was recorded.
 * @example
 * ```ts
 * const engine = plugin.createEngine?.(config, rules, context);
 * const calls = engine === undefined ? [] : replayRecords(engine, records);
 * for (const { record, effects } of calls) {
 *   if (record.kind !== 'engineStopped') assert.deepEqual(effects, record.effects);
 * }
 * ```
 */
export function replayRecords(
  engine: ConsensusEngine<unknown>,
  records: readonly HostRecord[],
): readonly ReplayedCall[] {
  const calls: ReplayedCall[] = [];
  for (const record of records) {
    if (record.kind === 'engineStopped') break;
    const effects =
      record.kind === 'engineStarted' ? engine.start(record.start, record.now) : engine.on(record.input, record.now);
    calls.push({ record, effects });
  }
  return calls;
}
