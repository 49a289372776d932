/**
 * The protocols that the scenario can be played under.
 *
 * @module
 */
import type { ConsensusName, DemoOptions, MaliciousAct } from '../result.ts';
import { setUpDpos } from './dpos.ts';
import { setUpDtDpos } from './dt-dpos.ts';
import { setUpPos } from './pos.ts';
import { setUpPow } from './pow.ts';
import type { ConsensusSetup, SetupParts } from './setup.ts';

/** What people are told about a protocol, and how it is set up. */
export interface Protocol {
  /** Name for people. */
  readonly label: string;
  /** How leaders come about, one sentence. */
  readonly electionRule: string;
  /** What a malicious node of it can do in this scenario. */
  readonly acts: readonly MaliciousAct[];
  /** What `invalid` is under it, in the past tense. */
  readonly invalidAct: string;
  /** What is simulated although a real network would do it, for the notes below the results. */
  readonly note?: string;
  /** Configures it. */
  readonly setUp: (options: DemoOptions, parts: SetupParts) => ConsensusSetup;
}

const BOTH_ACTS: readonly MaliciousAct[] = ['invalid', 'equivocate'];
const HEADER_OFF_SLOT = 'It signed a header off its slot whenever it led';

/** All of them by name; the order is that of the help. */
export const PROTOCOLS: Readonly<Record<ConsensusName, Protocol>> = {
  'dt-dpos': {
    label: 'DT-DPoS',
    electionRule: 'Every consensus slot elects one leader in proportion to trust.',
    acts: BOTH_ACTS,
    invalidAct: HEADER_OFF_SLOT,
    setUp: ({ profile, schedule }, { slotMs, deposit }) => setUpDtDpos({ preset: profile, slotMs, schedule }, deposit),
  },
  dpos: {
    label: 'DPoS',
    electionRule: 'Every delegate has one consensus slot per round of six, in an order that is shuffled anew.',
    acts: BOTH_ACTS,
    invalidAct: HEADER_OFF_SLOT,
    setUp: (_options, parts) => setUpDpos(parts),
  },
  pos: {
    label: 'PoS',
    electionRule: 'Every consensus slot draws one leader in proportion to stake, and all stakes are equal.',
    acts: BOTH_ACTS,
    invalidAct: HEADER_OFF_SLOT,
    setUp: (_options, parts) => setUpPos(parts),
  },
  pow: {
    label: 'PoW',
    electionRule: 'Whoever finds a nonce produces the next block; all nodes have the same hash power.',
    acts: ['invalid'],
    invalidAct: 'It mined on a target that was not due, again and again',
    note: 'Mining takes virtual time and costs no hashes: test difficulty, with search times drawn from the seed.',
    setUp: (_options, parts) => setUpPow(parts),
  },
};

/** Names in the order of the help. */
export const CONSENSUS_NAMES = Object.keys(PROTOCOLS) as readonly ConsensusName[];
