import { readFileSync } from 'node:fs';
import { referenceTurns } from '@fiducia/testkit';
import { describeConformance } from '@fiducia/testkit/vitest';
import { checkpointFinality } from '../src/index.ts';

describeConformance({
  name: 'checkpoint',
  production: { plugin: referenceTurns(), config: { slotMs: 1_000 } },
  finality: { plugin: checkpointFinality(), config: { every: 2 } },
  slotMs: 1_000,
  vectors: JSON.parse(readFileSync(new URL('../testdata/conformance-vectors.json', import.meta.url), 'utf8')),
});
