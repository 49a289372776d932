import { expect, it } from 'vitest';
import * as entry from '../src/index.ts';

it('exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'DORMANT_EPOCHS_MAX',
    'DtDposError',
    'TRUST_OFFENCE_ID',
    'advanceWrr',
    'candidateScores',
    'cycleOrder',
    'decodeDigest',
    'draw',
    'dtDpos',
    'dtDposPreset',
    'electCommittee',
    'encodeDigest',
    'isDtDposError',
    'leadersBetween',
    'lotteryLeader',
    'nextSeed',
  ]);
});
