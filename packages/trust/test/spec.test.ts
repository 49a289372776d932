import { describe, expect, test } from 'vitest';
import {
  type Activity,
  applyActivity,
  applyRound,
  behaviourFactor,
  collectActivities,
  compositeTrust,
  countRound,
  createRoundWindow,
  createTrustRecord,
  depositShare,
  effectiveDynamicTrust,
  epochOf,
  FULL_TRUST_MICRO,
  floorDivide,
  historicalTrust,
  isTrustError,
  participationFactor,
  scoreTrust,
  TrustError,
  type TrustParams,
  tierOf,
  trustDecay,
  trustPreset,
  voteShare,
} from '../src/index.ts';
import { activity, FULL_SHARES } from './support/world.ts';

const paper = trustPreset('paper');
const VOTE = activity({ participated: true });
const BLOCK = activity({ correct: 1 });
const OFFENCE = activity({ malicious: 1 });
const MISS = activity({ missed: 1 });

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return isTrustError(error) ? error.data.code : String(error);
  }
}

/** A record after one activity per given round. */
function history(entries: readonly (readonly [round: number, activity: Activity])[], params: TrustParams = paper) {
  return entries.reduce(
    (record, [round, event]) => applyActivity(record, round, event, params),
    createTrustRecord(params, 0),
  );
}

describe('integers', () => {
  test('trust N1: full trust is a million, in integers', () => {
    expect(FULL_TRUST_MICRO).toBe(1_000_000);
  });

  test.each([
    [7, 2, 3],
    [-7, 2, -4],
    [-6, 2, -3],
    [0, 5, 0],
    [-0, 5, 0],
    [Number.MIN_SAFE_INTEGER, 2, -4_503_599_627_370_496],
    [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, -1],
    [-1, Number.MAX_SAFE_INTEGER, -1],
  ])('trust N2: floorDivide(%d, %d) is %d', (dividend, divisor, quotient) => {
    expect(floorDivide(dividend, divisor)).toBe(quotient);
  });

  test('trust N2: a divisor below 1 and unsafe integers are refused', () => {
    for (const divisor of [0, -0, -1]) expect(codeOf(() => floorDivide(1, divisor))).toBe('DIVISOR_NOT_POSITIVE');
    for (const value of [Number.NaN, 0.5, 2 ** 53, -(2 ** 53), Number.POSITIVE_INFINITY]) {
      expect(codeOf(() => floorDivide(value, 1))).toBe('VALUE_OUT_OF_RANGE');
      expect(codeOf(() => floorDivide(1, value))).toBe('VALUE_OUT_OF_RANGE');
    }
  });

  const record = createTrustRecord(paper, 0);
  const parts = { historical: 0, votes: 0, deposit: 0, dynamic: 0 };
  const counters: readonly (readonly [name: string, use: (value: number) => unknown])[] = [
    ['correct', (value) => behaviourFactor(value, 0, paper)],
    ['malicious', (value) => behaviourFactor(0, value, paper)],
    ['participated', (value) => participationFactor(value, 1, paper)],
    ['rounds', (value) => participationFactor(0, value, paper)],
    ['behaviour', (value) => historicalTrust(value, 0, paper)],
    ['idleRounds', (value) => trustDecay(value, paper)],
    ['dynamicBase', (value) => effectiveDynamicTrust(value, 0, paper)],
    ['participation', (value) => historicalTrust(0, value, paper)],
    ['historical', (value) => compositeTrust({ ...parts, historical: value }, paper)],
    ['votes', (value) => compositeTrust({ ...parts, votes: value }, paper)],
    ['deposit', (value) => compositeTrust({ ...parts, deposit: value }, paper)],
    ['dynamic', (value) => compositeTrust({ ...parts, dynamic: value }, paper)],
    ['composite', (value) => tierOf(value, paper)],
    ['epochOf round', (value) => epochOf(value, paper)],
    ['countRound round', (value) => countRound(createRoundWindow(), value, paper)],
    ['admittedAt', (value) => createTrustRecord(paper, value)],
    ['initial dynamicBase', (value) => createTrustRecord(paper, 0, value)],
    ['activity round', (value) => applyActivity(record, value, VOTE, paper)],
    ['activity correct', (value) => applyActivity(record, 1, { ...VOTE, correct: value }, paper)],
    ['activity missed', (value) => applyActivity(record, 1, { ...VOTE, missed: value }, paper)],
    ['activity malicious', (value) => applyActivity(record, 1, { ...VOTE, malicious: value }, paper)],
    ['activity adjustment', (value) => applyActivity(record, 1, { ...VOTE, adjustment: value }, paper)],
    ['score round', (value) => scoreTrust(record, createRoundWindow(), value, FULL_SHARES, paper)],
    ['shares.votes', (value) => scoreTrust(record, createRoundWindow(), 0, { ...FULL_SHARES, votes: value }, paper)],
    ['round of applyRound', (value) => applyRound(new Map(), value, [], paper)],
  ];

  test.each(counters)('trust N4: %s refuses what is no safe integer', (_, use) => {
    for (const value of [Number.NaN, 0.5, 2 ** 53, Number.NEGATIVE_INFINITY, '1', 1n]) {
      expect(codeOf(() => use(value as number))).toBe('VALUE_OUT_OF_RANGE');
    }
  });

  const signed = ['behaviour', 'historical', 'activity adjustment'];

  test.each(counters.filter(([name]) => !signed.includes(name)))('trust N4: %s refuses a negative value', (_, use) => {
    expect(codeOf(() => use(-1))).toBe('VALUE_OUT_OF_RANGE');
  });

  test('trust N4: a signed part refuses what no history can produce', () => {
    expect(codeOf(() => historicalTrust(-1_750_001, 0, paper))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => compositeTrust({ ...parts, historical: -1_750_001 }, paper))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => compositeTrust({ ...parts, votes: 1_000_001 }, paper))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => compositeTrust({ ...parts, deposit: 1_000_001 }, paper))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => compositeTrust({ ...parts, dynamic: 2_000_001 }, paper))).toBe('VALUE_OUT_OF_RANGE');
  });

  test('trust N4: amounts are bigints that are not negative', () => {
    expect(codeOf(() => voteShare(-1n, 1n, paper))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => voteShare(1n, -1n, paper))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => voteShare(1 as never, 1n, paper))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => depositShare(-1n, 1n))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => depositShare(1n, 0n))).toBe('VALUE_OUT_OF_RANGE');
  });

  test('trust N5 and N3: the largest counts and parameters still give exact integers', () => {
    const extreme = { ...paper, mu2: 10_000_000, decayN: 1_000_000, decayT: 1, dMax: 10_000_000 };
    expect(behaviourFactor(1_000_000_000, 16_000_000, extreme)).toBe(826_771);
    expect(behaviourFactor(0, 16_000_000, extreme)).toBe(-10_000_000);
    expect(participationFactor(999_999, 1_000_000, extreme)).toBe(999_999);
    expect(trustDecay(2 ** 32 - 1, extreme)).toBe(4_294_967_295_000_000);
    expect(trustDecay(2 ** 32 - 1, { ...extreme, decayForm: 'excess' })).toBe(4_294_967_294_000_000);
    expect(trustDecay(Number.MAX_SAFE_INTEGER, extreme)).toBe(4_294_967_295_000_000);
    expect(codeOf(() => behaviourFactor(1_000_000_001, 0, extreme))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => behaviourFactor(0, 16_000_001, extreme))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => participationFactor(0, 1_000_001, extreme))).toBe('VALUE_OUT_OF_RANGE');
  });
});

describe('facts', () => {
  test('trust G1 and G4: a new record starts at d0 or at a given value, active when admitted', () => {
    const fresh = {
      lastActive: 7,
      buckets: [],
      sums: { correct: 0, malicious: 0, participated: 0 },
      faultCount: 0,
    };
    expect(createTrustRecord(trustPreset('default'), 7)).toEqual({ ...fresh, dynamicBase: 500_000 });
    expect(createTrustRecord(trustPreset('default'), 7, 1_000_000)).toEqual({ ...fresh, dynamicBase: 1_000_000 });
    expect(codeOf(() => createTrustRecord(paper, 0, 2_000_001))).toBe('VALUE_OUT_OF_RANGE');
  });

  test('trust F1: a fact about an unknown node throws, and nothing is booked', () => {
    const records = new Map([['known', createTrustRecord(paper, 0)]]);
    const facts = collectActivities([
      { kind: 'participated', node: 'known' },
      { kind: 'participated', node: 'stranger' },
    ]);
    const before = JSON.stringify([...records]);
    expect(codeOf(() => applyRound(records, 1, facts, paper))).toBe('UNKNOWN_NODE');
    expect(JSON.stringify([...records])).toBe(before);
  });

  test('trust F2: facts are aggregated per node; several votes of one round count once', () => {
    const facts = ['participated', 'missed', 'correct', 'participated', 'malicious', 'missed'] as const;
    const activities = collectActivities(facts.map((kind) => ({ kind, node: 'a' })));
    expect([...activities]).toEqual([['a', { correct: 1, missed: 2, malicious: 1, participated: true }]]);
  });

  test('trust F2 and P1: a round with a proven offence earns nothing and is no activity', () => {
    const params = { ...paper, trustRewardBlock: 500 };
    const everything = { correct: 1, missed: 1, malicious: 1, participated: true, adjustment: 9_000 };
    const record = history([[9, everything]], params);
    expect(record).toEqual({
      dynamicBase: 1_000_000 - 200_000 - 20_000,
      lastActive: 0,
      buckets: [{ epoch: 8, correct: 0, malicious: 1, participated: 0 }],
      sums: { correct: 0, malicious: 1, participated: 0 },
      faultCount: 1,
    });
  });

  test('trust F2: offences of one round are capped at 16', () => {
    const record = history([[1, activity({ malicious: 1_000 })]]);
    expect([record.sums.malicious, record.faultCount]).toEqual([16, 16]);
    expect(record).toEqual(history([[1, activity({ malicious: 16 })]]));
  });

  test('trust F2: the lifetime count of offences stays at its largest value', () => {
    const record = { ...createTrustRecord(paper, 0), faultCount: 2 ** 32 - 3 };
    const after = applyActivity(record, 1, activity({ malicious: 5 }), paper);
    expect([after.faultCount, after.sums.malicious]).toEqual([2 ** 32 - 1, 5]);
  });

  test('trust F2: other counts of one round are bounded, so that sums stay exact', () => {
    expect(codeOf(() => history([[1, activity({ correct: 1_001 })]]))).toBe('VALUE_OUT_OF_RANGE');
    expect(codeOf(() => history([[1, activity({ missed: 1_001 })]]))).toBe('VALUE_OUT_OF_RANGE');
    expect(history([[1, activity({ missed: 1_000 })]]).dynamicBase).toBe(0);
  });

  test('trust F2 and D1: activity makes the loss of the idle spell permanent before it earns', () => {
    expect(history([[13, VOTE]])).toMatchObject({ dynamicBase: 1_000_000 - 24_000 + 1_000, lastActive: 13 });
    expect(history([[13, BLOCK]])).toMatchObject({ dynamicBase: 976_000, lastActive: 13 });
    expect(history([[6, VOTE]])).toMatchObject({ dynamicBase: 1_001_000, lastActive: 6 });
  });

  test('trust F2: neither a missed block nor an offence nor an adjustment ends the idle spell', () => {
    for (const event of [MISS, OFFENCE, activity({ adjustment: 5_000 })]) {
      expect(history([[13, event]]).lastActive).toBe(0);
    }
  });

  test('trust F2: adjustments of an application add up, and only losses count next to an offence', () => {
    const adjusted = (adjustment: number, malicious = 0) =>
      history([[1, activity({ adjustment, malicious })]]).dynamicBase;
    expect([adjusted(5_000), adjusted(-5_000), adjusted(-0)]).toEqual([1_005_000, 995_000, 1_000_000]);
    expect([adjusted(5_000, 1), adjusted(-5_000, 1)]).toEqual([800_000, 795_000]);
    expect([adjusted(Number.MAX_SAFE_INTEGER), adjusted(Number.MIN_SAFE_INTEGER)]).toEqual([2_000_000, 0]);
  });

  test('trust F2: the window counts a round for everybody, whoever took part', () => {
    const params = { ...paper, epochRounds: 2 };
    const window = [1, 2, 3].reduce((counted, round) => countRound(counted, round, params), createRoundWindow());
    expect(window).toEqual({
      rounds: [
        { epoch: 0, count: 2 },
        { epoch: 1, count: 1 },
      ],
      total: 3,
    });
  });

  test.each([
    [0, -1],
    [1, 0],
    [60, 0],
    [61, 1],
  ])('trust F3: with 60 rounds per epoch, round %d is in epoch %d', (round, epoch) => {
    expect(epochOf(round, trustPreset('default'))).toBe(epoch);
  });

  test('trust F6: booking returns new values and leaves the old ones as they were', () => {
    const before = history([[1, VOTE]]);
    const saved = structuredClone(before);
    const after = applyActivity(before, 2, OFFENCE, paper);
    expect(before).toEqual(saved);
    expect(after).not.toEqual(before);
    expect(structuredClone(after)).toEqual(after);
  });

  test('a record cannot be taken back in time', () => {
    expect(
      codeOf(() =>
        history([
          [5, VOTE],
          [4, VOTE],
        ]),
      ),
    ).toBe('ROUND_OUT_OF_ORDER');
    expect(
      codeOf(() =>
        history([
          [5, OFFENCE],
          [4, MISS],
        ]),
      ),
    ).toBe('ROUND_OUT_OF_ORDER');
    expect(codeOf(() => countRound(countRound(createRoundWindow(), 5, paper), 4, paper))).toBe('VALUE_OUT_OF_RANGE');
    const longEpochs = trustPreset('default');
    expect(codeOf(() => applyActivity(history([[5, VOTE]], longEpochs), 4, MISS, longEpochs))).toBe(
      'ROUND_OUT_OF_ORDER',
    );
    const record = history([[5, VOTE]]);
    expect(codeOf(() => scoreTrust(record, createRoundWindow(), 4, FULL_SHARES, paper))).toBe('VALUE_OUT_OF_RANGE');
  });

  test('a round with a miss alone leaves no bucket, so equal histories have one form', () => {
    expect(history([[1, MISS]])).toEqual({ ...createTrustRecord(paper, 0), dynamicBase: 980_000 });
  });
});

describe('formulas', () => {
  test('trust A1: without behaviour the factor is neutral, and it is signed', () => {
    expect(behaviourFactor(0, 0, trustPreset('default'))).toBe(500_000);
    expect(behaviourFactor(1, 1, paper)).toBe(-375_000);
  });

  test('trust B1: participation never exceeds the rounds', () => {
    expect(participationFactor(5, 4, paper)).toBe(1_000_000);
    expect(participationFactor(0, 0, { ...paper, neutralB: 1 })).toBe(1);
  });

  test('trust H1: both factors by their weights', () => {
    expect(historicalTrust(-1_750_000, 1_000_000, { ...paper, omega1Bp: 2_000, omega2Bp: 8_000 })).toBe(450_000);
  });

  test('trust V1: the share saturates at 1/S of all votes', () => {
    expect(voteShare(10n ** 30n, 6n * 10n ** 30n, paper)).toBe(1_000_000);
    expect(voteShare(10n ** 30n - 1n, 6n * 10n ** 30n, paper)).toBe(999_999);
  });

  test('trust M1: a deposit above the target gains nothing more', () => {
    expect([depositShare(9n, 10n), depositShare(10n, 10n), depositShare(11n, 10n)]).toEqual([
      900_000, 1_000_000, 1_000_000,
    ]);
  });

  test('trust D3: dynamic trust never falls below zero', () => {
    expect(effectiveDynamicTrust(20_000, 5, paper)).toBe(20_000);
    expect(effectiveDynamicTrust(20_000, 7, paper)).toBe(6_000);
    expect(effectiveDynamicTrust(20_000, 11, paper)).toBe(0);
  });

  test('trust R1: negative history is floored only in the sum', () => {
    const parts = { historical: -1_000_000, votes: 1_000_000, deposit: 0, dynamic: 500_000 };
    expect(compositeTrust(parts, paper)).toBe(0);
    expect(compositeTrust({ ...parts, dynamic: 501_000 }, paper)).toBe(400);
  });

  test('trust C1: the limits belong to the better class', () => {
    const tiers = [900_000, 899_999, 600_000, 599_999, 300_000, 299_999, 0].map((value) => tierOf(value, paper));
    expect(tiers).toEqual(['TRUSTED', 'NORMAL', 'NORMAL', 'SUSPECT', 'SUSPECT', 'MALICIOUS', 'MALICIOUS']);
  });
});

describe('window', () => {
  const params = { ...paper, epochRounds: 2, windowEpochs: 2 };
  const window = [1, 2, 3, 4].reduce((counted, round) => countRound(counted, round, params), createRoundWindow());

  test('trust W1 and W2: the running epoch counts, and an epoch leaves when it is windowEpochs old', () => {
    const next = countRound(window, 5, params);
    expect(next).toEqual({
      rounds: [
        { epoch: 1, count: 2 },
        { epoch: 2, count: 1 },
      ],
      total: 3,
    });
  });

  test('trust L1: an idle node is not visited; its expired counts are left out when it is scored', () => {
    const record = history(
      [
        [1, VOTE],
        [3, BLOCK],
      ],
      params,
    );
    const later = countRound(window, 5, params);
    expect(record.buckets.map(({ epoch }) => epoch)).toEqual([0, 1]);
    expect(scoreTrust(record, window, 4, FULL_SHARES, params)).toMatchObject({ participation: 250_000 });
    expect(scoreTrust(record, later, 5, FULL_SHARES, params)).toMatchObject({ participation: 0 });
    expect(applyActivity(record, 5, MISS, params)).toMatchObject({
      buckets: [{ epoch: 1, correct: 1, malicious: 0, participated: 0 }],
      sums: { correct: 1, malicious: 0, participated: 0 },
    });
  });

  test('trust L1: a score beyond the last counted round leaves expired rounds out as well', () => {
    const score = scoreTrust(createTrustRecord(params, 0), window, 100, FULL_SHARES, { ...params, neutralB: 7 });
    expect(score.participation).toBe(7);
  });

  test('trust L2: booking a round replaces exactly the records with facts', () => {
    const records = new Map(['a', 'b', 'c'].map((node) => [node, createTrustRecord(paper, 0)]));
    expect([...applyRound(records, 1, [['b', VOTE]], paper).keys()]).toEqual(['b']);
  });
});

describe('errors', () => {
  test('are recognised across copies of the package, by name and code', () => {
    const foreign = Object.assign(new Error('copy'), { name: 'TrustError', data: { code: 'UNKNOWN_NODE' } });
    expect(isTrustError(foreign)).toBe(true);
    expect(isTrustError(foreign, 'UNKNOWN_NODE')).toBe(true);
    expect(isTrustError(foreign, 'VALUE_OUT_OF_RANGE')).toBe(false);
    expect(isTrustError(new Error('other'))).toBe(false);
    expect(isTrustError('TrustError')).toBe(false);
    expect(isTrustError(Object.assign(new Error('no data'), { name: 'TrustError' }))).toBe(false);
  });

  test('derive the message from the data', () => {
    const error = new TrustError({ code: 'ROUND_OUT_OF_ORDER', round: 4, latest: 5 });
    expect(error.message).toBe('ROUND_OUT_OF_ORDER: round=4, latest=5');
    expect(error.name).toBe('TrustError');
  });
});
