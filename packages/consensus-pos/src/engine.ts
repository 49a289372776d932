/**
 * The active half: proves and builds a block at the start of each slot that this node leads.
 *
 * @module
 */
import {
  type Bytes,
  type ConsensusEngine,
  type ConsensusHeader,
  compareBytes,
  type Effect,
  type EngineContext,
  type EngineStart,
  type Input,
  type Millis,
  slotAt,
  type Tip,
} from '@fiducia/consensus';
import type { PosConfig } from './config.ts';
import { decodeDigest, encodeDigest, OUTPUT_BYTES, PROOF_BYTES } from './digest.ts';
import { type Leadership, leadershipAt } from './lottery.ts';
import { mayProduce, timeOfSlot } from './rules.ts';
import type { Epoch, PosState, Slot } from './state.ts';

/** Name of the only timer. */
const SLOT_TIMER = 'slot';

/** Guard lane of seals: at most one header per slot is signed, whatever its height (pos-pow N1). */
const SEAL_LANE = 'seal';

/**
 * Creates the engine of one node. It never builds while behind its peers, without an identity, for a
 * slot that the head has reached, or in the second half of a slot, and it drops a finished block whose
 * parent is no longer the head.
 */
export function createEngine(config: PosConfig, context: EngineContext): ConsensusEngine<PosState> {
  return new LotteryEngine(config, context);
}

/** A slot for which the VRF is being evaluated. */
interface PendingProof {
  readonly slot: Slot;
  readonly alpha: Bytes;
}

class LotteryEngine implements ConsensusEngine<PosState> {
  readonly #config: PosConfig;
  readonly #context: EngineContext;
  #head: Tip<PosState> | undefined;
  #isBehind = true;
  #pending: PendingProof | undefined;
  #tracedEpoch: Epoch | undefined;

  constructor(config: PosConfig, context: EngineContext) {
    this.#config = config;
    this.#context = context;
  }

  start(start: EngineStart<PosState>, now: Millis): readonly Effect[] {
    this.#head = start.head;
    this.#isBehind = start.behind;
    return [this.#waitForSlotAfter(start.head.state, now), ...this.#traceEpoch(start.head.state)];
  }

  on(input: Input<PosState>, now: Millis): readonly Effect[] {
    const head = this.#head;
    if (head === undefined) return [];
    switch (input.kind) {
      case 'headChanged':
        this.#head = input.head;
        return this.#traceEpoch(input.head.state);
      case 'syncChanged':
        this.#isBehind = input.behind;
        return [];
      case 'timerElapsed':
        if (input.timerId !== SLOT_TIMER) return [];
        return [this.#waitForSlotAfter(head.state, now), ...this.#prove(head, now)];
      case 'vrfProved':
        return this.#build(head, input, now);
      case 'blockBuilt':
        return input.header === null ? [] : this.#publish(head, input.header);
      default:
        return [];
    }
  }

  #prove(head: Tip<PosState>, now: Millis): readonly Effect[] {
    const slot = slotAt(now - head.state.slotZero, this.#config.slotMs);
    if (now >= this.#deadlineOf(head.state, slot)) return [];
    const leadership = this.#leads(head.state, slot);
    const cancelled: Effect[] = this.#pending === undefined ? [] : [this.#cancel(this.#pending)];
    this.#pending = undefined;
    if (leadership === undefined) return cancelled;
    const { alpha } = leadership;
    this.#pending = { slot, alpha };
    return [
      ...cancelled,
      { kind: 'trace', event: 'slotLed', data: { slot, height: head.header.height + 1 } },
      { kind: 'proveVrf', requestId: proofRequest(slot), alpha },
    ];
  }

  #build(head: Tip<PosState>, proved: Extract<Input<PosState>, { kind: 'vrfProved' }>, now: Millis): readonly Effect[] {
    const pending = this.#pending;
    if (pending === undefined || proved.requestId !== proofRequest(pending.slot)) return [];
    this.#pending = undefined;
    const { slot } = pending;
    const { output, proof } = proved;
    const deadline = this.#deadlineOf(head.state, slot);
    const isUsable = output.length === OUTPUT_BYTES && proof.length === PROOF_BYTES && now < deadline;
    const leadership = this.#leads(head.state, slot);
    // Another branch has other seeds, for which this proof is none.
    if (!isUsable || leadership === undefined || compareBytes(leadership.alpha, pending.alpha) !== 0) return [];
    return [
      {
        kind: 'buildBlock',
        requestId: `block/${slot}`,
        parentId: head.header.id,
        timestamp: timeOfSlot(head.state, slot, this.#config),
        digest: encodeDigest({ slot, output, proof }),
        deadline,
      },
    ];
  }

  #publish(head: Tip<PosState>, header: ConsensusHeader): readonly Effect[] {
    const slot = decodeDigest(header.digest)?.slot;
    if (slot === undefined || header.parentId !== head.header.id) return [];
    if (this.#leads(head.state, slot) === undefined) return [];
    const guard = { lane: SEAL_LANE, sequence: [slot] };
    return [{ kind: 'publish', blockId: header.id, sealing: { kind: 'sign', guard } }];
  }

  /** The right to a slot, if this node has it and may use it now. */
  #leads(state: PosState, slot: Slot): Leadership | undefined {
    const { self } = this.#context;
    if (this.#isBehind || self === null || slot <= state.slot) return undefined;
    const leadership = leadershipAt(state, slot, this.#config, this.#context);
    const isMine = leadership.leader.id === self && mayProduce(state, leadership.leader, slot, this.#config);
    return isMine ? leadership : undefined;
  }

  /** Later a block would hardly reach the next leader before its own slot. */
  #deadlineOf(state: PosState, slot: Slot): Millis {
    return timeOfSlot(state, slot, this.#config) + (this.#config.slotMs >>> 1);
  }

  #waitForSlotAfter(state: PosState, now: Millis): Effect {
    const next = Math.max(1, slotAt(now - state.slotZero, this.#config.slotMs) + 1);
    return { kind: 'setTimer', timerId: SLOT_TIMER, at: timeOfSlot(state, next, this.#config) };
  }

  #cancel({ slot }: PendingProof): Effect {
    return { kind: 'cancel', requestId: proofRequest(slot) };
  }

  /** Once per epoch: who is in the lottery, and from what. */
  #traceEpoch({ seeds, snapshots }: PosState): readonly Effect[] {
    if (seeds.epoch === this.#tracedEpoch) return [];
    this.#tracedEpoch = seeds.epoch;
    const { tickets, total } = snapshots[0];
    const data = { epoch: seeds.epoch, seed: seeds.seed, validators: tickets.length, stake: total };
    return [{ kind: 'trace', event: 'epochOpened', data }];
  }
}

function proofRequest(slot: Slot): string {
  return `vrf/${slot}`;
}
