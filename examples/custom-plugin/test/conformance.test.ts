import { describeConformance } from '@fiducia/testkit/vitest';
import { roundRobin } from '../src/round-robin.ts';

describeConformance({
  name: 'round-robin',
  production: { plugin: roundRobin(), config: { slotMs: 1_000 } },
  configs: [{ name: 'slow', config: { slotMs: 3_000 } }],
  slotMs: 1_000,
  oracles: { rewardPerBlock: () => 1n },
});
