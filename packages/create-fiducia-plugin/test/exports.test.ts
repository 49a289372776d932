import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';

it('exports exactly what is recorded here', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'CreateError',
    'EXIT_CODES',
    'TEMPLATES',
    'createProject',
    'isCreateError',
  ]);
});
