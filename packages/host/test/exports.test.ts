import { expect, test } from 'vitest';
import * as host from '../src/index.ts';

test('the entry exports exactly these names', () => {
  expect(Object.keys(host).sort()).toEqual([
    'DEFAULT_HOST_LIMITS',
    'ERA_PARAMETER',
    'HostError',
    'createBlockFormat',
    'createHost',
    'createLoopbackNetwork',
    'createMemoryBlocks',
    'createMemoryLog',
    'createRecordReplayer',
    'createRecordWriter',
    'createSystemClock',
    'decodeBlockRecord',
    'encodeBlockRecord',
    'isHostError',
    'replayRecords',
  ]);
});
