/** Protocols that the kit is tried on. */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { dpos } from '@fiducia/consensus-dpos';
import { roundRobin } from '../../../examples/custom-plugin/src/round-robin.ts';
import type { ConformanceSubject } from '../src/index.ts';
import { referenceNotary } from '../src/reference/notary.ts';
import { referenceTurns } from '../src/reference/turns.ts';

const slotMs = 1_000;

/** A subject of one plugin with slots. */
export function subjectOf(plugin: ConsensusPlugin, config: object = { slotMs }): ConformanceSubject {
  return { name: plugin.name, production: { plugin, config }, slotMs };
}

export const ROUND_ROBIN = subjectOf(roundRobin());
export const TURNS = subjectOf(referenceTurns());
export const NOTARY = subjectOf(referenceNotary());
export const DPOS = subjectOf(dpos(), {
  slotMs,
  delegates: 3,
  standby: 1,
  epochRounds: 4,
  missWindow: 5,
  missMax: 3,
  candidateDeposit: '1000',
  blockReward: '50',
});
