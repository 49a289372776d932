/**
 * Questions about a state, for explorers and tests.
 *
 * @module
 */
import type { ActorId, SeedContext } from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { Schedule } from './schedule.ts';
import type { DposState, Slot } from './state.ts';

/**
 * Delegate of a slot after that of `state`. If it was ejected, the slot stays empty (pos-pow P2).
 *
 * @param config - The configuration the rules were created with.
 * @throws {@link DposError} with `SLOT_OUT_OF_RANGE` for a slot that is not after the one of the block.
 * @see docs/spec/pos-pow.md, rule P1.
 * @example
 * ```ts
 * delegateAt(state, state.slot + 1, config, context); // who produces next
 * ```
 */
export function delegateAt(state: DposState, slot: Slot, config: DposConfig, context: SeedContext): ActorId {
  return new Schedule(config, context).delegateAt(state, slot);
}
