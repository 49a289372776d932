import { expect, test } from 'vitest';
import * as entry from '../src/index.ts';

test('the entry exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'AdapterError',
    'EXTRA_DATA_BYTES_MAX',
    'JOURNAL_KINDS',
    'createAddressCrypto',
    'createAddressSigner',
    'createChainConfig',
    'createEthereumChain',
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
