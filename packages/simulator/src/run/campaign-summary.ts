/**
 * Results of many seeds as one value that adds up: shards of a campaign merge in any order.
 *
 * @module
 */
import { type Bytes, ByteWriter, type HashFunction } from '@fiducia/consensus';
import { SimulationError } from '../errors.ts';
import type { FaultKind } from './coverage.ts';
import type { FaultProfile } from './fault-plan.ts';
import { BLOCKS_MIN, type FaultRunResult } from './run-plan.ts';
import { countSeeds, type SeedRange, uniteSeeds } from './seed-ranges.ts';
import type { Violation } from './world.ts';

/** What all seeds of a campaign have in common. */
export interface CampaignSettings {
  /** Name of the subject, e.g. `pos+checkpoint`. */
  readonly subject: string;
  /** How hard the seeds are on their networks. */
  readonly profile: FaultProfile;
  /** Size of every network; `null` if each seed draws its own. */
  readonly nodes: number | null;
  /**
   * What code was run, e.g. the commit of its sources (simulation D4): a seed is something else under another. Absent: nobody
   * knows, and only results of which nobody knows either add up with it.
   */
  readonly commit?: string;
}

/** A violation with the seed that shows it. */
export interface SeedViolation extends Omit<Violation, 'invariant'> {
  /** Seed to run again. */
  readonly seed: number;
  /** Label of the invariant; `E4` for a second run with another trace, `E6` for a failed assertion. */
  readonly invariant: Violation['invariant'] | 'E4';
}

/** What is known of one seed. */
export interface SeedOutcome {
  /** Result of its run. */
  readonly result: FaultRunResult;
  /** Trace hash of a second run; absent if there was none (simulation E4). */
  readonly repeatedTraceHash?: string;
  /** Whether its signatures were real (simulation E5). */
  readonly hasRealSignatures: boolean;
}

/** Figures of a campaign or of a part of it (simulation D4). Plain JSON. */
export interface CampaignSummary extends CampaignSettings {
  /** Seeds that were run, ascending, with gaps between the ranges. */
  readonly ranges: readonly SeedRange[];
  /** Number of them. */
  readonly seeds: number;
  /** Events of the simulations. */
  readonly events: number;
  /** Least number of events of half of the seeds, rounded down to hundreds. */
  readonly medianEvents: number;
  /** Seeds by their events in hundreds, rounded down. */
  readonly seedsByEvents: Readonly<Record<string, number>>;
  /** Blocks adopted, the most of any honest node of each seed. */
  readonly blocks: number;
  /** Seeds with fewer adopted blocks than a fault seed must have. */
  readonly shortSeeds: number;
  /** Virtual time that passed in all runs together, in milliseconds. */
  readonly simulatedMs: number;
  /** Seeds that ran twice, with equal traces unless a violation says otherwise. */
  readonly repeatedSeeds: number;
  /** Seeds with real signatures. */
  readonly realSignatureSeeds: number;
  /** What did not hold, by seed. */
  readonly violations: readonly SeedViolation[];
  /** Seeds in which each kind of fault really happened. */
  readonly faultCoverage: Readonly<Partial<Record<FaultKind, number>>>;
  /** Depends on the trace of every seed and on nothing else, neither order nor shards; 64 hexadecimal digits. */
  readonly traceHash: string;
}

const TRACE_TAG = 'sim/campaign/v1';
const TRACE_MODULUS = 2n ** 256n;
const BUCKET_EVENTS = 100;

/** Figures of one seed. @param sha256 - Of the campaign. */
export function summariseSeed(settings: CampaignSettings, outcome: SeedOutcome, sha256: HashFunction): CampaignSummary {
  const { result, repeatedTraceHash, hasRealSignatures } = outcome;
  const { seed, events, blocks, simulatedMs, faultCoverage, traceHash } = result;
  const violations: SeedViolation[] = result.violations.map((violation) => ({ seed, ...violation }));
  if (repeatedTraceHash !== undefined && repeatedTraceHash !== traceHash) {
    const reason = `a second run has the trace ${repeatedTraceHash}, the first ${traceHash}`;
    violations.push({ seed, invariant: 'E4', node: null, at: 0, reason });
  }
  return {
    ...settings,
    ranges: [{ from: seed, to: seed }],
    seeds: 1,
    events,
    medianEvents: bucketOf(events) * BUCKET_EVENTS,
    seedsByEvents: { [bucketOf(events)]: 1 },
    blocks,
    // Whoever was stopped by a violation had no time to make more.
    shortSeeds: blocks < BLOCKS_MIN && violations.length === 0 ? 1 : 0,
    simulatedMs,
    repeatedSeeds: repeatedTraceHash === undefined ? 0 : 1,
    realSignatureSeeds: hasRealSignatures ? 1 : 0,
    violations,
    faultCoverage: Object.fromEntries(Object.keys(faultCoverage).map((kind) => [kind, 1])),
    traceHash: hexOf(sha256(new ByteWriter().text(TRACE_TAG).uint(seed, 7).text(traceHash).finish())),
  };
}

/**
 * Figures of no seed at all, as of a shard that has none: added to others of its campaign it changes nothing.
 *
 * @see docs/spec/simulation.md, rule D4.
 */
export function emptySummary(settings: CampaignSettings): CampaignSummary {
  return {
    ...settings,
    ranges: [],
    seeds: 0,
    events: 0,
    medianEvents: 0,
    seedsByEvents: {},
    blocks: 0,
    shortSeeds: 0,
    simulatedMs: 0,
    repeatedSeeds: 0,
    realSignatureSeeds: 0,
    violations: [],
    faultCoverage: {},
    traceHash: '0'.repeat(64),
  };
}

/**
 * Adds up parts of one campaign. The order of the parts does not matter, and merging merged parts gives the same.
 *
 * @param parts - At least one.
 * @throws {@link SimulationError} with `SEEDS_OVERLAP` or `CAMPAIGNS_DIFFER`, `INVALID_OPTION` without parts.
 * @see docs/spec/simulation.md, rule D4.
 * @example
 * ```ts
 * const whole = mergeSummaries([firstShard, secondShard]);
 * if (whole.violations.length > 0) console.error(whole.violations);
 * ```
 */
export function mergeSummaries(parts: readonly CampaignSummary[]): CampaignSummary {
  const [first] = parts;
  if (first === undefined) throw new SimulationError({ code: 'INVALID_OPTION', path: 'parts', reason: 'is empty' });
  for (const field of ['subject', 'profile', 'nodes', 'commit'] as const) {
    if (parts.some((part) => part[field] !== first[field]))
      throw new SimulationError({ code: 'CAMPAIGNS_DIFFER', field });
  }
  const sum = (read: (part: CampaignSummary) => number) => parts.reduce((total, part) => total + read(part), 0);
  const ranges = uniteSeeds(parts.flatMap((part) => part.ranges));
  const seedsByEvents = addCounts(parts.map((part) => part.seedsByEvents));
  const traces = parts.reduce((total, part) => total + BigInt(`0x${part.traceHash}`), 0n) % TRACE_MODULUS;
  const { subject, profile, nodes, commit } = first;
  return {
    subject,
    profile,
    nodes,
    ...(commit !== undefined && { commit }),
    ranges,
    seeds: countSeeds(ranges),
    events: sum(({ events }) => events),
    medianEvents: medianOf(seedsByEvents) * BUCKET_EVENTS,
    seedsByEvents,
    blocks: sum(({ blocks }) => blocks),
    shortSeeds: sum(({ shortSeeds }) => shortSeeds),
    simulatedMs: sum(({ simulatedMs }) => simulatedMs),
    repeatedSeeds: sum(({ repeatedSeeds }) => repeatedSeeds),
    realSignatureSeeds: sum(({ realSignatureSeeds }) => realSignatureSeeds),
    violations: parts.flatMap(({ violations }) => violations).sort((a, b) => a.seed - b.seed),
    faultCoverage: addCounts(parts.map(({ faultCoverage }) => faultCoverage)),
    traceHash: traces.toString(16).padStart(64, '0'),
  };
}

function bucketOf(events: number): number {
  return Math.floor(events / BUCKET_EVENTS);
}

/** Sums by key, keys in the order of their values as numbers or texts. */
function addCounts<Key extends string>(
  counts: readonly Readonly<Partial<Record<Key, number>>>[],
): Readonly<Record<Key, number>> {
  const sums = new Map<Key, number>();
  for (const part of counts) {
    for (const [key, count] of Object.entries(part) as [Key, number][]) sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1))) as Record<Key, number>;
}

function medianOf(seedsByBucket: Readonly<Record<string, number>>): number {
  const buckets = Object.entries(seedsByBucket).map(([bucket, seeds]) => ({ bucket: Number(bucket), seeds }));
  const half = buckets.reduce((sum, { seeds }) => sum + seeds, 0) / 2;
  let below = 0;
  for (const { bucket, seeds } of buckets.sort((a, b) => a.bucket - b.bucket)) {
    below += seeds;
    if (below >= half) return bucket;
  }
  return 0;
}

function hexOf(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
