/**
 * One seed of a campaign.
 *
 * @module
 */
import type { HashFunction } from '@fiducia/consensus';
import {
  type CampaignSettings,
  type CampaignSummary,
  drawFaultPlan,
  type FaultPlan,
  type FaultRunResult,
  mergeSummaries,
  runFaultPlan,
  type SeedRange,
  type Subject,
  summariseSeed,
} from '@fiducia/simulator';
import { createRealSignatures } from './real-signatures.ts';

/** Every tenth seed runs twice and has to leave the same trace (simulation E4). */
const REPEATED_EVERY = 10;
/** Every fiftieth seed has real signatures (simulation E5). */
const REAL_SIGNATURES_EVERY = 50;

/** Whether the signatures of a seed are real. */
export function hasRealSignatures(seed: number): boolean {
  return seed % REAL_SIGNATURES_EVERY === 0;
}

/** Plan of a seed. */
export function planOf(
  subject: Subject,
  { profile, nodes }: CampaignSettings,
  seed: number,
  sha256: HashFunction,
): FaultPlan {
  return drawFaultPlan({ subject, seed, profile, sha256, ...(nodes !== null && { nodes }) });
}

/** Runs the seeds of a range one after the other and adds them up. */
export async function runSeeds(
  subject: Subject,
  settings: CampaignSettings,
  { from, to }: SeedRange,
  sha256: HashFunction,
): Promise<CampaignSummary> {
  const parts: CampaignSummary[] = [];
  for (let seed = from; seed <= to; seed++) {
    const plan = planOf(subject, settings, seed, sha256);
    const isReal = hasRealSignatures(seed);
    const run = (): Promise<FaultRunResult> =>
      runFaultPlan({ subject, seed, plan, sha256, crypto: isReal ? createRealSignatures : 'stub' });
    const result = await run();
    const again = seed % REPEATED_EVERY === 0 ? await run() : undefined;
    const repeated = again && { repeatedTraceHash: again.traceHash };
    parts.push(summariseSeed(settings, { result, hasRealSignatures: isReal, ...repeated }, sha256));
  }
  return mergeSummaries(parts);
}
