/**
 * The active half of a protocol in which time is cut into slots and each slot has at most one leader.
 *
 * @module
 */
import { compareBytes } from './bytes.ts';
import type { ConsensusEngine, Effect, EngineStart, Input } from './engine.ts';
import type { ConsensusHeader, Tip } from './header.ts';
import { floorDivide } from './integers.ts';
import type { EngineContext } from './plugin.ts';
import type { ActorId, Bytes, Millis } from './primitives.ts';
import { VRF_OUTPUT_BYTES, VRF_PROOF_BYTES, type VrfEvaluation } from './seed.ts';
import { slotAt, slotStart } from './slot.ts';

/** What the state of such a protocol has to tell. */
export interface SlottedState {
  /** Time at which slot 0 begins. */
  readonly slotZero: Millis;
  /** Slot of the block. */
  readonly slot: number;
}

/** What tells one such protocol from another, see {@link createSlotEngine}. */
export interface SlotProtocol<State extends SlottedState> {
  /** Duration of a slot in milliseconds, at least 1. */
  readonly slotMs: Millis;
  /** Who may seal the block of a slot after the block of `state`; `undefined` if the slot stays empty. */
  leaderOf(state: State, slot: number): ActorId | undefined;
  /** What the leader evaluates its VRF on before it builds; `undefined` if headers carry no proof. */
  alphaOf(state: State, slot: number): Bytes | undefined;
  /** Digest of the header for a slot; `vrf` is present exactly if {@link SlotProtocol.alphaOf} gave an input. */
  digestOf(state: State, slot: number, vrf: VrfEvaluation | undefined): Bytes;
  /** Slot in a digest that {@link SlotProtocol.digestOf} made. */
  slotIn(digest: Bytes): number | undefined;
  /** What the operator should hear of a new head. */
  report(state: State): readonly Effect[];
}

/** Name of the only timer. */
const SLOT_TIMER = 'slot';

/** Guard lane of seals: at most one header per slot is signed, whatever its height. */
const SEAL_LANE = 'seal';

/**
 * Creates the engine of one node: at the start of each slot that the node leads on its head it evaluates
 * its VRF if the protocol asks for it, builds a block and seals it.
 *
 * It never builds while behind its peers, without an identity, for a slot that the head has reached, or in
 * the second half of a slot, since the block would hardly reach the next leader before its own slot. It
 * drops a proof that is for another branch, and a finished block whose parent is no longer the head. The
 * guard of a seal is lane `seal` with the slot as its sequence; the rules have to give two headers of one
 * author for one slot the same `conflictKey`.
 *
 * It traces `slotLed` when it asks for a proof, and `proofUnusable` when it gets one of another length.
 *
 * @example
 * ```ts
 * interface TurnsState extends SlottedState {
 *   readonly members: readonly ActorId[];
 * }
 *
 * const createEngine: ConsensusPlugin<{ readonly slotMs: number }, TurnsState>['createEngine'] = (config, _rules, context) =>
 *   createSlotEngine(
 *     {
 *       slotMs: config.slotMs,
 *       leaderOf: (state, slot) => state.members[slot % state.members.length],
 *       alphaOf: () => undefined,
 *       digestOf: (_state, slot) => encodeSlotDigest({ slot }),
 *       slotIn: (digest) => decodeSlotDigest(digest)?.slot,
 *       report: () => [],
 *     },
 *     context,
 *   );
 * ```
 */
export function createSlotEngine<State extends SlottedState>(
  protocol: SlotProtocol<State>,
  context: EngineContext,
): ConsensusEngine<State> {
  return new SlotEngine(protocol, context);
}

/** A slot for which the VRF is being evaluated. */
interface PendingProof {
  readonly slot: number;
  readonly alpha: Bytes;
}

class SlotEngine<State extends SlottedState> implements ConsensusEngine<State> {
  readonly #protocol: SlotProtocol<State>;
  readonly #self: ActorId | null;
  #head: Tip<State> | undefined;
  #isBehind = true;
  #pending: PendingProof | undefined;

  constructor(protocol: SlotProtocol<State>, { self }: EngineContext) {
    this.#protocol = protocol;
    this.#self = self;
  }

  start({ head, behind }: EngineStart<State>, now: Millis): readonly Effect[] {
    this.#head = head;
    this.#isBehind = behind;
    return [this.#waitForSlotAfter(now, head.state), ...this.#protocol.report(head.state)];
  }

  on(input: Input<State>, now: Millis): readonly Effect[] {
    const head = this.#head;
    if (head === undefined) return [];
    switch (input.kind) {
      case 'headChanged':
        this.#head = input.head;
        return this.#protocol.report(input.head.state);
      case 'syncChanged':
        this.#isBehind = input.behind;
        return [];
      case 'timerElapsed':
        if (input.timerId !== SLOT_TIMER) return [];
        return [this.#waitForSlotAfter(now, head.state), ...this.#lead(head, now)];
      case 'vrfProved':
        return this.#buildProved(head, input, now);
      case 'blockBuilt':
        return input.header === null ? [] : this.#publish(head, input.header);
      default:
        return [];
    }
  }

  #lead(head: Tip<State>, now: Millis): readonly Effect[] {
    const { state, header } = head;
    const slot = this.#slotAt(now, state);
    if (now >= this.#deadlineOf(state, slot)) return [];
    const stale = this.#takePending();
    const cancelled: Effect[] = stale === undefined ? [] : [{ kind: 'cancel', requestId: proofRequest(stale.slot) }];
    if (!this.#mayLead(state, slot)) return cancelled;
    const alpha = this.#protocol.alphaOf(state, slot);
    if (alpha === undefined) return [...cancelled, this.#build(head, slot, undefined)];
    this.#pending = { slot, alpha };
    return [
      ...cancelled,
      { kind: 'trace', event: 'slotLed', data: { slot, height: header.height + 1 } },
      { kind: 'proveVrf', requestId: proofRequest(slot), alpha },
    ];
  }

  #buildProved(head: Tip<State>, proved: VrfEvaluation & { readonly requestId: string }, now: Millis): Effect[] {
    const { requestId, output, proof } = proved;
    if (this.#pending === undefined || requestId !== proofRequest(this.#pending.slot)) return [];
    const { slot, alpha } = this.#pending;
    this.#pending = undefined;
    if (output.length !== VRF_OUTPUT_BYTES || proof.length !== VRF_PROOF_BYTES) {
      // A signer with keys of another suite never produces, and its operator should know why.
      return [{ kind: 'trace', event: 'proofUnusable', data: { slot, output: output.length, proof: proof.length } }];
    }
    if (now >= this.#deadlineOf(head.state, slot) || !this.#mayLead(head.state, slot)) return [];
    // Another branch has other seeds, for which this proof is none.
    const current = this.#protocol.alphaOf(head.state, slot);
    if (current === undefined || compareBytes(current, alpha) !== 0) return [];
    return [this.#build(head, slot, { output, proof })];
  }

  #build({ header, state }: Tip<State>, slot: number, vrf: VrfEvaluation | undefined): Effect {
    return {
      kind: 'buildBlock',
      requestId: `slot/${slot}`,
      parentId: header.id,
      timestamp: this.#startOf(state, slot),
      digest: this.#protocol.digestOf(state, slot, vrf),
      deadline: this.#deadlineOf(state, slot),
    };
  }

  #publish(head: Tip<State>, header: ConsensusHeader): readonly Effect[] {
    const slot = this.#protocol.slotIn(header.digest);
    if (slot === undefined || header.parentId !== head.header.id || !this.#mayLead(head.state, slot)) return [];
    const guard = { lane: SEAL_LANE, sequence: [slot] };
    return [{ kind: 'publish', blockId: header.id, sealing: { kind: 'sign', guard } }];
  }

  #mayLead(state: State, slot: number): boolean {
    if (this.#isBehind || this.#self === null || slot <= state.slot) return false;
    return this.#protocol.leaderOf(state, slot) === this.#self;
  }

  #takePending(): PendingProof | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  /** Slot that contains `now`; 0 or less up to the first slot of an era that starts in the future. */
  #slotAt(now: Millis, state: State): number {
    return slotAt(now - state.slotZero, this.#protocol.slotMs);
  }

  #startOf(state: State, slot: number): Millis {
    return state.slotZero + slotStart(slot, this.#protocol.slotMs);
  }

  #deadlineOf(state: State, slot: number): Millis {
    return this.#startOf(state, slot) + floorDivide(this.#protocol.slotMs, 2);
  }

  #waitForSlotAfter(now: Millis, state: State): Effect {
    const next = Math.max(1, this.#slotAt(now, state) + 1);
    return { kind: 'setTimer', timerId: SLOT_TIMER, at: this.#startOf(state, next) };
  }
}

function proofRequest(slot: number): string {
  return `vrf/${slot}`;
}
