/** The protocols of the framework, as subjects of fault runs. */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { dpos } from '@fiducia/consensus-dpos';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { pbft } from '@fiducia/consensus-pbft';
import { pos } from '@fiducia/consensus-pos';
import { pow } from '@fiducia/consensus-pow';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import { roundRobin } from '../../../../examples/custom-plugin/src/round-robin.ts';
import type { ConfiguredPlugin, Subject } from '../../src/subject.ts';

const SLOT_MS = 1_000;
/** Mined blocks come at random times, and the last ones reach everybody well before the next. */
const MINED_MS = 10_000;

const DELEGATES = {
  slotMs: SLOT_MS,
  standby: 1,
  epochRounds: 3,
  missWindow: 8,
  missMax: 6,
  candidateDeposit: '1000',
  blockReward: '50',
};

function subject(name: string, production: ConfiguredPlugin, slotMs = SLOT_MS): Subject {
  return { name, production, slotMs };
}

/** Everybody has a seat. */
const delegates = (seeds: object) => (members: readonly string[]) => ({
  ...DELEGATES,
  delegates: members.length,
  ...seeds,
});

const SUBJECTS: Readonly<Record<string, () => Subject>> = {
  'round-robin': () => subject('round-robin', { plugin: roundRobin() as ConsensusPlugin, config: { slotMs: SLOT_MS } }),
  'dt-dpos': () =>
    subject('dt-dpos', {
      plugin: dtDpos() as ConsensusPlugin,
      config: ({ length }) => ({
        preset: 'minimal',
        slotMs: SLOT_MS,
        committee: { size: length },
        seedMode: 'vrf',
        electionLagEpochs: 2,
      }),
    }),
  dpos: () => subject('dpos', { plugin: dpos() as ConsensusPlugin, config: delegates({}) }),
  'dpos-vrf': () =>
    subject('dpos-vrf', { plugin: dpos() as ConsensusPlugin, config: delegates({ seedSource: 'vrf' }) }),
  pos: () =>
    subject('pos', {
      plugin: pos() as ConsensusPlugin,
      config: { slotMs: SLOT_MS, epochSlots: 30, minStake: '1', blockReward: '50' },
    }),
  pow: () =>
    subject(
      'pow',
      { plugin: pow() as ConsensusPlugin, config: { preset: 'test', settleSharePpm: 200_000, blockReward: '50' } },
      MINED_MS,
    ),
  pbft: () =>
    subject('pbft', {
      plugin: pbft() as ConsensusPlugin,
      config: { blockTimeMs: SLOT_MS, roundTimeoutMs: 2 * SLOT_MS, blockReward: '50' },
    }),
};

const GADGET = '+checkpoint';

/** All names; the gadget runs beside every protocol without instant finality. */
export const SUBJECT_NAMES: readonly string[] = Object.keys(SUBJECTS).flatMap((name) =>
  name === 'pbft' || name === 'round-robin' ? [name] : [name, `${name}${GADGET}`],
);

/** All but one have a seat, and ballots decide which; the gadget hands over from one committee to the next. */
const STANDBY: Readonly<Record<string, (seats: number) => object>> = {
  'dpos-standby': (seats) => ({ ...DELEGATES, delegates: seats }),
  'dt-dpos-standby': (size) => ({
    ...{ preset: 'minimal', slotMs: SLOT_MS, seedMode: 'vrf', electionLagEpochs: 2 },
    committee: { size },
  }),
};

/** Names of subjects in which not every member has a seat. */
export const STANDBY_NAMES: readonly string[] = Object.keys(STANDBY).flatMap((name) => [name, `${name}${GADGET}`]);

function createStandby(name: string): Subject | undefined {
  const configOf = STANDBY[name];
  if (configOf === undefined) return undefined;
  const plugin = (name.startsWith('dt-') ? dtDpos() : dpos()) as ConsensusPlugin;
  const seats = (members: number): number => members - 1;
  const config = ({ length }: readonly string[]): object => configOf(seats(length));
  return { ...subject(name, { plugin, config }), seats, nodeCounts: [5, 5, 6, 8] };
}

/** The subject of a name. */
export function createSubject(name: string): Subject {
  const bare = name.replace(GADGET, '');
  const production = SUBJECTS[bare]?.() ?? createStandby(bare);
  if (production === undefined) throw new Error(`no subject ${name}`);
  if (!name.endsWith(GADGET)) return production;
  // Nobody elects the committee of miners.
  const config = (members: readonly string[]): object =>
    production.name === 'pow' ? { every: 2, committee: members, delay: 2 } : { every: 2 };
  return { ...production, name, finality: { plugin: checkpointFinality() as ConsensusPlugin, config } };
}
