/**
 * The active half: proves and builds a block at the start of each slot that this node leads.
 *
 * @module
 */
import {
  type ConsensusEngine,
  createSlotEngine,
  type Effect,
  type EngineContext,
  encodeSlotDigest,
} from '@fiducia/consensus';
import type { PosConfig } from './config.ts';
import { decodeDigest } from './digest.ts';
import { leadershipAt } from './lottery.ts';
import { mayProduce } from './rules.ts';
import type { Epoch, PosState } from './state.ts';

/**
 * Creates the engine of one node. At most one header per slot is signed, whatever its height (pos-pow N1),
 * with the block key (L4).
 */
export function createEngine(config: PosConfig, context: EngineContext): ConsensusEngine<PosState> {
  return createSlotEngine<PosState>(
    {
      slotMs: config.slotMs,
      leaderOf(state, slot) {
        const { leader } = leadershipAt(state, slot, config, context);
        return mayProduce(state, leader, slot, config) ? leader.id : undefined;
      },
      alphaOf: (state, slot) => leadershipAt(state, slot, config, context).alpha,
      digestOf: (_state, slot, vrf) => encodeSlotDigest({ slot, vrf }),
      slotIn: (digest) => decodeDigest(digest)?.slot,
      report: createEpochTrace(),
    },
    context,
  );
}

/** Once per epoch: who is in the lottery, and from what. */
function createEpochTrace(): (state: PosState) => readonly Effect[] {
  let tracedEpoch: Epoch | undefined;
  return ({ seeds: { epoch, seed }, snapshots }) => {
    if (epoch === tracedEpoch) return [];
    tracedEpoch = epoch;
    const { tickets, total } = snapshots[0];
    return [{ kind: 'trace', event: 'epochOpened', data: { epoch, seed, validators: tickets.length, stake: total } }];
  };
}
