// Programs as the users of the packages write them, each installed from tarballs into an empty folder of its
// own: consumers/<name>/ has a manifest, a program, and what the program must print (expected.json).
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { SCOPE } from '../../packages/repo-checks/src/policy.ts';
import { runInBrowser } from './browser.mjs';
import { requireIsolation, run } from './project.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const CONSUMERS = join(here, 'consumers');
const WORKSPACE_MODULES = join(here, '..', '..', 'node_modules');

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Programs that say on one line what they found out; the folders of `consumers` are these and `command`. */
const PROGRAMS = [
  'commonjs',
  'esm-javascript',
  'portable-crypto',
  'trust-alone',
  'tsyringe',
  'typescript-nodenext',
  'vite-browser',
];
const FLAGS = { 'portable-crypto': ['--omit=optional'] };

/**
 * Runs the steps in order.
 *
 * @param tarballs - Of all packages, by folder name.
 * @param contents - What is in them.
 * @param browser - Command of a browser, if there is one.
 */
export async function checkConsumers(tarballs, contents, scratch, { step, skip }, browser) {
  const folders = readdirSync(CONSUMERS).sort();
  await step('consumer programs', () => {
    if (folders.join() !== ['command', ...PROGRAMS].sort().join()) throw new Error(`there are ${folders.join(', ')}`);
  });
  const place = join(scratch, 'consumers');
  mkdirSync(place);
  for (const name of PROGRAMS) {
    const ran = await step(`consumer ${name}`, () => {
      const project = install(name, tarballs, contents, place);
      const said = lastLine(run('npm', ['start', '--silent'], project));
      requireExpected(name, said);
      return { project, said };
    });
    if (ran === undefined) continue;
    if (name === 'portable-crypto') await step('consumer without optional packages', () => requireLean(ran.project));
    if (name === 'vite-browser') await checkPage(ran, { step, skip }, browser);
  }
  const project = await step('consumer command', () => install('command', tarballs, contents, place));
  if (project === undefined) return;
  await step('consumer command simulate', () => simulate(project));
  await step('consumer command demo', () => demonstrate(project));
}

/** Folder names of the packages that these need, with themselves. */
function closureOf(names, contents) {
  const found = new Set(names);
  for (const name of found) {
    const { dependencies = {} } = readJson(join(contents.get(name), 'package.json'));
    for (const dependency of Object.keys(dependencies)) {
      if (dependency.startsWith(SCOPE)) found.add(dependency.replace(SCOPE, ''));
    }
  }
  return [...found];
}

/** Installs a consumer: our packages from their tarballs, all else in the version that the workspace has. */
function install(name, tarballs, contents, place) {
  const project = join(place, name);
  cpSync(join(CONSUMERS, name), project, { recursive: true });
  return installFrom(project, tarballs, contents, FLAGS[name]);
}

/** Installs what the manifest in a folder names, and makes sure that nothing of the workspace is in reach. */
export function installFrom(project, tarballs, contents, more = []) {
  const manifest = readJson(join(project, 'package.json'));
  const isOwn = (dependency) => dependency.startsWith(SCOPE);
  const sourceOf = (dependency) =>
    isOwn(dependency)
      ? `file:${tarballs.get(dependency.replace(SCOPE, ''))}`
      : readJson(join(WORKSPACE_MODULES, dependency, 'package.json')).version;
  const resolve = (list = {}) => Object.fromEntries(Object.keys(list).map((key) => [key, sourceOf(key)]));
  const named = Object.keys(manifest.dependencies).filter(isOwn);
  const closure = closureOf(
    named.map((key) => key.replace(SCOPE, '')),
    contents,
  );
  manifest.dependencies = resolve(manifest.dependencies);
  manifest.devDependencies = resolve(manifest.devDependencies);
  // A package of ours that another one needs is not on a registry either.
  manifest.overrides = Object.fromEntries(closure.map((key) => [`${SCOPE}${key}`, `file:${tarballs.get(key)}`]));
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...more];
  run('npm', ['install', ...flags], project);
  requireIsolation(project, new Map(closure.map((key) => [key, tarballs.get(key)])));
  return project;
}

function lastLine(text) {
  return JSON.parse(text.trim().split('\n').at(-1) ?? '');
}

/** What a program says beyond that may change with every format of the packages. */
function requireExpected(name, actual) {
  const expected = readJson(join(CONSUMERS, name, 'expected.json'));
  if (Object.keys(expected).every((key) => isDeepStrictEqual(actual[key], expected[key]))) return;
  throw new Error(`${name} says\n${JSON.stringify(actual)}\ninstead of\n${JSON.stringify(expected)}`);
}

function requireLean(project) {
  if (existsSync(join(project, 'node_modules', 'secp256k1'))) throw new Error('an optional package was installed');
}

/** Builds the page, and opens it where there is a browser: it has to say what Node did. */
async function checkPage({ project, said }, { step, skip }, browser) {
  const script = await step('consumer vite-browser build', () => {
    run('npm', ['run', 'build', '--silent'], project);
    const html = readFileSync(join(project, 'dist', 'index.html'), 'utf8');
    const scripts = readdirSync(join(project, 'dist', 'assets')).filter((file) => file.endsWith('.js'));
    if (scripts.length !== 1 || !html.includes(scripts[0])) throw new Error(`the page has ${scripts.join(', ')}`);
    return readFileSync(join(project, 'dist', 'assets', scripts[0]));
  });
  if (script === undefined) return;
  if (browser === undefined) {
    skip('consumer vite-browser page', 'no Chromium: set CHROME_PATH or install the Debian package chromium');
    return;
  }
  await step('consumer vite-browser page', async () => {
    const page = await runInBrowser(browser, script, join(project, 'profile'));
    if (isDeepStrictEqual(page, said)) return;
    throw new Error(`the page says\n${JSON.stringify(page)}\nand Node\n${JSON.stringify(said)}`);
  });
}

/** The built command starts threads, whose file it has to find wherever it is installed. */
function simulate(project) {
  const args = ['--no', 'fiducia', 'simulate', '--consensus', 'dpos', '--seeds', '1..2', '--json'];
  const { subject, seeds, violations, events } = lastLine(run('npx', args, project));
  const isRun = subject === 'dpos' && seeds === 2 && violations.length === 0 && events > 1_000;
  if (!isRun) throw new Error(`simulated ${JSON.stringify({ subject, seeds, violations, events })}`);
}

/** Six nodes on one chain; the page with the report needs the libraries that draw. */
function demonstrate(project) {
  const out = join(project, 'report');
  const args = ['--no', 'fiducia', 'demo', '--rounds', '21', '--json', '--out', out];
  const { rounds, nodes, stateRoots } = lastLine(run('npx', args, project));
  const isAgreed = new Set(stateRoots).size === 1 && stateRoots.length === nodes.length;
  if (rounds !== 21 || nodes.length !== 6 || !isAgreed) throw new Error(`rounds ${rounds}, roots ${stateRoots}`);
  for (const file of ['report.html', 'report.json']) {
    if (!existsSync(join(out, file))) throw new Error(`the demo wrote no ${file}`);
  }
}
