/** Protocols that the kit is tried on. */
import { dpos } from '@fiducia/consensus-dpos';
import { roundRobin } from '../../../examples/custom-plugin/src/round-robin.ts';
import type { ConformanceSubject } from '../src/index.ts';

export const ROUND_ROBIN: ConformanceSubject = {
  name: 'round-robin',
  production: { plugin: roundRobin(), config: { slotMs: 1_000 } },
  slotMs: 1_000,
};

const DELEGATES = {
  slotMs: 1_000,
  delegates: 3,
  standby: 1,
  epochRounds: 4,
  missWindow: 5,
  missMax: 3,
  candidateDeposit: '1000',
  blockReward: '50',
};

export const DPOS: ConformanceSubject = {
  name: 'dpos',
  production: { plugin: dpos(), config: DELEGATES },
  slotMs: 1_000,
};
