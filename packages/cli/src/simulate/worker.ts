/**
 * A thread of a campaign: runs the ranges of seeds that it is given.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { CampaignSettings, CampaignSummary, SeedRange } from '@fiducia/simulator';
import type { ConsensusName, FinalityGadget } from '../scenario/result.ts';
import { measureCoverage, type PackageCoverage, packagesUnder } from './line-coverage.ts';
import { runSeeds } from './run-seed.ts';
import { sha256 } from './sha256.ts';
import { createSubject } from './subjects.ts';

/** What a thread is started with. */
export interface WorkerSettings {
  readonly consensus: ConsensusName;
  readonly finality: FinalityGadget | null;
  readonly settings: CampaignSettings;
}

/** Seeds for a thread. */
export interface WorkerTask {
  readonly range: SeedRange;
  /** Whether to find out which lines of the plugins they run. */
  readonly isMeasured: boolean;
}

/** What a thread made of a range. */
export interface FinishedRange {
  readonly summary: CampaignSummary;
  /** Computing time. */
  readonly cpuMs: number;
  /** Of the plugins, if it was asked for. */
  readonly coverage: readonly PackageCoverage[];
}

/** What a thread answers a task with. */
export type WorkerAnswer =
  | ({ readonly kind: 'done' } & FinishedRange)
  | { readonly kind: 'failed'; readonly range: SeedRange; readonly reason: string };

if (parentPort !== null) {
  const port = parentPort;
  const { consensus, finality, settings } = workerData as WorkerSettings;
  const subject = createSubject(consensus, finality);
  port.on('message', async ({ range, isMeasured }: WorkerTask) => {
    const before = process.threadCpuUsage();
    try {
      const run = () => runSeeds(subject, settings, range, sha256);
      const { result: summary, coverage } = isMeasured
        ? await measureCoverage(packagesUnder(consensus, finality), run)
        : { result: await run(), coverage: [] };
      const { user, system } = process.threadCpuUsage(before);
      port.postMessage({ kind: 'done', summary, cpuMs: (user + system) / 1_000, coverage } satisfies WorkerAnswer);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      port.postMessage({ kind: 'failed', range, reason } satisfies WorkerAnswer);
    }
  });
}
