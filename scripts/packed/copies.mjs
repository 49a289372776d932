// Several versions of one package in one process. A project has the next minor version of the contract, the host and
// the tokens; its plugin, ledger, keys and node bring the previous ones along, and one plugin has another contract.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { SCOPE } from '../../packages/repo-checks/src/policy.ts';
import { run } from './project.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const PROJECT = join(here, 'copies');
const WORKSPACE_MODULES = join(here, '..', '..', 'node_modules');
/** Packages of which the project has the next minor version. */
const BUMPED = ['consensus', 'host', 'di'];
const NEXT_CONTRACT = 2;
/** Minor versions by which a variant of a package is ahead. */
const RAISED = { next: 1, 'other-contract': 2 };

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/**
 * Runs the steps in order.
 *
 * @param contents - What is in the tarballs of all packages, by folder name.
 */
export async function checkCopies(contents, scratch, step) {
  const project = await step('copies install', () => install(contents, scratch));
  if (project === undefined) return;
  await step('copies in one process', () => {
    const said = JSON.parse(run('npm', ['start', '--silent'], project).trim());
    requireExpected(said, minorsOf(contents));
  });
}

/** Version of the contract as it is, its next minor version, and that of the other contract. */
function minorsOf(contents) {
  const { version } = readJson(join(contents.get('consensus'), 'package.json'));
  return [version, raiseMinor(version, RAISED.next), raiseMinor(version, RAISED['other-contract'])];
}

function raiseMinor(version, by) {
  const [major, minor] = version.split('.').map(Number);
  return by === 0 ? version : `${major}.${minor + by}.0`;
}

function install(contents, scratch) {
  const repack = createRepacker(contents, scratch);
  const previous = (name) => repack(name, '', {});
  const next = (name) => repack(name, 'next', Object.fromEntries(BUMPED.map((key) => [key, next])));
  const otherContract = () => repack('consensus', 'other-contract', {});
  const sources = {
    consensus: next,
    'consensus-dpos': previous,
    'consensus-pos': (name) => repack(name, 'other-contract', { consensus: otherContract }),
    'consensus-pow': (name) => repack(name, 'outdated', { consensus: otherContract }),
    crypto: previous,
    di: next,
    host: next,
    ledger: previous,
    node: previous,
  };
  const project = join(scratch, 'copies', 'project');
  cpSync(PROJECT, project, { recursive: true });
  const manifest = readJson(join(project, 'package.json'));
  for (const name of Object.keys(manifest.dependencies)) {
    const folder = name.replace(SCOPE, '');
    manifest.dependencies[name] = `file:${sources[folder](folder)}`;
  }
  for (const name of Object.keys(manifest.devDependencies)) {
    manifest.devDependencies[name] = readJson(join(WORKSPACE_MODULES, name, 'package.json')).version;
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], project);
  return project;
}

/**
 * Packs packages again, with those that they need named by their tarballs.
 *
 * @returns A function that gives the tarball of a package in a variant: as it is, of the `next` minor version,
 *   of the `other-contract`, or `outdated` beside it. `choices` says which tarball to take of what it needs; otherwise it is that of now.
 */
function createRepacker(contents, scratch) {
  const made = new Map();
  return function repack(name, variant, choices) {
    const key = `${name}-${variant === '' ? 'previous' : variant}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const home = join(scratch, 'copies', key);
    mkdirSync(home, { recursive: true });
    cpSync(contents.get(name), join(home, 'package'), { recursive: true });
    const path = join(home, 'package', 'package.json');
    const manifest = readJson(path);
    manifest.version = raiseMinor(manifest.version, RAISED[variant] ?? 0);
    for (const dependency of Object.keys(manifest.dependencies ?? {}).filter((item) => item.startsWith(SCOPE))) {
      const folder = dependency.replace(SCOPE, '');
      const choose = choices[folder] ?? ((item) => repack(item, '', {}));
      manifest.dependencies[dependency] = `file:${choose(folder)}`;
    }
    writeFileSync(path, JSON.stringify(manifest));
    if (variant === 'other-contract' && name === 'consensus') raiseContract(join(home, 'package', 'dist'));
    const tarball = join(scratch, 'copies', `${key}.tgz`);
    run('tar', ['-czf', tarball, '-C', home, 'package'], scratch);
    made.set(key, tarball);
    return tarball;
  };
}

/** Builds the contract anew, as it were, with another number in code and declarations. */
function raiseContract(folder) {
  let changes = 0;
  const raise = (text, pattern) =>
    text.replace(pattern, (_, before) => {
      changes += 1;
      return `${before}${NEXT_CONTRACT}`;
    });
  for (const file of readdirSync(folder).filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const text = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, file), raise(raise(text, /(CONTRACT_VERSION = )1\b/), /(readonly contract: )1\b/));
  }
  if (changes !== 3) throw new Error(`the contract has its number in ${changes} places`);
}

/** Copies work together, or are refused by what says how to go on; and errors of all copies are recognised. */
function requireExpected({ versions, heights, ...refusals }, [previous, next, otherContract]) {
  const expected = {
    config: { code: 'INVALID_CONFIG', path: 'delegates', isOfThisCopy: false },
    configOfHost: { code: 'CONFIG_INVALID', plugin: 'dpos', path: 'delegates', isOfThisCopy: true },
    twice: { code: 'PLUGIN_AMBIGUOUS', plugin: 'dpos', isOfThisCopy: true },
    outdated: { code: 'INVALID_PLUGIN', plugin: 'pow', isOfThisCopy: false },
    contract: { code: 'CONTRACT_MISMATCH', plugin: 'pos', contract: 2, expected: 1, isOfThisCopy: true },
    contractOfNode: { code: 'CONTRACT_MISMATCH', plugin: 'pos', contract: 2, expected: 1, isOfThisCopy: false },
  };
  const problems = Object.entries(expected).flatMap(([name, fields]) =>
    Object.entries(fields)
      .filter(([field, value]) => refusals[name]?.[field] !== value)
      .map(([field, value]) => `${name}.${field} is not ${value}: ${JSON.stringify(refusals[name])}`),
  );
  const expectedVersions = [next, previous, otherContract, otherContract, next, previous, previous];
  if (!isDeepStrictEqual(versions, expectedVersions)) problems.push(`versions ${versions}, not ${expectedVersions}`);
  if (!heights.every((height) => height >= 4)) problems.push(`the chains reached ${heights}`);
  if (!refusals.contract.reason?.startsWith('install a newer version of @fiducia/host')) problems.push('no remedy');
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
