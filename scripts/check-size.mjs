// Bundles each package for browsers, minified, with other packages left outside, and compares the
// gzipped size with its budget. `--json` prints the figures alone.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Budgets in bytes, minified and gzipped. */
const BUDGETS = {
  trust: 6_000,
  'consensus-dt-dpos': 15_000,
  'consensus-dpos': 15_000,
  'consensus-pos': 15_000,
  'consensus-pow': 15_000,
};

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
for (const [name, budget] of Object.entries(BUDGETS)) sizes.push({ name, bytes: await sizeOf(name), budget });

const text = process.argv.includes('--json')
  ? JSON.stringify(sizes)
  : sizes.map(({ name, bytes, budget }) => `${name}: ${bytes} of ${budget} bytes`).join('\n');
process.stdout.write(`${text}\n`);
if (sizes.some(({ bytes, budget }) => bytes > budget)) process.exitCode = 1;
