import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import base from '../../vitest.config.ts';
import { mutantPlugin } from './src/vite-plugin.ts';

// The tests of the repository, with a bug in what they load.
export default mergeConfig(base, {
  root: fileURLToPath(new URL('../../', import.meta.url)),
  plugins: [mutantPlugin()],
  test: { fsModuleCachePath: fileURLToPath(new URL('../../node_modules/.vitest-cache-mutants', import.meta.url)) },
});
