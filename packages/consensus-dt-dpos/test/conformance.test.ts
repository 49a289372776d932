import { readFileSync } from 'node:fs';
import { describeConformance } from '@fiducia/testkit/vitest';
import { dtDpos } from '../src/index.ts';

const CONFIG = { preset: 'minimal', slotMs: 1_000, committee: { size: 3 } };

describeConformance({
  name: 'dt-dpos',
  production: { plugin: dtDpos(), config: { ...CONFIG, seedMode: 'vrf', electionLagEpochs: 2 } },
  configs: [{ name: 'without VRF', config: CONFIG }],
  slotMs: 1_000,
  vectors: JSON.parse(readFileSync(new URL('../testdata/conformance-vectors.json', import.meta.url), 'utf8')),
});
