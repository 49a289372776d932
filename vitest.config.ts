import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Tests run on the sources of every package, so that no build stands between an edit and its test.
const conditions = ['@fiducia/source', 'node', 'import', 'module', 'default'];

const root = fileURLToPath(new URL('.', import.meta.url));
const include = ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'];

/** What a test does to modules or globals that the next file of the same worker would see. */
const NEEDS_ISOLATION = /\bvi\.(mock|doMock|resetModules|stubGlobal|stubEnv|spyOn|useFakeTimers)\b|\bprocess\.chdir\b/;

const isolated: string[] = [];
for await (const file of glob(include, { cwd: root })) {
  if (NEEDS_ISOLATION.test(readFileSync(`${root}/${file}`, 'utf8'))) isolated.push(file);
}

// All other files share the loaded and optimised modules of their worker, which saves a third of the processor time.
const project = (name: string, isolate: boolean, files: object) => ({
  extends: true as const,
  test: { name, isolate, ...files },
});

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Draws of property tests: FIDUCIA_SEED=<number> replays a failure, FIDUCIA_SEED=random looks for new ones.
    setupFiles: ['./vitest.setup.ts'],
    // The runner would leave one core to itself, which is half of a small machine.
    maxWorkers: '100%',
    // Simulations make much that is short-lived: a sixteenth less time with room for it.
    execArgv: ['--max-semi-space-size=64'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      project('shared', false, { include, exclude: ['**/node_modules/**', ...isolated] }),
      project('isolated', true, { include: isolated }),
    ],
  },
});
