import type { ConformanceSubject } from '@fiducia/testkit';
import { createPlugin } from '../src/index.ts';

/** What the conformance kit, the simulation and the benchmark run. */
export const subject: ConformanceSubject = {
  name: 'my-plugin',
  production: { plugin: createPlugin(), config: { slotMs: 1_000 } },
  slotMs: 1_000,
  configs: [{ name: 'fast', config: { slotMs: 500 }, slotMs: 500 }],
  oracles: { rewardPerBlock: () => 1n },
};
