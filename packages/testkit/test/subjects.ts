/** Protocols that the kit is tried on. */
import type { ConsensusPlugin } from '@fiducia/consensus';
import type { ConformanceSubject } from '../src/index.ts';
import { referenceNotary } from '../src/reference/notary.ts';
import { referenceTurns } from '../src/reference/turns.ts';

const slotMs = 1_000;

/** A subject of one plugin with slots. */
export function subjectOf(plugin: ConsensusPlugin, config: object = { slotMs }): ConformanceSubject {
  return { name: plugin.name, production: { plugin, config }, slotMs };
}

export const TURNS = subjectOf(referenceTurns() as ConsensusPlugin);
export const NOTARY = subjectOf(referenceNotary() as ConsensusPlugin);
