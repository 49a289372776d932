/**
 * PoS: a lottery per slot in proportion to stake, on seeds from VRF outputs.
 *
 * @module
 */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { leaderAt, type PosState, pos } from '@fiducia/consensus-pos';
import type { ConsensusSetup, SetupParts } from './setup.ts';
import { createSlotReader, leadersOneByOne, leaveSlot } from './slots.ts';

/** Slots of an epoch: half a day, so that a demo of 250 rounds draws from seeds that its own blocks made. */
const EPOCH_SLOTS = 48;

/** Configures PoS with stakes that are equal because the deposits are. */
export function setUpPos({ slotMs, deposit }: SetupParts): ConsensusSetup {
  const plugin = pos();
  const raw = { slotMs, epochSlots: EPOCH_SLOTS, minStake: 1 };
  const config = plugin.parseConfig(raw);
  return {
    plugin: plugin as ConsensusPlugin,
    config: raw,
    slotMs,
    deposit,
    unbondingBlocks: config.unbondEpochs * config.epochSlots,
    usesVrf: true,
    usesRoundVotes: false,
    corrupt: leaveSlot,
    createReader({ chainId, sha256 }) {
      const context = { chainId, sha256 };
      return createSlotReader(leadersOneByOne<PosState>((state, slot) => leaderAt(state, slot, config, context)));
    },
  };
}
