import {
  type Activity,
  applyRound,
  countRound,
  createRoundWindow,
  createTrustRecord,
  type RoundWindow,
  scoreTrust,
  type TrustParams,
  type TrustRecord,
  type TrustScore,
  type TrustShares,
} from '../../src/index.ts';
import type { Admission, RoundLog } from './naive-model.ts';

/** Nodes under the model, driven through the public functions only. */
export interface World {
  readonly round: number;
  readonly records: ReadonlyMap<string, TrustRecord>;
  readonly window: RoundWindow;
}

export const FULL_SHARES: TrustShares = { votes: 1_000_000, deposit: 1_000_000 };

export function createWorld(admissions: ReadonlyMap<string, Admission>, params: TrustParams, round = 0): World {
  const records = new Map<string, TrustRecord>();
  for (const [node, { admittedAt, dynamicBase }] of admissions) {
    records.set(node, createTrustRecord(params, admittedAt, dynamicBase));
  }
  return deepFreeze({ round, records, window: createRoundWindow() });
}

/** One round later. The result is frozen, so that any modification of an old value throws. */
export function nextRound(world: World, activities: RoundLog, params: TrustParams): World {
  const round = world.round + 1;
  const changed = applyRound(world.records, round, activities, params);
  const window = countRound(world.window, round, params);
  return deepFreeze({ round, records: new Map([...world.records, ...changed]), window });
}

export function playLog(world: World, log: readonly RoundLog[], params: TrustParams): World {
  return log.reduce((state, activities) => nextRound(state, activities, params), world);
}

export function recordOf(world: World, node: string): TrustRecord {
  const record = world.records.get(node);
  if (record === undefined) throw new Error(`no record of ${node}`);
  return record;
}

export function scoreOf(world: World, node: string, params: TrustParams, shares = FULL_SHARES): TrustScore {
  return scoreTrust(recordOf(world, node), world.window, world.round, shares, params);
}

export function activity(parts: Partial<Activity>): Activity {
  return { correct: 0, missed: 0, malicious: 0, participated: false, ...parts };
}

function deepFreeze<T>(value: T): T {
  if (value instanceof Map) for (const entry of value.values()) deepFreeze(entry);
  else if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const entry of Object.values(value)) deepFreeze(entry);
  }
  return value;
}
