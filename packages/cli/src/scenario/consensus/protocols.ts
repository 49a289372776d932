/**
 * The protocols that the scenario can be played under.
 *
 * @module
 */
import type { CheckpointConfig } from '@fiducia/finality-checkpoint';
import { nodeKeyPair } from '../genesis.ts';
import { NODE_PROFILES } from '../nodes.ts';
import type { ConsensusName, DemoOptions, MaliciousAct } from '../result.ts';
import { type GadgetSetup, setUpCheckpoint } from './checkpoint.ts';
import { setUpDpos } from './dpos.ts';
import { setUpDtDpos } from './dt-dpos.ts';
import { setUpPbft } from './pbft.ts';
import { setUpPos } from './pos.ts';
import { BLOCKS_PER_ROUND, setUpPow } from './pow.ts';
import type { ConsensusSetup, SetupParts } from './setup.ts';

/** What people are told about a protocol, and how it is set up. */
export interface Protocol {
  /** Name for people. */
  readonly label: string;
  /** How leaders come about, one sentence. */
  readonly electionRule: string;
  /** What is counted as an election, for the caption of the chart. */
  readonly counted: string;
  /** What a malicious node of it can do in this scenario. */
  readonly acts: readonly MaliciousAct[];
  /** What `invalid` is under it, in the past tense. */
  readonly invalidAct: string;
  /** What `equivocate` is under it, in the past tense, if it can be done. */
  readonly doubleAct?: string;
  /** What is simulated although a real network would do it, for the notes below the results. */
  readonly note?: string;
  /** How checkpoint finality is configured beside it; absent where every block is final already. */
  readonly checkpoint?: () => Partial<CheckpointConfig>;
  /** Configures it. */
  readonly setUp: (options: DemoOptions, parts: SetupParts) => ConsensusSetup;
}

const BOTH_ACTS: readonly MaliciousAct[] = ['invalid', 'equivocate'];
/** Few seats send few votes: every block is a checkpoint. */
const EVERY_BLOCK: Partial<CheckpointConfig> = { every: 1, delay: 1 };

/** Nobody is elected under PoW, so the committee is named; a checkpoint per round, deep enough that forks are over. */
const NAMED_COMMITTEE = (): Partial<CheckpointConfig> => ({
  every: BLOCKS_PER_ROUND,
  delay: BLOCKS_PER_ROUND,
  committee: NODE_PROFILES.map(({ number }) => ({ id: nodeKeyPair(number).address, weight: 1, publicKey: null })),
});

const HEADER_OFF_SLOT = 'It signed a header off its slot whenever it led';
const LED_SLOTS = 'Slots led, empty ones included';
const TWO_BLOCKS = 'It signed two blocks for each slot it led: one of them stood';

/** All of them by name; the order is that of the help. */
export const PROTOCOLS: Readonly<Record<ConsensusName, Protocol>> = {
  'dt-dpos': {
    label: 'DT-DPoS',
    electionRule: 'Every consensus slot elects one leader in proportion to trust.',
    counted: LED_SLOTS,
    acts: BOTH_ACTS,
    invalidAct: HEADER_OFF_SLOT,
    doubleAct: TWO_BLOCKS,
    checkpoint: () => EVERY_BLOCK,
    setUp: ({ profile, schedule }, { slotMs, deposit }) => setUpDtDpos({ preset: profile, slotMs, schedule }, deposit),
  },
  dpos: {
    label: 'DPoS',
    electionRule: 'Every delegate has one consensus slot per round of six, in an order that is shuffled anew.',
    counted: LED_SLOTS,
    acts: BOTH_ACTS,
    invalidAct: HEADER_OFF_SLOT,
    doubleAct: TWO_BLOCKS,
    checkpoint: () => EVERY_BLOCK,
    setUp: (_options, parts) => setUpDpos(parts),
  },
  pos: {
    label: 'PoS',
    electionRule: 'Every consensus slot draws one leader in proportion to stake, and all stakes are equal.',
    counted: LED_SLOTS,
    acts: BOTH_ACTS,
    invalidAct: HEADER_OFF_SLOT,
    doubleAct: TWO_BLOCKS,
    checkpoint: () => EVERY_BLOCK,
    setUp: (_options, parts) => setUpPos(parts),
  },
  pow: {
    label: 'PoW',
    electionRule: 'Whoever finds a nonce produces the next block; all nodes have the same hash power.',
    counted: 'Blocks of the adopted chain',
    acts: ['invalid'],
    invalidAct: 'It mined on a target that was not due, again and again',
    note: 'Mining takes virtual time and costs no hashes: test difficulty, with search times drawn from the seed.',
    checkpoint: NAMED_COMMITTEE,
    setUp: (_options, parts) => setUpPow(parts),
  },
  pbft: {
    label: 'PBFT',
    electionRule: 'The nodes take turns to propose; whoever proposes in vain loses the turn to the next one.',
    counted: 'Turns to propose, those in vain included',
    acts: BOTH_ACTS,
    invalidAct: 'It proposed a block before its time whenever it was its turn',
    doubleAct: 'It ran on two machines with one key, which proposed two blocks at once and voted for both',
    setUp: (_options, parts) => setUpPbft(parts),
  },
};

/** Names in the order of the help. */
export const CONSENSUS_NAMES = Object.keys(PROTOCOLS) as readonly ConsensusName[];

/** A protocol, and the gadget beside it if there is one. */
export interface ConfiguredConsensus {
  readonly consensus: ConsensusSetup;
  readonly gadget?: GadgetSetup;
}

/** Configures what the nodes of a network agree by. */
export function setUpConsensus(options: DemoOptions, parts: SetupParts): ConfiguredConsensus {
  const { setUp, checkpoint } = PROTOCOLS[options.consensus];
  const consensus = setUp(options, parts);
  return options.finality === null || checkpoint === undefined
    ? { consensus }
    : { consensus, gadget: setUpCheckpoint(checkpoint()) };
}
