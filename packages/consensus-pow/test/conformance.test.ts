import { readFileSync } from 'node:fs';
import { describeConformance } from '@fiducia/testkit/vitest';
import { pow } from '../src/index.ts';

describeConformance({
  name: 'pow',
  production: { plugin: pow(), config: { preset: 'test', settleSharePpm: 200_000, blockReward: '50' } },
  slotMs: 10_000,
  vectors: JSON.parse(readFileSync(new URL('../testdata/conformance-vectors.json', import.meta.url), 'utf8')),
  oracles: { rewardPerBlock: () => 50n },
});
