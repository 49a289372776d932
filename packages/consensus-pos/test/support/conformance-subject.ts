/** What the conformance kit holds against its requirements, and golden vectors are recorded from. */
import type { ConformanceSubject } from '@fiducia/testkit';
import { pos } from '../../src/index.ts';

export const subject: ConformanceSubject = {
  name: 'pos',
  production: { plugin: pos(), config: { slotMs: 1_000, epochSlots: 30, minStake: '1', blockReward: '50' } },
  slotMs: 1_000,
  sampleSlots: 40,
  oracles: { rewardPerBlock: () => 50n },
};
