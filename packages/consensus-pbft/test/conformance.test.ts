import { readFileSync } from 'node:fs';
import { describeConformance } from '@fiducia/testkit/vitest';
import { pbft } from '../src/index.ts';

describeConformance({
  name: 'pbft',
  production: { plugin: pbft(), config: { blockTimeMs: 1_000, roundTimeoutMs: 2_000, blockReward: '50' } },
  slotMs: 1_000,
  vectors: JSON.parse(readFileSync(new URL('../testdata/conformance-vectors.json', import.meta.url), 'utf8')),
  oracles: { rewardPerBlock: () => 50n },
});
