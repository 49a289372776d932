/**
 * What each effect of an engine makes the host do.
 *
 * @module
 */
import {
  type BufferUsage,
  ByteReader,
  type Effect,
  type Input,
  LIMITS,
  type Millis,
  type RequestId,
  VRF_DOMAIN,
} from '@fiducia/consensus';
import type { Awaitable, Block } from '@fiducia/consensus/ports';
import { afterReactions, whenDone, whenFailed } from '../awaitable.ts';
import type { PluginContext } from '../context.ts';
import { directivesFor } from '../era/apply.ts';
import { pluginDefect } from '../era/guarded-rules.ts';
import { assertInvariant } from '../errors.ts';
import type { EvidenceDesk } from '../evidence/desk.ts';
import type { BlockFetcher } from '../import/fetcher.ts';
import type { HeldBlocks } from '../import/held.ts';
import type { BlockImporter } from '../import/importer.ts';
import type { Lane } from '../import/lane.ts';
import type { MessageExchange } from '../messages/exchange.ts';
import { groundOf } from '../tree/block-tree.ts';
import type { Certificates } from './certificates.ts';
import type { Publisher } from './publisher.ts';
import { type OpenRequest, OpenRequests } from './requests.ts';
import { StickyMessages, type StickyUntil } from './sticky.ts';
import { Timers } from './timers.ts';

/** Parts of the host that effects reach. */
export interface EffectServices {
  readonly lane: Lane;
  readonly importer: BlockImporter;
  readonly fetcher: BlockFetcher;
  readonly held: HeldBlocks;
  readonly desk: EvidenceDesk;
  readonly messages: MessageExchange;
  readonly publisher: Publisher;
  readonly certificates: Certificates;
}

type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>;
type Deliver = (input: Input<unknown>, isCurrent?: () => boolean) => void;

/** Carries out the effects of one engine; timers, sticky messages and requests end with `stop`. */
export class EffectPerformer {
  readonly #context: PluginContext;
  readonly #services: EffectServices;
  readonly #deliver: Deliver;
  readonly #timers: Timers;
  readonly #requests = new OpenRequests();
  readonly #sticky: StickyMessages;

  constructor(context: PluginContext, services: EffectServices, deliver: Deliver) {
    this.#context = context;
    this.#services = services;
    this.#deliver = deliver;
    this.#timers = new Timers(context.clock, (timerId, isCurrent) => {
      deliver({ kind: 'timerElapsed', timerId }, isCurrent);
    });
    this.#sticky = new StickyMessages(context.clock, () => context.now());
  }

  /** Carries out one effect; what is returned covers what later effects must wait for. */
  perform(effect: Effect): Awaitable<void> {
    switch (effect.kind) {
      case 'setTimer':
        return this.#setTimer(effect);
      case 'cancel':
        return this.#requests.cancel(effect.requestId);
      case 'buildBlock':
        return this.#build(effect);
      case 'validateBlock':
        return this.#validate(effect);
      case 'mine':
        return this.#mine(effect);
      case 'proveVrf':
        return this.#proveVrf(effect);
      case 'fetchBlock':
        return this.#fetch(effect);
      case 'send':
        return this.#send(effect);
      case 'publish':
        return this.#services.publisher.publish(effect);
      case 'offerCertificate':
        return this.#services.certificates.offer(this.#context.active, effect.certificate);
      case 'persist':
        return this.#persist(effect);
      case 'accuse':
        return this.#accuse(effect);
      case 'penalisePeer':
        return this.#context.net.penalise(effect.peerId, effect.code);
      case 'trace':
        return this.#context.events.emit('trace', { source: 'plugin', event: effect.event, data: effect.data ?? {} });
      default:
        return this.#refuse(effect);
    }
  }

  usage(): readonly BufferUsage[] {
    return [...this.#timers.usage(), ...this.#requests.usage(), ...this.#sticky.usage()];
  }

  /** Ends sticky messages that were to last until this event. */
  endSticky(event: StickyUntil): void {
    this.#sticky.end(event);
  }

  stop(): void {
    this.#timers.clear();
    this.#requests.clear();
    this.#sticky.clear();
  }

  /** What the compiler rules out a plugin without one may still return; ignoring it would hide the defect. */
  #refuse(effect: never): never {
    throw pluginDefect(this.#context.active.protocol, 'effect', `unknown kind ${(effect as Effect).kind}`);
  }

  #setTimer(effect: EffectOf<'setTimer'>): void {
    this.#requireTime(effect, effect.at ?? 0);
    this.#limit(effect, this.#timers.set(effect.timerId, effect.at));
  }

  /** Clocks answer to a time that is no number with silence or at once. */
  #requireTime(effect: Effect, at: Millis): void {
    if (Number.isSafeInteger(at)) return;
    throw pluginDefect(this.#context.active.protocol, effect.kind, `${at} is no time`);
  }

  #build(effect: EffectOf<'buildBlock'>): void {
    const { requestId, deadline } = effect;
    this.#requireTime(effect, deadline);
    const request = this.#open(effect, requestId);
    const answer = (block: Block | null) => {
      cancelDeadline();
      if (block !== null) this.#services.held.hold(block);
      this.#deliver({ kind: 'blockBuilt', requestId, header: block?.header ?? null }, request.close);
    };
    const cancelDeadline = this.#context.clock.schedule(deadline, () => answer(null));
    request.onCancel(cancelDeadline);
    const { lane } = this.#services;
    this.#inBackground(() =>
      whenDone(
        lane.run('own', () => afterReactions(this.#buildNow(effect, request))),
        answer,
      ),
    );
  }

  #buildNow(effect: EffectOf<'buildBlock'>, request: OpenRequest): Awaitable<Block | null> {
    const { signer, branches, eras, active, chain, events } = this.#context;
    const { parentId, timestamp, digest, deadline } = effect;
    if (request.isCancelled || !this.#context.isRunning() || this.#context.now() > deadline) return null;
    const { protocol } = active;
    if (digest.length > LIMITS.digestBytes) throw pluginDefect(protocol, 'buildBlock', 'digest too long');
    const parent = branches.tree.get(parentId);
    if (signer === null || parent === undefined) {
      events.trace('BUILD_IMPOSSIBLE', { parentId, signer: signer !== null });
      return null;
    }
    const height = parent.tip.header.height + 1;
    const era = eras.at(height);
    const barrier = eras.barrierAt(height, parent.announced);
    if (barrier !== null || era.production !== active) {
      events.trace('BUILD_BARRED', { parentId, code: barrier ?? 'WRONG_ERA' });
      return null;
    }
    const author = signer.self;
    const context = { parentId, height, timestamp, author, protocol, digest };
    const evidence = this.#services.desk.select(parent);
    return chain.build({
      parentId,
      timestamp,
      author,
      protocol,
      digest,
      directives: directivesFor(era, groundOf(parent), context, evidence),
      evidence,
      certificates: this.#services.certificates.select(era, parent),
      deadline,
    });
  }

  #validate(effect: EffectOf<'validateBlock'>): void {
    const { blockId } = effect;
    const request = this.#open(effect, `validate/${blockId}`);
    const answer = (result: 'valid' | 'invalid' | 'unavailable') =>
      this.#deliver({ kind: 'blockValidated', blockId, result }, request.close);
    const { lane, importer, held } = this.#services;
    this.#inBackground(() => {
      if (this.#context.branches.tree.get(blockId) !== undefined) return answer('valid');
      const copies = held.copiesOf(blockId);
      const [block] = copies;
      if (block === undefined) return answer('unavailable');
      // What the engine asks about, it may want to send or publish: no peer shall push it out by then.
      held.hold(block);
      return whenDone(
        lane.run('own', () => (copies.length === 1 ? importer.validate(block) : this.#validateOneOf(copies))),
        answer,
      );
    });
  }

  /** Copies with another body have the same identity where that does not cover it; the valid one is kept. */
  async #validateOneOf(copies: readonly Block[]): Promise<'valid' | 'invalid' | 'unavailable'> {
    const { importer, held } = this.#services;
    let verdict: 'invalid' | 'unavailable' = 'invalid';
    for (const block of copies) {
      const result = await importer.validate(block);
      if (result === 'valid') {
        held.hold(block);
        return result;
      }
      if (result === 'unavailable') verdict = result;
    }
    return verdict;
  }

  #mine(effect: EffectOf<'mine'>): void {
    const { requestId, blockId, algorithm, target } = effect;
    const request = this.#open(effect, requestId);
    const block = this.#services.held.get(blockId);
    if (block === undefined) {
      request.close();
      this.#context.events.trace('MINE_UNKNOWN_BLOCK', { blockId });
      return;
    }
    const task = { algorithm, data: block.header.sealHash, target, startNonce: this.#startNonce() };
    this.#inBackground(() =>
      this.#context.crypto.mine(task, request.signal).then((seal) => {
        if (seal === null) request.close();
        else this.#deliver({ kind: 'mined', requestId, blockId, seal }, request.close);
      }),
    );
  }

  /** Nodes search different nonces. */
  #startNonce(): bigint {
    // Not through a view: the buffer behind a short array is made when somebody asks for it, at the price of a hash.
    const entropy = new ByteReader(this.#context.clock.entropy(), 'entropy');
    return (BigInt(entropy.uint(4)) << 32n) | BigInt(entropy.uint(4));
  }

  #proveVrf(effect: EffectOf<'proveVrf'>): void {
    const { requestId, alpha } = effect;
    const request = this.#open(effect, requestId);
    const { signer, active, events } = this.#context;
    if (signer === null) {
      request.close();
      events.trace('SIGNER_MISSING', { domain: VRF_DOMAIN });
      return;
    }
    this.#inBackground(() =>
      whenDone(signer.proveVrf(active.scope, alpha), ({ output, proof }) =>
        this.#deliver({ kind: 'vrfProved', requestId, output, proof }, request.close),
      ),
    );
  }

  #fetch(effect: EffectOf<'fetchBlock'>): void {
    const { requestId, blockId, from } = effect;
    const request = this.#open(effect, requestId);
    this.#inBackground(async () => {
      const fetched = await this.#services.fetcher.fetch(blockId, from ?? null);
      if (fetched !== null) this.#services.held.hold(fetched.block);
      this.#deliver({ kind: 'blockFetched', requestId, header: fetched?.block.header ?? null }, request.close);
    });
  }

  #send(effect: EffectOf<'send'>): Awaitable<void> {
    const { protocol } = this.#context.active;
    if (effect.payload.length > LIMITS.messageBytes) throw pluginDefect(protocol, 'send', 'payload too long');
    return whenDone(this.#services.messages.send(this.#context, effect, this.#deliver), (repeat) => {
      if (repeat === null || effect.sticky === undefined || !this.#context.isCurrent()) return;
      const again = () => this.#inBackground(() => repeat.again());
      this.#limit(effect, this.#sticky.keep(repeat.lane, effect.sticky, again));
    });
  }

  #persist(effect: EffectOf<'persist'>): Awaitable<void> {
    const { active, log, events } = this.#context;
    const { era, protocol } = active;
    if (effect.entry.length > LIMITS.logEntryBytes) throw pluginDefect(protocol, 'persist', 'entry too long');
    const { height, entry: bytes, blockId } = effect;
    const block = blockId === undefined ? undefined : this.#services.held.get(blockId);
    if (blockId !== undefined && block === undefined) events.trace('PERSIST_UNKNOWN_BLOCK', { blockId });
    return log.append({ era, protocol, height, bytes, ...(block && { block: block.bytes }) });
  }

  #accuse(effect: EffectOf<'accuse'>): void {
    this.#inBackground(async () => {
      const result = await this.#services.desk.submit(effect.evidence);
      if (result.kind === 'rejected') this.#context.events.trace('ACCUSATION_REJECTED', { code: result.code });
    });
  }

  #open(effect: Effect, id: RequestId): OpenRequest {
    const request = this.#requests.open(id);
    this.#limit(effect, request !== null);
    assertInvariant(request !== null, 'the limit was checked');
    return request;
  }

  /** A plugin that exceeds a limit of the contract has a bug and stops the node. */
  #limit(effect: Effect, withinLimit: boolean): void {
    if (!withinLimit) throw pluginDefect(this.#context.active.protocol, effect.kind, 'too many open at once');
  }

  #inBackground(work: () => Awaitable<void>): void {
    void whenFailed(work, (thrown) => this.#context.fault(thrown));
  }
}
