import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';
import * as adapter from '../src/vitest.ts';

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'TestkitError',
    'createChainChecks',
    'createCryptoChecks',
    'createStoreChecks',
    'formatReport',
    'isTestkitError',
    'recordVectors',
    'referenceNotary',
    'referenceTurns',
    'runConformance',
  ]);
  expect(Object.keys(adapter).sort()).toEqual([
    'describeChain',
    'describeConformance',
    'describeCrypto',
    'describeStore',
  ]);
});
