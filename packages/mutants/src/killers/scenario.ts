/**
 * Killers that are tests of the repository: run by vitest in a process of their own, with the bug in what it loads.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MUTANT_VARIABLE } from '../apply.ts';
import type { ScenarioKiller } from '../mutant.ts';
import { runProcess } from '../process.ts';
import type { Trial } from '../trial.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../vitest.config.ts', import.meta.url));
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** What running tests came to. */
interface TestRun {
  /** What the runner wrote; `undefined` if it wrote nothing. */
  readonly report: Report | undefined;
  readonly output: string;
  readonly isTimeout: boolean;
}

/**
 * Runs the tests of a file that a title names.
 *
 * @param patchId - Bug to plant; `null` for the code as it is.
 */
export async function tryScenario(killer: ScenarioKiller, patchId: string | null, timeoutMs: number): Promise<Trial> {
  const title = killer.title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const { report, output, isTimeout } = await runTests([`packages/${killer.file}`, '-t', title], patchId, timeoutMs);
  return isTimeout ? { kind: 'timeout', runs: 0 } : judge(report, output);
}

/**
 * Runs all tests of a file.
 *
 * @returns Full titles of those that failed; `null` if none could be run.
 */
export async function failuresOf(
  file: string,
  patchId: string | null,
  timeoutMs: number,
): Promise<readonly string[] | null> {
  const { report } = await runTests([`packages/${file}`], patchId, timeoutMs);
  const ran = ranTests(report);
  return ran.length === 0 ? null : ran.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
}

async function runTests(selection: readonly string[], patchId: string | null, timeoutMs: number): Promise<TestRun> {
  const scratch = mkdtempSync(join(tmpdir(), 'fiducia-mutants-'));
  const path = join(scratch, 'report.json');
  try {
    const { output, isTimeout } = await runProcess(
      process.execPath,
      [
        VITEST,
        ...['run', '--config', CONFIG, '--reporter=json', `--outputFile=${path}`, '--maxWorkers=1'],
        ...selection,
      ],
      { cwd: ROOT, env: { [MUTANT_VARIABLE]: patchId ?? '' }, timeoutMs },
    );
    return { report: read(path), output, isTimeout };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function read(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function ranTests(report: Report | undefined): Report['testResults'][number]['assertionResults'] {
  return (report?.testResults ?? [])
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed');
}

/** A file that does not load says nothing about the bug: it kills only by a test that ran. */
function judge(report: Report | undefined, output: string): Trial {
  const ran = ranTests(report);
  const failed = ran.find(({ status }) => status === 'failed');
  if (failed !== undefined) {
    return { kind: 'killed', runs: 1, what: `${failed.fullName}: ${firstLine(failed.failureMessages[0] ?? '')}` };
  }
  if (ran.length > 0) return { kind: 'survived', runs: ran.length };
  const message = report?.testResults.map((file) => file.message).join('\n') ?? '';
  return { kind: 'broken', reason: `no test ran: ${firstLine(message || output)}` };
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
