/**
 * Child processes with an end.
 *
 * @module
 */
import { spawn } from 'node:child_process';

/** What a child process said. */
export interface ProcessResult {
  readonly status: number | null;
  /** Standard output and error together. */
  readonly output: string;
  readonly isTimeout: boolean;
}

/** Runs a program to its end, or kills it and what it started when the time is up. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly timeoutMs: number },
): Promise<ProcessResult> {
  const { cwd, timeoutMs } = options;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...options.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const take = (data: Buffer) => {
    output += data.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  let isTimeout = false;
  const timer = setTimeout(() => {
    isTimeout = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, timeoutMs);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(timer);
  return { status, output, isTimeout };
}
