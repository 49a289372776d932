import { expect, test } from 'vitest';
import * as host from '../src/index.ts';

test('the entry exports exactly these names', () => {
  expect(Object.keys(host).sort()).toEqual([
    'BLOCKS_CHANNEL',
    'DEFAULT_HOST_LIMITS',
    'ERA_PARAMETER',
    'EVIDENCE_CHANNEL',
    'HostError',
    'MESSAGES_CHANNEL',
    'PROOFS_CHANNEL',
    'PROVEN_BLOCKS_CHANNEL',
    'createBlockFormat',
    'createHost',
    'createLoopbackNetwork',
    'createMemoryBlocks',
    'createMemoryLog',
    'createRecordReplayer',
    'createRecordWriter',
    'createSystemClock',
    'decodeBlockList',
    'decodeBlockRecord',
    'decodeBlockRequest',
    'decodeEnvelope',
    'decodeProvenBlock',
    'encodeBlockList',
    'encodeBlockRecord',
    'encodeBlockRequest',
    'encodeEnvelope',
    'encodeProvenBlock',
    'isHostError',
    'replayRecords',
    'requireContract',
  ]);
});
