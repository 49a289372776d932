/** What the conformance kit holds against its requirements, and golden vectors are recorded from. */
import { type ConformanceSubject, referenceTurns } from '@fiducia/testkit';
import { checkpointFinality } from '../../src/index.ts';

export const subject: ConformanceSubject = {
  name: 'checkpoint',
  production: { plugin: referenceTurns(), config: { slotMs: 1_000, rotationBlocks: 9 } },
  finality: { plugin: checkpointFinality(), config: { every: 2 } },
  slotMs: 1_000,
  nodeCounts: [5],
};
