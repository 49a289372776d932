import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareSequences, isQuorum, slotAt, slotStart, sumWeights, TWO_THIRDS } from '../src/index.ts';
import { codeOf } from './support/code-of.ts';

describe('quorum', () => {
  test.each([
    [0n, 0n, false],
    [0n, 1n, false],
    [1n, 1n, true],
    [2n, 3n, false],
    [3n, 4n, true],
    [4n, 6n, false],
    [5n, 6n, true],
    [66n, 100n, false],
    [67n, 100n, true],
  ])('%s of %s is more than two thirds: %s', (weight, total, expected) => {
    expect(isQuorum(weight, total)).toBe(expected);
  });

  test('a threshold of a half, and of nothing', () => {
    const half = { numerator: 1n, denominator: 2n };
    expect([isQuorum(1n, 2n, half), isQuorum(2n, 3n, half)]).toEqual([false, true]);
    const any = { numerator: 0n, denominator: 1n };
    expect([isQuorum(0n, 3n, any), isQuorum(1n, 3n, any)]).toEqual([false, true]);
  });

  test('more weight than there is, and fractions that are none, are refused', () => {
    expect(codeOf(() => isQuorum(4n, 3n))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => isQuorum(-1n, 3n))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => isQuorum(0n, -1n))).toBe('VALUE_OUT_OF_RANGE');
    for (const [numerator, denominator] of [
      [1n, 0n],
      [1n, 1n],
      [-1n, 2n],
      [1n, -2n],
    ] as const) {
      expect(codeOf(() => isQuorum(1n, 3n, { numerator, denominator }))).toBe('VALUE_OUT_OF_RANGE');
    }
  });

  test('two quorums share more than a third of the weight', () => {
    const weights = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.boolean(), fc.boolean()), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(weights, (members) => {
        const sum = (isCounted: (first: boolean, second: boolean) => boolean): bigint =>
          members.reduce((total, [weight, first, second]) => (isCounted(first, second) ? total + weight : total), 0n);
        const total = sum(() => true);
        if (
          !isQuorum(
            sum((first) => first),
            total,
          ) ||
          !isQuorum(
            sum((_, second) => second),
            total,
          )
        )
          return;
        expect(sum((first, second) => first && second) * 3n).toBeGreaterThan(total);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the weights of a set add up', () => {
    const validators = [1n, 0n, 5n].map((weight, index) => ({ id: `v${index}`, weight }));
    expect([sumWeights(validators), sumWeights([])]).toEqual([6n, 0n]);
    expect(TWO_THIRDS).toEqual({ numerator: 2n, denominator: 3n });
  });
});

describe('slots', () => {
  test.each([
    [0, 1_000, 0],
    [999, 1_000, 0],
    [1_000, 1_000, 1],
    [-1, 1_000, -1],
    [-1_000, 1_000, -1],
    [-1_001, 1_000, -2],
    [Number.MAX_SAFE_INTEGER, 1, Number.MAX_SAFE_INTEGER],
  ])('time %d with slots of %d ms is in slot %d', (timestamp, slotMs, slot) => {
    expect(slotAt(timestamp, slotMs)).toBe(slot);
  });

  test('a slot contains exactly the times from its start to the next start, for every safe time', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 3_600_000 }), (timestamp, slotMs) => {
        const slot = BigInt(slotAt(timestamp, slotMs));
        expect(slot * BigInt(slotMs) <= BigInt(timestamp)).toBe(true);
        expect((slot + 1n) * BigInt(slotMs) > BigInt(timestamp)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('the start of a slot lies in the slot', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 3_600_000 }), (slot, slotMs) => {
        expect(slotAt(slotStart(slot, slotMs), slotMs)).toBe(slot);
        if (slot > 0) expect(slotAt(slotStart(slot, slotMs) - 1, slotMs)).toBe(slot - 1);
      }),
    );
  });

  test('slots without length and starts beyond the safe integers are refused', () => {
    for (const slotMs of [0, -1, 0.5, Number.NaN, 2 ** 53]) {
      expect(codeOf(() => slotAt(5, slotMs))).toBe('VALUE_OUT_OF_RANGE');
      expect(codeOf(() => slotStart(5, slotMs))).toBe('VALUE_OUT_OF_RANGE');
    }
    expect(codeOf(() => slotStart(2 ** 52, 1_000))).toBe('VALUE_OUT_OF_RANGE');
  });
});

describe('guard sequences', () => {
  test.each([
    [[], [], 0],
    [[1], [1, 0], 0],
    [[1, 1], [1], 1],
    [[2], [1, 9], 1],
    [[0, 5], [1], -1],
  ])('%j against %j is %d', (first, second, sign) => {
    expect(Math.sign(compareSequences(first, second))).toBe(sign);
    expect(Math.sign(compareSequences(second, first))).toBe(sign === 0 ? 0 : -sign);
  });

  test('the order is transitive', () => {
    const sequence = fc.array(fc.nat({ max: 2 }), { maxLength: 3 });
    fc.assert(
      fc.property(sequence, sequence, sequence, (a, b, c) => {
        const [low = [], middle = [], high = []] = [a, b, c].toSorted(compareSequences);
        expect(compareSequences(low, middle)).toBeLessThanOrEqual(0);
        expect(compareSequences(middle, high)).toBeLessThanOrEqual(0);
        expect(compareSequences(low, high)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});
