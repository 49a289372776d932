/**
 * Configuration: fields, defaults and bounds.
 *
 * @module
 */
import { ConsensusError, compareActors, type Millis, type Validator } from '@fiducia/consensus';

/** Checked and complete configuration; `parseConfig` of the plugin makes it from a part. */
export interface PbftConfig {
  /** Least time between a block and its parent in milliseconds, 200 to 3 600 000 (pbft R1). @defaultValue 2000 */
  readonly blockTimeMs: Millis;
  /**
   * Duration of round 0 in milliseconds, 200 to 3 600 000; at least twice the expected delay of the network. It
   * doubles with every further round, up to 256-fold (pbft R6). @defaultValue 4000
   */
  readonly roundTimeoutMs: Millis;
  /** How far ahead of local time a block may lie that this node votes for, 0 to 15 000 (pbft R2). @defaultValue 1000 */
  readonly maxSkewMs: Millis;
  /**
   * Who votes when the era begins, in place of those whom the era before hands over; required after a protocol that has
   * no validators, such as proof of work. Given as ids, or as objects with `id` and optionally `weight`.
   * @defaultValue none: the validators of the handover
   */
  readonly validators: readonly Validator[];
  /** Most validators with a seat, 1 to 100. @defaultValue 100 */
  readonly maxValidators: number;
  /** Whether votes count by the weight that the validator set gives (pbft Q3) instead of one per seat. @defaultValue false */
  readonly weighted: boolean;
  /** Reward of one block in base units, 0 to 2^120. @defaultValue 0 */
  readonly blockReward: bigint;
  /** Parts per million of the deposit that a contradictory vote costs, 0 to 1 000 000. @defaultValue 1 000 000 */
  readonly slashPpm: number;
  /** Blocks for which an offence can be reported, 10 to 100 000. @defaultValue 1000 */
  readonly evidenceBlocks: number;
}

/** Names that are kept: printable ASCII without spaces, so that every state can be encoded. */
export const ACTOR: RegExp = /^[!-~]{1,128}$/;

/** Most validators that a configuration names. */
const VALIDATORS_MAX = 100;

/** Largest weight or reward: no ledger holds more tokens. */
export const AMOUNT_MAX: bigint = 1n << 120n;

const DEFAULTS: PbftConfig = {
  blockTimeMs: 2_000,
  roundTimeoutMs: 4_000,
  maxSkewMs: 1_000,
  validators: [],
  maxValidators: 100,
  weighted: false,
  blockReward: 0n,
  slashPpm: 1_000_000,
  evidenceBlocks: 1_000,
};

/**
 * Reads a configuration: any part of {@link PbftConfig}, completed with defaults. The reward may be a
 * bigint, a safe integer or decimal text.
 *
 * @throws `ConsensusError` with `INVALID_CONFIG` and the name of the first wrong field.
 * @see docs/spec/pbft.md, section 2.
 */
export function parseConfig(raw: unknown): PbftConfig {
  const given = requireObject(raw ?? {});
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, key)) fail(key, 'is unknown');
  }
  const integer = (key: keyof PbftConfig, min: number, max: number): number =>
    requireInteger(key, given[key] ?? DEFAULTS[key], min, max);
  return {
    blockTimeMs: integer('blockTimeMs', 200, 3_600_000),
    roundTimeoutMs: integer('roundTimeoutMs', 200, 3_600_000),
    maxSkewMs: integer('maxSkewMs', 0, 15_000),
    validators: readValidators(given.validators ?? DEFAULTS.validators),
    maxValidators: integer('maxValidators', 1, 100),
    weighted: requireBoolean('weighted', given.weighted ?? DEFAULTS.weighted),
    blockReward: requireAmount('blockReward', given.blockReward ?? DEFAULTS.blockReward),
    slashPpm: integer('slashPpm', 0, 1_000_000),
    evidenceBlocks: integer('evidenceBlocks', 10, 100_000),
  };
}

function requireObject(value: unknown): Partial<Record<keyof PbftConfig | keyof Validator, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  return fail('config', 'must be an object');
}

function requireInteger(path: string, value: unknown, min: number, max: number): number {
  const isValid = typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0);
  if (isValid && value >= min && value <= max) return value;
  return fail(path, `must be an integer in [${min}, ${max}]`);
}

function readValidators(raw: unknown): readonly Validator[] {
  if (!Array.isArray(raw) || raw.length > VALIDATORS_MAX)
    return fail('validators', `must be a list of at most ${VALIDATORS_MAX}`);
  const validators = raw.map(readValidator).toSorted((a, b) => compareActors(a.id, b.id));
  if (new Set(validators.map(({ id }) => id)).size !== validators.length) fail('validators', 'names somebody twice');
  return validators;
}

function readValidator(raw: unknown, index: number): Validator {
  const path = `validators.${index}`;
  const given: { readonly id?: unknown; readonly weight?: unknown } =
    typeof raw === 'string' ? { id: raw } : requireObject(raw);
  const { id, weight = 1n } = given;
  if (typeof id !== 'string' || !ACTOR.test(id))
    return fail(`${path}.id`, 'must be 1 to 128 printable ASCII characters');
  const amount = requireAmount(`${path}.weight`, weight);
  return amount > 0n ? { id, weight: amount } : fail(`${path}.weight`, 'must be at least 1');
}

function requireBoolean(path: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : fail(path, 'must be true or false');
}

function requireAmount(path: string, value: unknown): bigint {
  const amount = readAmount(value);
  if (amount !== undefined && amount >= 0n && amount <= AMOUNT_MAX) return amount;
  return fail(path, 'must be a whole amount in [0, 2^120]');
}

function readAmount(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  return typeof value === 'string' && /^(0|[1-9]\d{0,38})$/.test(value) ? BigInt(value) : undefined;
}

function fail(path: string, reason: string): never {
  throw new ConsensusError({ code: 'INVALID_CONFIG', path, reason });
}
