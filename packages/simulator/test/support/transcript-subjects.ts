/** What the transcripts of `testdata/transcripts` name. */
import type { ActorId, ConsensusPlugin } from '@fiducia/consensus';
import { dpos } from '@fiducia/consensus-dpos';
import { candidateScores, type DtDposState, dtDpos } from '@fiducia/consensus-dt-dpos';
import { pbft } from '@fiducia/consensus-pbft';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import { CANDIDATES } from '@fiducia/ledger';
import type { ConfiguredPlugin, Subject, TranscriptOptions, WorldNode } from '../../src/index.ts';

const SLOT_MS = 1_000;
const MICRO_PER_POINT = 10_000;
/** Only the size of the committee follows from the members, which scores do not depend on. */
const SOMEBODY: readonly ActorId[] = ['somebody'];

/** Of six members one waits without a seat. */
const seatsOf = (members: readonly ActorId[]): number => Math.min(members.length, Math.max(4, members.length - 1));

const trustConfig = (members: readonly ActorId[]) => ({
  preset: 'minimal',
  slotMs: SLOT_MS,
  committee: { size: seatsOf(members) },
});

const plugins = {
  dpos: configured(dpos(), (members) => ({
    slotMs: SLOT_MS,
    delegates: seatsOf(members),
    standby: members.length - seatsOf(members),
    epochRounds: 4,
    missWindow: 5,
    missMax: 3,
    candidateDeposit: '1000',
    blockReward: '50',
  })),
  dtDpos: configured(dtDpos(), trustConfig),
  pbft: configured(pbft(), () => ({ blockTimeMs: SLOT_MS, roundTimeoutMs: 2 * SLOT_MS, blockReward: '50' })),
  checkpoint: configured(checkpointFinality(), () => ({ every: 2 })),
};

function configured(plugin: object, config: (members: readonly ActorId[]) => object): ConfiguredPlugin {
  return { plugin: plugin as ConsensusPlugin, config };
}

const SUBJECTS: readonly Subject[] = [
  { name: 'dpos', slotMs: SLOT_MS, production: plugins.dpos },
  { name: 'dpos+checkpoint', slotMs: SLOT_MS, production: plugins.dpos, finality: plugins.checkpoint },
  {
    name: 'dpos-then-pbft',
    slotMs: SLOT_MS,
    production: plugins.dpos,
    laterEras: [{ fromHeight: 9, production: plugins.pbft }],
  },
  { name: 'dt-dpos', slotMs: SLOT_MS, production: plugins.dtDpos },
];

export const subjects: TranscriptOptions['subjects'] = new Map(SUBJECTS.map((subject) => [subject.name, subject]));

/** Members as DT-DPoS scores them, in points of 100. */
function showTrust({ host }: WorldNode, nameOf: (actor: ActorId) => string): readonly string[] {
  const { state } = host.head();
  const plugin = dtDpos();
  const scores = candidateScores(state as DtDposState, plugin.parseConfig(trustConfig(SOMEBODY)));
  return scores.map(({ id, score, status, faultCount }) => {
    const points = `${Math.floor(score.composite / MICRO_PER_POINT)}`.padStart(4);
    return `${nameOf(id)} ${points} ${score.tier.padEnd(9)} ${status}${faultCount > 0 ? `, ${faultCount} offences` : ''}`;
  });
}

/** Deposits and jail terms, as the ledger has them. */
function showCandidates({ ledger }: WorldNode, nameOf: (actor: ActorId) => string): readonly string[] {
  const state = ledger.stateAt();
  const candidates = state === undefined ? [] : [...state.entries(CANDIDATES)];
  const lines = candidates.map(([actor, { deposit, jailedUntil }]) => {
    const term = jailedUntil === Number.MAX_SAFE_INTEGER ? 'for good' : `until ${jailedUntil}`;
    return `${nameOf(actor)} deposit ${deposit}${jailedUntil > 0 ? `, jailed ${term}` : ''}`;
  });
  return lines.sort();
}

export const inspectors: NonNullable<TranscriptOptions['inspectors']> = new Map([
  ['trust', showTrust],
  ['candidates', showCandidates],
]);
