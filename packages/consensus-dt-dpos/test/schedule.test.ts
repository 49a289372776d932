import { describe, expect, it } from 'vitest';
import { positionAt } from '../src/draw.ts';
import { advanceWrr, isDtDposError, leadersBetween } from '../src/index.ts';
import { carryPriorities as carry, GAP_SLOTS_MAX } from '../src/schedule.ts';
import type { Seat } from '../src/state.ts';
import { casesOf, configOf, membersCensus, nodeId, participation, sha256, TestChain } from './support.ts';

const seats = (weights: Readonly<Record<number, number>>): Seat[] =>
  Object.entries(weights).map(([index, weight]) => ({ index: Number(index), id: nodeId(Number(index)), weight }));

const carryPriorities = (before: readonly Seat[], priorities: readonly number[], after: readonly Seat[]) =>
  carry(before, priorities, { seats: after, emergency: false });

describe('weighted round robin (trust S1)', () => {
  it.each(casesOf('TV14'))('TV14 weights $in.weights', ({ in: input, out }) => {
    let priorities: readonly number[] = input.weights.map(() => 0);
    const chosen: number[] = [];
    for (let slot = 0; slot < input.slots; slot++) {
      const step = advanceWrr(priorities, input.weights);
      priorities = step.priorities;
      chosen.push(step.chosen);
    }
    expect(chosen).toEqual(out);
  });

  it('a member without weight never leads, whatever priority it kept (trust S1)', () => {
    expect(advanceWrr([500, 0], [0, 3])).toEqual({ chosen: 1, priorities: [500, 0] });
  });

  it('refuses lists of different length and weights without a sum', () => {
    for (const [attempt, code] of [
      [() => advanceWrr([0], [1, 2]), 'LENGTH_MISMATCH'],
      [() => advanceWrr([0, 0], [0, 0]), 'TOTAL_OUT_OF_RANGE'],
    ] as const) {
      try {
        attempt();
        expect.unreachable();
      } catch (error) {
        expect(isDtDposError(error, code)).toBe(true);
      }
    }
  });

  it('a change of weights alone keeps all priorities (trust S1)', () => {
    const priorities = [5, -3, -2];
    expect(carryPriorities(seats({ 0: 1, 1: 1, 2: 1 }), priorities, seats({ 0: 9, 1: 1, 2: 4 }))).toBe(priorities);
  });

  it('an entrant starts with a debt, and the sum is brought near 0 (trust S1)', () => {
    // Total 100: the entrant starts at -112; the spread of 122 stays below 200; the mean is floor(-102/3) = -34.
    const carried = carryPriorities(seats({ 0: 50, 1: 50 }), [10, 0], seats({ 0: 40, 1: 40, 2: 20 }));
    expect(carried).toEqual([44, 34, -78]);
  });

  it('leaving and re-joining cannot clear a debt (trust S1)', () => {
    const all = seats({ 0: 10, 1: 10, 2: 10 });
    const without = seats({ 0: 10, 2: 10 });
    const left = carryPriorities(all, [20, -40, 20], without);
    const back = carryPriorities(without, left, all);
    expect(back[1]).toBeLessThan(0);
    expect(back[1]).toBe(Math.min(...back));
  });

  it('a spread above twice the total is divided, truncating toward 0 (trust S1)', () => {
    // Total 4, allowed spread 8; -9 to 11 is 20, so all are divided by ceil(20/8) = 3: 3, -3; the mean is 0.
    expect(carryPriorities(seats({ 0: 1, 1: 1, 2: 9 }), [11, -9, 0], seats({ 0: 2, 1: 2 }))).toEqual([3, -3]);
    // 21 / 8 rounds up to 3 as well; -10 / 3 becomes -3, not -4.
    expect(carryPriorities(seats({ 0: 1, 1: 1, 2: 9 }), [11, -10, 0], seats({ 0: 2, 1: 2 }))).toEqual([3, -3]);
    // A spread of exactly twice the total is left alone.
    expect(carryPriorities(seats({ 0: 1, 1: 1, 2: 9 }), [5, -3, 0], seats({ 0: 2, 1: 2 }))).toEqual([4, -4]);
  });
});

describe('slots on a parent (trust S4)', () => {
  const chain = () => new TestChain(configOf(), membersCensus(4));

  it('leadersBetween names every leader of a gap, the last one leads its end', () => {
    const { state, config } = chain();
    const leaders = leadersBetween(state, 9, config, sha256);
    expect(leaders).toHaveLength(9);
    for (let slot = 1; slot <= 9; slot++) {
      expect(leadersBetween(state, slot, config, sha256)).toEqual(leaders.slice(0, slot));
    }
    expect(leadersBetween(state, 0, config, sha256)).toEqual([]);
  });

  it('priorities after a block are those after its slot, so that a filled gap changes nothing (trust S4)', () => {
    const filled = chain();
    const skipped = chain();
    const order = leadersBetween(filled.state, 3, filled.config, sha256);
    expect([filled.add(1), filled.add(2), filled.add(3)].map(({ author }) => author)).toEqual(order);
    expect(skipped.add(3).author).toBe(order[2]);
  });

  it('a long gap is evaluated modulo 10 000 runs (trust S4)', () => {
    const { state, config } = chain();
    const short = leadersBetween(state, 5, config, sha256);
    expect(leadersBetween(state, 5 + GAP_SLOTS_MAX, config, sha256)).toEqual(short);
    expect(leadersBetween(state, 5 + 3 * GAP_SLOTS_MAX, config, sha256)).toEqual(short);
    expect(leadersBetween(state, GAP_SLOTS_MAX, config, sha256)).toHaveLength(GAP_SLOTS_MAX);
    expect(leadersBetween(state, GAP_SLOTS_MAX + 1, config, sha256)).toHaveLength(1);
  });

  it.each(['wrr', 'lottery', 'permutation'])('a block after a very long gap is judged quickly: %s', (schedule) => {
    const halted = new TestChain(configOf({ schedule }), membersCensus(6));
    halted.add(1);
    halted.add(123_456_789_012);
    expect(halted.state.slot).toBe(123_456_789_012);
  });

  it('a lottery gives every member as many values as it has weight (trust S2)', () => {
    expect([0, 1, 2, 3, 4, 5].map((value) => positionAt([0, 2, 0, 1, 3], value))).toEqual([1, 1, 3, 4, 4, 4]);
    expect(() => positionAt([0, 2], 2)).toThrow(/TOTAL_OUT_OF_RANGE/);
  });

  it('a lottery draws by slot, so an empty slot passes its turn on (trust S2)', () => {
    const { state, config } = new TestChain(configOf({ schedule: 'lottery' }), membersCensus(4));
    expect(new Set(leadersBetween(state, 40, config, sha256)).size).toBe(4);
  });

  it('a permutation gives everybody one slot per cycle, across blocks and gaps (trust S3)', () => {
    const config = configOf({ schedule: 'permutation' });
    const built = new TestChain(config, membersCensus(5));
    const authors: string[] = [];
    for (let slot = 1; slot <= 20; slot++) {
      // Weights change after every block; the order of a cycle was fixed with those at its start.
      authors.push(built.add(slot, [participation(nodeId(2), built.header.height + 1)]).author);
    }
    for (let cycle = 0; cycle < 4; cycle++) {
      expect(new Set(authors.slice(5 * cycle, 5 * cycle + 5)).size).toBe(5);
    }
    const gap = new TestChain(config, membersCensus(5));
    expect(leadersBetween(gap.state, 5, config, sha256)).toEqual(authors.slice(0, 5));
  });
});
