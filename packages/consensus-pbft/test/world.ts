import { createHash, type Hash } from 'node:crypto';
import {
  type ActorId,
  type Bytes,
  type ConsensusEngine,
  type ConsensusHeader,
  type ConsensusRules,
  compareBytes,
  compareSequences,
  type Effect,
  type Fact,
  type Guard,
  type Input,
  type SignedMessage,
  type Tip,
  type Validator,
} from '@fiducia/consensus';
import { createRandomStream, type RandomStream } from '@fiducia/simulator';
import { type PbftConfig, type PbftState, pbft } from '../src/index.ts';
import { decodeMessage, decodeSeals, encodeMessage, type PbftMessage } from '../src/message.ts';
import {
  CONTEXT,
  configOf,
  GENESIS,
  holds,
  nodeId,
  rulesOf,
  seats,
  sha256,
  signatureOf,
  startOf,
  T0,
  text,
} from './support.ts';

/**
 * A network of engines without hosts: messages are effects, time is virtual, one seed gives one run. It does
 * what the host contract asks of a host, and nothing else. Every honest node is watched: two of them on
 * different blocks of one height, or one that contradicts itself, end the run.
 */
export interface WorldOptions {
  readonly seed?: number;
  readonly validators?: readonly Validator[] | number;
  readonly config?: Partial<Record<keyof PbftConfig, unknown>>;
  readonly delayMs?: { readonly min: number; readonly max: number };
  readonly lossPermille?: number;
  /** Whether nodes pass on what they accept, as gossip networks do. */
  readonly gossips?: boolean;
  /** What a Byzantine node does in place of an effect; `true` means that nothing else is to be done. */
  readonly byzantine?: ReadonlyMap<number, Strategy>;
  /** Facts that the ledger of this world establishes in a block. */
  readonly facts?: (header: ConsensusHeader) => readonly Fact[];
  /** Nodes that follow with an identity of their own, without a seat. */
  readonly followers?: number;
  /** Seat whose key runs on a second machine, with guard records of its own. */
  readonly twinOf?: number;
  /** Gets a line for everything that happens. */
  readonly onLine?: (line: string) => void;
}

export type Strategy = (world: World, node: TestNode, effect: Effect) => boolean;

export interface Envelope {
  readonly message: SignedMessage;
  readonly header: ConsensusHeader | undefined;
}

interface GuardRecord {
  readonly sequence: readonly number[];
  readonly floors: Readonly<Record<string, number>>;
  readonly payload: Bytes;
}

interface LogLine {
  readonly height: number;
  readonly entry: Bytes;
  readonly block: ConsensusHeader | undefined;
}

interface Event {
  readonly at: number;
  readonly sequence: number;
  readonly run: () => void;
}

/** Thrown by `crashBefore`: the node dies at this effect. */
class Crash extends Error {}

const STICKY_GAPS = [1_000, 2_000, 4_000, 8_000];
const REQUEST_TIMEOUT_MS = 1_000;

export class TestNode {
  readonly id: ActorId;
  /** Its identity; that of a second machine with the same key has a prime. */
  readonly name: string;
  readonly world: World;
  readonly rules: ConsensusRules<PbftState>;
  /** Survives a crash. */
  readonly guards = new Map<string, GuardRecord>();
  log: LogLine[] = [];
  readonly chain: { readonly tip: Tip<PbftState>; readonly proof: Bytes }[] = [];
  isSigning = true;
  /** Does not. */
  engine: ConsensusEngine<PbftState> | undefined;
  readonly held = new Map<string, ConsensusHeader>();
  readonly #seen = new Set<string>();
  readonly #timers = new Map<string, number>();
  readonly #sticky = new Map<string, number>();
  readonly #cancelled = new Set<string>();
  readonly #conflicts = new Map<string, Bytes>();
  readonly #inputs: Input<PbftState>[] = [];
  #isPumping = false;
  #generation = 0;
  /** Ends the life of the node when it returns true, before the effect is carried out. */
  crashBefore: ((effect: Effect) => boolean) | undefined;

  constructor(world: World, id: ActorId, name: string = id) {
    this.world = world;
    this.id = id;
    this.name = name;
    this.rules = world.rules;
    this.chain.push({ tip: world.genesis, proof: new Uint8Array() });
  }

  get tip(): Tip<PbftState> {
    return this.chain.at(-1)?.tip ?? this.world.genesis;
  }

  get height(): number {
    return this.tip.header.height;
  }

  get isUp(): boolean {
    return this.engine !== undefined;
  }

  start(): void {
    const finalHeight = this.height;
    for (const { block, height } of this.log) if (block && height > finalHeight) this.held.set(block.id, block);
    this.engine = pbft().createEngine?.(this.world.config, this.rules, { ...CONTEXT, self: this.id });
    const log = this.log.filter(({ height }) => height > finalHeight).map(({ entry }) => entry);
    const effects = this.engine?.start(
      { head: this.tip, finalized: this.tip.header, log, entropy: new Uint8Array(32), behind: false },
      this.world.now,
    );
    this.world.line(this.name, `starts at height ${finalHeight} with ${log.length} entries in its log`);
    this.#carryOut(effects ?? []);
    this.#pump();
  }

  /** Loses everything but guard records, log and chain. */
  crash(): void {
    this.engine = undefined;
    this.#generation += 1;
    this.held.clear();
    this.#seen.clear();
    this.#timers.clear();
    this.#sticky.clear();
    this.#cancelled.clear();
    this.#inputs.length = 0;
    this.world.line(this.name, 'crashes');
  }

  deliver(input: Input<PbftState>): void {
    if (!this.isUp) return;
    this.#inputs.push(input);
    this.#pump();
  }

  /** Later, if the node is then the same that it is now. */
  later(delayMs: number, run: () => void): void {
    const generation = this.#generation;
    this.world.schedule(this.world.now + delayMs, () => {
      if (generation === this.#generation) run();
    });
  }

  receive(from: TestNode, { message, header }: Envelope): void {
    if (!this.isUp) return;
    const key = `${message.author}/${message.payload.join()}`;
    if (this.#seen.has(key)) return;
    const own = { kind: 'signature', signer: message.author, domain: 'message', data: message.payload } as const;
    const claims = [{ ...own, signature: message.signature }, ...(this.rules.messageClaims?.(message) ?? [])];
    this.#seen.add(key);
    if (!claims.every(holds)) {
      this.world.line(this.name, `drops ${this.world.describe(message.payload)} of ${message.author}: forged`);
      return;
    }
    this.#observe(message);
    if (header) this.held.set(header.id, header);
    if (this.world.gossips)
      this.world.broadcast(
        this,
        { message, header },
        this.world.nodes.filter((node) => node !== from),
      );
    this.deliver({ kind: 'messageReceived', from: from.id, message, ...(header && { header }) });
  }

  /** A block with its proof, from a peer or from the own engine. */
  importBlock(header: ConsensusHeader, proof: Bytes, from: TestNode): void {
    if (!this.isUp || header.height <= this.height) return;
    if (header.parentId !== this.tip.header.id) {
      const missing = this.height + 1;
      if (from === this || !this.world.isLinked(this, from) || !this.world.isLinked(from, this)) return;
      this.later(this.world.delay() + this.world.delay(), () => {
        for (const { tip, proof: known } of from.chain.filter(({ tip: { header: h } }) => h.height >= missing)) {
          if (tip.header.parentId === this.tip.header.id) this.importBlock(tip.header, known, from);
        }
      });
      return;
    }
    const verdict = this.rules.verifyHeader(header, this.tip, this.world.now);
    const { finality } = this.rules;
    if (verdict.kind !== 'accept' || finality.kind !== 'proof') return;
    const judged = finality.verifyProof(proof, header, this.tip);
    if (judged.kind !== 'accept' || !judged.claims.every(holds)) {
      const why = judged.kind === 'reject' ? judged.code : 'forged';
      this.world.line(this.name, `refuses ${this.world.label(header)} ${this.world.describeProof(proof)}: ${why}`);
      return;
    }
    const state = this.rules.applyHeader(this.tip.state, header, this.world.factsOf(header));
    this.chain.push({ tip: { header, state, totalWeight: BigInt(header.height) }, proof });
    this.world.onAdopted(this, header, from === this ? '' : ` ${this.world.describeProof(proof)}`);
    this.log = this.log.filter(({ height }) => height > header.height);
    this.#sticky.clear();
    if (from === this) this.world.broadcastBlock(this, header, proof);
    this.deliver({ kind: 'headChanged', head: this.tip });
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (let input = this.#inputs.shift(); input !== undefined && this.engine; input = this.#inputs.shift()) {
      if (input.kind === 'headChanged' && input.head.header.id !== this.tip.header.id) continue;
      this.#carryOut(this.engine.on(input, this.world.now));
    }
    this.#isPumping = false;
  }

  #carryOut(effects: readonly Effect[]): void {
    try {
      for (const effect of effects) {
        if (this.crashBefore?.(effect) === true) throw new Crash();
        const strategy = this.world.strategyOf(this);
        if (strategy?.(this.world, this, effect) === true) continue;
        this.perform(effect);
      }
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown;
      this.crashBefore = undefined;
      this.crash();
    }
  }

  perform(effect: Effect): void {
    switch (effect.kind) {
      case 'setTimer':
        this.#setTimer(effect);
        return;
      case 'persist': {
        const block = effect.blockId === undefined ? undefined : this.held.get(effect.blockId);
        this.log.push({ height: effect.height, entry: effect.entry, block });
        return;
      }
      case 'send':
        this.#send(effect);
        return;
      case 'publish':
        this.#publish(effect);
        return;
      case 'buildBlock':
        this.#build(effect);
        return;
      case 'validateBlock': {
        const { blockId } = effect;
        this.later(1, () => this.deliver({ kind: 'blockValidated', blockId, result: this.#validate(blockId) }));
        return;
      }
      case 'fetchBlock':
        this.#fetch(effect);
        return;
      case 'cancel':
        this.#cancelled.add(effect.requestId);
        return;
      case 'accuse': {
        const { evidence } = effect;
        const verdict = this.rules.verifyEvidence?.(evidence, this.tip.state, []);
        if (verdict?.kind !== 'accept' || !verdict.claims.every(holds)) throw new Error('accused without a proof');
        const what = evidence.kind === 'custom' ? evidence.id : evidence.kind;
        this.world.onEvidence(this, evidence.offender, `${evidence.offender}/${what}/${evidence.height}`);
        return;
      }
      case 'trace':
        this.world.line(this.name, `~ ${effect.event} ${formatData(effect.data ?? {})}`);
        return;
      default:
        throw new Error(`pbft never asks for ${effect.kind}`);
    }
  }

  #setTimer({ timerId, at }: Extract<Effect, { kind: 'setTimer' }>): void {
    if (at === null) {
      this.#timers.delete(timerId);
      return;
    }
    const ticket = this.world.ticket();
    this.#timers.set(timerId, ticket);
    this.later(Math.max(0, at - this.world.now), () => {
      if (this.#timers.get(timerId) !== ticket) return;
      this.#timers.delete(timerId);
      this.world.line(this.name, `timer ${timerId}`);
      this.deliver({ kind: 'timerElapsed', timerId });
    });
  }

  #send(effect: Extract<Effect, { kind: 'send' }>): void {
    const payload = effect.guard === undefined ? effect.payload : this.#guard(effect.guard, effect.payload);
    if (payload === undefined) return;
    const message = { author: this.id, payload, signature: signatureOf(this.id, payload) };
    const header = effect.blockId === undefined ? undefined : this.held.get(effect.blockId);
    this.world.onSigned(this, message);
    const envelope = { message, header };
    this.world.line(this.name, `sends ${this.world.describe(payload)}`);
    this.world.broadcast(this, envelope);
    this.deliver({ kind: 'messageReceived', from: this.id, message, ...(header && { header }) });
    if (effect.sticky) this.#repeat(effect.guard?.lane ?? 'unguarded', envelope, 0);
  }

  #repeat(lane: string, envelope: Envelope, count: number, ticket = this.world.ticket()): void {
    if (count === 0) this.#sticky.set(lane, ticket);
    this.later(STICKY_GAPS[Math.min(count, 3)] ?? 0, () => {
      if (this.#sticky.get(lane) !== ticket) return;
      this.world.broadcast(this, envelope);
      this.#repeat(lane, envelope, count + 1, ticket);
    });
  }

  /** The table of contract H-27. */
  #guard({ lane, sequence, floors = {} }: Guard, payload: Bytes): Bytes | undefined {
    if (!this.isSigning) {
      this.world.line(this.name, `refused to sign ${this.world.describe(payload)}: DISABLED`);
      return undefined;
    }
    const record = this.guards.get(lane);
    const order = record === undefined ? 1 : compareSequences(sequence, record.sequence);
    const isLower = Object.entries(record?.floors ?? {}).some(([name, floor]) => (floors[name] ?? floor) < floor);
    if (record !== undefined && order === 0) {
      if (compareBytes(record.payload, payload) !== 0)
        this.world.line(this.name, `repeats what it signed in lane ${lane}`);
      return record.payload;
    }
    if (order < 0 || isLower) {
      this.world.line(this.name, `refused to sign ${this.world.describe(payload)}: ${order < 0 ? 'STALE' : 'FLOOR'}`);
      return undefined;
    }
    this.guards.set(lane, { sequence, floors: { ...record?.floors, ...floors }, payload });
    return payload;
  }

  #publish({ blockId, sealing, proof }: Extract<Effect, { kind: 'publish' }>): void {
    const known = this.chain.find(({ tip }) => tip.header.id === blockId);
    if (known !== undefined) {
      this.world.broadcastBlock(this, known.tip.header, known.proof);
      return;
    }
    const header = this.held.get(blockId);
    if (header === undefined || sealing?.kind !== 'attach' || proof === undefined) return;
    this.world.line(this.name, `publishes ${this.world.label(header)} ${this.world.describeProof(proof)}`);
    this.importBlock(header, proof, this);
  }

  #build({ requestId, parentId, timestamp }: Extract<Effect, { kind: 'buildBlock' }>): void {
    const header = this.world.makeBlock(parentId, this.id, timestamp);
    this.later(1, () => {
      if (this.#cancelled.has(requestId)) return;
      this.held.set(header.id, header);
      this.deliver({ kind: 'blockBuilt', requestId, header });
    });
  }

  #fetch({ requestId, blockId, from }: Extract<Effect, { kind: 'fetchBlock' }>): void {
    const peer = this.world.nodes.find(({ id }) => id === from);
    const header = peer?.held.get(blockId);
    const isReached = peer !== undefined && this.world.isLinked(this, peer) && this.world.isLinked(peer, this);
    const answer = isReached && header ? header : null;
    this.later(answer ? this.world.delay() * 2 : REQUEST_TIMEOUT_MS, () => {
      if (this.#cancelled.has(requestId)) return;
      if (answer) this.held.set(answer.id, answer);
      this.deliver({ kind: 'blockFetched', requestId, header: answer });
    });
  }

  #validate(blockId: string): 'valid' | 'invalid' | 'unavailable' {
    const header = this.held.get(blockId);
    if (header === undefined || header.parentId !== this.tip.header.id) return 'unavailable';
    if (this.world.badBlocks.has(blockId)) return 'invalid';
    const verdict = this.rules.verifyHeader(header, this.tip, this.world.now);
    return verdict.kind === 'accept' ? 'valid' : 'invalid';
  }

  /** The equivocation index of contract H-29. */
  #observe(message: SignedMessage): void {
    const key = this.rules.conflictKey?.({ kind: 'message', message });
    if (key === undefined) return;
    const first = this.#conflicts.get(key);
    if (first === undefined) this.#conflicts.set(key, message.payload);
    else if (compareBytes(first, message.payload) !== 0) this.world.onEvidence(this, message.author, key);
  }
}

export class World {
  readonly config: PbftConfig;
  readonly rules: ConsensusRules<PbftState>;
  readonly genesis: Tip<PbftState>;
  readonly nodes: readonly TestNode[];
  readonly random: RandomStream;
  readonly adversary: RandomStream;
  readonly badBlocks = new Set<string>();
  /** Offenders that honest nodes found. */
  readonly offenders = new Set<ActorId>();
  /** Wire messages by kind; one per recipient. */
  readonly counts = new Map<string, number>();
  readonly factsOf: (header: ConsensusHeader) => readonly Fact[];
  readonly gossips: boolean;
  now = T0;
  /** Whether what the first sends reaches the second. */
  isLinked: (from: TestNode, to: TestNode) => boolean = () => true;
  /** Whether this message of the first gets lost on its way to the second. */
  isLost: (message: PbftMessage, from: TestNode, to: TestNode) => boolean = () => false;
  readonly #options: WorldOptions;
  readonly #events: Event[] = [];
  readonly #adopted = new Map<number, string>();
  readonly #signed = new Map<string, Bytes>();
  readonly #labels = new Map<string, string>();
  readonly #trace: Hash = createHash('sha256');
  #sequence = 0;
  #blocks = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    const { seed = 1, validators = 4, facts = () => [] } = options;
    this.config = configOf(options.config);
    this.rules = rulesOf(this.config);
    this.factsOf = facts;
    this.gossips = options.gossips ?? false;
    const set = typeof validators === 'number' ? seats(validators) : validators;
    this.genesis = { header: GENESIS, state: this.rules.initialState(startOf(set)), totalWeight: 0n };
    this.random = createRandomStream({ seed, label: 'network', sha256 });
    this.adversary = createRandomStream({ seed, label: 'adversary', sha256 });
    const count = set.length + (options.followers ?? 0);
    const ids = Array.from({ length: count }, (_, index) => set[index]?.id ?? nodeId(index));
    const twin = options.twinOf === undefined ? undefined : ids[options.twinOf];
    const seated = ids.map((id) => new TestNode(this, id));
    this.nodes = twin === undefined ? seated : [...seated, new TestNode(this, twin, `${twin}'`)];
  }

  get honest(): readonly TestNode[] {
    return this.nodes.filter((node) => this.strategyOf(node) === undefined);
  }

  node(index: number): TestNode {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`no node ${index}`);
    return node;
  }

  start(): this {
    for (const node of this.nodes) node.start();
    return this;
  }

  strategyOf(node: TestNode): Strategy | undefined {
    return this.#options.byzantine?.get(this.nodes.indexOf(node));
  }

  ticket(): number {
    return ++this.#sequence;
  }

  delay(): number {
    const { min, max } = this.#options.delayMs ?? { min: 10, max: 10 };
    return min === max ? min : this.random.integer(min, max);
  }

  schedule(at: number, run: () => void): void {
    push(this.#events, { at, sequence: this.ticket(), run });
  }

  /** Runs until a moment, or until something holds. @returns whether it holds. */
  runUntil(at: number, done: () => boolean = () => false): boolean {
    while (!done()) {
      const next = this.#events[0];
      if (next === undefined || next.at > at) {
        this.now = Math.max(this.now, at);
        return done();
      }
      pop(this.#events);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    return true;
  }

  runFor(durationMs: number, done?: () => boolean): boolean {
    return this.runUntil(this.now + durationMs, done);
  }

  /** Least height of the honest nodes that are up. */
  height(): number {
    return Math.min(...this.honest.filter(({ isUp }) => isUp).map(({ height }) => height));
  }

  makeBlock(
    parentId: string,
    author: ActorId,
    timestamp: number,
    name = String.fromCharCode(97 + (this.#blocks++ % 26)),
    parent = this.nodes.map(({ tip }) => tip.header).find(({ id }) => id === parentId) ?? GENESIS,
  ): ConsensusHeader {
    const sealHash = sha256(text(`${parentId}/${author}/${timestamp}/${this.#blocks}/${name}`));
    const height = parent.height + 1;
    const id = Buffer.from(sealHash).toString('hex');
    this.#labels.set(id, `${height}${name}`);
    return {
      id,
      parentId,
      height,
      timestamp,
      author,
      protocol: 'pbft@1',
      digest: new Uint8Array(),
      sealHash,
      seal: new Uint8Array(),
    };
  }

  broadcast(from: TestNode, envelope: Envelope, to: readonly TestNode[] = this.nodes): void {
    const message = decodeMessage(envelope.message.payload);
    const kind = message?.kind ?? 'other';
    for (const node of to) {
      if (node === from) continue;
      if (message !== undefined && this.isLost(message, from, node)) continue;
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      this.#transmit(from, node, () => node.receive(from, envelope));
    }
  }

  /** Signs as a Byzantine node, without any guard, and sends to some. */
  sendAs(node: TestNode, message: PbftMessage | Bytes, to: readonly TestNode[], header?: ConsensusHeader): void {
    const payload = message instanceof Uint8Array ? message : encodeMessage(message);
    const signature = signatureOf(node.id, payload);
    const others = to.filter((other) => other !== node).map(({ name }) => shortOf(name));
    this.line(node.name, `sends ${this.describe(payload)} to ${others.join() || 'nobody'}`);
    this.broadcast(node, { message: { author: node.id, payload, signature }, header }, to);
  }

  broadcastBlock(from: TestNode, header: ConsensusHeader, proof: Bytes): void {
    for (const node of this.nodes) {
      if (node === from) continue;
      this.counts.set('newBlock', (this.counts.get('newBlock') ?? 0) + 1);
      this.#transmit(from, node, () => node.importBlock(header, proof, from));
    }
  }

  line(name: string, line: string): void {
    this.#trace.update(`${this.now} ${name} ${line}\n`);
    this.#options.onLine?.(`${String(this.now - T0).padStart(6)} ${name} ${line}`);
  }

  /** Hands a message to one node at once, whoever it is from. */
  inject(to: TestNode, message: SignedMessage, header?: ConsensusHeader): void {
    this.line(message.author, `tells ${to.name}: ${this.describe(message.payload)}`);
    to.receive(this.nodes.find(({ id }) => id === message.author) ?? to, { message, header });
  }

  traceHash(): string {
    return this.#trace.copy().digest('hex');
  }

  label({ id }: { readonly id: string }): string {
    return this.#labels.get(id) ?? id;
  }

  describe(payload: Bytes): string {
    return describeMessage(payload, (digest) => this.label({ id: Buffer.from(digest).toString('hex') }));
  }

  describeProof(proof: Bytes): string {
    const seals = decodeSeals(proof);
    if (seals === undefined) return 'with no readable seals';
    return `with COMMITs of round ${seals.round} by ${seals.signatures.map(({ author }) => shortOf(author)).join()}`;
  }

  /** simulation I1 */
  onAdopted(node: TestNode, header: ConsensusHeader, how: string): void {
    this.line(node.name, `adopts ${this.label(header)}${how}`);
    if (this.strategyOf(node) !== undefined) return;
    const known = this.#adopted.get(header.height);
    if (known !== undefined && known !== header.id) {
      throw new Error(`two final blocks at ${header.height}: ${known} and ${header.id}`);
    }
    this.#adopted.set(header.height, header.id);
  }

  /** simulation I5 */
  onSigned(node: TestNode, message: SignedMessage): void {
    if (this.strategyOf(node) !== undefined || this.isTwin(node)) return;
    const key = this.rules.conflictKey?.({ kind: 'message', message });
    if (key === undefined) return;
    const known = this.#signed.get(key);
    if (known !== undefined && compareBytes(known, message.payload) !== 0) throw new Error(`${key} was signed twice`);
    this.#signed.set(key, message.payload);
  }

  onEvidence(finder: TestNode, offender: ActorId, key: string): void {
    if (this.strategyOf(finder) !== undefined) return;
    this.line(finder.name, `has evidence: ${key}`);
    const node = this.nodes.find(({ id }) => id === offender);
    if (node !== undefined && this.strategyOf(node) === undefined && !this.isTwin(node)) {
      throw new Error(`${offender} is honest and accused of ${key}`);
    }
    this.offenders.add(offender);
  }

  /** Whether another node has the same key. */
  isTwin(node: TestNode): boolean {
    return this.nodes.filter(({ id }) => id === node.id).length > 1;
  }

  #transmit(from: TestNode, to: TestNode, deliver: () => void): void {
    const { lossPermille = 0 } = this.#options;
    const isLost = lossPermille > 0 && this.random.integer(0, 999) < lossPermille;
    const delayMs = this.delay();
    if (isLost || !this.isLinked(from, to)) return;
    this.schedule(this.now + delayMs, deliver);
  }
}

function describeMessage(payload: Bytes, label: (digest: Bytes) => string): string {
  const message = decodeMessage(payload);
  if (message === undefined) return 'garbage';
  const place = `${message.height}/${message.round}`;
  const claim = (prepared: { readonly round: number; readonly digest: Bytes } | null) =>
    prepared === null ? '-' : `${prepared.round}:${label(prepared.digest)}`;
  switch (message.kind) {
    case 'prepare':
    case 'commit':
      return `${message.kind.toUpperCase()} ${place} ${label(message.digest)}`;
    case 'roundChange':
      return `ROUND-CHANGE ${place} prepared ${claim(message.prepared)}`;
    case 'prepared': {
      const { digest, signatures } = message.certificate;
      return `PREPARED ${place} ${label(digest)} by ${signatures.map(({ author }) => shortOf(author)).join()}`;
    }
    case 'proposal': {
      const changes = message.roundChanges.map(({ author, prepared }) => `${shortOf(author)} ${claim(prepared)}`);
      const certificates = message.certificates.map(
        ({ round, digest, signatures }) =>
          `${round}:${label(digest)} by ${signatures.map(({ author }) => shortOf(author)).join()}`,
      );
      const because = [changes.join(', '), ...certificates].filter((part) => part !== '').join('; ');
      return `PROPOSAL ${place} ${label(message.digest)}${because === '' ? '' : ` because ${because}`}`;
    }
  }
}

const shortOf = (name: string): string => name.replace('node-', '');

function formatData(data: Readonly<Record<string, unknown>>): string {
  return Object.entries(data)
    .filter(([name]) => name !== 'block')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

function push(heap: Event[], event: Event): void {
  heap.push(event);
  for (let index = heap.length - 1; index > 0; ) {
    const parent = (index - 1) >>> 1;
    const [above, here] = [heap[parent], heap[index]];
    if (above === undefined || here === undefined || !isBefore(here, above)) return;
    heap[parent] = here;
    heap[index] = above;
    index = parent;
  }
}

function pop(heap: Event[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let index = 0; ; ) {
    const left = 2 * index + 1;
    const right = left + 1;
    let least = index;
    for (const child of [left, right]) {
      const [candidate, best] = [heap[child], heap[least]];
      if (candidate !== undefined && best !== undefined && isBefore(candidate, best)) least = child;
    }
    if (least === index) return;
    const [a, b] = [heap[index], heap[least]];
    if (a === undefined || b === undefined) return;
    heap[index] = b;
    heap[least] = a;
    index = least;
  }
}
