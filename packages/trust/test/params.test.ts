import { describe, expect, test } from 'vitest';
import { isTrustError, requireTrustParams, type TrustParams, trustPreset } from '../src/index.ts';

const paper = trustPreset('paper');

/** Valid neighbours of one bound, and invalid ones; other keys are moved where bounds depend on them. */
interface Bounds {
  readonly key: keyof TrustParams;
  readonly valid: readonly number[];
  readonly invalid: readonly number[];
  readonly others?: Partial<TrustParams>;
}

const BOUNDS: readonly Bounds[] = [
  { key: 'mu1', valid: [1, 1_000_000], invalid: [0, 1_000_001], others: { neutralA: 0 } },
  { key: 'mu2', valid: [0, 10_000_000], invalid: [-1, 10_000_001] },
  { key: 'neutralA', valid: [-1_750_000, 1_000_000], invalid: [-1_750_001, 1_000_001] },
  { key: 'neutralB', valid: [0, 1_000_000], invalid: [-1, 1_000_001] },
  { key: 'epochRounds', valid: [1, 100_000], invalid: [0, 100_001], others: { windowEpochs: 10 } },
  { key: 'epochRounds', valid: [976], invalid: [977], others: { windowEpochs: 1_024 } },
  { key: 'windowEpochs', valid: [1, 1_024], invalid: [0, 1_025] },
  { key: 'd0', valid: [0, 2_000_000], invalid: [-1, 2_000_001] },
  { key: 'dMax', valid: [1_000_000, 10_000_000], invalid: [999_999, 10_000_001] },
  { key: 'trustReward', valid: [0, 100_000], invalid: [-1, 100_001] },
  { key: 'trustRewardBlock', valid: [0, 100_000], invalid: [-1, 100_001] },
  { key: 'penaltyMalicious', valid: [20_000, 2_000_000], invalid: [19_999, 2_000_001] },
  { key: 'penaltyMiss', valid: [0, 200_000], invalid: [-1, 200_001] },
  { key: 'decayT', valid: [1, 2 ** 31], invalid: [0, 2 ** 31 + 1] },
  { key: 'decayN', valid: [0, 1_000_000], invalid: [-1, 1_000_001] },
  { key: 'voteSaturation', valid: [1, 10_000], invalid: [0, 10_001] },
  { key: 'tierTrusted', valid: [600_001], invalid: [600_000] },
  { key: 'tierNormal', valid: [899_999, 300_001], invalid: [900_000, 300_000] },
  { key: 'tierSuspect', valid: [599_999, 0], invalid: [600_000, -1] },
];

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return isTrustError(error) ? error.data.code : String(error);
  }
}

describe('trust T1: a parameter set outside its bounds is rejected', () => {
  test.each(BOUNDS)('$key accepts $valid and refuses $invalid', ({ key, valid, invalid, others }) => {
    for (const value of valid) {
      const params = { ...paper, ...others, [key]: value };
      expect(requireTrustParams(params)).toBe(params);
    }
    for (const value of invalid) {
      expect(codeOf(() => requireTrustParams({ ...paper, ...others, [key]: value }))).toBe('PARAMETER_OUT_OF_RANGE');
    }
  });

  const numeric = (Object.keys(paper) as (keyof TrustParams)[]).filter((key) => key !== 'decayForm');

  test.each(numeric)('%s must be an integer', (key) => {
    for (const value of [Number.NaN, 0.5, Number.POSITIVE_INFINITY, -0, '1', 1n, null, undefined]) {
      expect(codeOf(() => requireTrustParams({ ...paper, [key]: value } as TrustParams))).toBe(
        'PARAMETER_OUT_OF_RANGE',
      );
    }
  });

  test('decayForm is ratio or excess', () => {
    expect(requireTrustParams({ ...paper, decayForm: 'excess' }).decayForm).toBe('excess');
    expect(codeOf(() => requireTrustParams({ ...paper, decayForm: 'linear' } as never))).toBe('PARAMETER_OUT_OF_RANGE');
  });

  test('each weight lies between 0 and 10000, also where the sum is right', () => {
    const params = { ...paper, alphaBp: -1, betaBp: 10_001, deltaBp: 0, gammaBp: 0 };
    expect(codeOf(() => requireTrustParams(params))).toBe('PARAMETER_OUT_OF_RANGE');
    expect(requireTrustParams({ ...paper, omega1Bp: 0, omega2Bp: 10_000 }).omega2Bp).toBe(10_000);
  });

  test('a misspelt parameter is refused', () => {
    expect(() => requireTrustParams({ ...paper, gamaBp: 4_000 } as TrustParams)).toThrow('no such parameter');
  });

  test('the error names the parameter, its value and what is valid', () => {
    expect(() => requireTrustParams({ ...paper, mu1: 0 })).toThrow(
      'PARAMETER_OUT_OF_RANGE: parameter=mu1, value=0, expected=integer 1..1000000',
    );
    expect(() => requireTrustParams({ ...paper, mu2: -0 })).toThrow('value=-0');
  });
});

describe('trust T3: profiles', () => {
  test('both profiles are valid', () => {
    expect(requireTrustParams(trustPreset('paper'))).toBe(trustPreset('paper'));
    expect(requireTrustParams(trustPreset('default'))).toBe(trustPreset('default'));
  });

  test('trust X7: default differs from paper as section 4 lists, newcomers below full trust among it', () => {
    const proposal = trustPreset('default');
    const changed = Object.entries(proposal).filter(([key, value]) => paper[key as keyof TrustParams] !== value);
    expect(Object.fromEntries(changed)).toEqual({
      mu2: 2_000_000,
      neutralA: 500_000,
      epochRounds: 60,
      windowEpochs: 48,
      d0: 500_000,
      dMax: 1_500_000,
      trustReward: 50,
      decayT: 120,
      decayN: 20_000,
      voteSaturation: 21,
    });
  });

  test('profiles cannot be changed by a caller', () => {
    expect(Object.isFrozen(trustPreset('paper'))).toBe(true);
    expect(Object.isFrozen(trustPreset('default'))).toBe(true);
  });

  test('an unknown profile is refused', () => {
    expect(codeOf(() => trustPreset('strict' as never))).toBe('VALUE_OUT_OF_RANGE');
  });
});
