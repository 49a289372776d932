import { expect, test } from 'vitest';
import * as entry from '../src/index.ts';
import * as ports from '../src/ports.ts';

test('the entry exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'ByteReader',
    'ByteWriter',
    'CONTRACT_VERSION',
    'ConsensusError',
    'DrawStream',
    'LIMITS',
    'MESSAGE_DOMAIN',
    'OUTCOMES_MAX',
    'SEAL_DOMAIN',
    'TWO_THIRDS',
    'VRF_DOMAIN',
    'VRF_OUTPUT_BYTES',
    'VRF_PROOF_BYTES',
    'accept',
    'advanceSeeds',
    'compareActors',
    'compareBytes',
    'compareSequences',
    'contributeSeed',
    'contributingSlots',
    'createPersistentMap',
    'createSlotEngine',
    'decodeEvidence',
    'decodeSlotDigest',
    'defer',
    'definePlugin',
    'encodeEvidence',
    'encodeSigningScope',
    'encodeSlotDigest',
    'floorDivide',
    'isConsensusError',
    'isQuorum',
    'persistentMapOf',
    'protocolId',
    'reject',
    'shuffle',
    'slotAlpha',
    'slotAt',
    'slotStart',
    'sortedEntries',
    'startSeeds',
    'sumWeights',
    'taggedHash',
    'tryDecode',
    'vrfPossessionAlpha',
    'writePlainData',
  ]);
});

test('the ports are types only', () => {
  expect(Object.keys(ports)).toEqual([]);
});
