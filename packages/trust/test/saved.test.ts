import { describe, expect, test } from 'vitest';
import {
  applyActivity,
  countRound,
  createRoundWindow,
  createTrustRecord,
  isTrustError,
  parseRoundWindow,
  parseTrustRecord,
  trustPreset,
} from '../src/index.ts';
import { activity } from './support/world.ts';

const params = { ...trustPreset('paper'), epochRounds: 2, windowEpochs: 3 };
const everything = activity({ correct: 2, participated: true });

const RECORD = [1, 2, 4, 5].reduce(
  (record, round) => applyActivity(record, round, everything, params),
  createTrustRecord(params, 0),
);
const WINDOW = [1, 2, 3, 4, 5].reduce((window, round) => countRound(window, round, params), createRoundWindow());

/** Plain copy of a saved value with the field at a dotted path replaced, or removed. */
function altered(saved: unknown, path: string, value: unknown): unknown {
  const copy = structuredClone(saved) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((node, key) => node[key] as Record<string, unknown>, copy);
  if (value === REMOVED) delete parent[last];
  else parent[last] = value;
  return copy;
}

const REMOVED = Symbol('removed');

function refusedPath(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (isTrustError(error) && error.data.code === 'INVALID_SAVED_VALUE') return error.data.path;
    throw error;
  }
}

describe('trust F6 and G1: a saved record', () => {
  test('is restored as it was', () => {
    expect(parseTrustRecord(JSON.parse(JSON.stringify(RECORD)), params)).toEqual(RECORD);
  });

  test.each([
    ['dynamicBase', 2_000_001],
    ['dynamicBase', -0],
    ['dynamicBase', '5'],
    ['dynamicBase', REMOVED],
    ['lastActive', 0.5],
    ['lastActive', Number.NaN],
    ['faultCount', -1],
    ['faultCount', 2 ** 32],
    ['buckets', {}],
    ['buckets.0', null],
    ['buckets.0.epoch', -1],
    ['buckets.0.correct', REMOVED],
    ['buckets.0.correct', 2_001],
    ['buckets.0.participated', 3],
    ['buckets.1.epoch', 0],
    ['sums', 'all'],
    ['sums.correct', 7],
    ['sums.participated', 3],
  ])('with %s = %s is refused', (path, value) => {
    expect(refusedPath(() => parseTrustRecord(altered(RECORD, path, value), params))).toContain(path);
  });

  test('with a field that does not belong there is refused', () => {
    expect(refusedPath(() => parseTrustRecord({ ...RECORD, note: 1 }, params))).toBe('');
    expect(refusedPath(() => parseTrustRecord(altered(RECORD, 'sums.note', 1), params))).toBe('sums');
    expect(refusedPath(() => parseTrustRecord(null, params))).toBe('');
  });

  test('with an empty bucket is refused, since booking leaves none', () => {
    const empty = { epoch: 1, correct: 0, malicious: 0, participated: 0 };
    const saved = { ...createTrustRecord(params, 0), buckets: [empty] };
    expect(refusedPath(() => parseTrustRecord(saved, params))).toBe('buckets.0');
  });

  test('with more buckets than the window, or buckets further apart, is refused', () => {
    const bucket = (epoch: number) => ({ epoch, correct: 0, malicious: 0, participated: 1 });
    const saved = (...epochs: number[]) => ({
      ...createTrustRecord(params, 0),
      buckets: epochs.map(bucket),
      sums: { correct: 0, malicious: 0, participated: epochs.length },
    });
    expect(refusedPath(() => parseTrustRecord(saved(0, 1, 2), params))).toBeUndefined();
    expect(refusedPath(() => parseTrustRecord(saved(0, 1, 2, 3), params))).toBe('buckets');
    expect(refusedPath(() => parseTrustRecord(saved(0, 3), params))).toBe('buckets');
  });

  test('with fewer faults than the window remembers is refused', () => {
    const record = applyActivity(RECORD, 6, activity({ malicious: 2 }), params);
    expect(refusedPath(() => parseTrustRecord({ ...record, faultCount: 1 }, params))).toBe('faultCount');
  });
});

describe('trust F6 and G2: a saved window', () => {
  test('is restored as it was', () => {
    expect(parseRoundWindow(JSON.parse(JSON.stringify(WINDOW)), params)).toEqual(WINDOW);
    expect(parseRoundWindow(createRoundWindow(), params)).toEqual(createRoundWindow());
  });

  test.each([
    ['total', 6],
    ['total', REMOVED],
    ['rounds', 5],
    ['rounds.0.count', 0],
    ['rounds.0.count', 3],
    ['rounds.1.epoch', 0],
    ['rounds.2.epoch', 2.5],
  ])('with %s = %s is refused', (path, value) => {
    expect(refusedPath(() => parseRoundWindow(altered(WINDOW, path, value), params))).toContain(path);
  });
});
