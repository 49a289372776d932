import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'NONCE_BYTES',
    'TARGET_MAX',
    'WORK_ALGORITHM',
    'compactFromTarget',
    'computeRetarget',
    'decodeTarget',
    'encodeTarget',
    'medianTimePast',
    'meetsTarget',
    'pow',
    'powHash',
    'powPreset',
    'settleDepth',
    'targetFromCompact',
    'workOf',
  ]);
});
