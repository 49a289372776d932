/**
 * Sets of seeds as ranges: what a campaign has run, and what is left of it.
 *
 * @module
 */
import { requireInteger, SimulationError } from '../errors.ts';

/** Seeds from `from` to `to`, both included; safe integers of at least 0. */
export interface SeedRange {
  /** First seed. */
  readonly from: number;
  /** Last seed, at least `from`. */
  readonly to: number;
}

/** Number of seeds in disjoint ranges. */
export function countSeeds(ranges: readonly SeedRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

/**
 * The same seeds as ascending ranges with gaps between them.
 *
 * @throws {@link SimulationError} with `SEEDS_OVERLAP` if a seed occurs twice: its run would count twice.
 */
export function uniteSeeds(ranges: readonly SeedRange[]): readonly SeedRange[] {
  const united: SeedRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = united.at(-1);
    if (last !== undefined && range.from <= last.to)
      throw new SimulationError({ code: 'SEEDS_OVERLAP', seed: range.from });
    if (last !== undefined && range.from === last.to + 1) united[united.length - 1] = { from: last.from, to: range.to };
    else united.push(range);
  }
  return united;
}

/** Seeds of `range` that are not in `done`, ascending. @param done - Ascending and disjoint. */
export function withoutSeeds(range: SeedRange, done: readonly SeedRange[]): readonly SeedRange[] {
  const left: SeedRange[] = [];
  let from = range.from;
  for (const gone of done) {
    if (gone.to < from || gone.from > range.to) continue;
    if (gone.from > from) left.push({ from, to: gone.from - 1 });
    from = gone.to + 1;
  }
  if (from <= range.to) left.push({ from, to: range.to });
  return left;
}

/** Cuts ranges into pieces of at most `seeds` seeds, in order. */
export function cutSeeds(ranges: readonly SeedRange[], seeds: number): readonly SeedRange[] {
  requireInteger('seeds', seeds, 1, Number.MAX_SAFE_INTEGER);
  return ranges.flatMap(({ from, to }) => {
    const count = Math.ceil((to - from + 1) / seeds);
    return Array.from({ length: count }, (_, index) => {
      const start = from + index * seeds;
      return { from: start, to: Math.min(to, start + seeds - 1) };
    });
  });
}

/**
 * The part of a shard: `shards` contiguous parts whose sizes differ by at most one. Of more shards than seeds some
 * are `null`.
 *
 * @param shard - From 0.
 * @throws {@link SimulationError} with `INVALID_OPTION`.
 */
export function shardOf({ from, to }: SeedRange, shard: number, shards: number): SeedRange | null {
  requireInteger('shards', shards, 1, 1_000_000);
  requireInteger('shard', shard, 0, shards - 1);
  const count = BigInt(to - from + 1);
  const start = from + Number((count * BigInt(shard)) / BigInt(shards));
  const end = from + Number((count * BigInt(shard + 1)) / BigInt(shards)) - 1;
  return start > end ? null : { from: start, to: end };
}
