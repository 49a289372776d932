/** What the conformance kit holds against its requirements, and golden vectors are recorded from. */
import type { ConformanceSubject } from '@fiducia/testkit';
import { dtDpos } from '../../src/index.ts';

const CONFIG = { preset: 'minimal', slotMs: 1_000, committee: { size: 3 } };

export const subject: ConformanceSubject = {
  name: 'dt-dpos',
  production: { plugin: dtDpos(), config: { ...CONFIG, seedMode: 'vrf', electionLagEpochs: 2 } },
  configs: [
    { name: 'without VRF', config: CONFIG },
    { name: 'top, forgiving', config: { ...CONFIG, committee: { size: 6, mode: 'top' }, tombstone: false } },
  ],
  slotMs: 1_000,
};
