import { type ConsensusEngine, createSlotEngine, type EngineContext } from '@fiducia/consensus';
import type { Config } from './config.ts';
import { decodeDigest, encodeDigest } from './digest.ts';
import { leaderOf, type State } from './state.ts';

/** The half that only validators run: in its own slots it has a block built and sealed. */
export function createEngine({ slotMs }: Config, context: EngineContext): ConsensusEngine<State> {
  return createSlotEngine(
    {
      slotMs,
      leaderOf,
      alphaOf: () => undefined,
      digestOf: (_state, slot) => encodeDigest(slot),
      slotIn: decodeDigest,
      report: () => [],
    },
    context,
  );
}
