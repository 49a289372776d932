/**
 * Configuration: fields, defaults and bounds.
 *
 * @module
 */
import { ConsensusError, type Millis } from '@fiducia/consensus';

/** Checked and complete configuration; `parseConfig` of the plugin makes it from a part. */
export interface PosConfig {
  /** Duration of a slot in milliseconds, 500 to 3 600 000. @defaultValue 3000 */
  readonly slotMs: Millis;
  /**
   * How far ahead of local time a header may lie, 0 to `slotMs` (pos-pow A2).
   * @defaultValue half of `slotMs`
   */
  readonly maxSkewMs: Millis;
  /** Slots of an epoch, 30 to 100 000. @defaultValue 300 */
  readonly epochSlots: number;
  /** Least stake in base units that takes part in the lottery, 1 to 2^120 (pos-pow S3). @defaultValue 1 000 000 */
  readonly minStake: bigint;
  /** Most validators of an epoch, 1 to 4096, the bound of the contract (pos-pow S3). @defaultValue 1000 */
  readonly maxValidators: number;
  /** Reward of one block in base units, 0 to 2^120; set per chain (pos-pow W). @defaultValue 0 */
  readonly blockReward: bigint;
  /** Parts per million of the stake that two headers for one slot cost, 0 to 1 000 000 (pos-pow N1). @defaultValue 50 000 */
  readonly slashDoublePpm: number;
  /** Parts per million of the stake that contradicting votes of the era before cost, 0 to 1 000 000 (pos-pow N2). @defaultValue 100 000 */
  readonly slashVotePpm: number;
  /** Parts per million of a slashed stake that the reporter gets, 0 to 500 000 (pos-pow N3). @defaultValue 62 500 */
  readonly reporterPpm: number;
  /** Epochs after its own for which an offence can be reported, 2 to 10 000 (pos-pow N3). @defaultValue 14 */
  readonly evidenceEpochs: number;
  /**
   * Epochs of an ejection, and for which the ledger must keep the stake of a leaver, above
   * `evidenceEpochs` and at most 20 000 (pos-pow N1, N5). @defaultValue 21
   */
  readonly unbondEpochs: number;
  /** Blocks that must contribute to the seed of an epoch, 1 to 100 (randomness-vrf R4). @defaultValue 1 */
  readonly minContrib: number;
}

/** Largest amount of stake or reward: no ledger holds more tokens. */
export const AMOUNT_MAX: bigint = 1n << 120n;

const DEFAULTS: PosConfig = {
  slotMs: 3_000,
  maxSkewMs: 1_500,
  epochSlots: 300,
  minStake: 1_000_000n,
  maxValidators: 1_000,
  blockReward: 0n,
  slashDoublePpm: 50_000,
  slashVotePpm: 100_000,
  reporterPpm: 62_500,
  evidenceEpochs: 14,
  unbondEpochs: 21,
  minContrib: 1,
};

/**
 * Reads a configuration: any part of {@link PosConfig}, completed with defaults. Amounts may be bigints,
 * safe integers or decimal text.
 *
 * @throws `ConsensusError` with `INVALID_CONFIG` and the name of the first wrong field.
 * @see docs/spec/pos-pow.md, section 2.
 */
export function parseConfig(raw: unknown): PosConfig {
  const given = requireObject(raw ?? {});
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, key)) fail(key, 'is unknown');
  }
  const integer = (key: keyof PosConfig, min: number, max: number, fallback: unknown = DEFAULTS[key]): number =>
    requireInteger(key, given[key] ?? fallback, min, max);
  const amount = (key: keyof PosConfig, min: bigint): bigint => requireAmount(key, given[key] ?? DEFAULTS[key], min);

  const slotMs = integer('slotMs', 500, 3_600_000);
  const evidenceEpochs = integer('evidenceEpochs', 2, 10_000);
  const unbondDefault = evidenceEpochs < DEFAULTS.unbondEpochs ? DEFAULTS.unbondEpochs : evidenceEpochs + 1;
  return {
    slotMs,
    maxSkewMs: integer('maxSkewMs', 0, slotMs, slotMs >>> 1),
    epochSlots: integer('epochSlots', 30, 100_000),
    minStake: amount('minStake', 1n),
    maxValidators: integer('maxValidators', 1, 4_096),
    blockReward: amount('blockReward', 0n),
    slashDoublePpm: integer('slashDoublePpm', 0, 1_000_000),
    slashVotePpm: integer('slashVotePpm', 0, 1_000_000),
    reporterPpm: integer('reporterPpm', 0, 500_000),
    evidenceEpochs,
    unbondEpochs: integer('unbondEpochs', evidenceEpochs + 1, 20_000, unbondDefault),
    minContrib: integer('minContrib', 1, 100),
  };
}

function requireObject(value: unknown): Partial<Record<keyof PosConfig, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  return fail('config', 'must be an object');
}

function requireInteger(path: string, value: unknown, min: number, max: number): number {
  const isValid = typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0);
  if (isValid && value >= min && value <= max) return value;
  return fail(path, `must be an integer in [${min}, ${max}]`);
}

function requireAmount(path: string, value: unknown, min: bigint): bigint {
  const amount = readAmount(value);
  if (amount !== undefined && amount >= min && amount <= AMOUNT_MAX) return amount;
  return fail(path, `must be a whole amount in [${min}, 2^120]`);
}

function readAmount(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  return typeof value === 'string' && /^(0|[1-9]\d{0,38})$/.test(value) ? BigInt(value) : undefined;
}

function fail(path: string, reason: string): never {
  throw new ConsensusError({ code: 'INVALID_CONFIG', path, reason });
}
