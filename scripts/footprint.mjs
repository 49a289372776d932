// What an installation of each package costs: files, size, and what else comes along; and how long the contract takes
// to import. The table is docs/footprint.md.
//   node scripts/footprint.mjs          fails over a limit, or where the table is out of date
//   node scripts/footprint.mjs --write  rewrites the table
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { POLICIES, SCOPE } from '../packages/repo-checks/src/policy.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const table = join(root, 'docs', 'footprint.md');

/** Third-party libraries that a package may name, at run time: none for those that are not here and have a limit. */
const DEPENDENCIES_MAX = { consensus: 0, trust: 0, host: 2, ledger: 3 };
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];
const IMPORT_MS_MAX = 20;
const IMPORTS = 9;
/** Sizes follow every change of the sources; the table need not. */
const DRIFT_PERCENT_MAX = 20;

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const manifestOf = (folder) => readJson(join(root, 'packages', folder, 'package.json'));
const dependenciesMax = (folder) => (POLICIES[folder]?.isPlugin === true ? 0 : DEPENDENCIES_MAX[folder]);
const { packages: locked } = readJson(join(root, 'package-lock.json'));

const folders = readdirSync(join(root, 'packages')).filter((folder) => manifestOf(folder).private !== true);
const rows = measure();
const problems = [...rows.flatMap(checkLimits), ...checkImport()];
const text = write();
if (process.argv.includes('--write')) writeFileSync(table, text);
else problems.push(...checkTable());
process.stdout.write(`${problems.map((problem) => `${problem}\n`).join('')}${rows.length} packages\n`);
if (problems.length > 0) process.exitCode = 1;

function measure() {
  const workspaces = folders.flatMap((folder) => ['-w', `packages/${folder}`]);
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', ...workspaces], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (packed.status !== 0) throw new Error(packed.stderr);
  const found = new Map(Object.values(JSON.parse(packed.stdout)).map((item) => [item.name, item]));
  return folders.map((folder) => {
    const { name, dependencies = {}, optionalDependencies = {} } = manifestOf(folder);
    const { entryCount: files, size, unpackedSize } = found.get(name);
    const isForeign = (dependency) => !dependency.startsWith(SCOPE);
    const all = closureOf(`packages/${folder}`);
    return {
      folder,
      name,
      files,
      packed: Math.ceil(size / 1_000),
      unpacked: Math.ceil(unpackedSize / 1_000),
      own: all.filter((dependency) => !isForeign(dependency)).length,
      direct: Object.keys(dependencies).filter(isForeign).sort(),
      transitive: all.filter(isForeign),
      optional: Object.keys(optionalDependencies),
    };
  });
}

/** Names of what is installed at run time with a package, without what is optional, as the lock file resolves it. */
function closureOf(home) {
  const seen = new Set([home]);
  // A set goes on to what is added while it is gone through.
  for (const place of seen) {
    for (const name of Object.keys(locked[place].dependencies ?? {})) seen.add(resolve(place, name));
  }
  const nameOf = (place) => locked[place].name ?? place.replace(/^.*node_modules\//, '');
  return [...new Set([...seen].filter((place) => place !== home).map(nameOf))].sort();
}

function resolve(from, name) {
  for (let folder = from; ; folder = folder.replace(/(^|\/)[^/]*$/, '')) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    const entry = locked[place];
    if (entry !== undefined) return entry.link === true ? entry.resolved : place;
    if (folder === '') throw new Error(`the lock file has no ${name} for ${from}`);
  }
}

function checkLimits({ folder, name, direct }) {
  const max = dependenciesMax(folder);
  const { scripts = {} } = manifestOf(folder);
  const found = INSTALL_SCRIPTS.filter((script) => scripts[script] !== undefined);
  // npm compiles a package with this file, whatever its manifest says.
  if (existsSync(join(root, 'packages', folder, 'binding.gyp'))) found.push('binding.gyp');
  return [
    ...(direct.length > (max ?? Number.POSITIVE_INFINITY)
      ? [`${name} needs ${direct.join(', ')}; at most ${max}`]
      : []),
    ...(found.length > 0 ? [`${name} runs ${found.join(', ')} when it is installed`] : []),
  ];
}

/** Imports the built contract in new processes, in turn with ones that import nothing. */
function checkImport() {
  const [bare, whole, imports] = [[], [], []];
  for (let turn = 0; turn < IMPORTS; turn++) {
    bare.push(time('0'));
    const { wallMs, printed } = time(
      "const start = performance.now(); import('@fiducia/consensus').then(() => console.log(performance.now() - start))",
    );
    whole.push({ wallMs });
    imports.push(Number(printed));
  }
  const wall = (list) => Math.round(median(list.map(({ wallMs }) => wallMs)));
  const ms = median(imports);
  const figures = `import('@fiducia/consensus') takes ${ms.toFixed(1)} ms; Node alone ${wall(bare)} ms, with it ${wall(whole)} ms`;
  process.stdout.write(`${figures} (medians of ${IMPORTS})\n`);
  return ms < IMPORT_MS_MAX ? [] : [`${figures}; at most ${IMPORT_MS_MAX} ms`];
}

function time(program) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return { wallMs: performance.now() - start, printed: stdout.trim() };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function write() {
  const lines = rows.map((row) => `| ${cellsOf(row).join(' | ')} |`);
  return `# Install footprint

What \`npm install\` of each package brings. Sources and source maps are part of every package, for debuggers. Written by
\`npm run footprint\`; \`npm test\` compares it with the packages as they are and fails over a limit: no third-party
library at run time for the contract, trust and every plugin, at most ${DEPENDENCIES_MAX.host} for the host and ${DEPENDENCIES_MAX.ledger} for the ledger, no scripts that run
on installation, and ${IMPORT_MS_MAX} ms for \`import('@fiducia/consensus')\`.

| Package | Files | kB packed | kB unpacked | Fiducia packages | Third-party libraries | Third-party with theirs |
| --- | ---: | ---: | ---: | ---: | --- | ---: |
${lines.join('\n')}

Libraries that a package names for itself are listed, with the optional ones in brackets; the last column counts them with
those that they and other Fiducia packages need, without optional ones and without peers that the application installs.
`;
}

function cellsOf({ name, files, packed, unpacked, own, direct, transitive, optional }) {
  const libraries = [...direct, ...optional.map((item) => `(${item})`)].map((item) =>
    item.replace(/^\(?/, '$&`').replace(/\)?$/, '`$&'),
  );
  return [`\`${name}\``, files, packed, unpacked, own, libraries.join(', ') || '–', transitive.length];
}

/** The committed table must name the same packages and libraries, and about the same sizes. */
function checkTable() {
  const written = existsSync(table) ? readFileSync(table, 'utf8') : '';
  const old = new Map(rowsOf(written).map((cells) => [cells[0], cells]));
  const now = rowsOf(text);
  const outOfDate = now.flatMap((cells) => {
    const before = old.get(cells[0]);
    old.delete(cells[0]);
    const isSame = before?.every((cell, index) =>
      index >= 1 && index <= 3 ? isNear(cell, cells[index]) : cell === cells[index],
    );
    return isSame === true ? [] : [`${cells.join(' | ')} was ${before?.join(' | ') ?? 'not there'}`];
  });
  const gone = [...old.keys()].map((name) => `${name} is not published`);
  const different = [...outOfDate, ...gone];
  return different.length === 0 ? [] : [`docs/footprint.md is out of date (npm run footprint):`, ...different];
}

function rowsOf(page) {
  const lines = page.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) => line.slice(2, -2).split(' | '));
}

function isNear(before, now) {
  return Math.abs(Number(before) - Number(now)) * 100 <= Math.max(Number(now), 10) * DRIFT_PERCENT_MAX;
}
