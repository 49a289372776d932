/**
 * A campaign: many seeds of one subject, on all cores, resumable and in shards.
 *
 * @module
 */
import {
  type CampaignSettings,
  type CampaignSummary,
  countSeeds,
  cutSeeds,
  emptySummary,
  type FaultProfile,
  mergeSummaries,
  type SeedRange,
  shardOf,
  uniteSeeds,
  withoutSeeds,
} from '@fiducia/simulator';
import { FiduciaCommandError } from '../failure.ts';
import type { ConsensusName, FinalityGadget } from '../scenario/result.ts';
import type { PackageCoverage } from './line-coverage.ts';
import { runOnThreads } from './pool.ts';
import { sourceVersion } from './source-version.ts';
import { openResultFile } from './store.ts';
import { createSubject } from './subjects.ts';

/** What to run. */
export interface CampaignOptions {
  readonly consensus: ConsensusName;
  readonly finality: FinalityGadget | null;
  readonly profile: FaultProfile;
  /** Size of every network; `null`: drawn for each seed. */
  readonly nodes: number | null;
  readonly seeds: SeedRange;
  /** Part of the seeds to run, from 0, and number of parts. */
  readonly shard: { readonly index: number; readonly count: number };
  /** Threads, at least 1. */
  readonly workers: number;
  /** File that results are appended to and that a campaign goes on from. */
  readonly out?: string;
}

/** How far it is. */
export interface CampaignProgress {
  /** Seeds of this shard. */
  readonly total: number;
  /** Seeds done, those of earlier runs included. */
  readonly done: number;
  /** Seeds done by this run. */
  readonly seeds: number;
  /** Events of them. */
  readonly events: number;
  /** Violations so far, those of earlier runs included. */
  readonly violations: number;
}

/** What came out, with the figures of this run alone. */
export interface CampaignOutcome {
  /** Everything, results of earlier runs included. */
  readonly summary: CampaignSummary;
  /** Seeds of this run. */
  readonly seeds: number;
  /** Events of this run. */
  readonly events: number;
  /** Computing time of this run over all threads. */
  readonly cpuMs: number;
  /** Lines of the plugins that the first seeds of this run reached; empty if there was none left. */
  readonly coverage: readonly PackageCoverage[];
}

/** Small enough that little is lost when it is interrupted and that all threads end at one time. */
const RANGE_SEEDS_MAX = 25;
const NOTHING_MEASURED: readonly PackageCoverage[] = [];

/** What is measured runs slower, and few seeds reach what many reach. */
const MEASURED_SEEDS_MAX = 4;

/** Days of the largest machine, whose ranges still fit into memory. */
const SEEDS_MAX = 100_000_000;

/** Cuts seeds into ranges, a short one for the measurement first. */
function planRanges(left: readonly SeedRange[], size: number): readonly SeedRange[] {
  const [first] = left;
  if (first === undefined) return [];
  const measured = { from: first.from, to: Math.min(first.to, first.from + MEASURED_SEEDS_MAX - 1) };
  return [
    measured,
    ...cutSeeds(
      left.flatMap((range) => withoutSeeds(range, [measured])),
      size,
    ),
  ];
}

/**
 * Runs what is left of a shard.
 *
 * @throws {@link FiduciaCommandError} with `INVALID_OPTION` if the shard has more seeds than one process runs, and with what
 *   {@link openResultFile} throws.
 */
export async function runCampaign(
  options: CampaignOptions,
  onProgress: (progress: CampaignProgress) => void = () => undefined,
): Promise<CampaignOutcome> {
  const { consensus, finality, profile, nodes, seeds, shard, workers, out } = options;
  const { name: subject } = createSubject(consensus, finality);
  const settings: CampaignSettings = { subject, profile, nodes, commit: sourceVersion() };
  const all = shardOf(seeds, shard.index, shard.count);
  if (all === null) {
    return { summary: emptySummary(settings), seeds: 0, events: 0, cpuMs: 0, coverage: NOTHING_MEASURED };
  }

  const total = countSeeds([all]);
  if (total > SEEDS_MAX) {
    const reason = `one process runs at most ${SEEDS_MAX} of them; give it a part with --shard`;
    throw new FiduciaCommandError({ code: 'INVALID_OPTION', option: 'seeds', reason });
  }

  const file = out === undefined ? null : openResultFile(out, settings);
  const parts: CampaignSummary[] = [...(file?.parts ?? [])];
  const left = withoutSeeds(all, uniteSeeds(parts.flatMap(({ ranges }) => ranges)));
  const leftCount = countSeeds(left);
  const size = Math.max(1, Math.min(RANGE_SEEDS_MAX, Math.ceil(leftCount / (workers * 4))));
  const run = { seeds: 0, events: 0, cpuMs: 0, coverage: NOTHING_MEASURED };
  let violations = parts.reduce((sum, part) => sum + part.violations.length, 0);
  try {
    const ranges = planRanges(left, size);
    await runOnThreads({
      consensus,
      finality,
      settings,
      workers,
      ranges,
      onPart({ summary: part, cpuMs, coverage }) {
        file?.append(part);
        parts.push(part);
        run.seeds += part.seeds;
        run.events += part.events;
        run.cpuMs += cpuMs;
        if (coverage.length > 0) run.coverage = coverage;
        violations += part.violations.length;
        const { seeds: done, events } = run;
        onProgress({ total, done: total - leftCount + done, seeds: done, events, violations });
      },
    });
  } finally {
    file?.close();
  }
  return { summary: mergeSummaries(parts), ...run };
}
