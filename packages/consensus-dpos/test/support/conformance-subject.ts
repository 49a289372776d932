/** What the conformance kit holds against its requirements, and golden vectors are recorded from. */
import type { ConformanceSubject } from '@fiducia/testkit';
import { dpos } from '../../src/index.ts';

const CONFIG = { slotMs: 1_000, delegates: 3, standby: 1, epochRounds: 4, missWindow: 5, candidateDeposit: '1000' };

export const subject: ConformanceSubject = {
  name: 'dpos',
  production: { plugin: dpos(), config: CONFIG },
  configs: [
    { name: 'vrf', config: { ...CONFIG, seedSource: 'vrf' } },
    { name: 'seats for all', config: { ...CONFIG, delegates: 5 } },
  ],
  slotMs: 1_000,
};
