import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'NODE_TOKENS',
    'NodeError',
    'createNode',
    'createRoundVoter',
    'defaultModule',
    'encodeEras',
    'isNodeError',
    'openRecording',
  ]);
});
