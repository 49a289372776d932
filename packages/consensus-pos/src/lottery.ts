/**
 * The lottery: exactly one leader per slot, with chances proportional to stake (pos-pow L1, L2).
 *
 * @module
 */
import {
  type ActorId,
  advanceSeeds,
  type Bytes,
  ByteWriter,
  DrawStream,
  floorDivide,
  type SeedContext,
  slotAlpha,
  taggedHash,
} from '@fiducia/consensus';
import type { PosConfig } from './config.ts';
import { nextSnapshot } from './snapshot.ts';
import type { Epoch, PosState, Slot, Snapshot, Ticket } from './state.ts';

/** Everything about the right to a slot. */
export interface Leadership {
  /** Who leads, with the key its proof is checked with. */
  readonly leader: Ticket;
  /** What the leader evaluates its VRF on (randomness-vrf R1). */
  readonly alpha: Bytes;
}

/** Epoch of a slot. */
export function epochOfSlot(slot: Slot, config: Pick<PosConfig, 'epochSlots'>): Epoch {
  return floorDivide(slot, config.epochSlots);
}

/**
 * Leader of a slot among the tickets of a snapshot: the first whose cumulative stake exceeds a draw from
 * the seed.
 *
 * @see docs/spec/pos-pow.md, rules L1 and L2.
 */
export function drawLeader(snapshot: Snapshot, seed: Bytes, slot: Slot, context: SeedContext): Ticket {
  const number = new ByteWriter().uint(slot, 8).finish();
  const key = taggedHash(context.sha256, 'pos/slot/v1', context.chainId, seed, number);
  const drawn = new DrawStream(key, context.sha256).draw(snapshot.total);
  const { tickets } = snapshot;
  let low = 0;
  let high = tickets.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((tickets[middle] as Ticket).end > drawn) high = middle;
    else low = middle + 1;
  }
  return tickets[low] as Ticket;
}

/**
 * Leader of a slot after the block of `state`, on its branch. Costs one step per epoch in between, so
 * check the time of a slot first that a peer names.
 *
 * @param slot - Above `state.slot`.
 */
export function leadershipAt(state: PosState, slot: Slot, config: PosConfig, context: SeedContext): Leadership {
  const epoch = epochOfSlot(slot, config);
  const { seed } = advanceSeeds(state.seeds, epoch, context, config.minContrib);
  // Usually the snapshot was taken long ago, and nothing needs to be counted.
  const taken = state.snapshots[epoch - state.seeds.epoch];
  const snapshot = taken ?? openEpochs(state, epoch, config, context).snapshots[0];
  return { leader: drawLeader(snapshot, seed, slot, context), alpha: slotAlpha(context.chainId, seed, slot) };
}

/**
 * Seeds and snapshots once `epoch` is open: each epoch that ends adds a snapshot for the third after it,
 * before the seed of that epoch gets its first contribution (pos-pow S2, randomness-vrf R6).
 */
export function openEpochs(
  state: PosState,
  epoch: Epoch,
  config: PosConfig,
  context: SeedContext,
): Pick<PosState, 'seeds' | 'snapshots'> {
  const seeds = advanceSeeds(state.seeds, epoch, context, config.minContrib);
  let { snapshots } = state;
  // In an epoch without blocks nothing happens except that ejections end, so whoever qualified goes on to: what earlier
  // epochs would add is pushed out again, and the newest snapshot stays only if nobody has qualified in any of them.
  for (let ended = Math.max(state.seeds.epoch, epoch - SNAPSHOTS); ended < epoch; ended++) {
    const next = nextSnapshot({ bonds: state.bonds, snapshots }, ended, config);
    snapshots = [snapshots[1], snapshots[2], next];
  }
  return { seeds, snapshots };
}

const SNAPSHOTS = 3;

/**
 * Who leads a slot after the block of `state`, for wallets and reports. Whoever it is may still have lost
 * the right to produce (pos-pow S4); the slot is empty then.
 *
 * @param slot - Above `state.slot`. Slots up to the end of the next epoch are certain on this branch; later
 *   ones depend on blocks that are still to come.
 * @example
 * ```ts
 * leaderAt(state, state.slot + 1, config, context); // who produces next
 * ```
 */
export function leaderAt(state: PosState, slot: Slot, config: PosConfig, context: SeedContext): ActorId {
  return leadershipAt(state, slot, config, context).leader.id;
}
