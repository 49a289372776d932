/**
 * Configuration: fields, defaults and bounds.
 *
 * @module
 */
import { ConsensusError, type Height } from '@fiducia/consensus';
import { ACTOR_BYTES_MAX, compareIds, SEATS_MAX, type Seat, WEIGHT_MAX } from './committee.ts';

/** Checked and complete configuration; `parseConfig` of the plugin makes it from a part. */
export interface CheckpointConfig {
  /**
   * E: blocks between checkpoints, 1 to 1000; checkpoint `k` is the block at height `k·every`.
   * @defaultValue 8, or 1 with a configured committee of at most 7 seats. Use 30 over proof of work.
   */
  readonly every: number;
  /** D: blocks to wait above a checkpoint before a vote for it, 0 to `every` + 16. @defaultValue 1. Use 6 over proof of work. */
  readonly delay: number;
  /** Most seats of a committee, 1 to 101. @defaultValue 101 */
  readonly maxSeats: number;
  /** Checkpoints from the announcement of a committee to its boundary, 1 to 16 (finality-checkpoint H1). @defaultValue 2 */
  readonly grace: number;
  /** Checkpoints below the head for which votes and identities of checkpoints are kept, 16 to 65 536. @defaultValue 1024 */
  readonly window: number;
  /**
   * A committee that never changes, with weights of 1 unless given; absent, the committee follows the validators
   * of the production plugin. Required over proof of work, which has none.
   */
  readonly committee?: readonly Seat[];
  /**
   * Weight of the seats of a committee that comes from the production plugin: `equal` is 1 per seat, `capped`
   * follows the weights of the validators within the bounds of finality-checkpoint W3.
   * @defaultValue `equal`
   */
  readonly weights: 'equal' | 'capped';
  /** Parts per million of the deposit that an offence costs, 0 to 1 000 000; 0 where the production plugin charges for it. @defaultValue 100 000 */
  readonly slashPpm: number;
  /** Blocks for which an offender is excluded from admission and withdrawal, 0 to 10^9. @defaultValue 10 000 */
  readonly jailBlocks: Height;
}

const DEFAULTS: Omit<CheckpointConfig, 'committee'> = {
  every: 8,
  delay: 1,
  maxSeats: SEATS_MAX,
  grace: 2,
  window: 1_024,
  weights: 'equal',
  slashPpm: 100_000,
  jailBlocks: 10_000,
};

/** Committees up to this size make every block a checkpoint, since their votes are few. */
const SMALL_COMMITTEE_SEATS = 7;

/**
 * Reads a configuration: any part of {@link CheckpointConfig}, completed with defaults. A committee is a list
 * of ids, or of objects with `id` and optionally `weight`.
 *
 * @throws `ConsensusError` with `INVALID_CONFIG` and the name of the first wrong field.
 * @see docs/spec/finality-checkpoint.md, section 1.
 */
export function parseConfig(raw: unknown): CheckpointConfig {
  const given = requireObject('config', raw ?? {});
  for (const key of Object.keys(given)) {
    if (key !== 'committee' && !Object.hasOwn(DEFAULTS, key)) fail(key, 'is unknown');
  }
  const integer = (key: keyof typeof DEFAULTS, min: number, max: number, fallback: unknown = DEFAULTS[key]): number =>
    requireInteger(key, given[key] ?? fallback, min, max);

  const maxSeats = integer('maxSeats', 1, SEATS_MAX);
  const committee = readCommittee(given.committee, maxSeats);
  const isSmall = committee !== undefined && committee.length <= SMALL_COMMITTEE_SEATS;
  const every = integer('every', 1, 1_000, isSmall ? 1 : DEFAULTS.every);
  return {
    every,
    delay: integer('delay', 0, every + 16),
    maxSeats,
    grace: integer('grace', 1, 16),
    window: integer('window', 16, 65_536),
    ...(committee !== undefined && { committee }),
    weights: readWeights(given.weights ?? DEFAULTS.weights),
    slashPpm: integer('slashPpm', 0, 1_000_000),
    jailBlocks: integer('jailBlocks', 0, 1_000_000_000),
  };
}

function readCommittee(raw: unknown, maxSeats: number): readonly Seat[] | undefined {
  if (raw === undefined) return undefined;
  if (!Array.isArray(raw)) return fail('committee', 'must be a list');
  if (raw.length < 1 || raw.length > maxSeats) fail('committee', `must have 1 to ${maxSeats} seats`);
  const seats = raw.map(readSeat).sort((a, b) => compareIds(a.id, b.id));
  if (new Set(seats.map(({ id }) => id)).size !== seats.length) fail('committee', 'names a seat twice');
  return seats;
}

function readSeat(raw: unknown, index: number): Seat {
  const path = `committee.${index}`;
  const { id, weight = 1 } = typeof raw === 'string' ? { id: raw } : requireObject(path, raw);
  const isId = typeof id === 'string' && id.length >= 1 && id.length <= ACTOR_BYTES_MAX && ID.test(id);
  if (!isId) fail(`${path}.id`, `must be 1 to ${ACTOR_BYTES_MAX} printable ASCII characters`);
  return { id: id as string, weight: requireInteger(`${path}.weight`, weight, 1, WEIGHT_MAX), publicKey: null };
}

const ID = /^[\x21-\x7e]+$/;

function readWeights(raw: unknown): CheckpointConfig['weights'] {
  if (raw === 'equal' || raw === 'capped') return raw;
  return fail('weights', 'must be equal or capped');
}

function requireObject(path: string, value: unknown): Partial<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return fail(path, 'must be an object');
}

function requireInteger(path: string, value: unknown, min: number, max: number): number {
  const isValid = typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0);
  if (isValid && value >= min && value <= max) return value;
  return fail(path, `must be an integer in [${min}, ${max}]`);
}

function fail(path: string, reason: string): never {
  throw new ConsensusError({ code: 'INVALID_CONFIG', path, reason });
}
