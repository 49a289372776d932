import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawFaultPlan, type FaultPlan, type FaultProfile, parseFaultPlan, type Subject } from '../src/index.ts';
import { isPlanTolerable } from '../src/run/tolerance.ts';
import { faultyMax } from '../src/subject.ts';
import { createSubject, STANDBY_NAMES, SUBJECT_NAMES } from './support/fault-subjects.ts';
import { sha256 } from './support/hash.ts';

const SUBJECTS: readonly Subject[] = SUBJECT_NAMES.map(createSubject);
const subjects = fc.constantFrom(...SUBJECTS);
const seeds = fc.nat({ max: 2 ** 40 });
const profiles = fc.constantFrom<FaultProfile>('none', 'default', 'harsh');

const manyPlans = (profile: FaultProfile, count: number): readonly FaultPlan[] => {
  const subject = createSubject('pbft');
  return Array.from({ length: count }, (_, seed) => drawFaultPlan({ subject, seed, profile, sha256 }));
};

describe('plans of faults (simulation section 3, swarm)', () => {
  test('a seed has one plan, plain JSON that reads back as it was written (simulation D1)', () => {
    fc.assert(
      fc.property(subjects, seeds, profiles, (subject, seed, profile) => {
        const plan = drawFaultPlan({ subject, seed, profile, sha256 });
        const text = JSON.stringify(plan);
        expect(JSON.stringify(drawFaultPlan({ subject, seed, profile, sha256 }))).toBe(text);
        const read = parseFaultPlan(JSON.parse(text));
        expect(drawFaultPlan({ subject, seed, profile, sha256 })).toMatchObject(JSON.parse(text));
        expect(JSON.parse(JSON.stringify(read))).toMatchObject(JSON.parse(text));
      }),
      { numRuns: 60 },
    );
  });

  test('never more members are faulty than every plugin declares to bear, and in harsh seeds exactly so many', () => {
    fc.assert(
      fc.property(subjects, seeds, profiles, (subject, seed, profile) => {
        const plan = drawFaultPlan({ subject, seed, profile, sha256 });
        expect(isPlanTolerable(subject, plan)).toBe(true);
        if (profile === 'harsh') expect(plan.adversaries.length).toBe(faultyMax(subject, plan.nodes));
        if (profile === 'none') expect([plan.faults, plan.adversaries, plan.conditions]).toEqual([[], [], {}]);
      }),
      { numRuns: 200 },
    );
  });

  test('where not everybody has a seat, seats are what may be faulty', () => {
    const faulty = (seats: number | null, members: number): number => {
      const subject = createSubject('dpos+checkpoint');
      return faultyMax(seats === null ? subject : { ...subject, seats: () => seats }, members);
    };
    expect([faulty(null, 7), faulty(6, 7), faulty(7, 7), faulty(9, 7), faulty(3, 7)]).toEqual([2, 1, 2, 2, 0]);
    for (const name of STANDBY_NAMES) {
      const subject = createSubject(name);
      for (let seed = 0; seed < 30; seed++) {
        const { adversaries, nodes } = drawFaultPlan({ subject, seed, profile: 'harsh', sha256 });
        expect(3 * adversaries.length).toBeLessThan(nodes - 1);
        expect(adversaries.length).toBeGreaterThan(0);
      }
    }
  });

  test('the core has more than two thirds of the members even without its adversaries', () => {
    fc.assert(
      fc.property(seeds, profiles, (seed, profile) => {
        const plan = drawFaultPlan({ subject: createSubject('pbft'), seed, profile, sha256 });
        const adversaries = new Set(plan.adversaries.map(({ node }) => node));
        const honest = plan.coreNodes.filter((node) => !adversaries.has(node));
        expect(3 * honest.length).toBeGreaterThan(2 * plan.nodes);
        expect([...plan.coreNodes, ...plan.outside.map(({ node }) => node)].sort((a, b) => a - b)).toEqual(
          Array.from({ length: plan.nodes }, (_, node) => node),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('nothing is planned behind the safety phase, so that nobody is paused or cut off in the liveness phase', () => {
    for (const plan of manyPlans('default', 300)) {
      const endMs = plan.slots * 1_000;
      expect(plan.faults.every(({ at }) => at <= endMs)).toBe(true);
      const pauses = plan.faults.filter(({ kind }) => kind === 'pause' || kind === 'clog');
      expect(pauses.every((fault) => 'until' in fault && (fault.until ?? 0) <= endMs)).toBe(true);
    }
  });

  test('each seed has its own subset: every kind is in many seeds, and about half of all knobs are off', () => {
    const plans = manyPlans('default', 400).filter(({ nodes }) => nodes > 3);
    const share = (has: (plan: FaultPlan) => boolean): number => plans.filter(has).length / plans.length;
    const kinds = ['partition', 'oneWay', 'clog', 'pause', 'clock', 'crash', 'diskError', 'diskFull'] as const;
    for (const kind of kinds) {
      const seen = share(({ faults }) => faults.some((fault) => fault.kind === kind));
      expect([kind, seen > 0.35, seen < 0.65]).toEqual([kind, true, true]);
    }
    expect(share(({ faults }) => faults.some(({ kind }) => kind === 'diskLoss'))).toBeGreaterThan(0.05);
    const knobs = ['lossPermille', 'duplicatePermille', 'lateReplayPermille', 'reorderWindow'] as const;
    for (const knob of knobs) {
      const on = share(({ conditions }) => (conditions[knob] ?? 0) > 0);
      expect([knob, on > 0.35, on < 0.65]).toEqual([knob, true, true]);
    }
    expect(share(({ nodes }) => nodes === 4 || nodes === 7)).toBeGreaterThan(0.8);
  });
});
