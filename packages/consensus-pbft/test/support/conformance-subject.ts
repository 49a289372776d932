/** What the conformance kit holds against its requirements, and golden vectors are recorded from. */
import type { ConformanceSubject } from '@fiducia/testkit';
import { pbft } from '../../src/index.ts';

export const subject: ConformanceSubject = {
  name: 'pbft',
  production: { plugin: pbft(), config: { blockTimeMs: 1_000, roundTimeoutMs: 2_000, blockReward: '50' } },
  slotMs: 1_000,
  // The proposal comes at 200 ms, PREPAREs at about 220, COMMITs at about 230, and round changes from 400 on.
  twins: {
    config: { blockTimeMs: 200, roundTimeoutMs: 200 },
    slotMs: 200,
    roundsMs: [225, 175, 35, 365, 35, 765, 35],
  },
  oracles: { rewardPerBlock: () => 50n },
};
