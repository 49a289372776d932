import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const ENTRY = new URL('../src/index.ts', import.meta.url).pathname;

it('bundles for browsers within 15 kB of gzipped minified ESM', async () => {
  const result = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    external: ['@fiducia/*'],
    write: false,
  });
  const size = gzipSync(result.outputFiles[0]?.contents ?? new Uint8Array()).length;
  process.stdout.write(`\nconsensus-pbft: ${size} bytes gzipped\n`);
  expect(size).toBeGreaterThan(1_000);
  expect(size).toBeLessThan(15_000);
});
