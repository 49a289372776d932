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

/**
 * Runs the tests of a file that a title names.
 *
 * @param patchId - Bug to plant; `null` for the code as it is.
 */
export async function tryScenario(killer: ScenarioKiller, patchId: string | null, timeoutMs: number): Promise<Trial> {
  const scratch = mkdtempSync(join(tmpdir(), 'fiducia-mutants-'));
  const report = join(scratch, 'report.json');
  const title = killer.title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  try {
    const { output, isTimeout } = await runProcess(
      process.execPath,
      [
        VITEST,
        ...['run', '--config', CONFIG, '--reporter=json', `--outputFile=${report}`, '--maxWorkers=1'],
        ...[`packages/${killer.file}`, '-t', title],
      ],
      { cwd: ROOT, env: { [MUTANT_VARIABLE]: patchId ?? '' }, timeoutMs },
    );
    if (isTimeout) return { kind: 'timeout', runs: 0 };
    return judge(read(report), output);
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

/** A file that does not load says nothing about the bug: it kills only by a test that ran. */
function judge(report: Report | undefined, output: string): Trial {
  const ran = (report?.testResults ?? [])
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed');
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
