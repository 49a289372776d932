import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';

it('exports the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'DEFAULT_COMPARE_OPTIONS',
    'DEFAULT_DEMO_OPTIONS',
    'EXIT_CODES',
    'FiduciaCommandError',
    'MINIMUM_ROUNDS',
    'ROUNDS_MAX',
    'adviceFor',
    'builtInInput',
    'exitCodeFor',
    'generateCommunityCsv',
    'hasTrust',
    'isFiduciaCommandError',
    'readInputFile',
    'runCommand',
    'runCompare',
    'runDemo',
    'runExperiment',
    'writeReport',
  ]);
});
