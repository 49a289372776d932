import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'CryptoError',
    'PUBLIC_KEY_BYTES',
    'SIGNATURE_BYTES',
    'VRF_OUTPUT_BYTES',
    'VRF_PROOF_BYTES',
    'addressOf',
    'createCrypto',
    'createKeyPair',
    'createMemoryGuardStore',
    'createMemorySigner',
    'generateKeyPair',
    'isCryptoError',
    'keyPairFromSeed',
    'signingHash',
  ]);
});
