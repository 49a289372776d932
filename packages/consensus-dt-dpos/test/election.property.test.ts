import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanceWrr, draw, electCommittee, lotteryLeader, type Seat } from '../src/index.ts';
import { carryPriorities } from '../src/schedule.ts';
import { sha256 } from './support.ts';

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
const weights = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_000_000 })), { minLength: 1, maxLength: 40 })
  .filter((list) => list.some((weight) => weight > 0));
const mode = fc.constantFrom('all' as const, 'top' as const, 'weighted' as const);

describe('trust Q11: laws of draws and schedules', () => {
  it('weight 0 never has a seat, and nobody has two (trust Q11, E2)', () => {
    fc.assert(
      fc.property(weights, mode, fc.integer({ min: 1, max: 50 }), seed, (list, kind, size, bytes) => {
        const chosen = electCommittee(list, { mode: kind, size }, bytes, sha256);
        const entitled = list.filter((weight) => weight > 0).length;
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.every((position) => (list[position] ?? 0) > 0)).toBe(true);
        expect(chosen.length).toBe(kind === 'all' ? entitled : Math.min(size, entitled));
      }),
    );
  });

  it('top is the sorted prefix (trust E2)', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 50 }), (list, size) => {
        const sorted = [...list.keys()]
          .filter((position) => (list[position] ?? 0) > 0)
          .sort((a, b) => (list[b] ?? 0) - (list[a] ?? 0) || a - b);
        expect(electCommittee(list, { mode: 'top', size }, new Uint8Array(32), sha256)).toEqual(sorted.slice(0, size));
      }),
    );
  });

  it('the tree gives the same draws as a plain prefix search (trust L4)', () => {
    fc.assert(
      fc.property(weights, seed, (list, bytes) => {
        const rest = [...list];
        const expected: number[] = [];
        let counter = 0;
        for (let total = sum(rest); total > 0; total = sum(rest)) {
          const drawn = draw(bytes, 'committee', counter, total, sha256);
          counter = drawn.counter;
          let value = drawn.value;
          const position = rest.findIndex((weight) => {
            value -= weight;
            return value < 0;
          });
          expected.push(position);
          rest[position] = 0;
        }
        expect(electCommittee(list, { mode: 'weighted', size: list.length }, bytes, sha256)).toEqual(expected);
      }),
    );
  });

  it('101 of a million are drawn by building one tree, as measured in the specification (trust L5)', () => {
    const million = Array.from({ length: 1_000_000 }, (_, position) => position % 1_000);
    const chosen = electCommittee(million, { mode: 'weighted', size: 101 }, new Uint8Array(32), sha256);
    expect(new Set(chosen).size).toBe(101);
    expect(chosen.every((position) => position % 1_000 > 0)).toBe(true);
    // Draws by weight have a mean near 666; uniform ones would have 500.
    expect(sum(chosen.map((position) => position % 1_000)) > 101 * 600).toBe(true);
  });

  it('a lottery never draws weight 0 (trust Q11, S2)', () => {
    fc.assert(
      fc.property(weights, seed, fc.integer({ min: 1, max: 2 ** 40 }), (list, bytes, slot) => {
        expect(list[lotteryLeader(bytes, slot, list, sha256)]).toBeGreaterThan(0);
      }),
    );
  });

  it('priorities stay bounded however the weights change, and whoever comes and goes (trust N5, S1)', () => {
    const dMax = 2_000_000;
    const committee = fc.uniqueArray(fc.nat(15), { minLength: 1, maxLength: 12 }).chain((indices) =>
      fc.record({
        indices: fc.constant([...indices].sort((a, b) => a - b)),
        weights: fc.array(
          fc.array(fc.oneof(fc.constant(1), fc.constant(dMax), fc.integer({ min: 1, max: dMax })), {
            minLength: indices.length,
            maxLength: indices.length,
          }),
          { minLength: 1, maxLength: 30 },
        ),
      }),
    );
    fc.assert(
      fc.property(fc.array(committee, { minLength: 1, maxLength: 6 }), (terms) => {
        let seats: readonly Seat[] = [];
        let priorities: readonly number[] = [];
        for (const { indices, weights: slots } of terms) {
          const bound = indices.length * dMax;
          const withWeights = (list: readonly number[]) =>
            indices.map((index, at) => ({ index, id: String(index), weight: list[at] ?? 1 }));
          const next = withWeights(slots[0] ?? []);
          priorities = carryPriorities(seats, priorities, { seats: next, emergency: false });
          seats = next;
          for (const list of slots) {
            priorities = advanceWrr(priorities, list).priorities;
            const total = sum(priorities);
            expect(total >= 0 && total < indices.length).toBe(true);
            expect(Math.min(...priorities)).toBeGreaterThanOrEqual(-2 * bound);
            expect(8 * Math.max(...priorities)).toBeLessThanOrEqual(9 * indices.length * bound);
          }
        }
      }),
    );
  });

  it('round robin elects each exactly in proportion, never far from it in between (trust Q11, S1)', () => {
    const small = fc
      .array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 7 })
      .filter((list) => sum(list) > 0);
    fc.assert(
      fc.property(small, (list) => {
        const total = sum(list);
        const counts = list.map(() => 0);
        let priorities: readonly number[] = list.map(() => 0);
        for (let slot = 1; slot <= total; slot++) {
          const step = advanceWrr(priorities, list);
          priorities = step.priorities;
          counts[step.chosen] = (counts[step.chosen] ?? 0) + 1;
          expect(list[step.chosen]).toBeGreaterThan(0);
          expect(sum(priorities)).toBe(0);
          for (const [position, count] of counts.entries()) {
            const deviation = Math.abs(count * total - slot * (list[position] ?? 0));
            expect(deviation).toBeLessThan(list.length * total);
          }
        }
        expect(counts).toEqual(list);
        expect(priorities.every((priority) => priority === 0)).toBe(true);
      }),
    );
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
