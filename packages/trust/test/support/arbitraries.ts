import fc from 'fast-check';
import { type Activity, requireTrustParams, type TrustParams, type TrustShares } from '../../src/index.ts';
import type { Admission, RoundLog } from './naive-model.ts';

const FULL = 1_000_000;
export const NODES: readonly [string, ...string[]] = ['wind', 'sun', 'water', 'home'];

/** Weights that sum to 10 000, extremes included. */
function weights(count: number): fc.Arbitrary<readonly number[]> {
  const cut = fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.constantFrom(0, 10_000));
  return fc.array(cut, { minLength: count - 1, maxLength: count - 1 }).map((cuts) => {
    const edges = [0, ...cuts.toSorted((left, right) => left - right), 10_000];
    return edges.slice(1).map((edge, index) => edge - (edges[index] ?? 0));
  });
}

/** Values near both ends and everywhere between. */
function within(min: number, max: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min, max }),
    fc.constantFrom(min, max),
    fc.integer({ min, max: Math.min(max, min + 6) }),
  );
}

/** Valid parameter sets over the whole range of trust T1; windows small enough to slide often. */
export const paramsArbitrary: fc.Arbitrary<TrustParams> = fc
  .record({
    composite: weights(4),
    history: weights(2),
    mu1: within(1, FULL),
    mu2: within(0, 10_000_000),
    neutralB: within(0, FULL),
    epochRounds: fc.integer({ min: 1, max: 5 }),
    windowEpochs: fc.integer({ min: 1, max: 8 }),
    dMax: within(FULL, 10_000_000),
    trustReward: within(0, 100_000),
    trustRewardBlock: within(0, 100_000),
    decayT: fc.oneof(fc.integer({ min: 1, max: 6 }), within(1, 2 ** 31)),
    decayN: within(0, FULL),
    decayForm: fc.constantFrom('ratio' as const, 'excess' as const),
    voteSaturation: within(1, 10_000),
    tierSuspect: within(0, FULL),
  })
  .chain(({ composite, history, tierSuspect, ...rest }) =>
    fc
      .record({
        neutralA: within(0 - rest.mu2, rest.mu1),
        d0: within(0, rest.dMax),
        penaltyMalicious: within(0, rest.dMax),
        tierNormal: within(tierSuspect + 1, tierSuspect + FULL),
      })
      .chain((dependent) =>
        within(0, dependent.penaltyMalicious).map((penaltyMiss) => {
          const [alphaBp = 0, betaBp = 0, deltaBp = 0, gammaBp = 0] = composite;
          const [omega1Bp = 0, omega2Bp = 0] = history;
          const named = { alphaBp, betaBp, deltaBp, gammaBp, omega1Bp, omega2Bp };
          const tierTrusted = dependent.tierNormal + 1;
          return requireTrustParams({ ...named, ...rest, ...dependent, penaltyMiss, tierSuspect, tierTrusted });
        }),
      ),
  );

const sharesArbitrary: fc.Arbitrary<TrustShares> = fc.record({
  votes: within(0, FULL),
  deposit: within(0, FULL),
});

/** Usually honest, often passive, sometimes malicious or beyond what a round counts. */
export const activityArbitrary: fc.Arbitrary<Activity> = fc.record(
  {
    correct: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 2 }) },
      { weight: 1, arbitrary: within(0, 1_000) },
    ),
    missed: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 2 }) },
      { weight: 1, arbitrary: within(0, 1_000) },
    ),
    malicious: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 20 }) },
    ),
    participated: fc.boolean(),
    adjustment: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -300_000, max: 300_000 }) },
      { weight: 1, arbitrary: fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -0) },
    ),
  },
  { requiredKeys: ['correct', 'missed', 'malicious', 'participated'] },
);

/** Long enough for the window to slide several times; most nodes are idle in a given round. */
export const logArbitrary: fc.Arbitrary<readonly RoundLog[]> = fc.array(
  fc
    .tuple(...NODES.map(() => fc.option(activityArbitrary, { freq: 2 })))
    .map(
      (choices) => new Map(choices.flatMap((choice, index) => (choice === null ? [] : [[NODES[index] ?? '', choice]]))),
    ),
  { minLength: 5, maxLength: 54, size: 'max' },
);

/** Nodes that joined in different rounds before the log starts. */
function admissionsArbitrary(params: TrustParams): fc.Arbitrary<ReadonlyMap<string, Admission>> {
  const admission = fc.record({ admittedAt: fc.constant(0), dynamicBase: within(0, params.dMax) });
  return fc
    .tuple(...NODES.map(() => admission))
    .map((choices) => new Map(choices.map((choice, index) => [NODES[index] ?? '', choice])));
}

/** A complete case: parameters, nodes, shares and history. */
export const caseArbitrary = paramsArbitrary.chain((params) =>
  fc.record({
    params: fc.constant(params),
    admissions: admissionsArbitrary(params),
    shares: sharesArbitrary,
    log: logArbitrary,
  }),
);
