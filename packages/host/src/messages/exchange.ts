/**
 * Messages of engines: signed and sent, received and checked (contract H-10 to H-13).
 *
 * @module
 */
import {
  type Bytes,
  type Claim,
  type ConsensusHeader,
  type Effect,
  type Input,
  MESSAGE_DOMAIN,
  type PeerId,
  type Recipient,
  type SignedMessage,
  tryDecode,
} from '@fiducia/consensus';
import type { MessageOutcome } from '@fiducia/consensus/ports';
import type { HostContext } from '../context.ts';
import { signGuarded } from '../engine/signing.ts';
import type { EvidenceDesk } from '../evidence/desk.ts';
import { toHex } from '../hex.ts';
import type { HeldBlocks } from '../import/held.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from './message-codec.ts';
import { DuplicateCache, MessageQuota } from './windows.ts';

/** Channel on which messages are spread. */
export const MESSAGES_CHANNEL = 'messages';

/** How to repeat a sticky message. */
export interface Repeatable {
  /** A newer sticky message with this name takes its place. */
  readonly lane: string;
  readonly again: () => void;
}

/** Signs, envelopes, sends; receives, checks, hands to the engine. */
export class MessageExchange {
  readonly #context: HostContext;
  readonly #desk: EvidenceDesk;
  readonly #held: HeldBlocks;
  readonly #duplicates: DuplicateCache;
  readonly #quota: MessageQuota;

  constructor(context: HostContext, desk: EvidenceDesk, held: HeldBlocks) {
    this.#context = context;
    this.#desk = desk;
    this.#held = held;
    this.#duplicates = new DuplicateCache(context.limits);
    this.#quota = new MessageQuota(context.limits);
  }

  /** Signs and sends for the engine, which gets its own message as an input. @returns `null` if nothing was sent. */
  async send(
    effect: Extract<Effect, { kind: 'send' }>,
    deliver: (input: Input<unknown>) => void,
  ): Promise<Repeatable | null> {
    const { signer, net, era, branches } = this.#context;
    const { payload, guard } = effect;
    const unsigned: SignedMessage = { author: signer?.self ?? '', payload, signature: new Uint8Array() };
    const signed = await signGuarded(this.#context, {
      domain: MESSAGE_DOMAIN,
      data: payload,
      guard,
      artefact: { kind: 'message', message: unsigned },
    });
    if (signed === null) return null;

    // After a conflict the message that was signed earlier goes out in place of this one (contract H-27).
    const message: SignedMessage = { ...unsigned, payload: signed.data, signature: signed.signature };
    const height = branches.head.tip.header.height + 1;
    const attached = effect.blockId === undefined ? undefined : this.#held.get(effect.blockId);
    const block = attached?.bytes ?? new Uint8Array();
    const bytes = encodeEnvelope({ era: era.index, protocol: era.protocol, height, message, block });
    const again = () => net.send(this.#peerOf(effect.to), MESSAGES_CHANNEL, bytes);
    again();
    await this.#desk.observeMessage(message, height);
    deliver({ kind: 'messageReceived', from: net.self, message, ...(attached && { header: attached.header }) });
    return { lane: guard?.lane ?? `unguarded/${toHex(this.#context.crypto.sha256(payload))}`, again };
  }

  /** Checks a message from a peer; nothing unauthenticated reaches the engine (contract H-11). */
  async receive(from: PeerId, bytes: Bytes, deliver: (input: Input<unknown>) => void): Promise<MessageOutcome> {
    const { limits, crypto, era } = this.#context;
    if (!this.#context.isRunning()) return 'ignore';
    const envelope = tryDecode(() => decodeEnvelope(bytes, limits.blockBytesMax));
    if (envelope === undefined) return 'reject';
    if (envelope.era !== era.index || envelope.protocol !== era.protocol) return 'ignore';
    if (!this.#isTimely(envelope)) return 'ignore';
    const hash = toHex(crypto.sha256(bytes));
    if (this.#duplicates.has(hash, this.#context.now())) return 'ignore';
    if (!this.#quota.take(from, envelope.height, envelope.message.author)) return 'ignore';
    const { message } = envelope;
    const claims = this.#claimsOf(message);
    const isAuthentic = await this.#context.claims.run(from, claims.length, () => {
      this.#duplicates.add(hash, this.#context.now());
      return this.#isAuthentic(claims);
    });
    if (isAuthentic === null || !this.#context.isRunning()) return 'ignore';
    if (!isAuthentic) return 'reject';
    await this.#desk.observeMessage(message, envelope.height);
    const header = this.#holdAttached(envelope, from);
    if (header === null) return 'reject';
    deliver({ kind: 'messageReceived', from, message, ...(header && { header }) });
    return 'accept';
  }

  /** Forgets counters below the window. */
  prune(headHeight: number): void {
    this.#quota.prune(headHeight);
  }

  /** What must hold for a message: its own signature, and those that it quotes (contract H-11). */
  #claimsOf(message: SignedMessage): readonly Claim[] {
    const { author, payload, signature } = message;
    const own: Claim = { kind: 'signature', signer: author, domain: MESSAGE_DOMAIN, data: payload, signature };
    return [own, ...(this.#context.era.rules.messageClaims?.(message) ?? [])];
  }

  async #isAuthentic(claims: readonly Claim[]): Promise<boolean> {
    const { crypto, era } = this.#context;
    const result = await crypto.verify(era.scope, claims);
    return result.kind === 'valid';
  }

  #isTimely(envelope: Envelope): boolean {
    const head = this.#context.branches.head.tip.header.height;
    return MessageQuota.isWithinWindow(envelope.height, head);
  }

  /** @returns Header of the attached block, `undefined` if there is none, `null` if it cannot be decoded. */
  #holdAttached(envelope: Envelope, from: PeerId): ConsensusHeader | undefined | null {
    if (envelope.block.length === 0) return undefined;
    const block = this.#context.chain.decode(envelope.block, 'block');
    if (block === null) return null;
    this.#held.holdAttached(block, from);
    return block.header;
  }

  /** The port knows peers, not actors: a message for validators or an unknown actor's peer goes to all (contract H-13). */
  #peerOf(to: Recipient): PeerId | null {
    return to.kind === 'peer' ? to.peerId : null;
  }
}
