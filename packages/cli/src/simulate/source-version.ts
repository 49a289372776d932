/**
 * Which code runs: what a seed comes to belongs to it (simulation D1, D4).
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Commits of the sources are only known while they themselves run; an installed package may lie in the repository of others. */
const IS_SOURCE = import.meta.url.endsWith('.ts');

/** What a package manager installed is what its version says; what was built in a checkout is whatever was there to build. */
const IS_INSTALLED = import.meta.url.includes('/node_modules/');

/** What decides about what runs. Others of its files change while it does: results may be written to the same folder. */
const SOURCES = [':(top)packages/*/src/*', ':(top)packages/*/package.json', ':(top)package-lock.json'];
const DIGEST_CHARS = 12;

/** What runs was read when the process began, whatever has been checked out since. */
const known: { version?: string } = {};

/**
 * The commit, where files were changed since with `+` and a digest of the sources that differ from it; or the version of an
 * installed package, with `+` and a digest of all that was built where it is none.
 */
export function sourceVersion(): string {
  known.version ??= checkoutVersion() ?? `v${packageVersion()}${buildMark()}`;
  return known.version;
}

function buildMark(): string {
  if (IS_SOURCE || IS_INSTALLED) return '';
  return `+${buildDigest(fileURLToPath(new URL('../..', import.meta.url)))}`;
}

/** Of the code in `dist` of each package of a checkout. @param packages - Folder of the packages. */
export function buildDigest(packages: string): string {
  const files = readdirSync(packages).flatMap((name) => {
    const folder = join(packages, name, 'dist');
    return existsSync(folder) ? readdirSync(folder).map((file) => join(name, 'dist', file)) : [];
  });
  const code = files.filter((file) => file.endsWith('.js')).sort();
  return digestOf(code.map((file) => [file, contentOf(join(packages, file))]));
}

/** The commit of a checkout that runs its sources, 40 hexadecimal digits; `null` for an installed package. */
export function sourceCommit(): string | null {
  return /^[0-9a-f]{40}/.exec(sourceVersion())?.[0] ?? null;
}

function checkoutVersion(): string | null {
  const version = git('describe', '--always', '--abbrev=40', '--exclude=*', '--dirty=+');
  return version?.endsWith('+') === true ? version + changesDigest() : version;
}

/** Of contents and not of a patch, whose text depends on the settings of whoever runs git. */
function changesDigest(): string {
  const root = git('rev-parse', '--show-toplevel') ?? '';
  const names = [
    git('diff', 'HEAD', '--name-only', '--no-renames', '--no-relative', '-z', '--', ...SOURCES),
    git('ls-files', '--others', '--exclude-standard', '--full-name', '-z', '--', ...SOURCES),
  ].flatMap((list) => (list ?? '').split('\0').filter((name) => name !== ''));
  return digestOf(names.sort().map((name) => [name, contentOf(join(root, name))]));
}

function digestOf(entries: readonly (readonly [name: string, content: string | null])[]): string {
  return hash('sha256', JSON.stringify(entries)).slice(0, DIGEST_CHARS);
}

/** @returns `null` for a file that was removed. */
function contentOf(file: string): string | null {
  return existsSync(file) ? hash('sha256', readFileSync(file)) : null;
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
