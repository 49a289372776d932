// The published packages as their users get them: packed, unpacked for a look, and installed into an
// empty project outside the workspace.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { POLICIES, SCOPE } from '../../packages/repo-checks/src/policy.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Program that runs in the project; it names every packed package in its own manifest. */
const EXAMPLE = join(root, 'examples', 'own-ledger');

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Folders of what is packed: the contract, trust, the host, and every plugin there is. */
export function packedNames() {
  const isPacked = (name) => ['consensus', 'trust', 'host'].includes(name) || POLICIES[name]?.isPlugin === true;
  return readdirSync(join(root, 'packages')).filter(isPacked).sort();
}

/** Runs a command to its end in an environment that knows nothing of the workspace; returns how it ended and what it printed. */
export function attempt(command, args, cwd, variables = {}) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_package_|npm_lifecycle_|npm_config_local_prefix|INIT_CWD$|NODE_OPTIONS$|NODE_PATH$)/.test(name),
  );
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...Object.fromEntries(inherited), ...variables, NO_COLOR: '1' },
  });
  const { status, stdout, stderr, error } = result;
  return { status, stdout, output: `${error?.message ?? `exit code ${status}`}\n${stdout}${stderr}` };
}

/** Runs a command that has to succeed; returns what it printed. */
export function run(command, args, cwd, variables) {
  const { status, stdout, output } = attempt(command, args, cwd, variables);
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')}: ${output}`);
}

/** What a published file would contain if it could be built with a planted bug, or knew of one. */
const MUTANT_SWITCH = /FIDUCIA_MUTANT|MUT-\d\d|@fiducia\/mutants/;

/** Looks through all files of every published package for a switch of a planted bug. */
export function requireNoMutants(contents) {
  const found = [...contents.values()].flatMap((content) => {
    const files = readdirSync(content, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files
      .map((file) => join(file.parentPath, file.name))
      .filter((path) => MUTANT_SWITCH.test(readFileSync(path, 'utf8')));
  });
  if (found.length > 0) throw new Error(`files that know of planted bugs:\n${found.join('\n')}`);
}

/** Packs every published package. Returns the path of the tarball of each by folder name. */
export function pack(scratch) {
  const isPublished = (name) => readJson(join(root, 'packages', name, 'package.json')).private !== true;
  const names = readdirSync(join(root, 'packages')).filter(isPublished).sort();
  const folder = join(scratch, 'tarballs');
  mkdirSync(folder);
  const workspaces = names.flatMap((name) => ['-w', `packages/${name}`]);
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, ...workspaces], root);
  const files = readdirSync(folder);
  return new Map(
    names.map((name) => {
      const { name: published, version } = readJson(join(root, 'packages', name, 'package.json'));
      const file = `${published.replace('@', '').replace('/', '-')}-${version}.tgz`;
      if (!files.includes(file)) throw new Error(`npm made no ${file}, only ${files.join(', ')}`);
      return [name, join(folder, file)];
    }),
  );
}

/** Unpacks tarballs. Returns the folder of the content of each by folder name. */
export function unpack(tarballs, scratch) {
  return new Map(
    [...tarballs].map(([name, tarball]) => {
      const folder = join(scratch, 'unpacked', name);
      mkdirSync(folder, { recursive: true });
      run('tar', ['-xzf', tarball, '-C', folder], scratch);
      return [name, join(folder, 'package')];
    }),
  );
}

/** Looks into one package: manifest against the dependency table, entries, licence and read-me present. */
export function inspect(name, content) {
  const { dependencies = {}, exports, ...manifest } = readJson(join(content, 'package.json'));
  const problems = [];

  const allowed = POLICIES[name].dependencies;
  const others = ['optionalDependencies', 'peerDependencies', 'bundleDependencies', 'bundledDependencies'];
  const extra = [...Object.keys(dependencies), ...others.flatMap((field) => Object.keys(manifest[field] ?? {}))].filter(
    (dependency) => !allowed.includes(dependency),
  );
  if (extra.length > 0) problems.push(`depends on ${extra.join(', ')}; allowed: ${allowed.join(', ') || 'nothing'}`);
  for (const [dependency, range] of Object.entries(dependencies)) {
    if (!/^[\^~]?\d+\.\d+\.\d+$/.test(range)) problems.push(`cannot be installed: ${dependency} is "${range}"`);
  }
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  for (const path of [...targets, 'README.md']) {
    if (!existsSync(join(content, path))) problems.push(`lacks ${path}`);
  }
  const license = join(content, 'LICENSE');
  if (!existsSync(license) || readFileSync(license, 'utf8') !== readFileSync(join(root, 'LICENSE'), 'utf8')) {
    problems.push('lacks the LICENSE of the repository');
  }
  if (problems.length > 0) throw new Error(problems.map((problem) => `${name} ${problem}`).join('\n'));
}

/** Installs the tarballs, and the libraries that the example names, beside the example. Returns the project's folder. */
export function install(tarballs, scratch) {
  const project = join(scratch, 'project');
  mkdirSync(project);
  cpSync(join(EXAMPLE, 'src'), join(project, 'src'), { recursive: true });
  const { type, dependencies } = readJson(join(EXAMPLE, 'package.json'));
  requireEveryPackage(tarballs, dependencies);
  const own = [...tarballs].map(([name, tarball]) => [`${SCOPE}${name}`, `file:${tarball}`]);
  const manifest = { private: true, type, dependencies: { ...dependencies, ...Object.fromEntries(own) } };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], project);
  requireIsolation(project, tarballs);
  return project;
}

function requireEveryPackage(tarballs, dependencies) {
  const program = readFileSync(join(EXAMPLE, 'src', 'chains.ts'), 'utf8');
  for (const name of tarballs.keys()) {
    const isRun = !POLICIES[name].isPlugin || program.includes(`'${SCOPE}${name}'`);
    if (dependencies[`${SCOPE}${name}`] === undefined || !isRun) {
      throw new Error(
        `examples/own-ledger does not run ${name}: add it to its package.json and to SETUPS in src/chains.ts`,
      );
    }
  }
}

/** Nothing of the workspace may be in reach: not through a parent folder, a link, or the registry. */
export function requireIsolation(project, tarballs) {
  const home = realpathSync(project);
  if (home.startsWith(`${realpathSync(root)}${sep}`)) throw new Error(`${tmpdir()} lies in the workspace`);
  for (let folder = dirname(home); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules')))
      throw new Error(`${folder} has node_modules, which the project would see`);
  }
  const { packages } = readJson(join(project, 'package-lock.json'));
  const installed = Object.entries(packages).filter(([path]) => path.includes(`node_modules/${SCOPE}`));
  const expected = [...tarballs.keys()].map((name) => `node_modules/${SCOPE}${name}`);
  const paths = installed.map(([path]) => path).sort();
  if (paths.join() !== expected.sort().join()) throw new Error(`installed ${paths.join(', ')}`);
  for (const [path, { resolved = '', link }] of installed) {
    const isOwn = resolved.startsWith('file:') && link !== true && realpathSync(join(project, path)).startsWith(home);
    if (!isOwn) throw new Error(`${path} came from ${resolved}`);
  }
}

/** Type-checks the program as a strict user of the packed declarations, who has neither our options nor Node's types. */
export function checkTypes(project) {
  const compilerOptions = {
    target: 'ES2023',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['src/reports.ts'] }));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const listed = run(process.execPath, [compiler, '-p', '.', '--listFilesOnly'], project).trim().split('\n');
  const library = realpathSync(join(root, 'node_modules', 'typescript', 'lib'));
  const home = realpathSync(project);
  const foreign = listed.filter((path) => ![home, library].some((folder) => path.startsWith(`${folder}${sep}`)));
  if (foreign.length > 0) throw new Error(`the compiler read ${foreign.join(', ')}`);
  run(process.execPath, [compiler, '-p', '.'], project);
}

/** Runs the program. Returns its reports. */
export function runProgram(project) {
  const lines = run(process.execPath, [join('src', 'main.ts')], project)
    .trim()
    .split('\n');
  const reports = lines.map((line) => JSON.parse(line));
  const tooLow = reports.filter(({ height }) => height !== undefined && height < 20);
  if (tooLow.length > 0) throw new Error(`stopped too early: ${JSON.stringify(tooLow)}`);
  if (reports.length < 2) throw new Error(`no chain ran: ${lines.join('\n')}`);
  return reports;
}
