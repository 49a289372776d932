/**
 * The active half: builds a block at the start of each slot that this node leads.
 *
 * @module
 */
import { type ConsensusEngine, createSlotEngine, type Effect, type EngineContext } from '@fiducia/consensus';
import type { Epoch } from '@fiducia/trust';
import { alphaOf } from './beacon.ts';
import type { DtDposConfig } from './config.ts';
import { decodeDigest, digestFor, encodeDigest } from './digest.ts';
import { configInForce } from './governance.ts';
import { leaderAt } from './schedule.ts';
import type { DtDposState } from './state.ts';

/** Creates the engine of one node. At most one header per slot is signed, whatever its height (trust S8). */
export function createEngine(config: DtDposConfig, context: EngineContext): ConsensusEngine<DtDposState> {
  const { sha256, chainId } = context;
  return createSlotEngine<DtDposState>(
    {
      slotMs: config.slotMs,
      leaderOf: (state, slot) => leaderAt(state, slot, configInForce(config, state.parameters), sha256).id,
      alphaOf: (state, slot) => alphaOf(state, slot, chainId),
      digestOf: (state, slot, vrf) => encodeDigest(digestFor(state, slot, vrf, config, sha256)),
      slotIn: (digest) => decodeDigest(digest)?.slot,
      report: createAlarm(),
    },
    context,
  );
}

/** E4: tells the operator once per epoch that nobody had enough trust to be elected. */
function createAlarm(): (state: DtDposState) => readonly Effect[] {
  let alarmedEpoch: Epoch | undefined;
  return ({ election: { epoch, emergency } }) => {
    if (!emergency || epoch === alarmedEpoch) return [];
    alarmedEpoch = epoch;
    return [{ kind: 'trace', event: 'electionWithoutWeight', data: { epoch } }];
  };
}
