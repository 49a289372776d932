import { expect, test } from 'vitest';
import * as entry from '../src/index.ts';
import * as ports from '../src/ports.ts';

test('the entry exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'ByteReader',
    'ByteWriter',
    'CONTRACT_VERSION',
    'ConsensusError',
    'LIMITS',
    'MESSAGE_DOMAIN',
    'SEAL_DOMAIN',
    'TWO_THIRDS',
    'VRF_DOMAIN',
    'accept',
    'compareBytes',
    'compareSequences',
    'decodeEvidence',
    'defer',
    'definePlugin',
    'encodeEvidence',
    'isConsensusError',
    'isQuorum',
    'protocolId',
    'reject',
    'slotAt',
    'slotStart',
    'sumWeights',
    'tryDecode',
  ]);
});

test('the ports are types only', () => {
  expect(Object.keys(ports)).toEqual([]);
});
