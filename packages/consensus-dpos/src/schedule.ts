/**
 * The schedule: which delegate has which slot on a given parent (pos-pow P1).
 *
 * @module
 */
import {
  type ActorId,
  type Bytes,
  compareActors,
  compareBytes,
  DrawStream,
  floorDivide,
  type SeedContext,
  shuffle,
  taggedHash,
} from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { assertDefined, DposError } from './errors.ts';
import { encodeCounter, type Seeds, seedsAfter } from './seed.ts';
import type {
  ActiveEpoch,
  DposState,
  Election,
  Electorate,
  Epoch,
  Promotion,
  Round,
  Slot,
  SlotRight,
} from './state.ts';
import { elect } from './tally.ts';

/** Consecutive epochs, from the one of a parent up to the one of a slot. */
export interface EpochSpan extends ActiveEpoch {
  /** Number of epochs with this election and without promotions that are taken together, at least 1. */
  readonly count: number;
}

/**
 * Order in which the delegates of a round have its slots.
 *
 * @param members - Identities of those who serve, in any order.
 * @param seed - Seed of the epoch, 32 bytes.
 * @param round - Number of the round since the start of the era.
 * @see docs/spec/pos-pow.md, rule P1.
 */
export function roundOrder(
  members: readonly ActorId[],
  seed: Bytes,
  round: Round,
  { chainId, sha256 }: SeedContext,
): readonly ActorId[] {
  const key = taggedHash(sha256, 'dpos/round/v1', chainId, seed, encodeCounter(round));
  return shuffle(members.toSorted(compareActors), new DrawStream(key, sha256));
}

/** Who serves in `round`: the delegates, replaced by promotions that are in force (pos-pow P4). */
export function membersIn(
  { election, promotions }: Pick<ActiveEpoch, 'election' | 'promotions'>,
  round: Round,
): readonly ActorId[] {
  const members = new Set(election.delegates);
  for (const { suspended, promoted, fromRound } of promotions) {
    if (fromRound > round) continue;
    members.delete(suspended);
    members.add(promoted);
  }
  return [...members];
}

/** Number of slots of one epoch with this election: K is the number of delegates elected (pos-pow V2). */
export function epochSlots(election: Election, config: DposConfig): number {
  return election.delegates.length * config.epochRounds;
}

/** An order with everything that it follows from, beside an election. */
interface RememberedOrder {
  readonly round: Round;
  readonly promotions: readonly Promotion[];
  readonly seed: Bytes;
  readonly order: readonly ActorId[];
}

/** Evaluates schedules; remembers tallies, which every header after a long gap asks for again. */
export class Schedule {
  readonly #config: DposConfig;
  readonly #context: SeedContext;
  /** Tallies by electorate, which neighbouring states share as long as no fact changes it. */
  readonly #elected = new WeakMap<Electorate, Election | null>();
  /** The last order under each election: a round has many slots, and each of them asks for it several times. */
  readonly #orders = new WeakMap<Election, RememberedOrder>();

  constructor(config: DposConfig, context: SeedContext) {
    this.#config = config;
    this.#context = context;
  }

  /**
   * Epochs from that of the parent up to that of `slot`, oldest first. Without blocks the tally cannot
   * change, so that all epochs after the elected ones have one election; the full ones among them
   * are one span, and a gap of any length has at most five (pos-pow V2).
   */
  spansTo(state: DposState, slot: Slot): readonly EpochSpan[] {
    const spans: EpochSpan[] = [{ ...state.epoch, count: 1 }];
    const [next, afterNext] = state.upcoming;
    for (const election of [next, afterNext]) {
      if (!this.#extend(spans, slot, election, 1)) return spans;
    }
    const last = assertDefined(spans.at(-1), 'the epoch of the parent is a span');
    const end = last.firstSlot + epochSlots(last.election, this.#config);
    if (slot < end) return spans;
    const election = this.electionAfter(state);
    const full = floorDivide(slot - end, epochSlots(election, this.#config));
    if (full > 0) this.#extend(spans, slot, election, full);
    this.#extend(spans, slot, election, 1);
    return spans;
  }

  /** Result of a tally after the block, before any later fact; the snapshot of its epoch if it is the last block. */
  electionAfter(state: DposState): Election {
    let elected = this.#elected.get(state.electorate);
    if (elected === undefined) {
      elected = elect(state.electorate, undefined, this.#config) ?? null;
      this.#elected.set(state.electorate, elected);
    }
    return elected ?? { ...state.upcoming[1], emergency: true };
  }

  /** Seeds of an epoch, the parent's or a later one, and of the epoch after it. */
  seedsOf(state: DposState, epoch: Epoch): Seeds {
    return seedsAfter(state.epoch.number, state, epoch, this.#context);
  }

  /** Order of a round of the epoch `span` on a parent with `state` (pos-pow P1). */
  orderOf(state: DposState, span: EpochSpan, round: Round): readonly ActorId[] {
    const { election, promotions } = span;
    const { seed } = this.seedsOf(state, span.number);
    const known = this.#orders.get(election);
    if (known?.round === round && known.promotions === promotions && compareBytes(known.seed, seed) === 0) {
      return known.order;
    }
    const order = roundOrder(membersIn(span, round), seed, round, this.#context);
    this.#orders.set(election, { round, promotions, seed, order });
    return order;
  }

  /** Who has `slot` on a parent with `state`, and what its proof is about; `slot` must be after the parent's. */
  rightTo(state: DposState, slot: Slot): SlotRight {
    if (!Number.isSafeInteger(slot) || slot <= state.slot) {
      throw new DposError({ code: 'SLOT_OUT_OF_RANGE', slot, parentSlot: state.slot });
    }
    const span = assertDefined(this.spansTo(state, slot).at(-1), 'every slot lies in an epoch');
    const round = roundAt(span, slot);
    const order = this.orderOf(state, span, round);
    const position = (slot - span.firstSlot) % order.length;
    const delegate = assertDefined(order[position], 'every slot of a round has a delegate');
    const { seed } = this.seedsOf(state, span.number);
    return { delegate, vrfKey: span.election.vrfKeys?.get(delegate), seed };
  }

  /** Delegate of `slot` on a parent with `state`; `slot` must be after the parent's. */
  delegateAt(state: DposState, slot: Slot): ActorId {
    return this.rightTo(state, slot).delegate;
  }

  /** Appends `count` epochs after the last span if `slot` lies beyond it. */
  #extend(spans: EpochSpan[], slot: Slot, election: Election, count: number): boolean {
    const last = assertDefined(spans.at(-1), 'the epoch of the parent is a span');
    const firstSlot = last.firstSlot + last.count * epochSlots(last.election, this.#config);
    if (slot < firstSlot) return false;
    spans.push({
      number: last.number + last.count,
      firstSlot,
      firstRound: last.firstRound + last.count * this.#config.epochRounds,
      election,
      promotions: NO_PROMOTIONS,
      count,
    });
    return true;
  }
}

/** Round of a slot of the epoch. */
export function roundAt({ firstSlot, firstRound, election }: ActiveEpoch, slot: Slot): Round {
  return firstRound + floorDivide(slot - firstSlot, election.delegates.length);
}

/** First slot of a round of the epoch. */
export function roundStart({ firstSlot, firstRound, election }: ActiveEpoch, round: Round): Slot {
  return firstSlot + (round - firstRound) * election.delegates.length;
}

const NO_PROMOTIONS: readonly Promotion[] = [];
