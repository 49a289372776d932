/**
 * Messages of engines: signed and sent, received and checked (contract H-10 to H-13).
 *
 * @module
 */
import {
  type ActorId,
  type BlockId,
  type BufferUsage,
  type Bytes,
  type Claim,
  type ConsensusHeader,
  type Effect,
  type EraIndex,
  type Input,
  LIMITS,
  MESSAGE_DOMAIN,
  type PeerId,
  type Recipient,
  type SignedMessage,
  tryDecode,
} from '@fiducia/consensus';
import type { Awaitable, Block, MessageOutcome } from '@fiducia/consensus/ports';
import { whenDone } from '../awaitable.ts';
import type { HostContext, PluginContext } from '../context.ts';
import { signGuarded } from '../engine/signing.ts';
import { Members } from '../era/members.ts';
import type { ActiveEra, ActivePlugin } from '../era/schedule.ts';
import type { EvidenceDesk } from '../evidence/desk.ts';
import { byteStringOf, toHex } from '../hex.ts';
import type { HeldBlocks } from '../import/held.ts';
import { PeerBuffer } from '../import/peer-buffer.ts';
import { EVIDENCE_WINDOW_BLOCKS } from '../limits.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope } from './message-codec.ts';
import { DuplicateCache, MessageQuota } from './windows.ts';

/** Channel on which messages are spread. */
export const MESSAGES_CHANNEL = 'messages';

/**
 * A peer that is at this many heights more has not only heard of the last block sooner. It does not answer messages of
 * this node, either: for the peer their height is below the window.
 */
const HEIGHTS_APART_MAX = 2;

/** The running era, the one before, and for an instant the one that ends. */
const ERAS_MAX = 3;

/** How to repeat a sticky message. */
export interface Repeatable {
  /** A newer sticky message with this name takes its place. */
  readonly lane: string;
  readonly again: () => void;
}

type SendEffect = Extract<Effect, { kind: 'send' }>;

/** Takes a message for the running engine of a plugin; false if it could not, and could a moment later. */
export type DeliverTo = (active: ActivePlugin, input: Input<unknown>) => boolean;

/** Where a message comes from and goes to. */
interface Delivery {
  /** Of its bytes. */
  readonly hash: string;
  readonly from: PeerId;
  readonly deliver: DeliverTo;
}

/** A signed message, the block that goes with it, and the engine that gets it, too. */
interface Outgoing {
  readonly message: SignedMessage;
  readonly block: Block | undefined;
  readonly deliver: (input: Input<unknown>) => void;
}

/** Is told what messages show. */
export interface ExchangeObserver {
  /** A peer builds on a block that is not here. */
  onMissing(id: BlockId, from: PeerId): void;
  /** A peer is at a height far above the head. */
  onAhead(from: PeerId): void;
}

/** Signs, envelopes, sends; receives, checks, hands to the engine. */
export class MessageExchange {
  readonly #context: HostContext;
  readonly #desk: EvidenceDesk;
  readonly #held: HeldBlocks;
  readonly #observer: ExchangeObserver;
  readonly #duplicates: DuplicateCache;
  readonly #members: Members;
  /** What is missing below the blocks attached to messages, by hash of the message. */
  readonly #lacking: PeerBuffer<BlockId>;
  /** By era: of the running one, and of the one before as long as its messages count (contract H-38). */
  readonly #quotas = new Map<EraIndex, MessageQuota>();
  /** Whether any message ever came: known without a look into the map, which is far away in memory. */
  #hasQuotas = false;

  constructor(context: HostContext, desk: EvidenceDesk, held: HeldBlocks, observer: ExchangeObserver) {
    this.#observer = observer;
    this.#context = context;
    this.#desk = desk;
    this.#held = held;
    this.#duplicates = new DuplicateCache(context.limits);
    this.#members = new Members(context);
    this.#lacking = new PeerBuffer(context.limits.heldBlocksMax, context.limits.heldPerPeerMax);
  }

  /** Signs and sends for the engine, which gets its own message as an input. @returns `null` if nothing was sent. */
  send(
    context: PluginContext,
    effect: SendEffect,
    deliver: (input: Input<unknown>) => void,
  ): Awaitable<Repeatable | null> {
    const { payload, guard } = effect;
    const author = context.signer?.self ?? '';
    const unsigned: SignedMessage = { author, payload, signature: new Uint8Array() };
    const artefact = { kind: 'message', message: unsigned } as const;
    return whenDone(signGuarded(context, { domain: MESSAGE_DOMAIN, data: payload, guard, artefact }), (signed) => {
      if (signed === null) return null;
      // After a conflict the message that was signed earlier goes out in place of this one (contract H-27).
      const message: SignedMessage = { author, payload: signed.data, signature: signed.signature };
      const attached = effect.blockId === undefined ? undefined : this.#find(effect.blockId);
      return whenDone(attached, (block) => this.#sendSigned(context, effect, { message, block, deliver }));
    });
  }

  #sendSigned(
    { net, active, branches }: PluginContext,
    { payload, guard, to }: SendEffect,
    { message, block: attached, deliver }: Outgoing,
  ): Awaitable<Repeatable> {
    const height = branches.head.tip.header.height + 1;
    const block = attached?.bytes ?? new Uint8Array();
    const again = () => {
      // Receivers drop what is far from their head, and the chain may have grown since it was signed.
      const next = branches.head.tip.header.height + 1;
      const bytes = encodeEnvelope({ era: active.era, protocol: active.protocol, height: next, message, block });
      net.send(this.#peerOf(to), MESSAGES_CHANNEL, bytes);
    };
    again();
    return whenDone(this.#desk.observeMessage(active, message, height), () => {
      deliver({ kind: 'messageReceived', from: net.self, message, ...(attached && { header: attached.header }) });
      return { lane: guard?.lane ?? `unguarded/${toHex(this.#context.crypto.sha256(payload))}`, again };
    });
  }

  /**
   * Checks a message from a peer; nothing unauthenticated reaches an engine (contract H-11), and nothing of the era
   * before does: it may only convict its author (contract H-38).
   */
  receive(from: PeerId, bytes: Bytes, deliver: DeliverTo): Awaitable<MessageOutcome> {
    const { limits, crypto, eras } = this.#context;
    if (!this.#context.isRunning()) return 'ignore';
    const envelope = crypto.recall(`envelope/${limits.blockBytesMax}`, bytes, () =>
      tryDecode(() => decodeEnvelope(bytes, limits.blockBytesMax)),
    );
    if (envelope === undefined) return 'reject';
    const active = eras.find(envelope.era, envelope.protocol);
    const running = this.#runningEra();
    if (this.#isAhead(envelope, running)) this.#observer.onAhead(from);
    if (active === undefined || !this.#isTimely(envelope, running)) return 'ignore';
    const hash = byteStringOf(crypto.sha256(bytes));
    const now = this.#context.now();
    if (this.#duplicates.has(hash, now)) return this.#hearAgain(hash, from);
    const { height, message } = envelope;
    const isStranger = this.#isStranger(message.author);
    if (!this.#quotaOf(active.era).take(from, height, message.author, { now, isStranger })) return 'ignore';
    const claims = claimsOf(active, envelope.message);
    const checked = this.#context.claims.run(from, claims.length, () => {
      this.#duplicates.add(hash, this.#context.now());
      return crypto.verify(active.scope, claims);
    });
    return whenDone(checked, (result) => {
      if (result === null || !this.#context.isRunning()) return 'ignore';
      if (result.kind === 'invalid') return 'reject';
      return whenDone(this.#desk.observeMessage(active, envelope.message, envelope.height), () =>
        active.era === running.index ? this.#deliver(active, envelope, { hash, from, deliver }) : 'accept',
      );
    });
  }

  #deliver(active: ActivePlugin, envelope: Envelope, { hash, from, deliver }: Delivery): Awaitable<MessageOutcome> {
    return whenDone(this.#holdAttached(envelope, hash, from), (header) => {
      if (header === null) return 'reject';
      const { message } = envelope;
      const isTaken = deliver(active, { kind: 'messageReceived', from, message, ...(header && { header }) });
      if (!isTaken) this.#duplicates.forget(hash);
      return 'accept';
    });
  }

  /** No news; but a question that nobody answered is asked again, since its author repeats it for a reason. */
  #hearAgain(hash: string, from: PeerId): Awaitable<MessageOutcome> {
    const parentId = this.#lacking.size === 0 ? undefined : this.#lacking.get(hash);
    if (parentId === undefined) return 'ignore';
    return whenDone(this.#isHere(parentId), (isHere) => {
      if (isHere) this.#lacking.delete(hash);
      else this.#observer.onMissing(parentId, from);
      return 'ignore';
    });
  }

  usage(): readonly BufferUsage[] {
    const { index } = this.#runningEra();
    const quotas = [...this.#quotas].flatMap(([era, quota]) => quota.usage(era === index ? 'messages' : 'oldMessages'));
    const lacking = this.#lacking.usage('lackingParents');
    return [
      ...this.#duplicates.usage(),
      ...lacking,
      { name: 'messageEras', count: this.#quotas.size, max: ERAS_MAX },
      ...quotas,
    ];
  }

  /** Forgets counters below the window. */
  prune(headHeight: number): void {
    if (!this.#hasQuotas) return;
    const { index } = this.#runningEra();
    for (const [era, quota] of this.#quotas) {
      if (era === index) quota.prune(headHeight);
      else if (era < index - 1) this.#quotas.delete(era);
    }
  }

  /** Where nobody has a say, anybody may. Who had one in the era before is not known any more. */
  #isStranger(author: ActorId): boolean {
    const members = this.#members.current();
    return members.size > 0 && !members.has(author);
  }

  #runningEra(): ActiveEra {
    return this.#context.eras.at(this.#context.branches.head.tip.header.height + 1);
  }

  #quotaOf(era: EraIndex): MessageQuota {
    const quota = this.#quotas.get(era) ?? new MessageQuota(this.#context.limits);
    this.#quotas.set(era, quota);
    this.#hasQuotas = true;
    return quota;
  }

  #isAhead({ era, height }: Envelope, running: ActiveEra): boolean {
    return era >= running.index && height > this.#context.branches.head.tip.header.height + HEIGHTS_APART_MAX;
  }

  #isTimely({ era, height }: Envelope, running: ActiveEra): boolean {
    const head = this.#context.branches.head.tip.header.height;
    if (era === running.index) return MessageQuota.isWithinWindow(height, head);
    // Of the era before only what concerns its end, and only while evidence of it is accepted (contract H-32).
    const isRecent = era === running.index - 1 && head < running.fromHeight + EVIDENCE_WINDOW_BLOCKS;
    return isRecent && Math.abs(height - running.fromHeight) <= LIMITS.futureHeights;
  }

  #isHere(id: BlockId): Awaitable<boolean> {
    const { branches, chain } = this.#context;
    if (branches.tree.get(id) !== undefined) return true;
    return whenDone(chain.read({ kind: 'id', id }), (stored) => stored !== null);
  }

  #find(id: BlockId): Awaitable<Block | undefined> {
    return this.#held.get(id) ?? whenDone(this.#context.chain.read({ kind: 'id', id }), (stored) => stored?.block);
  }

  /** @returns Header of the attached block, `undefined` if there is none, `null` if it cannot be decoded. */
  #holdAttached(envelope: Envelope, hash: string, from: PeerId): Awaitable<ConsensusHeader | undefined | null> {
    if (envelope.block.length === 0) return undefined;
    const block = this.#context.chain.decode(envelope.block, 'block');
    if (block === null) return null;
    const { crypto } = this.#context;
    const digest = crypto.recall('digest', envelope.block, () => byteStringOf(crypto.sha256(envelope.block)));
    this.#held.holdAttached(block, digest, from);
    const { parentId } = block.header;
    // Where voters wait for each other no further block shows them that one was lost, and they would wait for ever.
    return whenDone(this.#isHere(parentId), (isHere) => {
      if (!isHere) {
        this.#lacking.add(hash, parentId, from);
        this.#observer.onMissing(parentId, from);
      }
      return block.header;
    });
  }

  /** The port knows peers, not actors: a message for validators or an unknown actor's peer goes to all (contract H-13). */
  #peerOf(to: Recipient): PeerId | null {
    return to.kind === 'peer' ? to.peerId : null;
  }
}

/** What must hold for a message: its own signature, and those that it quotes (contract H-11). */
function claimsOf({ rules }: ActivePlugin, message: SignedMessage): readonly Claim[] {
  const { author, payload, signature } = message;
  const own: Claim = { kind: 'signature', signer: author, domain: MESSAGE_DOMAIN, data: payload, signature };
  return [own, ...(rules.messageClaims?.(message) ?? [])];
}
