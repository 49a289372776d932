import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Activity,
  applyRound,
  collectActivities,
  compositeTrust,
  depositShare,
  floorDivide,
  parseRoundWindow,
  parseTrustRecord,
  requireTrustParams,
  type TrustFact,
  trustDecay,
  trustPreset,
  voteShare,
} from '../src/index.ts';
import { activityArbitrary, caseArbitrary, logArbitrary, NODES, paramsArbitrary } from './support/arbitraries.ts';
import { floor, type RoundLog, recompute } from './support/naive-model.ts';
import { activity, createWorld, nextRound, playLog, recordOf, scoreOf, type World } from './support/world.ts';

const FULL = 1_000_000;
const NODE = NODES[0];
const RUNS = { numRuns: 400 };

/** The log with the activity of one node in one round replaced. */
function alterLog(
  log: readonly RoundLog[],
  position: number,
  node: string,
  change: (known: Activity) => Activity,
): readonly RoundLog[] {
  return log.with(position, new Map(log[position]).set(node, change(log[position]?.get(node) ?? activity({}))));
}

describe('laws of the score', () => {
  /** R of one node with and without an event, at every round from the event on. */
  function expectOrder(change: (known: Activity) => Activity, relation: 'never lower' | 'never higher'): void {
    fc.assert(
      fc.property(caseArbitrary, fc.nat(), ({ params, admissions, shares, log }, anywhere) => {
        const changed = alterLog(log, anywhere % log.length, NODE, change);
        let before = createWorld(admissions, params);
        let after = before;
        for (const [index, activities] of log.entries()) {
          before = nextRound(before, activities, params);
          after = nextRound(after, changed[index] ?? new Map(), params);
          const difference =
            scoreOf(after, NODE, params, shares).composite - scoreOf(before, NODE, params, shares).composite;
          expect(relation === 'never lower' ? difference : -difference).toBeGreaterThanOrEqual(0);
        }
      }),
      RUNS,
    );
  }

  test('trust Q1: one more vote anywhere never lowers composite trust', () => {
    expectOrder((known) => ({ ...known, participated: true }), 'never lower');
  });

  test('trust Q1: one more correct block anywhere never lowers composite trust', () => {
    expectOrder((known) => ({ ...known, correct: Math.min(known.correct + 1, 1_000) }), 'never lower');
  });

  test('trust Q2: one more proven offence anywhere never raises composite trust', () => {
    expectOrder((known) => ({ ...known, malicious: known.malicious + 1 }), 'never higher');
  });

  test('trust Q9: one more missed block anywhere never raises composite trust', () => {
    expectOrder((known) => ({ ...known, missed: Math.min(known.missed + 1, 1_000) }), 'never higher');
  });

  test('trust Q3: relabelling nodes and permuting the facts of a round permutes the scores and nothing else', () => {
    const kind = fc.constantFrom<TrustFact['kind']>('correct', 'missed', 'malicious', 'participated');
    const facts = fc.array(fc.record({ kind, node: fc.constantFrom(...NODES) }), { maxLength: 12 });
    const rounds = fc.array(
      facts.chain((listed) => fc.tuple(fc.constant(listed), fc.shuffledSubarray(listed, { minLength: listed.length }))),
      { minLength: 1, maxLength: 30 },
    );
    const renaming = fc.shuffledSubarray([...NODES], { minLength: NODES.length });
    fc.assert(
      fc.property(caseArbitrary, rounds, renaming, ({ params, admissions, shares }, listed, names) => {
        const rename = (node: string): string => names[NODES.indexOf(node)] ?? '';
        const renamed = new Map([...admissions].map(([node, admission]) => [rename(node), admission]));
        let original = createWorld(admissions, params);
        let permuted = createWorld(renamed, params);
        for (const [first, second] of listed) {
          original = nextRound(original, collectActivities(first), params);
          const moved = second.map((fact) => ({ ...fact, node: rename(fact.node) }));
          permuted = nextRound(permuted, collectActivities(moved), params);
        }
        for (const node of NODES) {
          expect(recordOf(permuted, rename(node))).toEqual(recordOf(original, node));
          expect(scoreOf(permuted, rename(node), params, shares)).toEqual(scoreOf(original, node, params, shares));
        }
      }),
      RUNS,
    );
  });

  test('trust Q4: every value is a safe integer within its bounds and never -0', () => {
    fc.assert(
      fc.property(caseArbitrary, ({ params, admissions, shares, log }) => {
        let world = createWorld(admissions, params);
        for (const activities of log) {
          world = nextRound(world, activities, params);
          for (const node of NODES) {
            const record = recordOf(world, node);
            const score = scoreOf(world, node, params, shares);
            expectWithin(score.behaviour, -params.mu2, params.mu1);
            expectWithin(score.participation, 0, FULL);
            expectWithin(score.historical, -params.mu2, FULL);
            expectWithin(score.dynamic, 0, params.dMax);
            expectWithin(score.composite, 0, params.dMax);
            expectWithin(record.dynamicBase, 0, params.dMax);
            expectWithin(record.lastActive, 0, world.round);
            for (const count of Object.values(record.sums)) expectWithin(count, 0, Number.MAX_SAFE_INTEGER);
          }
        }
      }),
      RUNS,
    );
  });

  test('trust Q4: vote and deposit shares of any amounts lie between none and full', () => {
    const amount = fc.bigInt({ min: 0n, max: 2n ** 128n });
    fc.assert(
      fc.property(paramsArbitrary, amount, amount, (params, part, total) => {
        expectWithin(voteShare(part, total, params), 0, FULL);
        expectWithin(depositShare(part, total + 1n), 0, FULL);
      }),
    );
  });

  test('trust Q7: full parts give full trust under any weights', () => {
    fc.assert(
      fc.property(paramsArbitrary, (params) => {
        const parts = { historical: FULL, votes: FULL, deposit: FULL, dynamic: FULL };
        expect(compositeTrust(parts, params)).toBe(FULL);
      }),
    );
  });

  test('trust Q7: weights that sum to 9999 or 10001 are rejected', () => {
    const keys = ['alphaBp', 'betaBp', 'deltaBp', 'gammaBp', 'omega1Bp', 'omega2Bp'] as const;
    for (const key of keys) {
      for (const step of [-1, 1]) {
        const params = trustPreset('paper');
        expect(() => requireTrustParams({ ...params, [key]: params[key] + step })).toThrow('PARAMETER_OUT_OF_RANGE');
      }
    }
  });
});

describe('laws of time', () => {
  test('trust Q5, L1, W1 and W2: scores from buckets equal a recomputation from the raw log, after every round', () => {
    fc.assert(
      fc.property(caseArbitrary, ({ params, admissions, shares, log }) => {
        let world = createWorld(admissions, params);
        for (let length = 1; length <= log.length; length++) {
          world = nextRound(world, log[length - 1] ?? new Map(), params);
          for (const [node, admission] of admissions) {
            const { dynamicBase, lastActive, faultCount } = recordOf(world, node);
            const { behaviour, participation, historical, dynamic, composite } = scoreOf(world, node, params, shares);
            expect({
              behaviour,
              participation,
              historical,
              dynamic,
              composite,
              dynamicBase,
              lastActive,
              faultCount,
            }).toEqual(recompute(log.slice(0, length), 1, node, admission, shares, params));
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('trust Q5: scoring after every round or only at the end gives equal results', () => {
    fc.assert(
      fc.property(caseArbitrary, ({ params, admissions, shares, log }) => {
        let watched = createWorld(admissions, params);
        for (const activities of log) {
          watched = nextRound(watched, activities, params);
          for (const node of NODES) scoreOf(watched, node, params, shares);
        }
        const unwatched = playLog(createWorld(admissions, params), log, params);
        expect(watched).toEqual(unwatched);
        for (const node of NODES) {
          expect(scoreOf(watched, node, params, shares)).toEqual(scoreOf(unwatched, node, params, shares));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('trust Q6 and D2: being active in between never costs more than staying idle', () => {
    const idle = fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 2 ** 31 - 1 }));
    fc.assert(
      fc.property(paramsArbitrary, idle, idle, (params, first, second) => {
        const apart = trustDecay(first, params) + trustDecay(second, params);
        expect(apart).toBeLessThanOrEqual(trustDecay(first + second + 1, params));
      }),
      { numRuns: 5_000 },
    );
  });

  test('trust Q8: an idle node loses trust within an epoch and from epoch end to epoch end, once A rests', () => {
    fc.assert(
      fc.property(caseArbitrary, ({ params, admissions, shares, log }) => {
        let world = playLog(createWorld(admissions, params), log, params);
        let previous = scoreOf(world, NODE, params, shares);
        let epochEnd = world.round % params.epochRounds === 0 ? previous : undefined;
        const rounds = params.epochRounds * (params.windowEpochs + 3);
        for (let idle = 0; idle < rounds; idle++) {
          const startsEpoch = world.round % params.epochRounds === 0;
          world = nextRound(world, new Map(), params);
          const score = scoreOf(world, NODE, params, shares);
          if (!startsEpoch) expect(score.composite).toBeLessThanOrEqual(previous.composite);
          if (world.round % params.epochRounds === 0) {
            if (epochEnd?.behaviour === score.behaviour) {
              expect(score.composite).toBeLessThanOrEqual(epochEnd.composite);
            }
            epochEnd = score;
          }
          previous = score;
        }
      }),
      RUNS,
    );
  });

  test('trust Q8 and W2: the first round of an epoch may raise B, since a whole epoch leaves for one round', () => {
    const params = requireTrustParams({ ...trustPreset('paper'), epochRounds: 2, windowEpochs: 2 });
    const vote = new Map([[NODE, activity({ participated: true })]]);
    const log = [new Map(), new Map(), vote, vote, new Map()];
    const start = createWorld(new Map([[NODE, { admittedAt: 0, dynamicBase: FULL }]]), params);
    expect(scoreOf(playLog(start, log.slice(0, 4), params), NODE, params).participation).toBe(500_000);
    expect(scoreOf(playLog(start, log, params), NODE, params).participation).toBe(666_666);
  });

  test('trust Q8: the expiry of an old offence forgives, so trust of an idle node may rise', () => {
    const params = requireTrustParams({ ...trustPreset('paper'), windowEpochs: 3 });
    let world = createWorld(new Map([[NODE, { admittedAt: 0, dynamicBase: FULL }]]), params);
    world = nextRound(world, new Map([[NODE, activity({ malicious: 1 })]]), params);
    world = playLog(world, [new Map(), new Map()], params);
    const remembered = scoreOf(world, NODE, params);
    const forgiven = scoreOf(nextRound(world, new Map(), params), NODE, params);
    expect([remembered.behaviour, forgiven.behaviour]).toEqual([-1_750_000, 1_000_000]);
    expect(forgiven.composite).toBeGreaterThan(remembered.composite);
  });
});

describe('laws of state', () => {
  const restore = (world: World, params: Parameters<typeof parseTrustRecord>[1]): World => {
    const records = [...world.records].map(
      ([node, record]) => [node, parseTrustRecord(JSON.parse(JSON.stringify(record)), params)] as const,
    );
    const window = parseRoundWindow(JSON.parse(JSON.stringify(world.window)), params);
    return { round: world.round, records: new Map(records), window };
  };

  test('trust Q12, F6 and G2: two instances agree, also if one is saved and restored after every round', () => {
    fc.assert(
      fc.property(caseArbitrary, ({ params, admissions, log }) => {
        let restored = createWorld(admissions, params);
        for (const activities of log) restored = restore(nextRound(restored, activities, params), params);
        const original = playLog(createWorld(admissions, params), log, params);
        expect(JSON.stringify([...restored.records])).toBe(JSON.stringify([...original.records]));
        expect(JSON.stringify(restored.window)).toBe(JSON.stringify(original.window));
      }),
      { numRuns: 150 },
    );
  });

  test('trust F6: going back to the old values and taking another branch leaves no trace of the first', () => {
    fc.assert(
      fc.property(caseArbitrary, logArbitrary, ({ params, admissions, log }, branch) => {
        const fork = playLog(createWorld(admissions, params), log, params);
        const saved = JSON.stringify([...fork.records]);
        playLog(fork, branch, params);
        expect(JSON.stringify([...fork.records])).toBe(saved);
      }),
      { numRuns: 100 },
    );
  });

  test('trust Q14 and L2: a round reads and replaces the records with facts, however many there are', () => {
    const params = trustPreset('paper');
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 49_999 }), { maxLength: 8 }), activityArbitrary, (chosen, event) => {
        const { records } = REGISTERED;
        const read: string[] = [];
        const reader = {
          get(node: string) {
            read.push(node);
            return records.get(node);
          },
        };
        const activities = chosen.map((index) => [`node-${index}`, event] as const);
        const changed = applyRound(reader, 1, activities, params);
        expect(read).toEqual(activities.map(([node]) => node));
        expect([...changed.keys()]).toEqual(read);
      }),
    );
  });

  const REGISTERED = createWorld(
    new Map(Array.from({ length: 50_000 }, (_, index) => [`node-${index}`, { admittedAt: 0, dynamicBase: FULL }])),
    trustPreset('paper'),
  );
});

describe('integers', () => {
  test('trust N2 and N1: floor division is exact over all safe integers', () => {
    const integer = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -9, max: 9 }));
    const divisor = fc.oneof(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(integer, divisor, (dividend, by) => {
        const quotient = floorDivide(dividend, by);
        expect(BigInt(quotient)).toBe(floor(BigInt(dividend), BigInt(by)));
        expect(Object.is(quotient, -0)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });
});

function expectWithin(value: number, min: number, max: number): void {
  const isFine = Number.isSafeInteger(value) && !Object.is(value, -0) && value >= min && value <= max;
  if (!isFine) expect.fail(`${Object.is(value, -0) ? '-0' : value} is not an integer of ${min}..${max}`);
}
