import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CampaignSettings,
  type CampaignSummary,
  emptySummary,
  mergeSummaries,
  summariseSeed,
} from '../src/run/campaign-summary.ts';
import type { FaultRunResult } from '../src/run/run-plan.ts';
import { countSeeds, cutSeeds, type SeedRange, shardOf, uniteSeeds, withoutSeeds } from '../src/run/seed-ranges.ts';
import { sha256 } from './support/hash.ts';

const SETTINGS: CampaignSettings = { subject: 'pos', profile: 'default', nodes: null };

function resultOf(seed: number, change: Partial<FaultRunResult> = {}): FaultRunResult {
  return {
    seed,
    blocks: 30 + (seed % 7),
    events: 1_000 + 137 * seed,
    simulatedMs: 40_000 + seed,
    violations: seed % 5 === 0 ? [{ invariant: 'I1', node: null, at: seed, reason: 'two final blocks' }] : [],
    faultCoverage: seed % 2 === 0 ? { loss: 3, crash: 1 } : { loss: 2 },
    traceHash: `trace ${seed}`,
    ...change,
  };
}

const summaryOf = (seed: number, change: Partial<FaultRunResult> = {}): CampaignSummary =>
  summariseSeed(SETTINGS, { result: resultOf(seed, change), hasRealSignatures: seed % 50 === 0 }, sha256);

const seedsOf = (ranges: readonly SeedRange[]): number[] =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));

const range = fc.tuple(fc.nat(200), fc.nat(60)).map(([from, more]): SeedRange => ({ from, to: from + more }));

describe('summaries of campaigns (simulation D4)', () => {
  test('simulation D4: parts add up in any order and any grouping', () => {
    const seeds = fc.uniqueArray(fc.nat(60), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(seeds, fc.nat(), (drawn, cut) => {
        const parts = drawn.map((seed) => summaryOf(seed));
        const whole = mergeSummaries(parts);
        const middle = 1 + (cut % (parts.length - 1));
        const halves = [mergeSummaries(parts.slice(middle)), mergeSummaries(parts.slice(0, middle))];
        expect(mergeSummaries(halves)).toEqual(whole);
        expect(mergeSummaries([...parts].reverse())).toEqual(whole);
        expect(whole.seeds).toBe(drawn.length);
        expect(whole.events).toBe(drawn.reduce((sum, seed) => sum + 1_000 + 137 * seed, 0));
        expect(whole.faultCoverage.crash ?? 0).toBe(drawn.filter((seed) => seed % 2 === 0).length);
        expect(whole.violations.map(({ seed }) => seed)).toEqual(
          drawn.filter((seed) => seed % 5 === 0).sort((a, b) => a - b),
        );
      }),
    );
  });

  test('simulation D4: a shard without seeds adds nothing', () => {
    const part = mergeSummaries([summaryOf(5), summaryOf(8)]);
    const none = emptySummary(SETTINGS);
    expect(mergeSummaries([none, part])).toEqual(part);
    expect(mergeSummaries([part, none])).toEqual(part);
    expect(mergeSummaries([none])).toEqual(none);
    expect(() => mergeSummaries([emptySummary({ ...SETTINGS, subject: 'pow' }), part])).toThrow('CAMPAIGNS_DIFFER');
  });

  test('simulation D4: results of different code do not add up, nor those of known and of unknown code', () => {
    const of = (seed: number, commit?: string): CampaignSummary => ({ ...summaryOf(seed), ...(commit && { commit }) });
    expect(mergeSummaries([of(1, 'a'), of(2, 'a')]).commit).toBe('a');
    expect(mergeSummaries([of(1), of(2)]).commit).toBeUndefined();
    for (const parts of [
      [of(1, 'a'), of(2, 'b')],
      [of(1, 'a'), of(2)],
    ]) {
      expect(() => mergeSummaries(parts)).toThrow('CAMPAIGNS_DIFFER: field=commit');
    }
  });

  test('simulation D4: the median is that of the seeds, in hundreds of events', () => {
    const whole = mergeSummaries([900, 1_540, 1_590, 2_000, 9_000].map((events, seed) => summaryOf(seed, { events })));
    expect(whole.medianEvents).toBe(1_500);
  });

  test('simulation E4: a second run with another trace is a violation, and every trace counts', () => {
    const outcome = { result: resultOf(1), repeatedTraceHash: 'trace 1', hasRealSignatures: false };
    expect(summariseSeed(SETTINGS, outcome, sha256).violations).toEqual([]);
    const other = summariseSeed(SETTINGS, { ...outcome, repeatedTraceHash: 'trace 2' }, sha256);
    expect(other.violations).toMatchObject([{ seed: 1, invariant: 'E4' }]);
    expect(other.repeatedSeeds).toBe(1);
    expect(summaryOf(1, { traceHash: 'x' }).traceHash).not.toBe(summaryOf(1).traceHash);
    expect(mergeSummaries([summaryOf(1), summaryOf(2)]).traceHash).not.toBe(
      mergeSummaries([summaryOf(1, { traceHash: 'trace 2' }), summaryOf(2, { traceHash: 'trace 1' })]).traceHash,
    );
  });

  test('simulation D4: a seed counts once, and only with its own campaign', () => {
    expect(() => mergeSummaries([summaryOf(1), summaryOf(1)])).toThrow('SEEDS_OVERLAP: seed=1');
    expect(() => mergeSummaries([summaryOf(1), { ...summaryOf(2), profile: 'harsh' }])).toThrow('CAMPAIGNS_DIFFER');
    expect(() => mergeSummaries([])).toThrow('INVALID_OPTION');
  });

  test('simulation D4: seeds with too few blocks are counted, unless a violation stopped them', () => {
    expect(summaryOf(1, { blocks: 29 }).shortSeeds).toBe(1);
    expect(summaryOf(1, { blocks: 30 }).shortSeeds).toBe(0);
    expect(summaryOf(5, { blocks: 3 }).shortSeeds).toBe(0);
  });
});

describe('sets of seeds', () => {
  test('shards are disjoint, in order, of equal size, and nothing is left out', () => {
    fc.assert(
      fc.property(range, fc.integer({ min: 1, max: 90 }), (all, shards) => {
        const parts = Array.from({ length: shards }, (_, shard) => shardOf(all, shard, shards));
        expect(parts.flatMap((part) => (part === null ? [] : seedsOf([part])))).toEqual(seedsOf([all]));
        const sizes = parts.map((part) => (part === null ? 0 : countSeeds([part])));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
    expect(() => shardOf({ from: 0, to: 9 }, 4, 4)).toThrow('INVALID_OPTION');
  });

  test('what is done and what is left are the whole', () => {
    fc.assert(
      fc.property(range, fc.array(range, { maxLength: 5 }), fc.integer({ min: 1, max: 20 }), (all, drawn, size) => {
        const done: SeedRange[] = [];
        for (const one of drawn)
          if (withoutSeeds(one, uniteSeeds(done)).length === 1) {
            const [free] = withoutSeeds(one, uniteSeeds(done));
            if (free !== undefined) done.push(free);
          }
        const united = uniteSeeds(done);
        const left = cutSeeds(withoutSeeds(all, united), size);
        const expected = seedsOf([all]).filter((seed) => !seedsOf(united).includes(seed));
        expect(seedsOf(left)).toEqual(expected);
        expect(left.every((part) => countSeeds([part]) <= size)).toBe(true);
      }),
    );
  });

  test('a seed that is there twice is refused', () => {
    expect(() =>
      uniteSeeds([
        { from: 1, to: 5 },
        { from: 5, to: 6 },
      ]),
    ).toThrow('SEEDS_OVERLAP: seed=5');
    expect(
      uniteSeeds([
        { from: 6, to: 6 },
        { from: 1, to: 5 },
      ]),
    ).toEqual([{ from: 1, to: 6 }]);
  });
});
