/** What the conformance kit holds against its requirements, and golden vectors are recorded from. */
import type { ConformanceSubject } from '@fiducia/testkit';
import { pow } from '../../src/index.ts';

export const subject: ConformanceSubject = {
  name: 'pow',
  production: { plugin: pow(), config: { preset: 'test', settleSharePpm: 200_000, blockReward: '50' } },
  configs: [{ name: 'retargeting', config: { windowBlocks: 3, clamp: 2, powLimit: 2n ** 256n - 1n } }],
  slotMs: 10_000,
  oracles: { rewardPerBlock: () => 50n },
};
