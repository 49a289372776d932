import { expect, test } from 'vitest';
import * as entry from '../src/index.ts';

test('the entry exports exactly the recorded names', () => {
  expect(Object.keys(entry).sort()).toEqual([
    'BASIS_POINTS',
    'FULL_TRUST_MICRO',
    'TrustError',
    'applyActivity',
    'applyRound',
    'behaviourFactor',
    'collectActivities',
    'compositeTrust',
    'countRound',
    'createRoundWindow',
    'createTrustRecord',
    'depositShare',
    'effectiveDynamicTrust',
    'epochOf',
    'floorDivide',
    'historicalTrust',
    'isTrustError',
    'parseRoundWindow',
    'parseTrustRecord',
    'participationFactor',
    'requireTrustParams',
    'scoreTrust',
    'tierOf',
    'trustDecay',
    'trustPreset',
    'voteShare',
  ]);
});
