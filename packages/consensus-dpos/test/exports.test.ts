import { expect, test } from 'vitest';
import * as entry from '../src/index.ts';

test('the entry exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'DposError',
    'decodeDigest',
    'delegateAt',
    'dpos',
    'encodeDigest',
    'isDposError',
    'roundOrder',
  ]);
});
