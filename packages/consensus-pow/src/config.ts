/**
 * Configuration: types, presets and bounds.
 *
 * @module
 */
import { ConsensusError, type Millis } from '@fiducia/consensus';
import { TARGET_MAX } from './target.ts';

/** Checked and complete configuration; `parseConfig` of the plugin makes it from a preset. */
export interface PowConfig {
  /** T: intended time between blocks in milliseconds, 1000 to 3 600 000. */
  readonly spacingMs: Millis;
  /** R: blocks between two changes of the target, 1 to 10 000 (pos-pow D1). */
  readonly windowBlocks: number;
  /** Most a retarget may count the time above or below the intended one, 2 to 16 (pos-pow D3). */
  readonly clamp: number;
  /** Greatest target, 1 to 2^256 − 1 (pos-pow D4). */
  readonly powLimit: bigint;
  /** Target of the first block, 1 to `powLimit`; follows `powLimit` unless given. */
  readonly genesisTarget: bigint;
  /** Whether the target never changes, for test networks (pos-pow D5). */
  readonly fixedTarget: boolean;
  /** Blocks whose median a timestamp must exceed, odd, 3 to 51 (pos-pow T1). */
  readonly mtpBlocks: number;
  /** How far ahead of local time a header may lie, `spacingMs` to 7 200 000 (pos-pow T3). */
  readonly maxFutureDriftMs: Millis;
  /** Share of the hash power that the settlement hint assumes an attacker to have, 50 000 to 450 000 millionths. */
  readonly settleSharePpm: number;
  /** Chance of success that the settlement hint leaves to that attacker, 1 to 10 000 millionths. */
  readonly settleEpsilonPpm: number;
  /** Reward of one block in base units, 0 to 2^128 − 1; fees come on top (pos-pow M5). */
  readonly blockReward: bigint;
  /** Blocks after which the reward halves, 0 to 2^32 − 1; 0 means never (pos-pow M5). */
  readonly halvingBlocks: number;
}

/** Names of the presets. */
export type PowPresetName = 'default' | 'test';

const AMOUNT_MAX = 2n ** 128n - 1n;
const PRESETS: readonly PowPresetName[] = ['default', 'test'];

const DEFAULT: PowConfig = {
  spacingMs: 10_000,
  windowBlocks: 60,
  clamp: 4,
  powLimit: 2n ** 240n - 1n,
  genesisTarget: 2n ** 240n - 1n,
  fixedTarget: false,
  mtpBlocks: 11,
  maxFutureDriftMs: 120_000,
  settleSharePpm: 100_000,
  settleEpsilonPpm: 1_000,
  blockReward: 0n,
  halvingBlocks: 0,
};

const TEST: PowConfig = { ...DEFAULT, powLimit: TARGET_MAX, genesisTarget: TARGET_MAX, fixedTarget: true };

/**
 * Returns a preset. Under `test` every nonce is valid, so that blocks cost nothing (pos-pow M4).
 *
 * @example
 * ```ts
 * powPreset('default').spacingMs; // 10_000
 * pow().parseConfig({ preset: 'default', spacingMs: 5_000 });
 * ```
 */
export function powPreset(name: PowPresetName): PowConfig {
  return name === 'default' ? DEFAULT : TEST;
}

/**
 * Reads a configuration: a preset and overrides with the keys of {@link PowConfig}. Targets and
 * amounts may be bigints, safe integers, or text in decimal or `0x` hexadecimal. Unless they are given
 * themselves, `genesisTarget` follows `powLimit`, and `maxFutureDriftMs` is at least `spacingMs`.
 *
 * @throws `ConsensusError` with `INVALID_CONFIG` and the path of the first wrong field.
 */
export function parseConfig(raw: unknown, presetName: PowPresetName): PowConfig {
  const { preset = presetName, ...overrides } = requireObject(raw ?? {});
  requireThat('preset', PRESETS.includes(preset as PowPresetName), `must be one of ${PRESETS.join(', ')}`);
  const config = merge(powPreset(preset as PowPresetName), overrides);
  const isGiven = (key: keyof PowConfig): boolean => overrides[key] !== undefined;
  return requireConfig({
    ...config,
    genesisTarget: isGiven('genesisTarget') ? config.genesisTarget : config.powLimit,
    maxFutureDriftMs: isGiven('maxFutureDriftMs')
      ? config.maxFutureDriftMs
      : Math.max(config.maxFutureDriftMs, config.spacingMs),
  });
}

function requireConfig(config: PowConfig): PowConfig {
  requireInteger('spacingMs', config.spacingMs, 1_000, 3_600_000);
  requireInteger('windowBlocks', config.windowBlocks, 1, 10_000);
  requireInteger('clamp', config.clamp, 2, 16);
  requireBigint('powLimit', config.powLimit, 1n, TARGET_MAX);
  requireBigint('genesisTarget', config.genesisTarget, 1n, config.powLimit);
  requireThat('fixedTarget', typeof config.fixedTarget === 'boolean', 'must be true or false');
  requireInteger('mtpBlocks', config.mtpBlocks, 3, 51);
  requireThat('mtpBlocks', config.mtpBlocks % 2 === 1, 'must be odd');
  requireInteger('maxFutureDriftMs', config.maxFutureDriftMs, config.spacingMs, 7_200_000);
  requireInteger('settleSharePpm', config.settleSharePpm, 50_000, 450_000);
  requireInteger('settleEpsilonPpm', config.settleEpsilonPpm, 1, 10_000);
  requireBigint('blockReward', config.blockReward, 0n, AMOUNT_MAX);
  requireInteger('halvingBlocks', config.halvingBlocks, 0, 2 ** 32 - 1);
  return config;
}

/** Values of `base`, replaced by those of `overrides`; a key that `base` lacks is refused. */
function merge(base: PowConfig, overrides: Readonly<Record<string, unknown>>): PowConfig {
  for (const key of Object.keys(overrides)) requireThat(key, Object.hasOwn(base, key), 'is unknown');
  const merged = Object.entries(base).map(([key, value]: [string, unknown]) => {
    const override = overrides[key];
    if (override === undefined) return [key, value];
    return [key, typeof value === 'bigint' ? readBigint(key, override) : override];
  });
  return Object.fromEntries(merged) as PowConfig;
}

function readBigint(path: string, value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  if (typeof value === 'string' && /^(0|[1-9]\d{0,77}|0x[\da-f]{1,64})$/.test(value)) return BigInt(value);
  return fail(path, 'must be a bigint, a safe integer, or decimal or 0x text');
}

function requireObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return fail('config', 'must be an object');
}

function requireInteger(path: string, value: number, min: number, max: number): void {
  const isInteger = Number.isSafeInteger(value) && !Object.is(value, -0);
  requireThat(path, isInteger && value >= min && value <= max, `must be an integer in [${min}, ${max}]`);
}

function requireBigint(path: string, value: bigint, min: bigint, max: bigint): void {
  requireThat(path, value >= min && value <= max, `must be in [${min}, ${max}]`);
}

function requireThat(path: string, condition: boolean, reason: string): void {
  if (!condition) fail(path, reason);
}

function fail(path: string, reason: string): never {
  throw new ConsensusError({ code: 'INVALID_CONFIG', path, reason });
}
