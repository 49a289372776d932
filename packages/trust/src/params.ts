/**
 * Parameters of the model, their two profiles and their bounds.
 *
 * @module
 */
import { TrustError } from './errors.ts';
import { BASIS_POINTS, type BasisPoints, FULL_TRUST_MICRO, isIntegerWithin, type Micro } from './integer.ts';

/**
 * Constants of the formulas, named as in docs/spec/trust.md, section 4.
 *
 * All nodes that must agree on trust need equal parameters. Check a set once with
 * {@link requireTrustParams}; every other function relies on that.
 */
export interface TrustParams {
  /** α: weight of historical trust H. The four weights sum to exactly 10 000. */
  readonly alphaBp: BasisPoints;
  /** β: weight of the vote share V. */
  readonly betaBp: BasisPoints;
  /** δ: weight of the deposit share M. */
  readonly deltaBp: BasisPoints;
  /** γ: weight of dynamic trust D. */
  readonly gammaBp: BasisPoints;
  /** ω1: weight of the behaviour factor A in H. Both ω sum to exactly 10 000. */
  readonly omega1Bp: BasisPoints;
  /** ω2: weight of the participation factor B in H. */
  readonly omega2Bp: BasisPoints;
  /** μ1: value of one correct behaviour, 1 to 1 000 000. */
  readonly mu1: Micro;
  /** μ2: cost of one malicious behaviour, 0 to 10 000 000. */
  readonly mu2: Micro;
  /** A of a node without any behaviour in the window, −`mu2` to `mu1`. */
  readonly neutralA: Micro;
  /** B before the first round, 0 to 1 000 000. */
  readonly neutralB: Micro;
  /** Rounds per epoch, 1 to 100 000. */
  readonly epochRounds: number;
  /** W: epochs that count, the running one included; 1 to 1024, and at most 1 000 000 rounds in all. */
  readonly windowEpochs: number;
  /** Dynamic base of a new node, 0 to `dMax`. */
  readonly d0: Micro;
  /** Cap of the dynamic base, 1 000 000 to 10 000 000; it limits what can be saved up for an attack. */
  readonly dMax: Micro;
  /** ΔD_a: reward for taking part in a round, 0 to 100 000. */
  readonly trustReward: Micro;
  /** Reward for one correct behaviour, 0 to 100 000. */
  readonly trustRewardBlock: Micro;
  /** Loss per malicious behaviour, 0 to `dMax`. */
  readonly penaltyMalicious: Micro;
  /** Loss per missed duty, 0 to `penaltyMalicious`. */
  readonly penaltyMiss: Micro;
  /** T_t: idle rounds without loss, 1 to 2^31. */
  readonly decayT: number;
  /** N: loss factor, 0 to 1 000 000. */
  readonly decayN: Micro;
  /** Reading of the paper's equation (8): `ratio` is N·t/T_t, `excess` is N·(t − T_t) (gap G-01). */
  readonly decayForm: 'ratio' | 'excess';
  /** S: the vote share is full from 1/S of all votes on; 1 to 10 000. */
  readonly voteSaturation: number;
  /** Least composite trust of `TRUSTED`; the three limits are strictly descending and not negative. */
  readonly tierTrusted: Micro;
  /** Least composite trust of `NORMAL`. */
  readonly tierNormal: Micro;
  /** Least composite trust of `SUSPECT`. */
  readonly tierSuspect: Micro;
}

/** Most rounds in a window (trust T1). */
export const WINDOW_ROUNDS_MAX = 1_000_000;

const PAPER: TrustParams = Object.freeze({
  alphaBp: 3_500,
  betaBp: 1_500,
  deltaBp: 1_000,
  gammaBp: 4_000,
  omega1Bp: 5_000,
  omega2Bp: 5_000,
  mu1: 1_000_000,
  mu2: 1_750_000,
  neutralA: 1_000_000,
  neutralB: 1_000_000,
  epochRounds: 1,
  windowEpochs: 50,
  d0: 1_000_000,
  dMax: 2_000_000,
  trustReward: 1_000,
  trustRewardBlock: 0,
  penaltyMalicious: 200_000,
  penaltyMiss: 20_000,
  decayT: 5,
  decayN: 10_000,
  decayForm: 'ratio',
  voteSaturation: 6,
  tierTrusted: 900_000,
  tierNormal: 600_000,
  tierSuspect: 300_000,
});

const DEFAULT: TrustParams = Object.freeze({
  ...PAPER,
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

/**
 * Returns a profile of docs/spec/trust.md, section 4.
 *
 * Only `paper` is calibrated, against three published counts. `default` is an engineering proposal
 * with newcomers below full trust (trust X7); it is not validated (trust T3).
 *
 * @throws {@link TrustError} with `VALUE_OUT_OF_RANGE` for any other name.
 * @example
 * ```ts
 * const params = requireTrustParams({ ...trustPreset('paper'), windowEpochs: 28 });
 * ```
 */
export function trustPreset(name: 'paper' | 'default'): TrustParams {
  if (name === 'paper') return PAPER;
  if (name === 'default') return DEFAULT;
  throw new TrustError({ code: 'VALUE_OUT_OF_RANGE', name: 'preset', value: name, expected: 'paper or default' });
}

/**
 * Checks a parameter set and returns it unchanged.
 *
 * @throws {@link TrustError} with `PARAMETER_OUT_OF_RANGE`, naming the first parameter that is wrong.
 * @see docs/spec/trust.md, rule T1.
 * @example
 * ```ts
 * const params = requireTrustParams({ ...trustPreset('paper'), windowEpochs: 28 });
 * params.windowEpochs; // 28
 * ```
 */
export function requireTrustParams(params: TrustParams): TrustParams {
  const check = (parameter: keyof TrustParams, min: number, max: number): void => {
    const value = params[parameter];
    // -0 equals 0 but has another encoding in some formats, and parameters are hashed.
    if (isIntegerWithin(value, min, max) && !Object.is(value, -0)) return;
    fail(parameter, value, `integer ${min}..${max}`);
  };

  checkWeights(params, ['alphaBp', 'betaBp', 'deltaBp', 'gammaBp'], check);
  checkWeights(params, ['omega1Bp', 'omega2Bp'], check);
  check('mu1', 1, FULL_TRUST_MICRO);
  check('mu2', 0, 10_000_000);
  check('neutralA', -params.mu2, params.mu1);
  check('neutralB', 0, FULL_TRUST_MICRO);
  check('epochRounds', 1, 100_000);
  check('windowEpochs', 1, 1_024);
  if (params.windowEpochs * params.epochRounds > WINDOW_ROUNDS_MAX) {
    fail('windowEpochs', params.windowEpochs, `windowEpochs * epochRounds <= ${WINDOW_ROUNDS_MAX}`);
  }
  check('dMax', FULL_TRUST_MICRO, 10_000_000);
  check('d0', 0, params.dMax);
  check('trustReward', 0, 100_000);
  check('trustRewardBlock', 0, 100_000);
  check('penaltyMalicious', 0, params.dMax);
  check('penaltyMiss', 0, params.penaltyMalicious);
  check('decayT', 1, 2 ** 31);
  check('decayN', 0, 1_000_000);
  if (params.decayForm !== 'ratio' && params.decayForm !== 'excess') {
    fail('decayForm', params.decayForm, 'ratio or excess');
  }
  check('voteSaturation', 1, 10_000);
  check('tierTrusted', 0, Number.MAX_SAFE_INTEGER);
  check('tierNormal', 0, params.tierTrusted - 1);
  check('tierSuspect', 0, params.tierNormal - 1);
  // A misspelt key spread over a profile would otherwise change nothing, silently.
  for (const [key, value] of Object.entries(params)) {
    if (!Object.hasOwn(PAPER, key)) fail(key, value, 'no such parameter');
  }
  return params;
}

function checkWeights(
  params: TrustParams,
  keys: readonly ('alphaBp' | 'betaBp' | 'deltaBp' | 'gammaBp' | 'omega1Bp' | 'omega2Bp')[],
  check: (parameter: keyof TrustParams, min: number, max: number) => void,
): void {
  let sum = 0;
  for (const key of keys) {
    check(key, 0, BASIS_POINTS);
    sum += params[key];
  }
  if (sum !== BASIS_POINTS) fail(keys.join(' + '), sum, `sum exactly ${BASIS_POINTS}`);
}

function fail(parameter: string, value: unknown, expected: string): never {
  throw new TrustError({ code: 'PARAMETER_OUT_OF_RANGE', parameter, value, expected });
}
