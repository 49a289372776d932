import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'Lifecycle',
    'TOKENS',
    'chainModule',
    'createNodeContainer',
    'eraModule',
    'inject',
    'injectAll',
    'injectable',
    'pluginModule',
    'portModule',
    'provide',
    'resolveEach',
    'token',
  ]);
});
