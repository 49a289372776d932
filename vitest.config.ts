import { defineConfig } from 'vitest/config';

// Tests run on the sources of every package, so that no build stands between an edit and its test.
const conditions = ['@fiducia/source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    // Draws of property tests: FIDUCIA_SEED=<number> replays a failure, FIDUCIA_SEED=random looks for new ones.
    setupFiles: ['./vitest.setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
