/**
 * Restoring values that were saved as plain data, e.g. as JSON.
 *
 * @module
 */
import { TrustError } from './errors.ts';
import { isIntegerWithin } from './integer.ts';
import { CORRECT_PER_ROUND_MAX, FAULT_COUNT_MAX, MALICIOUS_PER_ROUND_MAX } from './limits.ts';
import type { TrustParams } from './params.ts';
import type { Bucket, Counts, TrustRecord } from './record.ts';
import type { EpochRounds, RoundWindow } from './window.ts';

/**
 * Restores a {@link TrustRecord} from plain data that came from outside, such as parsed JSON.
 *
 * Accepts values in the form that this package produces under `params`, and no others: within their bounds, with
 * sums that are those of the buckets, without extra fields. So equal histories keep having one saved form. Whether there
 * was such a history it cannot tell.
 *
 * @throws {@link TrustError} with `INVALID_SAVED_VALUE`, naming the first wrong field.
 * @see docs/spec/trust.md, rules F6 and G1.
 * @example
 * ```ts
 * const params = trustPreset('paper');
 * const saved = JSON.stringify(createTrustRecord(params, 0));
 * parseTrustRecord(JSON.parse(saved), params).faultCount; // 0
 * ```
 */
export function parseTrustRecord(value: unknown, params: TrustParams): TrustRecord {
  const fields = readFields(value, '', ['dynamicBase', 'lastActive', 'buckets', 'sums', 'faultCount']);
  const buckets = readEntries(fields.buckets, 'buckets', params, (entry, path) => readBucket(entry, path, params));
  const record: TrustRecord = {
    dynamicBase: readInteger(fields.dynamicBase, 'dynamicBase', 0, params.dMax),
    lastActive: readInteger(fields.lastActive, 'lastActive', 0, Number.MAX_SAFE_INTEGER),
    buckets,
    sums: readCounts(readFields(fields.sums, 'sums', COUNT_KEYS), 'sums', params.windowEpochs * params.epochRounds),
    faultCount: readInteger(fields.faultCount, 'faultCount', 0, FAULT_COUNT_MAX),
  };
  for (const key of COUNT_KEYS) {
    const sum = buckets.reduce((total, bucket) => total + bucket[key], 0);
    if (sum !== record.sums[key]) fail(`sums.${key}`, `must be ${sum}, the sum over the buckets`);
  }
  if (record.faultCount < record.sums.malicious) fail('faultCount', 'must not be below sums.malicious');
  return record;
}

/**
 * Restores a {@link RoundWindow} from plain data that came from outside, under the same terms as
 * {@link parseTrustRecord}.
 *
 * @throws {@link TrustError} with `INVALID_SAVED_VALUE`, naming the first wrong field.
 * @see docs/spec/trust.md, rules F6 and G2.
 */
export function parseRoundWindow(value: unknown, params: TrustParams): RoundWindow {
  const fields = readFields(value, '', ['rounds', 'total']);
  const rounds = readEntries(fields.rounds, 'rounds', params, (entry, path): EpochRounds => {
    const { epoch, count } = readFields(entry, path, ['epoch', 'count']);
    return {
      epoch: readInteger(epoch, `${path}.epoch`, 0, Number.MAX_SAFE_INTEGER),
      count: readInteger(count, `${path}.count`, 1, params.epochRounds),
    };
  });
  const total = rounds.reduce((sum, entry) => sum + entry.count, 0);
  if (fields.total !== total) fail('total', `must be ${total}, the sum over the rounds`);
  return { rounds, total };
}

const COUNT_KEYS = ['correct', 'malicious', 'participated'] as const;

function readBucket(entry: unknown, path: string, params: TrustParams): Bucket {
  const fields = readFields(entry, path, ['epoch', ...COUNT_KEYS]);
  const epoch = readInteger(fields.epoch, `${path}.epoch`, 0, Number.MAX_SAFE_INTEGER);
  const counts = readCounts(fields, path, params.epochRounds);
  if (COUNT_KEYS.every((key) => counts[key] === 0)) fail(path, 'must count something');
  return { epoch, ...counts };
}

function readCounts(fields: Readonly<Record<keyof Counts, unknown>>, path: string, rounds: number): Counts {
  return {
    correct: readInteger(fields.correct, `${path}.correct`, 0, rounds * CORRECT_PER_ROUND_MAX),
    malicious: readInteger(fields.malicious, `${path}.malicious`, 0, rounds * MALICIOUS_PER_ROUND_MAX),
    participated: readInteger(fields.participated, `${path}.participated`, 0, rounds),
  };
}

/** Reads the entries of a window: bounded, ascending by epoch, within one window of each other. */
function readEntries<T extends { readonly epoch: number }>(
  value: unknown,
  path: string,
  params: TrustParams,
  read: (entry: unknown, path: string) => T,
): readonly T[] {
  if (!Array.isArray(value)) return fail(path, 'must be an array');
  if (value.length > params.windowEpochs) fail(path, `must have at most ${params.windowEpochs} entries`);
  const entries = value.map((entry, index) => read(entry, `${path}.${index}`));
  let previous = -1;
  for (const [index, { epoch }] of entries.entries()) {
    if (epoch <= previous) fail(`${path}.${index}.epoch`, 'must ascend');
    previous = epoch;
  }
  if (previous - (entries[0]?.epoch ?? previous) >= params.windowEpochs) fail(path, 'must lie within one window');
  return entries;
}

function readFields<Key extends string>(value: unknown, path: string, keys: readonly Key[]): Record<Key, unknown> {
  if (typeof value !== 'object' || value === null) return fail(path, 'must be an object');
  const fields = value as Record<Key, unknown>;
  for (const key of keys) {
    if (!Object.hasOwn(fields, key)) fail(path === '' ? key : `${path}.${key}`, 'is missing');
  }
  if (Object.keys(fields).length !== keys.length) fail(path, `must have only ${keys.join(', ')}`);
  return fields;
}

function readInteger(value: unknown, path: string, min: number, max: number): number {
  if (isIntegerWithin(value, min, max) && !Object.is(value, -0)) return value;
  return fail(path, `must be an integer ${min}..${max}`);
}

function fail(path: string, reason: string): never {
  throw new TrustError({ code: 'INVALID_SAVED_VALUE', path, reason });
}
