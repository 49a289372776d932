/**
 * The protocols of the framework as subjects of simulation, configured so that elections, epochs and hand-overs
 * happen within a few dozen blocks.
 *
 * @module
 */
import type { ActorId, ConsensusPlugin } from '@fiducia/consensus';
import { dpos } from '@fiducia/consensus-dpos';
import { dtDpos } from '@fiducia/consensus-dt-dpos';
import { pbft } from '@fiducia/consensus-pbft';
import { pos } from '@fiducia/consensus-pos';
import { pow } from '@fiducia/consensus-pow';
import { checkpointFinality } from '@fiducia/finality-checkpoint';
import { type ConfiguredPlugin, createSlotOracle, type JudgedBlock, type Subject } from '@fiducia/simulator';
import type { ConsensusName, FinalityGadget } from '../scenario/result.ts';

const SLOT_MS = 1_000;
/** Mean time between two blocks under proof of work: long against the delays, or most blocks would be in vain. */
const MINED_SLOT_MS = 10_000;

/** By the specifications clocks may differ by up to one slot (trust S5, pos-pow). */
const SLOTS = createSlotOracle({ slotMs: SLOT_MS, aheadMaxMs: SLOT_MS });

/**
 * Seats that ballots decide on: all but one, so that elections change who produces, except of 3f + 1 members, of whom all
 * are needed to bear f.
 */
function seatsOf(members: number): number {
  return members % 3 === 1 ? members : members - 1;
}

/** pos-pow F1, H3: the target stands in the header as 32 bytes, and the work is what it takes to meet it. */
function workOf({ header }: JudgedBlock): bigint {
  let target = 0n;
  for (const byte of header.digest) target = target * 256n + BigInt(byte);
  return 2n ** 256n / (target + 1n);
}

const PRODUCTION: Readonly<Record<ConsensusName, () => Omit<Subject, 'name'>>> = {
  'dt-dpos': () => ({
    slotMs: SLOT_MS,
    seats: seatsOf,
    oracle: SLOTS,
    production: configured(dtDpos(), (members) => ({
      preset: 'minimal',
      slotMs: SLOT_MS,
      committee: { size: seatsOf(members.length) },
      seedMode: 'vrf',
      electionLagEpochs: 2,
    })),
  }),
  dpos: () => ({
    slotMs: SLOT_MS,
    seats: seatsOf,
    oracle: SLOTS,
    production: configured(dpos(), (members) => ({
      slotMs: SLOT_MS,
      delegates: seatsOf(members.length),
      standby: 1,
      epochRounds: 3,
      missWindow: 8,
      missMax: 6,
      candidateDeposit: '1000',
      blockReward: '50',
    })),
  }),
  pos: () => ({
    slotMs: SLOT_MS,
    oracle: SLOTS,
    production: configured(pos(), () => ({ slotMs: SLOT_MS, epochSlots: 30, minStake: '1', blockReward: '50' })),
  }),
  pow: () => ({
    slotMs: MINED_SLOT_MS,
    oracle: { weightOf: workOf },
    production: configured(pow(), () => ({ preset: 'test', settleSharePpm: 200_000, blockReward: '50' })),
  }),
  pbft: () => ({
    slotMs: SLOT_MS,
    production: configured(pbft(), () => ({
      blockTimeMs: SLOT_MS,
      roundTimeoutMs: 2 * SLOT_MS,
      blockReward: '50',
    })),
  }),
};

/** Nobody elects the committee of miners, so it is named. */
const CHECKPOINTS: Readonly<Record<ConsensusName, (members: readonly ActorId[]) => object>> = {
  'dt-dpos': () => ({ every: 2 }),
  dpos: () => ({ every: 2 }),
  pos: () => ({ every: 2 }),
  pow: (members) => ({ every: 2, delay: 2, committee: members }),
  pbft: () => ({}),
};

/** The subject of a protocol, with the gadget beside it if one is named: `pos` or `pos+checkpoint`. */
export function createSubject(consensus: ConsensusName, finality: FinalityGadget | null): Subject {
  const subject = PRODUCTION[consensus]();
  if (finality === null) return { name: consensus, ...subject };
  const gadget = configured(checkpointFinality(), CHECKPOINTS[consensus]);
  return { name: `${consensus}+${finality}`, ...subject, finality: gadget };
}

function configured(plugin: object, config: (members: readonly ActorId[]) => object): ConfiguredPlugin {
  return { plugin: plugin as ConsensusPlugin, config };
}
