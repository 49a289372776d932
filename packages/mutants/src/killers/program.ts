/**
 * Killers that are programs: run by Node in a process of their own, with the bug in what it loads.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { MUTANT_VARIABLE } from '../apply.ts';
import type { ProgramKiller } from '../mutant.ts';
import { runProcess } from '../process.ts';
import type { Trial } from '../trial.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const MAIN = fileURLToPath(new URL('./look-main.ts', import.meta.url));
const REGISTER = new URL('../register.ts', import.meta.url).href;

/** Time between the moment when a program should end and the moment when it is ended. */
const PATIENCE_MS = 60_000;

/**
 * Lets a program look.
 *
 * @param patchId - Bug to plant; `null` for the code as it is.
 */
export async function tryProgram(killer: ProgramKiller, patchId: string | null, timeoutMs: number): Promise<Trial> {
  const { output, isTimeout } = await runProcess(
    process.execPath,
    [
      ...['--conditions=@fiducia/source', '--disable-warning=ExperimentalWarning', '--import', REGISTER],
      ...[MAIN, JSON.stringify(killer), String(timeoutMs)],
    ],
    { cwd: ROOT, env: { [MUTANT_VARIABLE]: patchId ?? '' }, timeoutMs: timeoutMs + PATIENCE_MS },
  );
  // What never ends is noticed, too, though nobody can say where.
  if (isTimeout) return { kind: 'timeout', runs: 0 };
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(last) as Trial;
  } catch {
    return { kind: 'broken', reason: output.slice(-REASON_LENGTH_MAX) };
  }
}

const REASON_LENGTH_MAX = 2_000;
