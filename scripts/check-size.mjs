// Bundles each package for browsers, minified, with other packages left outside, and compares the
// gzipped size with its budget. `--json` prints the figures alone.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { POLICIES } from '../packages/repo-checks/src/policy.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Budgets in bytes, minified and gzipped: that of trust, and of every plugin there is. */
const TRUST_BUDGET = 6_000;
const PLUGIN_BUDGET = 15_000;

const plugins = readdirSync(join(root, 'packages')).filter((name) => POLICIES[name]?.isPlugin === true);
const budgets = [['trust', TRUST_BUDGET], ...plugins.map((name) => [name, PLUGIN_BUDGET])];

async function sizeOf(name) {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'packages', name, 'src', 'index.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    external: ['@fiducia/*'],
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const sizes = [];
for (const [name, budget] of budgets) sizes.push({ name, bytes: await sizeOf(name), budget });

const text = process.argv.includes('--json')
  ? JSON.stringify(sizes)
  : sizes.map(({ name, bytes, budget }) => `${name}: ${bytes} of ${budget} bytes`).join('\n');
process.stdout.write(`${text}\n`);
if (sizes.some(({ bytes, budget }) => bytes > budget)) process.exitCode = 1;
