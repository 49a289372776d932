/** The protocols that twins run under, with short rounds. */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { pbft } from '@fiducia/consensus-pbft';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import type { TwinsSubject } from '../../src/index.ts';
import { scriptedSlots } from './scripted-slots.ts';

export type TwinsSubjectName = 'pbft' | 'checkpoint';

const DELAY_MS = { min: 5, max: 15 };
const BLOCK_MS = 200;
const SLOT_MS = 200;

/**
 * A height begins with the proposal at 200 ms and has its PREPAREs at about 220 and its COMMITs at about 230; without
 * them round changes come at 400, and a second round has its PREPAREs at about 430 and its COMMITs at about 440; a third
 * one begins at 800. Rounds of the scenario end in the middle of those, or between two rounds of the protocol.
 */
function pbftTwins(plugin: ConsensusPlugin = pbft()): TwinsSubject {
  const config = { blockTimeMs: BLOCK_MS, roundTimeoutMs: BLOCK_MS };
  return {
    name: 'pbft',
    leaders: 'rotation',
    subjectFor: () => ({ name: 'pbft', production: { plugin, config }, slotMs: BLOCK_MS }),
    delayMs: DELAY_MS,
    roundsMs: [225, 175, 35, 365, 35, 765, 35],
    livenessMs: 20_000,
    livenessBlocks: 2,
  };
}

/** Every block is a checkpoint, one slot is one round of the scenario, and its leader leads the slot. */
function checkpointTwins(plugin: ConsensusPlugin = checkpointFinality()): TwinsSubject {
  return {
    name: 'checkpoint',
    leaders: 'free',
    subjectFor: ({ members, leaders }) => ({
      name: 'checkpoint',
      production: { plugin: scriptedSlots(), config: { slotMs: SLOT_MS, members, leaders } },
      finality: { plugin, config: { committee: members, every: 1, delay: 0 } },
      slotMs: SLOT_MS,
    }),
    delayMs: DELAY_MS,
    // Slots begin at whole multiples of their length.
    roundsMs: [SLOT_MS + SLOT_MS / 2, SLOT_MS],
    livenessMs: 40 * SLOT_MS,
    livenessBlocks: 2,
  };
}

/** All of them by name. */
export const TWINS_SUBJECTS: Readonly<Record<TwinsSubjectName, () => TwinsSubject>> = {
  pbft: () => pbftTwins(),
  checkpoint: () => checkpointTwins(),
};

export function isTwinsSubjectName(name: string): name is TwinsSubjectName {
  return Object.hasOwn(TWINS_SUBJECTS, name);
}

export function twinsSubjectOf(name: TwinsSubjectName): TwinsSubject {
  return TWINS_SUBJECTS[name]();
}
