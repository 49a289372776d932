/**
 * The `mutate` strategy: carries out the process faults of a ByzzFuzz plan on real messages and blocks.
 *
 * @module
 */
import { type Bytes, MESSAGE_DOMAIN, type PeerId } from '@fiducia/consensus';
import type { Block, MessageOutcome } from '@fiducia/consensus/ports';
import { BLOCKS_CHANNEL, type Envelope, encodeEnvelope, MESSAGES_CHANNEL } from '@fiducia/host';
import { HEADER_LENGTH_BYTES } from './block-copies.ts';
import { drawByzzFuzz, type Mutation, type ProcessFault } from './byzz-fuzz.ts';
import type { Disguise } from './disguise.ts';
import { dissect, FieldMemory, replaceField, shiftNumber } from './fields.ts';
import type { Behaviour, Incoming, Machine, Outgoing } from './machine.ts';

/** Slots over which faults are spread if no plan says otherwise. */
const SLOTS = 30;

/** Payloads of its own that a machine remembers. */
const OWN_MAX = 32;

/** Numbers of a block that are tried until one can be changed: some are lengths, whose change leaves no block. */
const TRIES_MAX = 24;

/** @param faults - What to change when; drawn if absent. */
export function createMutate(machine: Machine, faults?: readonly ProcessFault[]): Disguise {
  return machine.disguise('mutate', new Mutator(machine, faults));
}

/** Changes what the machine sends while a fault lasts. */
export class Mutator implements Behaviour {
  readonly #machine: Machine;
  readonly #faults: readonly ProcessFault[];
  readonly #seen = new FieldMemory();
  readonly #own: Bytes[] = [];
  #beganAt: number | null = null;

  constructor(machine: Machine, faults: readonly ProcessFault[] | undefined) {
    const { random, nodes, slotMs } = machine.options;
    this.#machine = machine;
    this.#faults = faults ?? drawByzzFuzz({ random, nodes, slotMs, slots: SLOTS }).processFaults;
  }

  begin(): void {
    this.#beganAt ??= this.#machine.now;
  }

  onReceive(message: Incoming, pass: () => Promise<MessageOutcome>): Promise<MessageOutcome> {
    const envelope = this.#machine.envelopeIn(message);
    if (envelope !== null) this.#seen.observe(dissect(envelope.message.payload));
    return pass();
  }

  onSend(message: Outgoing): void {
    const { to, channel, bytes } = message;
    const isOwn = this.#machine.isOwn(message);
    const fault = isOwn ? this.#faultNow() : undefined;
    const envelope = isOwn ? this.#machine.envelopeIn(message) : null;
    if (fault === undefined || (channel !== MESSAGES_CHANNEL && channel !== BLOCKS_CHANNEL)) {
      this.#machine.send(to, channel, bytes);
    } else {
      const recipients = to === null ? this.#machine.peers : [to];
      const fooled = recipients.filter((peer) => fault.recipients.includes(peer));
      for (const peer of recipients) if (!fooled.includes(peer)) this.#machine.send(peer, channel, bytes);
      void this.#fool(fooled, message, envelope, fault.mutation);
    }
    if (envelope !== null) this.#remember(envelope.message.payload);
  }

  /** Signing takes no virtual time, so the changed message leaves at the same instant as the true one. */
  async #fool(
    peers: readonly PeerId[],
    { channel, bytes }: Outgoing,
    envelope: Envelope | null,
    mutation: Mutation,
  ): Promise<void> {
    if (peers.length === 0) return;
    const block = this.#machine.blockIn({ channel, bytes });
    const changed =
      mutation.kind === 'omit'
        ? null
        : envelope !== null
          ? await this.#changeMessage(envelope, mutation)
          : block && (await this.#changeBlock(block, mutation));
    if (changed !== null || mutation.kind === 'omit') this.#machine.count(`mutate/${mutation.kind}`);
    if (changed === null) return;
    for (const peer of peers) this.#machine.send(peer, channel, changed);
  }

  #faultNow(): ProcessFault | undefined {
    const at = this.#machine.now - (this.#beganAt ?? 0);
    return this.#faults.find((fault) => at >= fault.at && at < fault.until);
  }

  async #changeMessage(envelope: Envelope, mutation: Mutation): Promise<Bytes | null> {
    const { message } = envelope;
    const payload = this.#change(message.payload, mutation);
    const scope = this.#machine.scope;
    if (scope === null) return null;
    const era = mutation.kind === 'otherScope' && mutation.scope === 'era' ? scope.era + 1 : scope.era;
    const chainId = scope.chainId.slice();
    if (mutation.kind === 'otherScope' && mutation.scope === 'chain') chainId[0] = (chainId[0] ?? 0) ^ 1;
    const request = { domain: MESSAGE_DOMAIN, data: payload, scope: { ...scope, era, chainId } };
    const signature = await this.#machine.sign(request);
    if (signature === null) return null;
    return encodeEnvelope({ ...envelope, message: { ...message, payload, signature } });
  }

  /** Only in the header: with another body than the one that it names it would be no block. */
  async #changeBlock(block: Block, mutation: Mutation): Promise<Bytes | null> {
    const { numbers } = dissect(block.headerBytes);
    for (let step = 0; step < TRIES_MAX; step++) {
      const place = 'place' in mutation ? mutation.place + step : step;
      const delta = mutation.kind === 'number' ? mutation.delta : 1;
      const position = numbers[place % Math.max(1, numbers.length)];
      if (position === undefined) return null;
      const decoded = this.#machine.decode(shiftNumber(block.bytes, HEADER_LENGTH_BYTES + position, delta));
      // Without a key for seals, as under work, the old seal stays.
      if (decoded !== null) return ((await this.#machine.seal(decoded)) ?? decoded).bytes;
    }
    return null;
  }

  #change(payload: Bytes, mutation: Mutation): Bytes {
    const { fields, numbers } = dissect(payload);
    const pick = <T>(items: readonly T[], place: number): T | undefined => items[place % Math.max(1, items.length)];
    switch (mutation.kind) {
      case 'number': {
        const position = pick(numbers, mutation.place);
        return position === undefined ? payload : shiftNumber(payload, position, mutation.delta);
      }
      case 'swap': {
        const field = pick(fields, mutation.place);
        const other = field && this.#seen.other(field.content, mutation.back);
        return field === undefined || other === undefined ? payload : replaceField(payload, field, other);
      }
      case 'dropField': {
        const field = pick(fields, mutation.place);
        return field === undefined ? payload : replaceField(payload, field, new Uint8Array());
      }
      case 'older':
        return this.#own[this.#own.length - 1 - (mutation.back % Math.max(1, this.#own.length))] ?? payload;
      case 'otherScope':
      case 'omit':
        return payload;
    }
  }

  #remember(payload: Bytes): void {
    this.#seen.observe(dissect(payload));
    this.#own.push(payload);
    if (this.#own.length > OWN_MAX) this.#own.shift();
  }
}
