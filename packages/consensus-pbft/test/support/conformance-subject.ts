/** What the conformance kit holds against its requirements, and golden vectors are recorded from. */
import type { ConformanceSubject } from '@fiducia/testkit';
import { pbft } from '../../src/index.ts';

export const subject: ConformanceSubject = {
  name: 'pbft',
  production: { plugin: pbft(), config: { blockTimeMs: 1_000, roundTimeoutMs: 2_000, blockReward: '50' } },
  slotMs: 1_000,
  oracles: { rewardPerBlock: () => 50n },
};
