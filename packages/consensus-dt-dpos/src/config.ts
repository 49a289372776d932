/**
 * Configuration: types, presets and bounds.
 *
 * @module
 */
import { ConsensusError, type Millis } from '@fiducia/consensus';
import {
  type BasisPoints,
  floorDivide,
  isTrustError,
  type Micro,
  requireTrustParams,
  type Tier,
  type TrustParams,
  trustPreset,
} from '@fiducia/trust';
import { AMOUNT_LIMIT } from './fact-bounds.ts';

/** How seats are filled from candidates with positive weight (trust E2). */
export type CommitteeMode = 'all' | 'top' | 'weighted';

/**
 * Where seeds come from (trust E5). `fixed`: 32 zero bytes for ever, for experiments. `blockHash`: the last
 * block of an epoch, whose author can try several. `vrf`: VRF outputs of the blocks of an epoch, which
 * nobody can choose (trust X9); needs registered keys.
 */
export type SeedMode = 'fixed' | 'blockHash' | 'vrf';

/** How slots are assigned to seats (trust S1, S2, S3). */
export type ScheduleKind = 'wrr' | 'lottery' | 'permutation';

/** Size of the committee and how it is chosen. */
export interface CommitteeConfig {
  /** K: number of seats, 1 to 1000. Without effect in mode `all`. */
  readonly size: number;
  /** `all` candidates, the `top` K by weight, or K draws `weighted` by trust. */
  readonly mode: CommitteeMode;
}

/** Part of a deposit lost per kind of offence (trust X2). */
export interface SlashConfig {
  /** For signing a header that the rules refuse as provable, 0 to 10 000. */
  readonly invalidHeader: BasisPoints;
  /** For signing two headers for one slot, 0 to 10 000. */
  readonly equivocation: BasisPoints;
}

/** Checked and complete configuration; `parseConfig` of the plugin makes it from a preset. */
export interface DtDposConfig {
  /** Duration of a slot in milliseconds, 100 to 3 600 000. */
  readonly slotMs: Millis;
  /** How far ahead of local time a header may lie, 0 to `slotMs`. */
  readonly driftMs: Millis;
  /** Who gets a seat. */
  readonly committee: CommitteeConfig;
  /** Who leads a slot. */
  readonly schedule: ScheduleKind;
  /** Where seeds come from. */
  readonly seedMode: SeedMode;
  /**
   * Epochs between the state that elects and the epoch it elects for, beyond one; 0 to 4, and at least 2 with
   * `seedMode` `vrf` (trust E3, randomness-vrf R6).
   */
  readonly electionLagEpochs: number;
  /** Epochs without activity after which a candidate is not scored any more (trust L3). */
  readonly dormantEpochs: number;
  /** Least deposit of a candidate with weight, in base units, at least 1. */
  readonly depositMin: bigint;
  /** Deposit that counts as full, `depositMin` to 2^128 - 1. */
  readonly depositTarget: bigint;
  /** Reward of one block in base units, before the share of the author's tier (trust P2). */
  readonly blockReward: bigint;
  /** Share of weight and reward per tier, non-increasing from best to worst, each 0 to 10 000 (trust X1). */
  readonly tierWeights: Readonly<Record<Tier, BasisPoints>>;
  /** Oldest offence that is still booked, in rounds; 0 to the length of the trust window (trust F5). */
  readonly evidenceMaxAge: number;
  /**
   * Rounds for which the ledger keeps the deposit of a leaver. If anything is slashed, at least `evidenceMaxAge`, and
   * `electionLagEpochs` + 1 epochs, for which it may still have a seat; the sum of both covers evidence about the last
   * block of that seat, too (trust X5).
   */
  readonly unbondingRounds: number;
  /** What an offence costs. */
  readonly slash: SlashConfig;
  /** Jail time of a first offence in epochs, doubled by every further one; 0 turns jail off (trust X3). */
  readonly jailBaseEpochs: number;
  /** Whether equivocation excludes for ever (trust X4). */
  readonly tombstone: boolean;
  /** Dynamic base of genesis members, 0 to `trust.dMax`; others start with `trust.d0`. */
  readonly genesisD0: Micro;
  /** Parameters of the trust arithmetic. */
  readonly trust: TrustParams;
}

/** Names of the presets. */
export type PresetName = 'paper' | 'default' | 'minimal';

/** Value of `dormantEpochs` that means never. */
export const DORMANT_EPOCHS_MAX = 2 ** 32 - 1;

/** Tiers from best to worst. */
export const TIERS: readonly Tier[] = ['TRUSTED', 'NORMAL', 'SUSPECT', 'MALICIOUS'];

const ROUNDS_MAX = 2 ** 32 - 1;

const PAPER: DtDposConfig = {
  slotMs: 1_000,
  driftMs: 500,
  committee: { size: 6, mode: 'all' },
  schedule: 'wrr',
  seedMode: 'blockHash',
  electionLagEpochs: 0,
  dormantEpochs: DORMANT_EPOCHS_MAX,
  depositMin: 1n,
  depositTarget: 1n,
  blockReward: 0n,
  tierWeights: { TRUSTED: 10_000, NORMAL: 10_000, SUSPECT: 10_000, MALICIOUS: 10_000 },
  evidenceMaxAge: 50,
  unbondingRounds: 0,
  slash: { invalidHeader: 0, equivocation: 0 },
  jailBaseEpochs: 0,
  tombstone: false,
  genesisD0: 1_000_000,
  trust: trustPreset('paper'),
};

const DEFAULT: DtDposConfig = {
  ...PAPER,
  committee: { size: 21, mode: 'weighted' },
  seedMode: 'vrf',
  electionLagEpochs: 2,
  dormantEpochs: 48,
  tierWeights: { TRUSTED: 10_000, NORMAL: 10_000, SUSPECT: 5_000, MALICIOUS: 0 },
  evidenceMaxAge: 2_880,
  unbondingRounds: 2_880,
  slash: { invalidHeader: 500, equivocation: 1_000 },
  tombstone: true,
  trust: trustPreset('default'),
};

const MINIMAL: DtDposConfig = {
  ...DEFAULT,
  committee: { size: 4, mode: 'weighted' },
  seedMode: 'blockHash',
  electionLagEpochs: 1,
  dormantEpochs: 6,
  blockReward: 100n,
  evidenceMaxAge: 12,
  unbondingRounds: 12,
  jailBaseEpochs: 1,
  trust: {
    ...trustPreset('default'),
    epochRounds: 4,
    windowEpochs: 6,
    decayT: 8,
    trustReward: 1_000,
    voteSaturation: 4,
  },
};

/**
 * Returns a preset. `minimal` turns on all that needs no keys, at a size at which whole lives fit into a test.
 *
 * @example
 * ```ts
 * dtDposPreset('paper').schedule; // 'wrr'
 * dtDpos().parseConfig({ preset: 'default', slotMs: 2_000 });
 * ```
 */
export function dtDposPreset(name: PresetName): DtDposConfig {
  if (name === 'paper') return PAPER;
  return name === 'default' ? DEFAULT : MINIMAL;
}

/**
 * Reads a configuration: a preset and overrides, nested as in {@link DtDposConfig}. Amounts may be
 * bigints, safe integers or decimal text. Unless they are given themselves, `trust.voteSaturation`
 * follows `committee.size`, and `evidenceMaxAge` falls with the trust window.
 *
 * @throws `ConsensusError` with `INVALID_CONFIG` and the path of the first wrong field.
 * @see docs/spec/trust.md, rule T1.
 */
export function parseConfig(raw: unknown, presetName: PresetName): DtDposConfig {
  const { preset = presetName, ...overrides } = requireObject(raw ?? {}, 'config');
  requireOneOf('preset', preset, ['paper', 'default', 'minimal']);
  return requireConfig(withDependents(merge(dtDposPreset(preset as PresetName), overrides, ''), overrides));
}

/**
 * Checks the bounds of a complete configuration and returns it unchanged.
 *
 * @throws `ConsensusError` with `INVALID_CONFIG`.
 * @see docs/spec/trust.md, rule T1.
 */
export function requireConfig(config: DtDposConfig): DtDposConfig {
  const { trust } = config;
  requireInteger('slotMs', config.slotMs, 100, 3_600_000);
  requireInteger('driftMs', config.driftMs, 0, config.slotMs);
  requireInteger('committee.size', config.committee.size, 1, 1_000);
  requireOneOf('committee.mode', config.committee.mode, ['all', 'top', 'weighted']);
  requireOneOf('schedule', config.schedule, ['wrr', 'lottery', 'permutation']);
  requireOneOf('seedMode', config.seedMode, ['fixed', 'blockHash', 'vrf']);
  const isVrf = config.seedMode === 'vrf';
  // R6 of randomness-vrf: candidates are fixed before the first contribution to the seed that draws them.
  requireInteger('electionLagEpochs', config.electionLagEpochs, isVrf ? 2 : 0, 4);
  requireTrust(trust);
  if (isVrf) requireCostlyWithholding(trust);
  const dormantMin = floorDivide(trust.decayT + trust.epochRounds - 1, trust.epochRounds);
  requireInteger('dormantEpochs', config.dormantEpochs, dormantMin, DORMANT_EPOCHS_MAX);
  requireAmount('depositTarget', config.depositTarget, 1n, AMOUNT_LIMIT - 1n);
  requireAmount('depositMin', config.depositMin, 1n, config.depositTarget);
  requireAmount('blockReward', config.blockReward, 0n, AMOUNT_LIMIT - 1n);
  requireTierWeights(config.tierWeights);
  requireInteger('slash.invalidHeader', config.slash.invalidHeader, 0, 10_000);
  requireInteger('slash.equivocation', config.slash.equivocation, 0, 10_000);
  const isSlashing = config.slash.invalidHeader + config.slash.equivocation > 0;
  // X5: a leaver keeps its seat until the elections before it are used up, and its deposit must not be gone by then.
  const seatRounds = (config.electionLagEpochs + 1) * trust.epochRounds;
  requireInteger('unbondingRounds', config.unbondingRounds, isSlashing ? seatRounds : 0, ROUNDS_MAX);
  const windowRounds = trust.windowEpochs * trust.epochRounds;
  const ageMax = isSlashing ? Math.min(windowRounds, config.unbondingRounds) : windowRounds;
  requireInteger('evidenceMaxAge', config.evidenceMaxAge, 0, ageMax);
  requireInteger('jailBaseEpochs', config.jailBaseEpochs, 0, 1_024);
  if (typeof config.tombstone !== 'boolean') fail('tombstone', 'must be true or false');
  requireInteger('genesisD0', config.genesisD0, 0, trust.dMax);
  return config;
}

/** Defaults that depend on values which the overrides may have changed. */
function withDependents(config: DtDposConfig, overrides: Record<string, unknown>): DtDposConfig {
  const isGiven = (section: unknown, key: string): boolean => Object.hasOwn(Object(section ?? {}), key);
  const { committee, trust } = config;
  const isFollowing = isGiven(overrides.committee, 'size') && !isGiven(overrides.trust, 'voteSaturation');
  const voteSaturation = isFollowing ? committee.size : trust.voteSaturation;
  const evidenceMaxAge = isGiven(overrides, 'evidenceMaxAge')
    ? config.evidenceMaxAge
    : Math.min(config.evidenceMaxAge, trust.windowEpochs * trust.epochRounds);
  return { ...config, evidenceMaxAge, trust: { ...trust, voteSaturation } };
}

function requireTrust(params: TrustParams): void {
  try {
    requireTrustParams(params);
  } catch (error) {
    if (!isTrustError(error, 'PARAMETER_OUT_OF_RANGE')) throw error;
    const { data } = error;
    if (data.code === 'PARAMETER_OUT_OF_RANGE') fail(`trust.${data.parameter}`, `must be ${data.expected}`);
  }
}

/** Epochs are long enough to mix several outputs, and withholding one is never free (randomness-vrf R8). */
function requireCostlyWithholding({ epochRounds, penaltyMiss, dMax }: TrustParams): void {
  requireInteger('trust.epochRounds', epochRounds, 3, ROUNDS_MAX);
  requireInteger('trust.penaltyMiss', penaltyMiss, 1, dMax);
}

function requireTierWeights(weights: DtDposConfig['tierWeights']): void {
  let max = 10_000;
  for (const tier of TIERS) {
    requireInteger(`tierWeights.${tier}`, weights[tier], 0, max);
    max = weights[tier];
  }
}

/** Fields of `base`, replaced by those of `overrides`; anything that `base` lacks is refused. */
function merge<T extends object>(base: T, overrides: object, path: string): T {
  for (const key of Object.keys(overrides)) {
    if (!Object.hasOwn(base, key)) fail(`${path}${key}`, 'is unknown');
  }
  const merged = Object.entries(base).map(([key, value]: [string, unknown]) => {
    const override = (overrides as Record<string, unknown>)[key];
    if (override === undefined) return [key, value];
    if (typeof value === 'bigint') return [key, readAmount(`${path}${key}`, override)];
    if (typeof value !== 'object' || value === null) return [key, override];
    return [key, merge(value, requireObject(override, `${path}${key}`), `${path}${key}.`)];
  });
  return Object.fromEntries(merged) as T;
}

function readAmount(path: string, value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  if (typeof value === 'string' && /^(0|[1-9]\d{0,38})$/.test(value)) return BigInt(value);
  return fail(path, 'must be a bigint, a safe integer or decimal text');
}

function requireObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return fail(path, 'must be an object');
}

function requireInteger(path: string, value: unknown, min: number, max: number): void {
  const isValid = Number.isSafeInteger(value) && !Object.is(value, -0);
  if (isValid && (value as number) >= min && (value as number) <= max) return;
  fail(path, `must be an integer in [${min}, ${max}]`);
}

function requireAmount(path: string, value: bigint, min: bigint, max: bigint): void {
  if (typeof value === 'bigint' && value >= min && value <= max) return;
  fail(path, `must be a bigint in [${min}, ${max}]`);
}

function requireOneOf(path: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value === 'string' && allowed.includes(value)) return;
  fail(path, `must be one of ${allowed.join(', ')}`);
}

function fail(path: string, reason: string): never {
  throw new ConsensusError({ code: 'INVALID_CONFIG', path, reason });
}
