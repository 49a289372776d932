// Builds every package whose output is missing or older than its sources, two at a time.
//   --javascript  JavaScript only, enough to run the commands
//   --types       with type declarations, enough to publish and check (default)
//   --force       whatever the times say
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const javascriptOnly = process.argv.includes('--javascript');
const force = process.argv.includes('--force');
const CONCURRENCY = 2;

function newestIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}

function isFresh(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const outputs = Object.values(manifest.exports)
    .filter((target) => typeof target === 'object')
    .flatMap((target) => (javascriptOnly ? [target.default] : [target.default, target.types]))
    .map((path) => join(folder, path));
  if (!outputs.every((path) => existsSync(path))) return false;
  const inputs = ['package.json', 'tsup.config.ts', '../../tsup.base.ts', '../../tsconfig.base.json'];
  const newest = Math.max(newestIn(join(folder, 'src')), ...inputs.map((path) => statSync(join(folder, path)).mtimeMs));
  return outputs.every((path) => statSync(path).mtimeMs >= newest);
}

function build(folder) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules/tsup/dist/cli-default.js'), '--silent'], {
      cwd: folder,
      env: { ...process.env, ...(javascriptOnly ? { FIDUCIA_BUILD: 'js' } : {}) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`building ${folder} failed with exit code ${code}\n${output}`));
    });
  });
}

const published = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  .filter((folder) => existsSync(join(folder, 'tsup.config.ts')));
// npm packs a licence that lies beside package.json, whatever else is published; links it leaves out.
for (const folder of published) copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));

const packages = published.filter((folder) => force || !isFresh(folder));
if (packages.length > 0) process.stderr.write(`build: ${packages.length} package(s)\n`);

const queue = packages[Symbol.iterator]();
const workers = Array.from({ length: CONCURRENCY }, async () => {
  for (const folder of queue) await build(folder);
});
try {
  await Promise.all(workers);
} catch (error) {
  process.stderr.write(`build: ${error.message}\n`);
  process.exit(1);
}
