/**
 * Strategies that hold back what the machine has to say: withhold, selfish, delayVotes.
 *
 * @module
 */
import { type BlockId, type Bytes, type Height, type PeerId, tryDecode } from '@fiducia/consensus';
import {
  DEFAULT_HOST_LIMITS,
  decodeBlockList,
  decodeBlockRequest,
  decodeProvenBlock,
  encodeBlockList,
} from '@fiducia/host';
import type { Disguise } from './disguise.ts';
import type { Machine, Outgoing } from './machine.ts';

/** Most messages that one machine holds back at once; what comes on top goes out. */
const HELD_MAX = 256;

/** Of own blocks and votes, how many are held back. */
const HELD_PERMILLE = 400;

/** How many of those are never released. */
const LOST_PERMILLE = 200;

/** Own blocks and votes leave slots late, or never (fault C09). */
export function createWithhold(machine: Machine): Disguise {
  const hidden = new Set<BlockId>();
  const { random } = machine.options;
  const hold = (message: Outgoing): void => {
    const id = machine.blockIn(message)?.header.id;
    if (id !== undefined) hidden.add(id);
    machine.count('withheld');
    if (random.chance(LOST_PERMILLE)) return;
    machine.later(machine.drawSlots(1, 6), () => {
      if (id !== undefined) hidden.delete(id);
      machine.count('releasedLate');
      machine.send(message.to, message.channel, message.bytes);
    });
  };
  return machine.disguise('withhold', {
    onSend(message) {
      if (hidden.size < HELD_MAX && machine.isOwn(message) && random.chance(HELD_PERMILLE)) hold(message);
      else machine.send(message.to, message.channel, message.bytes);
    },
    onAnswer: (_from, question, answer) => withoutHidden(machine, hidden, question, answer),
  });
}

/**
 * Selfish mining (fault C07): own blocks stay private, and are released as Eyal and Sirer describe. A lead of one block
 * is shown when an honest block draws level, a lead of two at once to win the race, and of a longer one just enough.
 */
export function createSelfish(machine: Machine): Disguise {
  const hidden = new Map<BlockId, { readonly height: Height; readonly message: Outgoing }>();
  let privateHeight = 0;
  const release = (upTo: Height): void => {
    for (const [id, { height, message }] of hidden) {
      if (height > upTo) continue;
      hidden.delete(id);
      machine.count('releasedLate');
      machine.send(message.to, message.channel, message.bytes);
    }
  };
  return machine.disguise('selfish', {
    onSend(message) {
      const header = machine.blockIn(message)?.header;
      if (header === undefined || !machine.isOwn(message) || hidden.size >= HELD_MAX) {
        machine.send(message.to, message.channel, message.bytes);
        return;
      }
      machine.count('withheld');
      hidden.set(header.id, { height: header.height, message });
      privateHeight = Math.max(privateHeight, header.height);
    },
    onReceive(message, pass) {
      const header = machine.blockIn(message)?.header;
      if (header !== undefined) {
        const lead = privateHeight - header.height;
        if (lead <= 1) release(privateHeight);
        else release(header.height);
      }
      return pass();
    },
    onAnswer: (_from, question, answer) => withoutHidden(machine, hidden, question, answer),
  });
}

/**
 * Bouncing votes (fault C20): a part of the network gets an own vote or block at once, the rest after slots, when the
 * head may have moved, so that one part has justified what the other one has not.
 */
export function createDelayVotes(machine: Machine): Disguise {
  const { random } = machine.options;
  let held = 0;
  const split = (message: Outgoing): void => {
    const late: PeerId[] = [];
    for (const peer of machine.peers) {
      if (random.chance(500)) machine.send(peer, message.channel, message.bytes);
      else late.push(peer);
    }
    held += 1;
    machine.later(machine.drawSlots(1, 4), () => {
      held -= 1;
      machine.count('toldLate', late.length);
      for (const peer of late) machine.send(peer, message.channel, message.bytes);
    });
  };
  return machine.disguise('delayVotes', {
    onSend(message) {
      const isForAll = message.to === null && machine.isOwn(message);
      if (isForAll && held < HELD_MAX) split(message);
      else machine.send(message.to, message.channel, message.bytes);
    },
    begin() {
      held = 0;
    },
  });
}

interface IdSet {
  readonly size: number;
  has(id: BlockId): boolean;
}

/** Whoever asks does not learn of hidden blocks either. */
function withoutHidden(machine: Machine, hidden: IdSet, question: Bytes, answer: Bytes | null): Bytes | null {
  if (hidden.size === 0 || answer === null) return answer;
  const { blockBytesMax, syncBatchBlocks } = DEFAULT_HOST_LIMITS;
  const isHidden = (block: Bytes): boolean => {
    const header = machine.decode(block)?.header;
    return header !== undefined && hidden.has(header.id);
  };
  const request = tryDecode(() => decodeBlockRequest(question));
  if (request?.kind === 'byId') {
    const proven = tryDecode(() => decodeProvenBlock(answer, blockBytesMax));
    return proven === undefined || !isHidden(proven.block) ? answer : null;
  }
  const blocks = tryDecode(() => decodeBlockList(answer, syncBatchBlocks, blockBytesMax)) ?? [];
  const first = blocks.findIndex(({ block }) => isHidden(block));
  return first < 0 ? answer : encodeBlockList(blocks.slice(0, first));
}
