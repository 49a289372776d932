/**
 * Failures as files: the smallest plan that fails like a seed, to be replayed and kept (simulation D1, D2).
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CampaignSettings,
  type FaultPlan,
  formatStoredSeed,
  isSimulationError,
  type SeedViolation,
  type StoredSeed,
  type Subject,
  shrinkFaultPlan,
  type Violation,
} from '@fiducia/simulator';
import { FiduciaCommandError } from '../failure.ts';
import { createRealSignatures } from './real-signatures.ts';
import { hasRealSignatures, planOf } from './run-seed.ts';
import { sha256 } from './sha256.ts';
import { sourceCommit } from './source-version.ts';

/** What to store where. */
export interface FailureOptions {
  readonly subject: Subject;
  readonly settings: CampaignSettings;
  readonly violations: readonly SeedViolation[];
  readonly folder: string;
  /** Told before each search for a smaller plan, and at each plan found. */
  readonly onProgress: (text: string) => void;
}

/** Seeds that are made smaller; more of them are rarely more bugs. */
const FAILURES_MAX = 5;
/** Longer ones are not read again. */
const REASON_LENGTH_MAX = 2_000;
/** Stands for a commit where there is none, as in an installed package. */
const NO_COMMIT = '0000000';

/**
 * Makes the plans of the first violated seeds smaller and stores them.
 *
 * @returns The files written.
 * @throws {@link FiduciaCommandError} with `FILE_ACCESS`.
 */
export async function storeFailures(options: FailureOptions): Promise<readonly string[]> {
  const { subject, settings, violations, folder, onProgress } = options;
  const firstBySeed = new Map<number, Pick<Violation, 'invariant' | 'node' | 'reason'>>();
  for (const { seed, invariant, node, reason } of violations) {
    // Two runs that differ have no plan to blame: whatever is left out, they may differ still.
    if (invariant === 'E4') continue;
    if (!firstBySeed.has(seed)) firstBySeed.set(seed, { invariant, node, reason });
  }
  const files: string[] = [];
  for (const [seed, { invariant, reason, node }] of [...firstBySeed].slice(0, FAILURES_MAX)) {
    onProgress(`seed ${seed}: looking for a smaller plan with ${invariant}`);
    const plan = await smallestPlanOf({ subject, settings, seed, invariant, onProgress });
    const stored: StoredSeed = {
      commit: sourceCommit() ?? NO_COMMIT,
      subject: subject.name,
      seed,
      profile: settings.profile,
      plan,
      expected: { outcome: invariant },
      reason: `${node ?? 'network'}: ${reason}`.slice(0, REASON_LENGTH_MAX),
    };
    files.push(write(folder, `${subject.name}-${seed}-${invariant}`, formatStoredSeed(stored)));
  }
  return files;
}

/** The plan as it was drawn where a failure does not come again: it is kept all the same. */
async function smallestPlanOf(options: {
  readonly subject: Subject;
  readonly settings: CampaignSettings;
  readonly seed: number;
  readonly invariant: Violation['invariant'];
  readonly onProgress: FailureOptions['onProgress'];
}): Promise<FaultPlan> {
  const { subject, settings, seed, invariant, onProgress } = options;
  const plan = planOf(subject, settings, seed, sha256);
  try {
    const smaller = await shrinkFaultPlan({
      ...{ subject, seed, plan, sha256 },
      violation: { invariant },
      ...(hasRealSignatures(seed) && { crypto: createRealSignatures }),
      onProgress: ({ runs, plan: { faults } }) =>
        onProgress(`seed ${seed}: ${faults.length} faults left after ${runs} runs`),
    });
    return smaller.plan;
  } catch (error) {
    if (!isSimulationError(error, 'NOT_REPRODUCED')) throw error;
    return plan;
  }
}

/** A seed fails in other ways under other faults, sizes of networks and commits, and none takes the place of another. */
function write(folder: string, name: string, text: string): string {
  let file = join(folder, `${name}.json`);
  try {
    mkdirSync(folder, { recursive: true });
    for (let copy = 2; existsSync(file) && readFileSync(file, 'utf8') !== text; copy++) {
      file = join(folder, `${name}-${copy}.json`);
    }
    writeFileSync(file, text);
    return file;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FiduciaCommandError({ code: 'FILE_ACCESS', operation: 'write', file, reason });
  }
}
