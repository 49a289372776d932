import type { ConsensusPlugin } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReport, isTestkitError, runConformance } from '../src/index.ts';
import { findWrongNumber } from '../src/inspect/numbers.ts';
import { callPoisoned } from '../src/inspect/poison.ts';
import { fromTaggedJson, toTaggedJson } from '../src/inspect/tagged-json.ts';
import { spread } from '../src/items/ck-15-crash-points.ts';
import { referenceTurns } from '../src/reference/turns.ts';
import { shrinkList } from '../src/shrink-list.ts';
import { subjectOf, TURNS } from './subjects.ts';

describe('the kit itself', () => {
  it('is total: a plugin that throws at every turn gets a report, and one for each requirement', async () => {
    const plugin = referenceTurns() as ConsensusPlugin;
    const fail = (): never => {
      throw new Error('nothing works here');
    };
    for (const broken of [
      { ...plugin, createRules: fail },
      { ...plugin, createEngine: fail },
    ]) {
      const report = await runConformance(subjectOf(broken), { seeds: [1] });
      expect(report.isConformant).toBe(false);
      expect(report.results).toHaveLength(24);
      expect(formatReport(report)).toContain('nothing works here');
    }
  });

  it('ends with a plugin that never comes to rest', async () => {
    const plugin = referenceTurns() as ConsensusPlugin;
    const restless: ConsensusPlugin = {
      ...plugin,
      createEngine(config, rules, context) {
        const engine = plugin.createEngine?.(config, rules, context);
        if (engine === undefined) throw new Error('the reference plugin has an engine');
        return {
          start: (start, now) => engine.start(start, now),
          on: (input, now) => [...engine.on(input, now), { kind: 'setTimer', timerId: 'busy', at: now }],
        };
      },
    };
    const report = await runConformance(subjectOf(restless), { items: ['CK-06'] });
    expect(formatReport(report)).toContain('the engine never comes to rest');
  });

  it('refuses options and subjects that make no sense', async () => {
    for (const [subject, options] of [
      [TURNS, { seeds: [] }],
      [TURNS, { seeds: [-1] }],
      [{ ...TURNS, name: 'two words' }, {}],
      [{ ...TURNS, sampleSlots: 5 }, {}],
      [{ ...TURNS, slotMs: 0 }, {}],
      [{ ...TURNS, nodeCounts: [] }, {}],
      [{ ...TURNS, nodeCounts: [0] }, {}],
      // A requirement has one name: of a misspelt one nothing would be tried, and everything met.
      [TURNS, { items: ['CK-5'] }],
      [TURNS, { items: ['CK-05', 'CK-25'] }],
      [TURNS, { items: [] }],
      [TURNS, { levels: ['rule' as 'rules'] }],
      // Each of both is there, and no requirement is of both.
      [TURNS, { levels: ['rules'], items: ['CK-14'] }],
    ] as const) {
      const thrown: unknown = await runConformance(subject, options).catch((error: unknown) => error);
      expect(isTestkitError(thrown, 'INVALID_OPTION')).toBe(true);
    }
  });

  it('contract CK-06: a configuration with slower slots says so, and gets the time that it needs', async () => {
    const slow = { name: 'slow', config: { slotMs: 6_000 } };
    const hasty = await runConformance({ ...TURNS, configs: [slow] }, { items: ['CK-06'] });
    expect(formatReport(hasty)).toMatch(/hardly produces: \d blocks in 16 slots of 1000 ms/);
    const patient = await runConformance({ ...TURNS, configs: [{ ...slow, slotMs: 6_000 }] }, { items: ['CK-06'] });
    expect(patient.isConformant, formatReport(patient)).toBe(true);
  });

  it('contract H-37: a plugin that no host starts is told why, once, and nothing counts as tried', async () => {
    const plugin = referenceTurns() as ConsensusPlugin;
    const needy: ConsensusPlugin = { ...plugin, requires: { ...plugin.requires, facts: ['stake'] } };
    const report = await runConformance(subjectOf(needy));
    const text = formatReport(report);
    expect(text).toContain('no host starts the plugin, so nothing can be tried: FACTS_MISSING');
    expect(text).toMatch(
      /the chain of the kit has facts of the kinds participation, .*deposit.*, evidence, certificate/,
    );
    expect(report.results.map(({ outcome }) => outcome.kind)).toEqual(['failure', ...Array(23).fill('skipped')]);
  });

  it('runs what it is asked for', async () => {
    const report = await runConformance(TURNS, { levels: ['rules'], items: ['CK-04', 'CK-05'] });
    expect(report.results.map(({ item }) => item)).toEqual(['CK-04']);
    expect(report.isConformant).toBe(true);
  });
});

describe('tools', () => {
  it('a poisoned call sees nothing of the world, and the world is whole afterwards', () => {
    const before = [Date, Math.random, globalThis.process, Map.prototype.forEach, Promise.prototype.then];
    for (const [run, used] of [
      [() => Date.now(), 'Date.now'],
      [() => new Date(), 'new Date'],
      [() => Math.random(), 'Math.random'],
      [() => process.env.HOME, 'process'],
      [() => setTimeout(() => undefined, 1), 'setTimeout'],
      [() => 'a'.localeCompare('b'), 'String.localeCompare'],
      [() => Promise.resolve(1).then(String), 'a promise'],
      [() => [...new Set([{}])], 'the order of a Set of objects'],
      [() => new Map([[{}, 1]]).forEach(String), 'the order of a Map of objects'],
    ] as const) {
      expect(callPoisoned<unknown>(run).used).toEqual([used]);
    }
    const swallowed = callPoisoned(() => {
      try {
        return Math.random();
      } catch {
        return 4;
      }
    });
    expect(swallowed).toEqual({ value: 4, thrown: undefined, used: ['Math.random'] });
    expect(callPoisoned(() => [...new Set(['a'])].length + new Map([['a', 1]]).size).value).toBe(2);
    const after = [Date, Math.random, globalThis.process, Map.prototype.forEach, Promise.prototype.then];
    expect(after.every((value, index) => value === before[index])).toBe(true);
  });

  it.each([
    [{ a: [1, { b: 0.5 }] }, 'a.1.b'],
    [{ a: -0 }, 'a'],
    [new Map([['x', Number.NaN]]), 'x'],
    [{ a: 2 ** 53 }, 'a'],
    [{ a: Float64Array.of(1.5) }, 'a.0'],
    [{ a: new Map([[1.5, 'x']]) }, 'a.key 1.5'],
    [new Map([[{ b: 2 ** 53 }, 1]]), 'key (object).b'],
    [
      new Map<unknown, string>([
        [7, 'x'],
        [Object.create(null), 'y'],
      ]),
      undefined,
    ],
    [{ a: 7, b: 7n, c: 'x', d: Uint8Array.of(1), e: null }, undefined],
  ])('finds the wrong number in %o', (value, path) => {
    expect(findWrongNumber(value)?.path).toBe(path);
  });

  it.each([1, 2, 4, 7])('contract CK-15: there are crashes after effects of %i kinds, with any seed', (count) => {
    const kinds = (['send', 'publish', 'persist', 'buildBlock', 'proveVrf', 'mine', 'offerCertificate'] as const).slice(
      0,
      count,
    );
    const points = kinds.flatMap((kind, at) => [0, 100, 200].map((after) => ({ kind, at: at + after })));
    for (const seed of [0, 1, 2, 3, 1_000]) {
      expect(new Set(spread(points, seed).map(({ kind }) => kind))).toEqual(new Set(kinds));
    }
    const moments = [1, 2].flatMap((seed) => spread(points, seed).map(({ at }) => at));
    expect(new Set(moments).size).toBeGreaterThan(count);
  });

  it('a list is shrunk to what shows the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 40 }), fc.nat(), async (list, pick) => {
        const needed = [list[pick % list.length], list[(pick * 7) % list.length]];
        const shrunk = await shrinkList(list, (part) => needed.every((item) => part.includes(item as number)), 2_000);
        expect(new Set(shrunk)).toEqual(new Set(needed));
      }),
    );
  });

  it('plain data survives JSON', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(fc.bigInt(), fc.integer(), fc.string(), fc.boolean(), fc.uint8Array(), tie('list'), tie('map')),
      list: fc.array(tie('any'), { maxLength: 3 }),
      map: fc.array(fc.tuple(fc.string(), tie('any')), { maxLength: 3 }).map((entries) => new Map(entries)),
    })).any;
    fc.assert(
      fc.property(value, (given) => {
        expect(fromTaggedJson(JSON.parse(JSON.stringify(toTaggedJson(given))))).toEqual(given);
      }),
    );
  });
});
