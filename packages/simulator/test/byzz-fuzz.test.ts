import { describe, expect, it } from 'vitest';
import { createRandomStream, drawByzzFuzz, drawByzzFuzzRun, runFaultPlan } from '../src/index.ts';
import { createSubject } from './support/fault-subjects.ts';
import { sha256 } from './support/hash.ts';

const SEEDS = 6;
const nodes = ['node-0', 'node-1', 'node-2', 'node-3'];
const draw = (seed: number) =>
  drawByzzFuzz({ random: createRandomStream({ seed, label: 'adversary', sha256 }), nodes, slotMs: 1_000, slots: 30 });

describe('ByzzFuzz plans (simulation section 5)', () => {
  const plans = Array.from({ length: 400 }, (_, seed) => draw(seed));

  it('have at most three network faults and one to three process faults, in order of time', () => {
    for (const { networkFaults, processFaults } of plans) {
      expect(networkFaults.length).toBeLessThanOrEqual(3);
      expect([1, 2, 3]).toContain(processFaults.length);
      for (const faults of [networkFaults, processFaults]) {
        expect(faults.every(({ at, until }) => at >= 0 && at <= 30_000 && until > at && until <= at + 6_000)).toBe(
          true,
        );
        expect(faults.map(({ at }) => at)).toEqual(faults.map(({ at }) => at).toSorted((a, b) => a - b));
      }
      for (const { group } of networkFaults) expect(group.length).toBeGreaterThan(0);
      for (const { recipients } of processFaults) expect(nodes).toEqual(expect.arrayContaining([...recipients]));
    }
    for (const count of [0, 1, 2, 3]) expect(plans.some((plan) => plan.networkFaults.length === count)).toBe(true);
  });

  it('are plain data that a seed decides', () => {
    for (const [seed, plan] of plans.entries()) {
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      expect(draw(seed)).toEqual(plan);
    }
  });

  it('contain every kind of small change', () => {
    const kinds = plans.flatMap(({ processFaults }) =>
      processFaults.map(({ mutation }) => {
        if (mutation.kind === 'number') return `number ${mutation.delta}`;
        return mutation.kind === 'otherScope' ? `other ${mutation.scope}` : mutation.kind;
      }),
    );
    expect([...new Set(kinds)].toSorted()).toEqual([
      'dropField',
      'number -1',
      'number 1',
      'older',
      'omit',
      'other chain',
      'other era',
      'swap',
    ]);
  });
});

describe('ByzzFuzz runs (simulation section 5, I1 to I14)', () => {
  it.each(['pbft', 'dpos+checkpoint', 'pos'])('break nothing under %s', async (name) => {
    const subject = createSubject(name);
    let changed = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const plan = drawByzzFuzzRun({ subject, seed, sha256 });
      const { violations, faultCoverage } = await runFaultPlan({ subject, seed, plan, sha256 });
      expect(violations, `seed ${seed}, ${JSON.stringify(plan.adversaries)}`).toEqual([]);
      changed += faultCoverage.mutate ?? 0;
    }
    expect(changed).toBeGreaterThan(0);
  });
});
