/**
 * The `reseal` strategy: real blocks once more, with another seal or another body.
 *
 * @module
 */
import { type BlockId, type Bytes, compareBytes, type PeerId, tryDecode } from '@fiducia/consensus';
import type { MessageOutcome } from '@fiducia/consensus/ports';
import {
  BLOCKS_CHANNEL,
  DEFAULT_HOST_LIMITS,
  decodeBlockRequest,
  decodeProvenBlock,
  encodeBlockList,
  encodeEnvelope,
  encodeProvenBlock,
  PROOFS_CHANNEL,
  PROVEN_BLOCKS_CHANNEL,
  type ProvenBlock,
} from '@fiducia/host';
import { BlockCopier } from './block-copies.ts';
import type { Disguise } from './disguise.ts';
import { dissect, replaceField } from './fields.ts';
import { blocksIn } from './lying.ts';
import type { Behaviour, Incoming, Machine, Outgoing } from './machine.ts';

/** Of the blocks that it sends, and of those that others send, how many it copies. */
const SENT_PERMILLE = 400;
const HEARD_PERMILLE = 250;
/** Of its peers, how many hear of a copy of what another one sent. */
const TOLD_PERMILLE = 700;
/** Of the answers with blocks, how many have a copy among them. */
const ANSWERS_PERMILLE = 500;
/** Of those who get the copy first, how many never get the original from here. */
const COPY_ONLY_PERMILLE = 400;

/** Messages and answers with copies in its whole life, so that a run stays affordable. */
const COPIES_MAX = 160;

/** Copies that can be asked for, and that proofs are renamed to. */
const TOLD_MAX = 32;

const NO_PROOF: Bytes = new Uint8Array();
const TEXT = new TextEncoder();

/**
 * Blocks of its own and of others go out as copies, too: in gossip, in proposals, in answers, with the real proof. Some
 * peers get the original first, some the copy, some the copy alone (faults T01, N06). A copy counts once an honest node
 * got it.
 */
export function createReseal(machine: Machine): Disguise {
  return machine.disguise('reseal', new Resealer(machine));
}

/** A copy that was told to somebody. */
interface ToldCopy extends ProvenBlock {
  readonly id: BlockId;
  readonly originalId: BlockId;
}

/** A block in a message. */
interface Carried extends ProvenBlock {
  /** The same message with another block in its place. */
  readonly carry: (block: Bytes) => Bytes;
}

class Resealer implements Behaviour {
  readonly #machine: Machine;
  readonly #copier: BlockCopier;
  /** What was done to the messages and answers that are under way. */
  readonly #underWay = new WeakMap<Bytes, string>();
  readonly #told: ToldCopy[] = [];
  #left = COPIES_MAX;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#copier = new BlockCopier(machine.options.random, (block, seal) => machine.reseal(block, seal));
  }

  arrived(bytes: Bytes): void {
    const change = this.#underWay.get(bytes);
    if (change !== undefined) this.#machine.count(`reseal/${change}`);
  }

  onSend(message: Outgoing): void {
    const { to, channel, bytes } = message;
    const copy = this.#copyIn(message, SENT_PERMILLE);
    if (copy === null) {
      this.#machine.send(to, channel, bytes);
      return;
    }
    for (const peer of to === null ? this.#machine.peers : [to]) this.#sendBoth(peer, channel, bytes, copy);
  }

  async onReceive(message: Incoming, pass: () => Promise<MessageOutcome>): Promise<MessageOutcome> {
    const copy = this.#copyIn(message, HEARD_PERMILLE);
    if (copy !== null) this.#tellSome(message.channel, copy);
    return pass();
  }

  onAnswer(_from: PeerId, question: Bytes, answer: Bytes | null): Bytes | null {
    const { random } = this.#machine.options;
    const request = tryDecode(() => decodeBlockRequest(question));
    if (answer === null && request?.kind === 'byId') return this.#answerWithTold(request.id);
    const blocks = blocksIn(question, answer);
    const place = random.integer(0, Math.max(0, blocks.length - 1));
    const original = blocks[place];
    if (original === undefined || !random.chance(ANSWERS_PERMILLE)) return answer;
    const carry = (block: Bytes): Bytes => {
      const copy = { block, proof: original.proof };
      return request?.kind === 'after' ? encodeBlockList(blocks.with(place, copy)) : encodeProvenBlock(copy);
    };
    return this.#copyOf({ ...original, carry }) ?? answer;
  }

  #tellSome(channel: string, copy: Bytes): void {
    for (const peer of this.#machine.peers) {
      if (this.#machine.options.random.chance(TOLD_PERMILLE)) this.#machine.send(peer, channel, copy);
    }
  }

  /** Both, in drawn order, or the copy alone. */
  #sendBoth(peer: PeerId, channel: string, original: Bytes, copy: Bytes): void {
    const { random, slotMs } = this.#machine.options;
    const isCopyFirst = random.chance(600);
    const isCopyOnly = random.chance(COPY_ONLY_PERMILLE);
    const delayMs = random.integer(1, Math.ceil(slotMs / 4));
    const [first, second] = isCopyFirst ? [copy, original] : [original, copy];
    this.#machine.send(peer, channel, first);
    if (isCopyFirst && isCopyOnly) return;
    this.#machine.later(delayMs, () => this.#machine.send(peer, channel, second));
  }

  /** The message with a copy in place of its block, as often as chance has it; `null` otherwise. */
  #copyIn(message: Pick<Outgoing, 'channel' | 'bytes'>, permille: number): Bytes | null {
    if (message.channel === PROOFS_CHANNEL) return this.#renamed(message.bytes);
    const carried = this.#blockIn(message);
    return carried === null || !this.#machine.options.random.chance(permille) ? null : this.#copyOf(carried);
  }

  #blockIn({ channel, bytes }: Pick<Outgoing, 'channel' | 'bytes'>): Carried | null {
    if (channel === BLOCKS_CHANNEL) return { block: bytes, proof: NO_PROOF, carry: (block) => block };
    if (channel === PROVEN_BLOCKS_CHANNEL) {
      const proven = tryDecode(() => decodeProvenBlock(bytes, DEFAULT_HOST_LIMITS.blockBytesMax));
      if (proven === undefined) return null;
      return { ...proven, carry: (block) => encodeProvenBlock({ ...proven, block }) };
    }
    const envelope = this.#machine.envelopeIn({ channel, bytes });
    if (envelope === null || envelope.block.length === 0) return null;
    return { block: envelope.block, proof: NO_PROOF, carry: (block) => encodeEnvelope({ ...envelope, block }) };
  }

  #copyOf({ block, proof, carry }: Carried): Bytes | null {
    const original = this.#machine.decode(block);
    const copy = original === null || this.#left === 0 ? null : this.#copier.copy(original);
    if (original === null || copy === null) return null;
    const id = this.#machine.decode(copy.bytes)?.header.id;
    if (id !== undefined) this.#remember({ id, originalId: original.header.id, block: copy.bytes, proof });
    return this.#launch(carry(copy.bytes), copy.change);
  }

  /** A proof of a block that was copied, under the name of the copy. */
  #renamed(notice: Bytes): Bytes | null {
    if (this.#left === 0) return null;
    const { fields } = dissect(notice);
    for (const { id, originalId } of this.#told) {
      const name = TEXT.encode(originalId);
      const field = fields.find(({ content }) => compareBytes(content, name) === 0);
      if (field !== undefined) return this.#launch(replaceField(notice, field, TEXT.encode(id)), 'renamedProof');
    }
    return null;
  }

  /** Nobody else has what it made up. */
  #answerWithTold(id: BlockId): Bytes | null {
    const told = this.#told.find((copy) => copy.id === id);
    return told === undefined || this.#left === 0 ? null : this.#launch(encodeProvenBlock(told), 'askedFor');
  }

  #remember(copy: ToldCopy): void {
    this.#told.push(copy);
    if (this.#told.length > TOLD_MAX) this.#told.shift();
  }

  /** What is about to leave with a copy in it. */
  #launch(bytes: Bytes, change: string): Bytes {
    this.#left -= 1;
    this.#underWay.set(bytes, change);
    return bytes;
  }
}
