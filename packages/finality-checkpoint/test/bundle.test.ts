import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it.each(['index', 'light-client'])('%s bundles for browsers within 15 kB of gzipped minified ESM', async (entry) => {
  const result = await build({
    entryPoints: [new URL(`../src/${entry}.ts`, import.meta.url).pathname],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['@fiducia/*'],
    write: false,
  });
  const size = gzipSync(result.outputFiles[0]?.contents ?? new Uint8Array()).length;
  process.stdout.write(`\nfinality-checkpoint ${entry}: ${size} bytes gzipped\n`);
  expect(size).toBeGreaterThan(1_000);
  expect(size).toBeLessThan(15_000);
});
