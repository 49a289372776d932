/**
 * What the protocols with slots have in common.
 *
 * @module
 */
import type { ActorId, Tip } from '@fiducia/consensus';
import type { BuildRequest } from '@fiducia/consensus/ports';
import type { ConsensusReader } from './setup.ts';

/** How far a header lies off its slot: enough for `SLOT_MISMATCH` (trust S5, pos-pow A2). */
const TIMESTAMP_SHIFT_MS = 1;

/** Moves a header off its slot. */
export function leaveSlot(request: BuildRequest): BuildRequest {
  return { ...request, timestamp: request.timestamp + TIMESTAMP_SHIFT_MS };
}

/**
 * A reader for states that name their slot.
 *
 * @param leadersBetween - Leaders of the slots after that of a state, up to and including `untilSlot`.
 */
export function createSlotReader<State extends { readonly slot: number }>(
  leadersBetween: (state: State, untilSlot: number) => readonly ActorId[],
): ConsensusReader {
  const stateOf = ({ state }: Tip<unknown>) => state as State;
  return {
    slotOf: (block) => stateOf(block).slot,
    leadersOf: (block, parent) => leadersBetween(stateOf(parent), stateOf(block).slot),
    leadersAfter: (head, untilSlot) => leadersBetween(stateOf(head), untilSlot),
  };
}

/** Leaders of a range of slots, asked one by one. */
export function leadersOneByOne<State extends { readonly slot: number }>(
  leaderAt: (state: State, slot: number) => ActorId,
): (state: State, untilSlot: number) => readonly ActorId[] {
  return (state, untilSlot) =>
    Array.from({ length: Math.max(0, untilSlot - state.slot) }, (_, index) => leaderAt(state, state.slot + 1 + index));
}
