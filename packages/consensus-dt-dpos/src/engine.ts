/**
 * The active half: builds a block at the start of each slot that this node leads.
 *
 * @module
 */
import {
  type ConsensusEngine,
  type Effect,
  type EngineContext,
  type EngineStart,
  type Input,
  type Millis,
  slotAt,
  slotStart,
  type Tip,
} from '@fiducia/consensus';
import { type Epoch, floorDivide } from '@fiducia/trust';
import type { DtDposConfig } from './config.ts';
import { decodeDigest, digestFor, encodeDigest } from './digest.ts';
import { configInForce } from './governance.ts';
import { leaderAt } from './schedule.ts';
import type { DtDposState, Slot } from './state.ts';

/** Name of the only timer. */
const SLOT_TIMER = 'slot';

/** Guard lane of seals: at most one header per slot is signed, whatever its height (trust S8). */
const SEAL_LANE = 'seal';

/**
 * Creates the engine of one node. It never builds while behind its peers, without an identity, for
 * a slot that the head has reached, or in the second half of a slot, and it drops a finished block
 * whose parent is no longer the head.
 */
export function createEngine(config: DtDposConfig, context: EngineContext): ConsensusEngine<DtDposState> {
  return new SlotEngine(config, context);
}

class SlotEngine implements ConsensusEngine<DtDposState> {
  readonly #config: DtDposConfig;
  readonly #context: EngineContext;
  #head: Tip<DtDposState> | undefined;
  #isBehind = true;
  #alarmedEpoch: Epoch | undefined;

  constructor(config: DtDposConfig, context: EngineContext) {
    this.#config = config;
    this.#context = context;
  }

  start(start: EngineStart<DtDposState>, now: Millis): readonly Effect[] {
    this.#head = start.head;
    this.#isBehind = start.behind;
    return [waitForSlotAfter(now, start.head.state, this.#config), ...this.#alarm(start.head.state)];
  }

  on(input: Input<DtDposState>, now: Millis): readonly Effect[] {
    const head = this.#head;
    if (head === undefined) return [];
    switch (input.kind) {
      case 'headChanged':
        this.#head = input.head;
        return this.#alarm(input.head.state);
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

  #build(head: Tip<DtDposState>, now: Millis): readonly Effect[] {
    const { state } = head;
    const slot = slotOf(now, state, this.#config);
    const timestamp = state.slotZero + slotStart(slot, this.#config.slotMs);
    // Later the block would hardly reach the next leader before its own slot.
    const deadline = timestamp + floorDivide(this.#config.slotMs, 2);
    if (now >= deadline || !this.#mayLead(state, slot)) return [];
    return [
      {
        kind: 'buildBlock',
        requestId: `slot/${slot}`,
        parentId: head.header.id,
        timestamp,
        digest: encodeDigest(digestFor(state, slot, this.#config, this.#context.sha256)),
        deadline,
      },
    ];
  }

  #publish(head: Tip<DtDposState>, header: Tip<DtDposState>['header']): readonly Effect[] {
    const slot = decodeDigest(header.digest)?.slot;
    if (slot === undefined || header.parentId !== head.header.id || !this.#mayLead(head.state, slot)) return [];
    const guard = { lane: SEAL_LANE, sequence: [slot] };
    return [{ kind: 'publish', blockId: header.id, sealing: { kind: 'sign', guard } }];
  }

  #mayLead(state: DtDposState, slot: Slot): boolean {
    const { self, sha256 } = this.#context;
    if (this.#isBehind || self === null || slot <= state.slot) return false;
    return leaderAt(state, slot, configInForce(this.#config, state.parameters), sha256).id === self;
  }

  /** E4: tells the operator once per epoch that nobody had enough trust to be elected. */
  #alarm({ election }: DtDposState): readonly Effect[] {
    if (!election.emergency || election.epoch === this.#alarmedEpoch) return [];
    this.#alarmedEpoch = election.epoch;
    return [{ kind: 'trace', event: 'electionWithoutWeight', data: { epoch: election.epoch } }];
  }
}

/** Slot that contains `now`; 0 or less up to the first slot of an era that starts in the future. */
function slotOf(now: Millis, state: DtDposState, config: DtDposConfig): Slot {
  return slotAt(now - state.slotZero, config.slotMs);
}

function waitForSlotAfter(now: Millis, state: DtDposState, config: DtDposConfig): Effect {
  const next = Math.max(1, slotOf(now, state, config) + 1);
  return { kind: 'setTimer', timerId: SLOT_TIMER, at: state.slotZero + slotStart(next, config.slotMs) };
}
