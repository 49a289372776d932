import { expect, test } from 'vitest';
import * as entry from '../src/index.ts';

test('the entry exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'AdapterError',
    'EXTRA_DATA_BYTES_MAX',
    'JOURNAL_KINDS',
    'PROOFS_BYTES_MAX',
    'computeChainId',
    'createAddressCrypto',
    'createAddressSigner',
    'createChainConfig',
    'createEthereumChain',
    'createEthereumChainPort',
    'createEthereumConsensus',
    'createJournalFacts',
    'createRegistryFacts',
    'createSealer',
    'createStateDirectives',
    'decodeExtraData',
    'encodeExtraData',
    'isAdapterError',
  ]);
});
