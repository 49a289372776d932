import {
  type ActorId,
  type Bytes,
  type ConsensusEngine,
  type ConsensusHeader,
  compareBytes,
  type Effect,
  type EngineContext,
  type EngineStart,
  floorDivide,
  type Input,
  type Millis,
  type SignedMessage,
  type Tip,
} from '@fiducia/consensus';
import type { Config } from './config.ts';
import { decodeDigest, encodeDigest, encodeProof } from './digest.ts';
import { isQuorumOf } from './quorum.ts';
import { leaderOf, type State } from './state.ts';
import { decodeVote, encodeCertificate, encodeVote, type Signature, type Vote } from './vote.ts';

/** A block to build on, with the quorum that it takes. */
interface Base {
  readonly height: number;
  readonly blockId: string;
  readonly certificate: Bytes;
}

/** A vote as it came. */
interface Ballot extends Signature {
  readonly slot: number;
  readonly payload: Bytes;
}

/** The half that only validators run. */
export class VotingEngine implements ConsensusEngine<State> {
  readonly #slotMs: Millis;
  readonly #self: ActorId | null;
  /** The newest vote of each validator: what is kept does not follow what peers send. */
  readonly #votes = new Map<ActorId, Ballot>();
  #head: Tip<State> | undefined;
  #isBehind = true;
  /** The highest block that is known to have a quorum. */
  #base: Base = { height: -1, blockId: '', certificate: new Uint8Array() };
  /** Slot of the last own vote. */
  #votedSlot = 0;

  constructor({ slotMs }: Config, { self }: EngineContext) {
    this.#slotMs = slotMs;
    this.#self = self;
  }

  start({ head, behind, log }: EngineStart<State>, now: Millis): readonly Effect[] {
    this.#isBehind = behind;
    const [last] = log.slice(-1).flatMap((entry) => decodeVote(entry) ?? []);
    // What was promised before a crash is said again, in the same words.
    const again = last === undefined ? [] : [this.#send(last)];
    return [this.#waitForSlot(head, now), ...again, ...this.#follow(head)];
  }

  on(input: Input<State>, now: Millis): readonly Effect[] {
    const head = this.#head;
    if (head === undefined) return [];
    switch (input.kind) {
      case 'headChanged':
        return this.#follow(input.head);
      case 'syncChanged':
        this.#isBehind = input.behind;
        return this.#vote(head);
      case 'timerElapsed':
        return [this.#waitForSlot(head, now), ...this.#lead(head, now)];
      case 'blockBuilt':
        return input.header === null ? [] : this.#publish(input.header);
      case 'messageReceived':
        return this.#keep(head, input.message) ? this.#count(head) : [];
      default:
        return [];
    }
  }

  #slotAt(now: Millis, { slotZero }: State): number {
    return Math.max(0, floorDivide(now - slotZero, this.#slotMs));
  }

  #waitForSlot({ state }: Tip<State>, now: Millis): Effect {
    const at = state.slotZero + (this.#slotAt(now, state) + 1) * this.#slotMs;
    return { kind: 'setTimer', timerId: 'slot', at };
  }

  /** The leader of a slot builds on the highest block with a quorum, which need not be the head. */
  #lead({ state }: Tip<State>, now: Millis): readonly Effect[] {
    const slot = this.#slotAt(now, state);
    if (this.#isBehind || this.#self === null || leaderOf(state, slot) !== this.#self) return [];
    const { blockId: parentId, certificate } = this.#base;
    const timestamp = state.slotZero + slot * this.#slotMs;
    const digest = encodeDigest({ slot, certificate });
    const deadline = timestamp + this.#slotMs;
    return [{ kind: 'buildBlock', requestId: `slot ${slot}`, parentId, timestamp, digest, deadline }];
  }

  #publish({ id, digest }: ConsensusHeader): readonly Effect[] {
    const slot = decodeDigest(digest)?.slot ?? 0;
    return [{ kind: 'publish', blockId: id, sealing: { kind: 'sign', guard: { lane: 'seal', sequence: [slot] } } }];
  }

  /** A new head shows a quorum for its parent, and asks for votes of its own. */
  #follow(head: Tip<State>): readonly Effect[] {
    this.#head = head;
    const { height, id, parentId, digest } = head.header;
    if (head.state.slot === 0) this.#learn({ height, blockId: id, certificate: new Uint8Array() });
    else
      this.#learn({ height: height - 1, blockId: parentId, certificate: decodeDigest(digest)?.certificate ?? digest });
    return [...this.#vote(head), ...this.#count(head)];
  }

  #learn(base: Base): void {
    if (base.height > this.#base.height) this.#base = base;
  }

  /** Once for a slot, and never for a block on a lower parent than before: all safety rests on these two. */
  #vote({ header, state }: Tip<State>): readonly Effect[] {
    const { height, id: blockId, parentId } = header;
    const isValidator = state.validators.some(({ id }) => id === this.#self);
    if (!isValidator || this.#isBehind || state.slot <= this.#votedSlot || height - 1 < this.#base.height) return [];
    const vote = { slot: state.slot, height, blockId, parentId };
    return [{ kind: 'persist', height, entry: encodeVote(vote) }, this.#send(vote)];
  }

  #send(vote: Vote): Effect {
    this.#votedSlot = vote.slot;
    const guard = { lane: 'vote', sequence: [vote.slot], floors: { parent: vote.height - 1 } };
    return { kind: 'send', to: { kind: 'validators' }, payload: encodeVote(vote), guard };
  }

  /** Whether it is a vote of a validator, and newer than what it sent before. */
  #keep({ state }: Tip<State>, { author, payload, signature }: SignedMessage): boolean {
    const vote = decodeVote(payload);
    const isVoter = state.validators.some(({ id }) => id === author);
    if (vote === undefined || !isVoter || vote.slot <= (this.#votes.get(author)?.slot ?? 0)) return false;
    this.#votes.set(author, { slot: vote.slot, payload, author, signature });
    return true;
  }

  /** A quorum for the head makes it the block to build on, and its parent final if three slots follow on each other. */
  #count({ header, state }: Tip<State>): readonly Effect[] {
    const { height, id: blockId, parentId, digest } = header;
    // To the last bit: a vote that names the block and lies about its slot would spoil the certificate.
    const wanted = encodeVote({ slot: state.slot, height, blockId, parentId });
    const votes = [...this.#votes.values()].filter(({ payload }) => compareBytes(payload, wanted) === 0);
    if (this.#base.height >= height || !isQuorumOf(votes, state)) return [];
    const childCertificate = encodeCertificate(votes);
    this.#learn({ height, blockId, certificate: childCertificate });
    const certificate = decodeDigest(digest)?.certificate;
    if (state.streak < 3 || certificate === undefined) return [];
    return [
      { kind: 'publish', blockId: parentId, proof: encodeProof({ certificate, childId: blockId, childCertificate }) },
    ];
  }
}
