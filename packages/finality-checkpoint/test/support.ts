import { createHash } from 'node:crypto';
import {
  type Bytes,
  type Claim,
  type ConsensusEngine,
  type ConsensusHeader,
  type ConsensusRules,
  compareBytes,
  compareSequences,
  type Effect,
  type EngineContext,
  type Evidence,
  type Fact,
  type Guard,
  MESSAGE_DOMAIN,
  type SignedMessage,
  type Tip,
  type Validator,
} from '@fiducia/consensus';
import { createStubCrypto, type StubIdentity } from '@fiducia/simulator';
import {
  type Certificate,
  type Checkpoint,
  type CheckpointConfig,
  type CheckpointState,
  checkpointFinality,
  encodeVote,
  type Link,
} from '../src/index.ts';

export const sha256 = (data: Bytes): Bytes => new Uint8Array(createHash('sha256').update(data).digest());
export const text = (value: string): Bytes => new TextEncoder().encode(value);

export const CHAIN_ID = sha256(text('fiducia-test-chain'));
export const SCOPE = { chainId: CHAIN_ID, era: 0, protocol: 'checkpoint@1' } as const;
export const CONTEXT = { ...SCOPE, sha256 } as const;
export const EMPTY = new Uint8Array();

const crypto = createStubCrypto({ sha256 });

/** Members `0`, `1`, …: their ids sort as their numbers do, so that places and names agree. */
export class Member {
  readonly name: string;
  readonly id: string;
  readonly #identity: StubIdentity;

  constructor(name: string) {
    this.name = name;
    this.id = `member-${name.padStart(3, '0')}`;
    this.#identity = crypto.identity(this.id);
  }

  sign(data: Bytes, scope: { chainId: Bytes; era: number; protocol: `${string}@${number}` } = SCOPE): Bytes {
    return this.#identity.sign(scope, MESSAGE_DOMAIN, data);
  }
}

const MEMBERS = new Map<string, Member>();

export function member(name: string | number): Member {
  const known = MEMBERS.get(String(name)) ?? new Member(String(name));
  MEMBERS.set(String(name), known);
  return known;
}

export const memberId = (name: string | number): string => member(name).id;
export const nameOfMember = (id: string): string => String(Number(id.slice('member-'.length)));

export const validators = (...names: readonly (string | number)[]): readonly Validator[] =>
  names.map((name) => ({ id: memberId(name), weight: 1n }));

/** Whether every claim holds; the stand-in signatures can be made again by anybody. */
export function holds(claims: readonly Claim[]): boolean {
  return claims.every((claim) => {
    if (claim.kind !== 'signature') return false;
    return compareBytes(member(nameOfMember(claim.signer)).sign(claim.data), claim.signature) === 0;
  });
}

export function configOf(raw: Record<string, unknown> = {}): CheckpointConfig {
  return checkpointFinality().parseConfig({ every: 1, delay: 0, ...raw });
}

export function rulesOf(config: CheckpointConfig): ConsensusRules<CheckpointState> {
  return checkpointFinality().createRules(config, CONTEXT);
}

export function headerOf(name: string, parent: ConsensusHeader | null): ConsensusHeader {
  const sealHash = sha256(text(name));
  return {
    id: name,
    parentId: parent?.id ?? '',
    height: parent === null ? 0 : parent.height + 1,
    timestamp: parent === null ? 1_000 : parent.timestamp + 1_000,
    author: 'producer',
    protocol: 'chain@1',
    digest: EMPTY,
    sealHash,
    seal: EMPTY,
  };
}

/** What a block brings besides its place. */
export interface BlockBody {
  readonly certificates?: readonly Bytes[];
  readonly evidence?: readonly Evidence[];
  readonly validators?: readonly Validator[];
}

export interface TestBlock extends BlockBody {
  readonly header: ConsensusHeader;
  readonly parent: TestBlock | null;
}

export function factsOf({ certificates = [], evidence = [], validators: named }: BlockBody): readonly Fact[] {
  return [
    ...evidence.map((item): Fact => ({ kind: 'evidence', evidence: item })),
    ...certificates.map((data): Fact => ({ kind: 'certificate', certificate: { protocol: SCOPE.protocol, data } })),
    ...(named === undefined ? [] : [{ kind: 'validators', validators: named } as const]),
  ];
}

/** What a guard does not do any more in a mutated run. */
export type GuardFault = 'target' | 'source';

interface GuardRecord {
  readonly guard: Guard;
  readonly payload: Bytes;
}

/** The table of contract H-27 for one key. */
export class TestGuard {
  record: GuardRecord | undefined;
  readonly refused: string[] = [];
  readonly #fault: GuardFault | undefined;

  constructor(fault?: GuardFault) {
    this.#fault = fault;
  }

  /** @returns The bytes to send, or `undefined` if nothing may be sent. */
  sign(payload: Bytes, guard: Guard): Bytes | undefined {
    const { record } = this;
    if (record !== undefined) {
      const order = this.#fault === 'target' ? 1 : compareSequences(guard.sequence, record.guard.sequence);
      const isLower = (guard.floors?.source ?? 0) < (record.guard.floors?.source ?? 0);
      if (order < 0) return this.#refuse('target');
      if (order === 0) return record.payload;
      if (isLower && this.#fault !== 'source') return this.#refuse('source');
    }
    this.record = { guard, payload };
    return payload;
  }

  #refuse(mark: string): undefined {
    this.refused.push(mark);
  }
}

/** One node: real rules, a real engine, a scripted surrounding. */
export class TestNode {
  readonly name: string;
  readonly id: string;
  readonly rules: ConsensusRules<CheckpointState>;
  readonly tips = new Map<string, Tip<CheckpointState>>();
  readonly finals: string[] = [];
  readonly traces: { event: string; data: Readonly<Record<string, unknown>> }[] = [];
  readonly evidence: Evidence[] = [];
  readonly proofs = new Map<string, Bytes>();
  readonly sent: SignedMessage[] = [];
  guard: TestGuard;
  log: Bytes[] = [];
  head: Tip<CheckpointState>;
  #engine: ConsensusEngine<CheckpointState>;
  #offers: Bytes[] = [];
  readonly #world: World;
  #seen = new Map<string, SignedMessage>();

  constructor(world: World, name: string, guard: TestGuard) {
    this.#world = world;
    this.name = name;
    this.id = memberId(name);
    this.guard = guard;
    this.rules = world.plugin.createRules(world.config, CONTEXT);
    const state = this.rules.initialState({
      era: 0,
      parent: world.genesis.header,
      handover: { validators: world.validators, randomness: CHAIN_ID, extra: new Map() },
      census: [],
    });
    this.head = { header: world.genesis.header, state, totalWeight: 0n };
    this.tips.set(world.genesis.header.id, this.head);
    this.#engine = this.#createEngine();
  }

  get final(): string {
    return this.finals.at(-1) ?? this.#world.genesis.header.id;
  }

  start(): void {
    const finalized = this.#world.genesis.header;
    this.#perform(this.#engine.start({ head: this.head, finalized, log: this.log, entropy: EMPTY, behind: false }, 0));
  }

  /** Imports a block whose ancestors it has; what is invalid is refused with a code. */
  receiveBlock(block: TestBlock): string {
    const { header } = block;
    if (this.tips.has(header.id)) return 'known';
    const parent = this.tips.get(header.parentId);
    if (parent === undefined) return 'orphan';
    for (const data of block.certificates ?? []) {
      const verdict = this.rules.verifyCertificate?.(data, parent);
      if (verdict?.kind !== 'accept') return verdict?.kind === 'reject' ? verdict.code : 'unsupported';
      if (!holds(verdict.claims)) return 'CERTIFICATE_FORGED';
    }
    for (const evidence of block.evidence ?? []) {
      const verdict = this.#judge(evidence, parent);
      if (verdict !== undefined) return verdict;
    }
    const state = this.rules.applyHeader(parent.state, header, factsOf(block));
    const tip = { header, state, totalWeight: parent.totalWeight + 1n };
    this.tips.set(header.id, tip);
    if (!this.#descendsFromFinal(tip) || !this.#isBetter(tip)) return 'stored';
    this.head = tip;
    this.#perform(this.#engine.on({ kind: 'headChanged', head: tip }, 0));
    return 'adopted';
  }

  /** Imports a branch that ends in `block`, reporting only its last block as head. */
  receiveBranch(block: TestBlock): string {
    const branch: TestBlock[] = [];
    for (let at: TestBlock | null = block; at !== null && !this.tips.has(at.header.id); at = at.parent)
      branch.unshift(at);
    const engine = this.#engine;
    this.#engine = { start: () => [], on: () => [] };
    for (const ancestor of branch.slice(0, -1)) this.receiveBlock(ancestor);
    this.#engine = engine;
    return this.receiveBlock(block);
  }

  receive(message: SignedMessage): void {
    const quoted = this.rules.messageClaims?.(message) ?? [];
    const own: Claim = {
      kind: 'signature',
      signer: message.author,
      domain: MESSAGE_DOMAIN,
      data: message.payload,
      signature: message.signature,
    };
    if (!holds([own, ...quoted])) return;
    this.#indexConflict(message);
    this.#perform(this.#engine.on({ kind: 'messageReceived', from: message.author, message }, 0));
  }

  /** What a builder puts into a child of `parent`. */
  body(parentId: string): BlockBody {
    const parent = this.tips.get(parentId);
    if (parent === undefined) throw new Error(`${this.name} does not know ${parentId}`);
    const certificates = this.#offers.filter((data) => this.rules.verifyCertificate?.(data, parent).kind === 'accept');
    const evidence = this.evidence.filter((item) => this.#judge(item, parent) === undefined);
    return { certificates: certificates.slice(-1), evidence };
  }

  #createEngine(): ConsensusEngine<CheckpointState> {
    const context: EngineContext = { ...CONTEXT, self: this.id };
    const engine = this.#world.plugin.createEngine?.(this.#world.config, this.rules, context);
    if (engine === undefined) throw new Error('no engine');
    return engine;
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) this.#performOne(effect);
  }

  #performOne(effect: Effect): void {
    switch (effect.kind) {
      case 'trace':
        this.traces.push({ event: effect.event, data: effect.data ?? {} });
        return;
      case 'persist':
        this.log.push(effect.entry);
        return;
      case 'send':
        this.#send(effect);
        return;
      case 'offerCertificate':
        this.#offers = [...this.#offers, effect.certificate].slice(-4);
        return;
      case 'publish':
        this.#finalise(effect.blockId, effect.proof ?? EMPTY);
        return;
      case 'accuse': {
        const fault = this.#judge(effect.evidence, this.head);
        if (fault === undefined) this.evidence.push(effect.evidence);
        return;
      }
      default:
        throw new Error(`a gadget never asks for ${effect.kind}`);
    }
  }

  #send(effect: Extract<Effect, { kind: 'send' }>): void {
    const payload = effect.guard === undefined ? effect.payload : this.guard.sign(effect.payload, effect.guard);
    if (payload === undefined) return;
    const message = { author: this.id, payload, signature: member(this.name).sign(payload) };
    this.sent.push(message);
    this.receive(message);
    this.#world.send(this.name, message);
  }

  #finalise(id: string, proof: Bytes): void {
    const tip = this.tips.get(id);
    const parent = this.tips.get(tip?.header.parentId ?? '');
    if (tip === undefined || parent === undefined) throw new Error(`${this.name} finalises a block it does not have`);
    const { finality } = this.rules;
    if (finality.kind !== 'proof') throw new Error('no proofs');
    if (!this.#world.trustsProofs) {
      const verdict = finality.verifyProof(proof, tip.header, parent);
      if (verdict.kind !== 'accept') throw new Error(`${id}: proof refused, ${JSON.stringify(verdict)}`);
      if (!holds(verdict.claims)) throw new Error(`${id}: proof forged`);
    }
    const final = this.tips.get(this.final);
    if (final !== undefined && final.header.height >= tip.header.height) return;
    if (!this.#descendsFromFinal(tip)) throw new Error(`${this.name} finalised ${id} beside ${this.final}`);
    this.finals.push(id);
    this.proofs.set(id, proof);
    this.#perform(this.#engine.on({ kind: 'finalized', header: tip.header }, 0));
  }

  #descendsFromFinal(tip: Tip<CheckpointState>): boolean {
    const final = this.tips.get(this.final)?.header ?? this.#world.genesis.header;
    let at: Tip<CheckpointState> | undefined = tip;
    while (at !== undefined && at.header.height > final.height) at = this.tips.get(at.header.parentId);
    return at?.header.id === final.id;
  }

  #isBetter(tip: Tip<CheckpointState>): boolean {
    const order = this.rules.compareTips?.(tip, this.head) || tip.header.height - this.head.header.height || 0;
    return order > 0 || (order === 0 && tip.header.id < this.head.header.id);
  }

  /** The conflict index of contract H-29. */
  #indexConflict(message: SignedMessage): void {
    const key = this.rules.conflictKey?.({ kind: 'message', message });
    if (key === undefined) return;
    const first = this.#seen.get(key);
    if (first === undefined) this.#seen.set(key, message);
    else if (compareBytes(first.payload, message.payload) !== 0) {
      const [a, b] = [first, message].sort((x, y) => compareBytes(x.payload, y.payload)) as [
        SignedMessage,
        SignedMessage,
      ];
      const evidence: Evidence = {
        kind: 'equivocation',
        subject: 'message',
        era: 0,
        protocol: SCOPE.protocol,
        offender: message.author,
        height: this.head.header.height + 1,
        first: a.payload,
        second: b.payload,
      };
      this.#world.subjects.set(evidence, [a, b]);
      if (this.#judge(evidence, this.head) === undefined) this.evidence.push(evidence);
    }
  }

  #judge(evidence: Evidence, parent: Tip<CheckpointState>): string | undefined {
    const subjects = (this.#world.subjects.get(evidence) ?? []).map(
      (message) => ({ kind: 'message', message }) as const,
    );
    const verdict = this.rules.verifyEvidence?.(evidence, parent.state, subjects);
    if (verdict?.kind !== 'accept') return verdict?.kind === 'reject' ? verdict.code : 'undecided';
    return holds(verdict.claims) ? undefined : 'EVIDENCE_FORGED';
  }
}

export interface WorldOptions {
  readonly config?: Record<string, unknown>;
  readonly validators?: readonly Validator[];
  readonly plugin?: ReturnType<typeof checkpointFinality>;
  /** Only for mutated rules, whose proofs the true rules refuse. */
  readonly trustsProofs?: boolean;
}

/** Blocks, nodes, and who hears whom. */
export class World {
  readonly plugin: ReturnType<typeof checkpointFinality>;
  readonly config: CheckpointConfig;
  readonly validators: readonly Validator[];
  readonly trustsProofs: boolean;
  readonly blocks = new Map<string, TestBlock>();
  readonly nodes = new Map<string, TestNode>();
  readonly subjects = new Map<Evidence, readonly SignedMessage[]>();
  readonly genesis: TestBlock;
  /** Carries a message from a node to another one; by default at once to everybody connected. */
  deliver: (from: string, to: TestNode, message: SignedMessage) => void = (from, to, message) => {
    if (this.#areConnected(from, to.name)) to.receive(message);
  };
  #groups: readonly (readonly string[])[] | undefined;

  constructor(options: WorldOptions = {}) {
    this.plugin = options.plugin ?? checkpointFinality();
    this.config = this.plugin.parseConfig({ every: 1, delay: 0, ...options.config });
    this.validators = options.validators ?? validators(0, 1, 2, 3);
    this.trustsProofs = options.trustsProofs ?? false;
    this.genesis = { header: headerOf('g', null), parent: null };
    this.blocks.set('g', this.genesis);
  }

  node(name: string | number): TestNode {
    const node = this.nodes.get(String(name));
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  /** Starts a node from genesis; its guard is what survives. */
  start(name: string | number, guard: TestGuard = new TestGuard(), log: readonly Bytes[] = []): TestNode {
    const node = new TestNode(this, String(name), guard);
    node.log = [...log];
    this.nodes.set(String(name), node);
    node.start();
    return node;
  }

  block(name: string, parentName: string, body: BlockBody = {}): TestBlock {
    const parent = this.blocks.get(parentName);
    if (parent === undefined) throw new Error(`no block ${parentName}`);
    const block = { ...body, header: headerOf(name, parent.header), parent };
    this.blocks.set(name, block);
    return block;
  }

  /** Only members of one group hear each other. */
  connect(...groups: readonly (readonly (string | number)[])[]): void {
    this.#groups = groups.map((group) => group.map(String));
  }

  send(from: string, message: SignedMessage): void {
    for (const node of this.nodes.values()) if (node.name !== from) this.deliver(from, node, message);
  }

  /** A member without a node says something. */
  say(name: string | number, payload: Bytes): SignedMessage {
    const message = { author: memberId(name), payload, signature: member(name).sign(payload) };
    this.send(String(name), message);
    return message;
  }

  #areConnected(a: string, b: string): boolean {
    return this.#groups === undefined || this.#groups.some((group) => group.includes(a) && group.includes(b));
  }
}

/** A checkpoint of a world, whose distance is one block. */
function checkpointOf(world: World, name: string): Checkpoint {
  const block = world.blocks.get(name);
  if (block === undefined) throw new Error(`no block ${name}`);
  return { number: block.header.height / world.config.every, id: name };
}

/** A link between two blocks of a world. */
export function linkOf(world: World, source: string, target: string, rest: Partial<Link> = {}): Link {
  return {
    term: 0,
    source: checkpointOf(world, source),
    target: checkpointOf(world, target),
    handover: EMPTY,
    ...rest,
  };
}

/** A certificate with true signatures of these members, whose places are given by `committee`. */
export function certify(
  link: Link,
  names: readonly (string | number)[],
  committee: readonly (string | number)[] = [0, 1, 2, 3],
): Certificate {
  const places = committee.map(String);
  const voters = names.map((name) => places.indexOf(String(name))).sort((a, b) => a - b);
  const signatures = voters.map((voter) => member(places[voter] ?? '').sign(encodeVote(link)));
  return { link, voters, signatures };
}

/** State after each block of a branch, oldest first, by the rules alone. */
export function statesOf(world: World, branch: readonly (readonly [name: string, body?: BlockBody])[]) {
  const rules = rulesOf(world.config);
  const handover = { validators: world.validators, randomness: CHAIN_ID, extra: new Map() };
  let parent: Tip<CheckpointState> = {
    header: world.genesis.header,
    state: rules.initialState({ era: 0, parent: world.genesis.header, handover, census: [] }),
    totalWeight: 0n,
  };
  const tips = new Map([['g', parent]]);
  for (const [name, body = {}] of branch) {
    const { header } = world.blocks.get(name) ?? world.block(name, parent.header.id, body);
    const state = rules.applyHeader(parent.state, header, factsOf(body));
    parent = { header, state, totalWeight: parent.totalWeight + 1n };
    tips.set(name, parent);
  }
  const tip = (name: string): Tip<CheckpointState> => {
    const found = tips.get(name);
    if (found === undefined) throw new Error(`no tip ${name}`);
    return found;
  };
  return { rules, tip };
}
