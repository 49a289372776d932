import { describe, expect, test } from 'vitest';
import {
  countPlanItems,
  drawFaultPlan,
  formatStoredSeed,
  isSimulationError,
  parseStoredSeed,
  runFaultPlan,
  type ShrinkResult,
  shrinkFaultPlan,
} from '../src/index.ts';
import { createSubject } from './support/fault-subjects.ts';
import { sha256 } from './support/hash.ts';
import { PLANTED } from './support/planted-failures.ts';

const FAILURES_EACH = 5;
const RUNS_MAX = 60;

interface Shrunk extends ShrinkResult {
  readonly events: number;
  readonly items: number;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 1;

/** All seeds, the given ones before the others. */
function* knownFirst(known: readonly number[]): Generator<number> {
  yield* known;
  for (let seed = 1; ; seed++) if (!known.includes(seed)) yield seed;
}

/** Seeds that show a planted failure, made smaller. Where traces have changed, others than the known ones are found. */
async function shrinkPlanted({ subjectOf, invariant, seeds }: (typeof PLANTED)[number]): Promise<readonly Shrunk[]> {
  const subject = subjectOf('round-robin');
  const shrunk: Shrunk[] = [];
  for (const seed of knownFirst(seeds)) {
    if (shrunk.length === FAILURES_EACH) break;
    const plan = drawFaultPlan({ subject, seed, profile: 'default', sha256, nodes: 4 });
    const { violations, events } = await runFaultPlan({ subject, seed, plan, sha256, invariants: ['I10'] });
    const violation = violations.find((found) => found.invariant === invariant);
    if (violation === undefined) continue;
    const result = await shrinkFaultPlan({ subject, seed, plan, sha256, violation, runsMax: RUNS_MAX });
    expect(result.result.violations[0]?.invariant).toBe(invariant);
    expect(result.runs).toBeLessThanOrEqual(RUNS_MAX);
    const again = await runFaultPlan({ subject, seed, plan: result.plan, sha256 });
    expect(again.violations[0]?.invariant).toBe(invariant);
    shrunk.push({ ...result, events, items: countPlanItems(plan) });
  }
  return shrunk;
}

describe('simulation D2: failing plans get smaller while the same invariant fails', () => {
  test('the median of twenty planted failures has at most a fifth of the events and of the items', {
    timeout: 600_000,
  }, async () => {
    const shrunk: Shrunk[] = [];
    for (const planted of PLANTED) shrunk.push(...(await shrinkPlanted(planted)));
    expect(shrunk.length).toBe(20);
    expect(median(shrunk.map(({ result, events }) => result.events / events))).toBeLessThanOrEqual(0.2);
    expect(median(shrunk.map(({ plan, items }) => countPlanItems(plan) / items))).toBeLessThanOrEqual(0.2);
  });

  test('a failure that only shows while other invariants are checked is made smaller with all of them', async () => {
    const honest = createSubject('round-robin');
    const oracle = {
      get aheadMaxMs(): number {
        throw new Error('an oracle without an answer');
      },
    };
    const subject = { ...honest, oracle };
    const plan = drawFaultPlan({ subject, seed: 1, profile: 'none', sha256, nodes: 4 });
    const { violations } = await runFaultPlan({ subject, seed: 1, plan, sha256 });
    expect(violations[0]?.invariant).toBe('E6');
    const violation = { invariant: 'E6' } as const;
    const shrunk = await shrinkFaultPlan({ subject, seed: 1, plan, sha256, violation, runsMax: 20 });
    expect(countPlanItems(shrunk.plan)).toBeLessThan(countPlanItems(plan));
  });

  test('a failure at the very start leaves a slot, or nobody could read the plan again (simulation D1)', async () => {
    const honest = createSubject('round-robin');
    const createEngine = (): never => {
      throw new Error('an engine that never starts');
    };
    const plugin = { ...honest.production.plugin, createEngine };
    const subject = { ...honest, production: { ...honest.production, plugin } };
    const plan = drawFaultPlan({ subject, seed: 1, profile: 'none', sha256, nodes: 4 });
    const violation = { invariant: 'E6' } as const;
    const shrunk = await shrinkFaultPlan({ subject, seed: 1, plan, sha256, violation });
    const reason = 'an engine that never starts';
    const expected = { outcome: 'E6' } as const;
    const stored = { commit: '0123456', subject: subject.name, seed: 1, profile: 'none', expected, reason } as const;
    expect(parseStoredSeed(formatStoredSeed({ ...stored, plan: shrunk.plan })).plan).toEqual(shrunk.plan);
    expect(shrunk.plan).toMatchObject({ nodes: 1, slots: 1, workload: [] });
  });

  test('a plan that does not fail so is refused', async () => {
    const subject = createSubject('round-robin');
    const plan = drawFaultPlan({ subject, seed: 1, profile: 'none', sha256, nodes: 4 });
    const failing = shrinkFaultPlan({ subject, seed: 1, plan, sha256, violation: { invariant: 'I1' } });
    await expect(failing).rejects.toSatisfy((error) => isSimulationError(error, 'NOT_REPRODUCED'));
  });
});
