/**
 * The active half of the plugin: builds and seals the blocks of this node's slots.
 *
 * @module
 */
import {
  type ConsensusEngine,
  type ConsensusHeader,
  type Effect,
  type EngineContext,
  type EngineStart,
  type Input,
  type Millis,
  slotAt,
  slotStart,
  type Tip,
} from '@fiducia/consensus';
import type { DposConfig } from './config.ts';
import { decodeDigest, digestFor, encodeDigest } from './digest.ts';
import { candidateOf } from './electorate.ts';
import { Schedule } from './schedule.ts';
import type { DposState, Epoch, Promotion, Slot } from './state.ts';

/** Name of the only timer. */
const SLOT_TIMER = 'slot';

/** Guard lane of seals: at most one header per slot is signed, whatever its height (pos-pow P2). */
const SEAL_LANE = 'seal';

/**
 * Creates the engine of one node. It never builds while behind its peers, without an identity, for
 * a slot that the head has reached, or in the second half of a slot, and it drops a finished block
 * whose parent is no longer the head.
 */
export function createEngine(config: DposConfig, context: EngineContext): ConsensusEngine<DposState> {
  return new SlotEngine(config, context);
}

class SlotEngine implements ConsensusEngine<DposState> {
  readonly #config: DposConfig;
  readonly #context: EngineContext;
  readonly #schedule: Schedule;
  #head: Tip<DposState> | undefined;
  #isBehind = true;
  #reportedEpoch: Epoch = -1;
  #reportedPromotions = 0;

  constructor(config: DposConfig, context: EngineContext) {
    this.#config = config;
    this.#context = context;
    this.#schedule = new Schedule(config, context);
  }

  start(start: EngineStart<DposState>, now: Millis): readonly Effect[] {
    this.#head = start.head;
    this.#isBehind = start.behind;
    return [waitForSlotAfter(now, start.head.state, this.#config), ...this.#report(start.head.state)];
  }

  on(input: Input<DposState>, now: Millis): readonly Effect[] {
    const head = this.#head;
    if (head === undefined) return [];
    switch (input.kind) {
      case 'headChanged':
        this.#head = input.head;
        return this.#report(input.head.state);
      case 'syncChanged':
        this.#isBehind = input.behind;
        return [];
      case 'timerElapsed':
        if (input.timerId !== SLOT_TIMER) return [];
        return [waitForSlotAfter(now, head.state, this.#config), ...this.#build(head, now)];
      case 'blockBuilt':
        return input.header === null ? [] : this.#publish(head, input.header);
      default:
        return [];
    }
  }

  #build({ header, state }: Tip<DposState>, now: Millis): readonly Effect[] {
    const slot = slotOf(now, state, this.#config);
    const timestamp = state.slotZero + slotStart(slot, this.#config.slotMs);
    // Later the block would hardly reach the next delegate before its own slot.
    const deadline = timestamp + (this.#config.slotMs >>> 1);
    if (now >= deadline || !this.#mayProduce(state, slot)) return [];
    const digest = encodeDigest(digestFor(state, slot, this.#schedule, this.#context));
    return [{ kind: 'buildBlock', requestId: `slot/${slot}`, parentId: header.id, timestamp, digest, deadline }];
  }

  #publish(head: Tip<DposState>, header: ConsensusHeader): readonly Effect[] {
    const slot = decodeDigest(header.digest)?.slot;
    if (slot === undefined || header.parentId !== head.header.id || !this.#mayProduce(head.state, slot)) return [];
    const guard = { lane: SEAL_LANE, sequence: [slot] };
    return [{ kind: 'publish', blockId: header.id, sealing: { kind: 'sign', guard } }];
  }

  #mayProduce(state: DposState, slot: Slot): boolean {
    const { self } = this.#context;
    if (this.#isBehind || self === null || slot <= state.slot) return false;
    if (candidateOf(state.electorate, self)?.status === 'EJECTED') return false;
    return this.#schedule.delegateAt(state, slot) === self;
  }

  /** Tells the operator of elections without candidates and of promotions, each once. */
  #report({ epoch: { number, election, promotions } }: DposState): readonly Effect[] {
    const isNew = number !== this.#reportedEpoch;
    const known = isNew ? 0 : this.#reportedPromotions;
    this.#reportedEpoch = number;
    this.#reportedPromotions = Math.max(known, promotions.length);
    const traces = promotions.slice(known).map((promotion) => tracePromotion(number, promotion));
    if (!isNew || !election.emergency) return traces;
    return [{ kind: 'trace', event: 'electionWithoutCandidates', data: { epoch: number } }, ...traces];
  }
}

function tracePromotion(epoch: Epoch, { suspended, promoted, fromRound }: Promotion): Effect {
  return { kind: 'trace', event: 'standbyPromoted', data: { epoch, fromRound, suspended, promoted } };
}

/** Slot that contains `now`; 0 or less up to the first slot of an era that starts in the future. */
function slotOf(now: Millis, state: DposState, config: DposConfig): Slot {
  return slotAt(now - state.slotZero, config.slotMs);
}

function waitForSlotAfter(now: Millis, state: DposState, config: DposConfig): Effect {
  const next = Math.max(1, slotOf(now, state, config) + 1);
  return { kind: 'setTimer', timerId: SLOT_TIMER, at: state.slotZero + slotStart(next, config.slotMs) };
}
