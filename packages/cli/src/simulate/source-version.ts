/**
 * Which code runs: what a seed comes to belongs to it (simulation D1, D4).
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Commits of the sources are only known while they themselves run; an installed package may lie in the repository of others. */
const IS_SOURCE = import.meta.url.endsWith('.ts');

/** What runs was read when the process began, whatever has been checked out since. */
const known: { version?: string } = {};

/** The commit, with a `+` behind it where files were changed since, or the version of an installed package. */
export function sourceVersion(): string {
  known.version ??= git('describe', '--always', '--abbrev=40', '--exclude=*', '--dirty=+') ?? `v${packageVersion()}`;
  return known.version;
}

/** The commit of a checkout that runs its sources, 40 hexadecimal digits; `null` for an installed package. */
export function sourceCommit(): string | null {
  return /^[0-9a-f]{40}/.exec(sourceVersion())?.[0] ?? null;
}

function git(...args: readonly string[]): string | null {
  if (!IS_SOURCE) return null;
  try {
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('git', ['--no-optional-locks', ...args], { cwd, encoding: 'utf8', stdio }).trim();
  } catch {
    return null;
  }
}

/** Once it is built, this code is a folder above. */
function packageVersion(): string {
  const file = new URL(IS_SOURCE ? '../../package.json' : '../package.json', import.meta.url);
  const { version }: { readonly version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return version;
}
