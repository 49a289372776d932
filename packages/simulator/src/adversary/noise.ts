/**
 * Strategies that send too much: flood and replay.
 *
 * @module
 */
import { type Bytes, MESSAGE_DOMAIN } from '@fiducia/consensus';
import {
  BLOCKS_CHANNEL,
  EVIDENCE_CHANNEL,
  encodeEnvelope,
  MESSAGES_CHANNEL,
  PROOFS_CHANNEL,
  PROVEN_BLOCKS_CHANNEL,
} from '@fiducia/host';
import { TRANSACTIONS_CHANNEL } from '@fiducia/ledger';
import type { Disguise } from './disguise.ts';
import type { Machine, Outgoing } from './machine.ts';

const CHANNELS = [
  BLOCKS_CHANNEL,
  PROVEN_BLOCKS_CHANNEL,
  MESSAGES_CHANNEL,
  PROOFS_CHANNEL,
  EVIDENCE_CHANNEL,
  TRANSACTIONS_CHANNEL,
] as const;

/** Messages that a flood sends in its whole life, so that a run stays affordable. */
const FLOOD_MAX = 300;
const BURST_MAX = 12;
const NOISE_BYTES_MAX = 400;

/** Heights have six bytes in an envelope; a block of which somebody turned a bit may name a higher one. */
const ENVELOPE_HEIGHT_MAX = 2 ** 48 - 1;

/** Messages that are remembered to be sent again. */
const REMEMBERED_MAX = 128;
const REPLAYS_PER_SLOT = 4;

/** Bursts of noise on all channels, of real messages with one wrong bit, and of well-formed ones about nothing (faults N01, C14, T08). */
export function createFlood(machine: Machine): Disguise {
  const memory = new Memory();
  const { random, slotMs } = machine.options;
  let left = FLOOD_MAX;
  const burst = (): void => {
    for (let size = Math.min(left, random.integer(1, BURST_MAX)); size > 0; size--, left--) sendOne(machine, memory);
    if (left > 0) machine.later(random.integer(1, slotMs), burst);
  };
  return machine.disguise('flood', {
    begin: () => machine.later(machine.drawSlots(1, 5), burst),
    async onReceive(message, pass) {
      memory.note(message);
      return pass();
    },
  });
}

/** Old messages of everybody, again and again, also to those who have seen them. */
export function createReplay(machine: Machine): Disguise {
  const memory = new Memory();
  const { random, slotMs } = machine.options;
  const again = (): void => {
    for (let count = 0; count < REPLAYS_PER_SLOT; count++) {
      const old = memory.at(random.integer(0, REMEMBERED_MAX - 1));
      if (old === undefined) continue;
      machine.count('replayed');
      machine.send(null, old.channel, old.bytes);
    }
    machine.later(slotMs, again);
  };
  return machine.disguise('replay', {
    begin: () => machine.later(machine.drawSlots(1, 5), again),
    onSend(message) {
      memory.note(message);
      machine.send(message.to, message.channel, message.bytes);
    },
    async onReceive(message, pass) {
      memory.note(message);
      return pass();
    },
  });
}

function sendOne(machine: Machine, memory: Memory): void {
  const { random } = machine.options;
  const channel = CHANNELS[random.integer(0, CHANNELS.length - 1)] ?? MESSAGES_CHANNEL;
  const old = memory.at(random.integer(0, REMEMBERED_MAX - 1));
  switch (random.integer(0, 2)) {
    case 0:
      machine.count('flood/noise');
      machine.send(null, channel, random.bytes(random.integer(0, NOISE_BYTES_MAX)));
      return;
    case 1:
      if (old === undefined) return;
      machine.count('flood/wrongBit');
      machine.send(null, old.channel, withWrongBit(old.bytes, random.integer(0, 8 * old.bytes.length)));
      return;
    default:
      void sendAboutNothing(machine, old);
  }
}

/** Sound envelope, own valid signature, meaningless payload, at a height close to that of a real message. */
async function sendAboutNothing(machine: Machine, old: Known | undefined): Promise<void> {
  const { random } = machine.options;
  const payload = random.bytes(random.integer(1, 64));
  const aheadBlocks = random.integer(0, 40);
  const signature = await machine.sign({ domain: MESSAGE_DOMAIN, data: payload });
  const { scope, self } = machine;
  if (signature === null || scope === null || self === null) return;
  machine.count('flood/wellFormed');
  const real = old === undefined ? null : (machine.envelopeIn(old) ?? machine.blockIn(old)?.header ?? null);
  const height = Math.min((real?.height ?? 0) + aheadBlocks, ENVELOPE_HEIGHT_MAX);
  const message = { author: self, payload, signature };
  const place = { era: scope.era, protocol: scope.protocol, height };
  machine.send(null, MESSAGES_CHANNEL, encodeEnvelope({ ...place, message, block: new Uint8Array() }));
}

function withWrongBit(bytes: Bytes, bit: number): Bytes {
  const changed = bytes.slice();
  const at = (bit >> 3) % Math.max(1, changed.length);
  if (changed.length > 0) changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

type Known = Pick<Outgoing, 'channel' | 'bytes'>;

/** The newest messages that passed. */
class Memory {
  readonly #messages: Known[] = [];
  #next = 0;

  note({ channel, bytes }: Known): void {
    this.#messages[this.#next % REMEMBERED_MAX] = { channel, bytes };
    this.#next += 1;
  }

  at(index: number): Known | undefined {
    return this.#messages[index % Math.max(1, this.#messages.length)];
  }
}
