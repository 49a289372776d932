/** The protocols that campaigns and attacks run under, each at a size at which many lives fit into a test. */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { dpos } from '@fiducia/consensus-dpos';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { pbft } from '@fiducia/consensus-pbft';
import { pos } from '@fiducia/consensus-pos';
import { pow } from '@fiducia/consensus-pow';
import { roundRobin } from '../../../../examples/custom-plugin/src/round-robin.ts';

export const SLOT_MS = 1_000;

/** Name of a protocol, as on the command line. */
export type SubjectName = 'round-robin' | 'dt-dpos' | 'dpos' | 'dpos-vrf' | 'pos' | 'pow' | 'pbft';

/** One protocol under test. */
export interface Subject {
  readonly name: SubjectName;
  readonly plugin: ConsensusPlugin;
  /** Raw configuration. */
  readonly config: object;
  /** Duration of a slot, or the mean time between two blocks. */
  readonly slotMs: number;
  readonly nodes: number;
  /** Most nodes that a partition cuts off: as many as the hint of the protocol tolerates. */
  readonly minority: number;
  /** Whether validators prove random values with a key of their own. */
  readonly hasVrfKeys: boolean;
  /** Hashes per second of each node; 0 without mining. */
  readonly hashesPerSecond: number;
}

/** Six nodes, five of which have seats: one of them is less than a third, two are not. */
const SIGNED = { slotMs: SLOT_MS, nodes: 6, minority: 1, hasVrfKeys: false, hashesPerSecond: 0 } as const;

const DELEGATES = {
  slotMs: SLOT_MS,
  delegates: 5,
  standby: 1,
  epochRounds: 4,
  missWindow: 5,
  missMax: 3,
  candidateDeposit: '1000',
  blockReward: '50',
};

/** Blocks at test difficulty need one hash, so that five nodes with 0.02 of them a second find one in ten seconds. */
const MINED = { slotMs: 10_000, nodes: 5, minority: 1, hasVrfKeys: false, hashesPerSecond: 0.02 } as const;

const SUBJECTS: Readonly<Record<SubjectName, () => Subject>> = {
  'round-robin': () => ({
    ...SIGNED,
    name: 'round-robin',
    plugin: roundRobin(),
    config: { slotMs: SLOT_MS },
  }),
  'dt-dpos': () => ({
    ...SIGNED,
    hasVrfKeys: true,
    name: 'dt-dpos',
    plugin: dtDpos(),
    // Seeds as in the default profile.
    config: { preset: 'minimal', slotMs: SLOT_MS, committee: { size: 5 }, seedMode: 'vrf', electionLagEpochs: 2 },
  }),
  dpos: () => ({ ...SIGNED, name: 'dpos', plugin: dpos(), config: DELEGATES }),
  'dpos-vrf': () => ({
    ...SIGNED,
    hasVrfKeys: true,
    name: 'dpos-vrf',
    plugin: dpos(),
    config: { ...DELEGATES, seedSource: 'vrf' },
  }),
  pos: () => ({
    ...SIGNED,
    // The hint is for 35 % of the stake.
    minority: 2,
    hasVrfKeys: true,
    name: 'pos',
    plugin: pos(),
    config: { slotMs: SLOT_MS, epochSlots: 30, minStake: '1', blockReward: '50' },
  }),
  pow: () => ({
    ...MINED,
    name: 'pow',
    plugin: pow(),
    config: { preset: 'test', settleSharePpm: 200_000, blockReward: '50' },
  }),
  pbft: () => ({
    ...SIGNED,
    name: 'pbft',
    plugin: pbft(),
    config: { blockTimeMs: SLOT_MS, roundTimeoutMs: 2 * SLOT_MS, blockReward: '50' },
  }),
};

/** All protocols of the framework with their usual seeds; the example plugin is not among them. */
export const PROTOCOLS = ['dt-dpos', 'dpos', 'pos', 'pow'] as const;

export function isSubjectName(name: string): name is SubjectName {
  return Object.hasOwn(SUBJECTS, name);
}

export function subjectOf(name: SubjectName): Subject {
  return SUBJECTS[name]();
}
