import { readFileSync } from 'node:fs';
import { describeConformance } from '@fiducia/testkit/vitest';
import { pos } from '../src/index.ts';

describeConformance({
  name: 'pos',
  production: { plugin: pos(), config: { slotMs: 1_000, epochSlots: 30, minStake: '1', blockReward: '50' } },
  slotMs: 1_000,
  sampleSlots: 40,
  vectors: JSON.parse(readFileSync(new URL('../testdata/conformance-vectors.json', import.meta.url), 'utf8')),
  oracles: { rewardPerBlock: () => 50n },
});
