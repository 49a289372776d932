import { readFileSync } from 'node:fs';
import { describeConformance } from '@fiducia/testkit/vitest';
import { dpos } from '../src/index.ts';

const CONFIG = { slotMs: 1_000, delegates: 3, standby: 1, epochRounds: 4, missWindow: 5, candidateDeposit: '1000' };

describeConformance({
  name: 'dpos',
  production: { plugin: dpos(), config: CONFIG },
  configs: [{ name: 'vrf', config: { ...CONFIG, seedSource: 'vrf' } }],
  slotMs: 1_000,
  vectors: JSON.parse(readFileSync(new URL('../testdata/conformance-vectors.json', import.meta.url), 'utf8')),
});
