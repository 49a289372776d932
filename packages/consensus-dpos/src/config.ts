/**
 * Configuration: fields, defaults and bounds.
 *
 * @module
 */
import { ConsensusError, type Millis } from '@fiducia/consensus';

/**
 * Where epoch seeds come from. `deterministic`: the chain of seeds that randomness-vrf R5 and R4 define
 * for a chain without contributions, so nobody can influence the schedule and everybody knows it for ever.
 * `vrf`: VRF outputs of the blocks of an epoch, so that nobody knows it much earlier; needs registered keys.
 */
export type SeedSource = 'deterministic' | 'vrf';

/** Checked and complete configuration; `parseConfig` of the plugin makes it from a part. */
export interface DposConfig {
  /** K: delegates of an epoch and slots of a round, 1 to 101. @defaultValue 21 */
  readonly delegates: number;
  /** Length of the standby list, 0 to 101. @defaultValue 10 */
  readonly standby: number;
  /** Most candidates that one account approves at a time, 1 to 101 (pos-pow V1). @defaultValue 30 */
  readonly maxApprovals: number;
  /** Duration of a slot in milliseconds, 500 to 3 600 000. @defaultValue 2000 */
  readonly slotMs: Millis;
  /**
   * How far ahead of local time a header may lie, 0 to `slotMs` (pos-pow A2).
   * @defaultValue half of `slotMs`
   */
  readonly maxSkewMs: Millis;
  /** Rounds of an epoch, 3 to 100 000. @defaultValue 12 */
  readonly epochRounds: number;
  /** Own slots of a delegate in which misses are counted, 1 to 1000 (pos-pow P4). @defaultValue 20 */
  readonly missWindow: number;
  /** Misses in the window that cost a delegate its seat, 1 to `missWindow` (pos-pow P4). @defaultValue 10 */
  readonly missMax: number;
  /** Least deposit of a candidate in base units, 0 to 2^128 - 1; set per chain. @defaultValue 1 */
  readonly candidateDeposit: bigint;
  /** Reward of one block in base units, 0 to 2^128 - 1; set per chain (pos-pow P7). @defaultValue 0 */
  readonly blockReward: bigint;
  /**
   * Oldest offence that is punished, in blocks, 1 to 100 000 (pos-pow P2). The ledger must keep the deposit of a leaver for
   * as many blocks more than it may still serve, which is up to three epochs. @defaultValue 3528
   */
  readonly evidenceMaxAge: number;
  /** Where epoch seeds come from. @defaultValue 'deterministic' */
  readonly seedSource: SeedSource;
}

/** Amounts of tokens are below this. */
export const AMOUNT_LIMIT: bigint = 1n << 128n;

const DEFAULTS: DposConfig = {
  delegates: 21,
  standby: 10,
  maxApprovals: 30,
  slotMs: 2_000,
  maxSkewMs: 1_000,
  epochRounds: 12,
  missWindow: 20,
  missMax: 10,
  candidateDeposit: 1n,
  blockReward: 0n,
  // 14 epochs of 252 slots, as long as evidence counts in proof of stake.
  evidenceMaxAge: 3_528,
  seedSource: 'deterministic',
};

/**
 * Reads a configuration: any part of {@link DposConfig}, completed with defaults. Amounts may be
 * bigints, safe integers or decimal text.
 *
 * @throws `ConsensusError` with `INVALID_CONFIG` and the name of the first wrong field.
 * @see docs/spec/pos-pow.md, section 4.
 */
export function parseConfig(raw: unknown): DposConfig {
  const given = requireObject(raw ?? {});
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, key)) fail(key, 'is unknown');
  }
  const integer = (key: keyof DposConfig, min: number, max: number, fallback?: number): number =>
    requireInteger(key, given[key] ?? fallback ?? DEFAULTS[key], min, max);
  const amount = (key: keyof DposConfig): bigint => requireAmount(key, given[key] ?? DEFAULTS[key]);

  const slotMs = integer('slotMs', 500, 3_600_000);
  const missWindow = integer('missWindow', 1, 1_000);
  return {
    delegates: integer('delegates', 1, 101),
    standby: integer('standby', 0, 101),
    maxApprovals: integer('maxApprovals', 1, 101),
    slotMs,
    maxSkewMs: integer('maxSkewMs', 0, slotMs, slotMs >>> 1),
    epochRounds: integer('epochRounds', 3, 100_000),
    missWindow,
    missMax: integer('missMax', 1, missWindow, Math.min(DEFAULTS.missMax, missWindow)),
    candidateDeposit: amount('candidateDeposit'),
    blockReward: amount('blockReward'),
    evidenceMaxAge: integer('evidenceMaxAge', 1, 100_000),
    seedSource: requireSeedSource(given.seedSource ?? DEFAULTS.seedSource),
  };
}

function requireSeedSource(value: unknown): SeedSource {
  if (value === 'deterministic' || value === 'vrf') return value;
  return fail('seedSource', 'must be deterministic or vrf');
}

function requireObject(value: unknown): Partial<Record<keyof DposConfig, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  return fail('config', 'must be an object');
}

function requireInteger(path: string, value: unknown, min: number, max: number): number {
  const isValid = Number.isSafeInteger(value) && !Object.is(value, -0);
  if (isValid && (value as number) >= min && (value as number) <= max) return value as number;
  return fail(path, `must be an integer in [${min}, ${max}]`);
}

function requireAmount(path: string, value: unknown): bigint {
  const isWritten = typeof value === 'string' && /^(0|[1-9]\d{0,38})$/.test(value);
  const isExact = typeof value === 'bigint' || Number.isSafeInteger(value) || isWritten;
  if (!isExact) fail(path, 'must be a bigint, a safe integer or decimal text');
  const amount = BigInt(value as bigint | number | string);
  return amount >= 0n && amount < AMOUNT_LIMIT ? amount : fail(path, `must be in [0, ${AMOUNT_LIMIT - 1n}]`);
}

function fail(path: string, reason: string): never {
  throw new ConsensusError({ code: 'INVALID_CONFIG', path, reason });
}
