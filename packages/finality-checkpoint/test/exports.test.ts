import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';
import * as lightClient from '../src/light-client.ts';

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'checkpointFinality',
    'committeeResilience',
    'decodeCertificate',
    'decodeProof',
    'decodeVote',
    'encodeCertificate',
    'encodeProof',
    'encodeVote',
  ]);
});

it('exports exactly the recorded names for light clients', () => {
  expect(Object.keys(lightClient).sort()).toEqual(['checkLightProof', 'decodeLightProof', 'encodeLightProof']);
});
