import type { ConsensusPlugin } from '@fiducia/consensus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { enumerateTwins, runTwins, type TwinsResult, type TwinsSubject } from '../src/index.ts';
import { sha256 } from './support/hash.ts';
import { withNumber } from './support/tampered.ts';
import { TWINS_SUBJECTS, type TwinsSubjectName, twinsSubjectOf } from './support/twins-subjects.ts';

/** As many as find the planted bugs MUT-05, MUT-15 and MUT-18. */
const SCENARIOS: Readonly<Record<TwinsSubjectName, number>> = { pbft: 70, checkpoint: 40 };

async function run(name: TwinsSubjectName, from: number, to: number): Promise<readonly TwinsResult[]> {
  const subject = twinsSubjectOf(name);
  const results: TwinsResult[] = [];
  for (const scenario of enumerateTwins({
    nodes: 4,
    twins: 1,
    rounds: 7,
    leaders: subject.leaders,
    seed: 1,
    from,
    to,
  })) {
    results.push(await runTwins({ subject, scenario, sha256 }));
  }
  return results;
}

const replay = (name: string, from: number) =>
  `node --conditions=@fiducia/source packages/simulator/test/support/twins-main.ts --consensus ${name} --range ${from}..${from + 1} --json`;

describe.each(Object.keys(TWINS_SUBJECTS) as TwinsSubjectName[])('Twins under %s', (name) => {
  it('never split honest nodes, accuse none and stop none for good (simulation I1, I2, I5, I6, I10; MUT-05, MUT-15, MUT-18)', async () => {
    const results = await run(name, 0, SCENARIOS[name]);
    const broken = results.findIndex(({ violations }) => violations.length > 0);
    expect(results[broken]?.violations ?? [], replay(name, broken)).toEqual([]);
    // It was no easy life: some stood still, most saw the twins contradict themselves, and all went on.
    expect(results.filter(({ finalHeightBefore }) => finalHeightBefore === 0).length).toBeGreaterThan(
      SCENARIOS[name] / 20,
    );
    expect(results.filter(({ offences }) => offences > 0).length).toBeGreaterThan(SCENARIOS[name] / 2);
    expect(results.every(({ finalHeight, finalHeightBefore }) => finalHeight >= finalHeightBefore + 2)).toBe(true);
  });

  it('leave the same trace when a scenario runs again (simulation E4, I12)', async () => {
    const [first, second] = [await run(name, 0, 5), await run(name, 0, 5)];
    expect(second).toEqual(first);
    expect(new Set(first.map(({ traceHash }) => traceHash)).size).toBe(first.length);
  });
});

describe('Twins under a protocol with a clock of its own', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each(Object.keys(TWINS_SUBJECTS) as TwinsSubjectName[])(
    'are told by the states of honest nodes, and by their traces, in %s (simulation E4, I12)',
    async (name) => {
      let at = 1_000;
      vi.spyOn(Date, 'now').mockImplementation(() => (at += 7));
      const honest = twinsSubjectOf(name);
      const clocked = (plugin: ConsensusPlugin) => withNumber(plugin, () => ({ next: () => Date.now() }));
      const subject: TwinsSubject = {
        ...honest,
        subjectFor(setting) {
          const { production, finality, ...rest } = honest.subjectFor(setting);
          if (finality === undefined)
            return { ...rest, production: { ...production, plugin: clocked(production.plugin) } };
          return { ...rest, production, finality: { ...finality, plugin: clocked(finality.plugin) } };
        },
      };
      const [scenario] = enumerateTwins({
        nodes: 4,
        twins: 1,
        rounds: 7,
        leaders: subject.leaders,
        seed: 1,
        from: 0,
        to: 1,
      });
      if (scenario === undefined) throw new Error('no scenario');
      const [first, second] = [
        await runTwins({ subject, scenario, sha256 }),
        await runTwins({ subject, scenario, sha256 }),
      ];
      expect(new Set(first.violations.map(({ invariant }) => invariant))).toEqual(new Set(['I12']));
      expect(second.traceHash).not.toBe(first.traceHash);
    },
  );
});
