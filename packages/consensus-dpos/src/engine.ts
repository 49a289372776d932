/**
 * The active half of the plugin: builds and seals the blocks of this node's slots.
 *
 * @module
 */
import { type ConsensusEngine, createSlotEngine, type Effect, type EngineContext } from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { decodeDigest, digestFor, encodeDigest } from './digest.ts';
import { candidateOf } from './electorate.ts';
import { Schedule } from './schedule.ts';
import { alphaOf } from './seed.ts';
import type { DposState, Epoch, Promotion } from './state.ts';

/** Creates the engine of one node. At most one header per slot is signed, whatever its height (pos-pow P2). */
export function createEngine(config: DposConfig, context: EngineContext): ConsensusEngine<DposState> {
  const schedule = new Schedule(config, context);
  return createSlotEngine<DposState>(
    {
      slotMs: config.slotMs,
      leaderOf(state, slot) {
        const delegate = schedule.delegateAt(state, slot);
        return candidateOf(state.electorate, delegate)?.status === 'EJECTED' ? undefined : delegate;
      },
      alphaOf: (state, slot) => alphaOf(schedule.rightTo(state, slot), slot, config, context),
      digestOf: (state, slot, vrf) => encodeDigest(digestFor(state, slot, vrf, schedule, context)),
      slotIn: (digest) => decodeDigest(digest)?.slot,
      report: createReport(),
    },
    context,
  );
}

/** Tells the operator of elections without candidates and of promotions, each once. */
function createReport(): (state: DposState) => readonly Effect[] {
  let reportedEpoch: Epoch = -1;
  let reportedPromotions = 0;
  return ({ epoch: { number, election, promotions } }) => {
    const isNew = number !== reportedEpoch;
    const known = isNew ? 0 : reportedPromotions;
    reportedEpoch = number;
    reportedPromotions = Math.max(known, promotions.length);
    const traces = promotions.slice(known).map((promotion) => tracePromotion(number, promotion));
    if (!isNew || !election.emergency) return traces;
    return [{ kind: 'trace', event: 'electionWithoutCandidates', data: { epoch: number } }, ...traces];
  };
}

function tracePromotion(epoch: Epoch, { suspended, promoted, fromRound }: Promotion): Effect {
  return { kind: 'trace', event: 'standbyPromoted', data: { epoch, fromRound, suspended, promoted } };
}
