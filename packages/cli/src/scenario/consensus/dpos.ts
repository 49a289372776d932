/**
 * DPoS: every delegate has one slot per round, whatever it did.
 *
 * @module
 */
import type { ConsensusPlugin } from '@fiducia/consensus';
import { type DposState, delegateAt, dpos } from '@fiducia/consensus-dpos';
import { NODE_PROFILES } from '../nodes.ts';
import type { ConsensusSetup, SetupParts } from './setup.ts';
import { createSlotReader, leadersOneByOne, leaveSlot } from './slots.ts';

/** Configures DPoS: all six nodes are delegates, so that nobody stands by. */
export function setUpDpos({ slotMs, deposit }: SetupParts): ConsensusSetup {
  const plugin = dpos();
  const raw = { slotMs, delegates: NODE_PROFILES.length, standby: 0, candidateDeposit: deposit };
  const config = plugin.parseConfig(raw);
  return {
    plugin: plugin as ConsensusPlugin,
    config: raw,
    slotMs,
    deposit,
    unbondingBlocks: config.evidenceMaxAge + 1,
    usesVrf: config.seedSource === 'vrf',
    usesRoundVotes: false,
    corrupt: leaveSlot,
    createReader({ chainId, sha256 }) {
      const context = { chainId, sha256 };
      return createSlotReader(leadersOneByOne<DposState>((state, slot) => delegateAt(state, slot, config, context)));
    },
  };
}
