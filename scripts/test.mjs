// Everything that must pass, in one run that closes with `N passed, N failed`.
//   node scripts/test.mjs            all gates
//   node scripts/test.mjs types docs only these gates
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PACKED_PARTS } from './check-packed.mjs';
import { checkSimulate } from './check-simulate.mjs';
import { pack } from './packed/project.mjs';
import { reportTo } from './report.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = mkdtempSync(join(tmpdir(), 'fiducia-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
const SLOWEST_SHOWN = 10;
/** Test files that took longest, the slowest first. */
const slowest = [];

const published = readdirSync(join(root, 'packages')).filter(
  (name) => !JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')).private,
);

const bin = (name) => join(root, 'node_modules', '.bin', name);
const single = (name, command, args) => ({ name, steps: [{ label: name, command, args, cwd: root }] });
const perPackage = (name, argsOf) => ({
  name,
  steps: published.map((item) => ({
    label: `${name} ${item}`,
    command: bin(name),
    args: () => argsOf(tarballs().get(item)),
    cwd: join(root, 'packages', item),
  })),
});

let packed;
/** Tarballs of all packages by folder name, made once for everything that looks at them. */
const tarballs = () => {
  packed ??= pack(scratch);
  return packed;
};

const gates = [
  single('format', bin('biome'), ['check', '--error-on-warnings', '.']),
  { name: 'tests', steps: [], run: runTests },
  { name: 'simulate', steps: [], run: () => checkSimulate(reportTo(count)) },
  { name: 'mutants', steps: [], run: runMutants },
  // These run one after another, beside the two parts of what is checked on packed packages.
  {
    ...single('docs', process.execPath, ['--conditions=@fiducia/source', 'packages/site/src/main.ts', 'check']),
    isBeside: true,
  },
  { ...single('types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']), isBeside: true },
  { ...perPackage('publint', (tarball) => ['run', tarball, '--strict']), isBeside: true },
  { ...perPackage('attw', (tarball) => [tarball, '--profile', 'esm-only']), isBeside: true },
  { ...single('api', process.execPath, ['scripts/api.mjs']), isBeside: true },
  { ...single('size', process.execPath, ['scripts/check-size.mjs']), isBeside: true },
  { ...single('unused', bin('knip'), []), isBeside: true },
  { name: 'packed', steps: [], run: runPacked },
  // How long an import takes is measured with the machine to itself.
  { ...single('footprint', process.execPath, ['scripts/footprint.mjs']), isAlone: true },
  single('examples', process.execPath, ['--conditions=@fiducia/source', 'packages/site/src/main.ts', 'examples']),
];

function runTests() {
  const report = join(scratch, 'vitest.json');
  const result = spawnSync(
    bin('vitest'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    slowest.push(...testResults.map(({ name, startTime, endTime }) => ({ name, ms: endTime - startTime })));
    slowest.sort((a, b) => b.ms - a.ms).splice(SLOWEST_SHOWN);
    totals.passed += numPassedTests;
    totals.failed += numFailedTests;
    totals.skipped += numPendingTests;
    // A file that fails to load, or a run that fails without a failed test, is still a failure.
    if (numFailedTests === 0 && (numFailedTestSuites > 0 || result.status !== 0)) totals.failed += 1;
  } catch {
    process.stdout.write('tests: the runner wrote no report\n');
    totals.failed += 1;
  }
}

async function runPacked() {
  const all = await reportTo(count).step('packed tarballs', tarballs);
  if (all === undefined) return;
  await Promise.all(PACKED_PARTS.map((part) => runPackedPart(part, all)));
}

async function runPackedPart(part, all) {
  const workerData = { part, tarballs: all, scratch: mkdtempSync(join(scratch, 'packed-')) };
  const thread = new Worker(new URL('packed/thread.mjs', import.meta.url), { workerData });
  thread.on('message', count);
  let reason;
  thread.on('error', ({ message }) => {
    reason = message;
  });
  const status = await new Promise((resolve) => thread.on('exit', resolve));
  // A thread that dies between its steps has not run those that were to follow.
  if (status !== 0) count({ kind: 'failed', label: `packed ${part}`, ms: 0, text: reason ?? `exit code ${status}` });
}

/** Every planted bug must still be noticed; its replayer prints a line for each. */
async function runMutants() {
  const args = [
    '--conditions=@fiducia/source',
    '--disable-warning=ExperimentalWarning',
    'packages/mutants/src/replay.ts',
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(`${line}\n`);
    if (line.startsWith('ok ')) totals.passed += 1;
    if (line.startsWith('FAIL')) totals.failed += 1;
    lines += 1;
  }
  const status = await new Promise((resolve) => {
    if (child.exitCode === null) child.on('close', resolve);
    else resolve(child.exitCode);
  });
  // A replayer that dies, or says nothing, has replayed nothing.
  if (lines === 0 || (status !== 0 && totals.failed === 0)) totals.failed += 1;
}

/** Counts and prints how a step ended. */
function count({ kind, label, ms, text }) {
  totals[kind] += 1;
  if (kind === 'skipped') process.stdout.write(`SKIP ${label}: ${text}\n`);
  else process.stdout.write(`${kind === 'passed' ? 'ok  ' : 'FAIL'} ${label} (${(ms / 1000).toFixed(1)} s)\n`);
  if (kind === 'failed') process.stdout.write(`${text}\n`);
}

/** Runs a program, which has to succeed; what it printed is shown only if it does not. */
function runStep({ label, command, args, cwd }) {
  return reportTo(count).step(label, async () => {
    const child = spawn(command, typeof args === 'function' ? args() : args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => output.push(bytes));
    const status = await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (status !== 0) throw new Error(`${Buffer.concat(output)}`);
  });
}

async function runGate({ run, steps }) {
  await run?.();
  for (const step of steps) await runStep(step);
}

const wanted = process.argv.slice(2);
let beside = Promise.resolve();
for (const gate of gates) {
  if (wanted.length > 0 && !wanted.includes(gate.name)) continue;
  if (gate.isBeside) {
    beside = beside.then(() => runGate(gate));
    continue;
  }
  if (gate.isAlone) await beside;
  await runGate(gate);
}
await beside;
rmSync(scratch, { recursive: true, force: true });
if (slowest.length > 0) process.stdout.write(`slowest ${slowest.length} test files:\n`);
for (const { name, ms } of slowest)
  process.stdout.write(`${(ms / 1000).toFixed(1).padStart(8)} s ${relative(root, name)}\n`);
process.stdout.write(
  `${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}\n`,
);
process.exitCode = totals.failed === 0 ? 0 : 1;
