import type { Bytes, Directive, Evidence, Fact } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { type DtDposConfig, decodeDigest } from '../src/index.ts';
import { candidateAt } from '../src/register.ts';
import { statusAt } from '../src/state.ts';
import { type Node, ReferenceModel } from './reference-model.ts';
import {
  admission,
  CONTEXT,
  configOf,
  equivocation,
  evaluate,
  evidenceFact,
  invalidHeaderEvidence,
  keyedCensus,
  keyFact,
  nodeId,
  participation,
  TestChain,
  vrfKeyOf,
} from './support.ts';

const FOUNDERS = 30;
const DEPOSIT = 1_000n;

/** Numbers below `limit` that depend on nothing but the seed. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Drives the plugin and the reference model through the same life and compares them at every block. */
class Life {
  readonly chain: TestChain;
  readonly model: ReferenceModel;
  readonly random: (limit: number) => number;
  readonly seen = { slashes: 0, jails: 0, dormant: 0, skipped: 0, committees: new Set<string>() };
  facts: Fact[] = [];
  evidence: Evidence[] = [];
  readonly #punished = new Set<string>();

  constructor(config: DtDposConfig, seed: number) {
    this.random = createRandom(seed);
    this.chain = new TestChain(config, keyedCensus(FOUNDERS, DEPOSIT));
    const founders = Array.from({ length: FOUNDERS }, (_, index) => {
      const id = nodeId(index);
      return [id, DEPOSIT, vrfKeyOf(id)] as const;
    });
    this.model = new ReferenceModel(config, founders, new Uint8Array(32).fill(7), CONTEXT.chainId);
  }

  get height(): number {
    return this.chain.header.height + 1;
  }

  admit(id: string, deposit: bigint): void {
    this.facts.push(admission(id, deposit));
  }

  exit(id: string): void {
    this.facts.push({ kind: 'exit', actor: id });
    this.#later(id, (node) => {
      node.status = 'EXITING';
      node.jailedUntil = 0;
      node.ballots.clear();
      if (node.deposit === 0n) node.status = 'EXITED';
    });
  }

  setKey(id: string, publicKey: Bytes): void {
    this.facts.push(keyFact(id, publicKey));
    this.#later(id, (node) => {
      node.vrfKey = publicKey;
    });
  }

  setDeposit(id: string, total: bigint): void {
    this.facts.push({ kind: 'deposit', actor: id, total });
    this.#later(id, (node) => {
      node.deposit = total;
      if (node.status === 'EXITING' && total === 0n) node.status = 'EXITED';
    });
  }

  vote(from: string, to: string, weight: bigint): void {
    this.facts.push({ kind: 'ballot', from, to, weight });
    this.#later(to, (node) => {
      if (node.status === 'EXITING') return;
      if (weight === 0n) node.ballots.delete(from);
      else node.ballots.set(from, weight);
    });
  }

  accuse(evidence: Evidence): void {
    const key = `${evidence.kind}/${evidence.height}/${evidence.offender}`;
    const offender = this.model.of(evidence.offender);
    if (this.#punished.has(key) || offender === undefined || offender.status === 'EXITED') return;
    this.#punished.add(key);
    this.evidence.push(evidence);
  }

  /** Queued until the boundary for whoever the identity stands for now. */
  #later(id: string, change: (node: Node) => void): void {
    const node = this.model.of(id);
    if (node === undefined) throw new Error(`nobody is ${id}`);
    this.model.queue.push(() => {
      if (node.status !== 'EXITED' && node.status !== 'TOMBSTONED') change(node);
    });
  }

  /** One block: checks leader, digest and directives before it, and the whole state after it. */
  step(voters: readonly string[]): void {
    const { chain, model, height } = this;
    const gap = this.random(14) === 0 ? 1 + this.random(3) : 0;
    this.seen.skipped += gap;
    const slot = chain.state.slot + 1 + gap;
    const run = model.leadersTo(slot);
    const leaders = run.leaders.map(({ id }) => id);
    const header = chain.next(slot);
    expect(header.author).toBe(leaders.at(-1));
    const isBoundary = height % chain.config.trust.epochRounds === 0;
    const vrf = model.isVrf ? evaluate(run.leaders.at(-1)?.vrfKey ?? new Uint8Array(), model.alpha(slot)) : undefined;
    expect(decodeDigest(header.digest)?.vrf).toEqual(vrf);
    expect(decodeDigest(header.digest)?.nextValidators).toEqual(isBoundary ? model.nextValidatorsHash() : undefined);

    const { evidence } = this;
    const directives = chain.rules.directives?.(chain.state, header, evidence) ?? [];
    const expected = this.#expectedDirectives(header.author, height);
    expect(directives.filter(({ kind }) => kind !== 'trustChanged' && kind !== 'tierChanged')).toEqual(expected);

    const votes = voters.map((id) => participation(id, height));
    chain.add(slot, [...votes, ...this.facts, ...evidence.map(evidenceFact)]);
    this.#book(height, slot, run.leaders, voters);
    model.priorities = run.priorities;
    if (vrf !== undefined) model.contribute(height, vrf.output);
    if (isBoundary) model.cross(header.sealHash);
    this.#compare(isBoundary);
    // The ledger answers a slash with the new total of the deposit.
    this.facts = [];
    this.evidence = [];
    for (const directive of expected) if (directive.kind === 'slash') this.#afterSlash(directive);
  }

  #afterSlash(slash: Extract<Directive, { readonly kind: 'slash' }>): void {
    this.seen.slashes++;
    const node = this.model.of(slash.actor);
    if (node === undefined || node.status === 'TOMBSTONED') return;
    this.setDeposit(slash.actor, node.deposit - (node.deposit * BigInt(slash.partsPerMillion)) / 1_000_000n);
  }

  /** P2, X2, X3, X4, and what they do to the nodes of the model. */
  #expectedDirectives(author: string, height: number): readonly Directive[] {
    const { model, chain } = this;
    const { config } = chain;
    const tier = model.of(author)?.rating?.tier as keyof typeof config.tierWeights | undefined;
    const units = tier === undefined ? 0n : (config.blockReward * BigInt(config.tierWeights[tier])) / 10_000n;
    const directives: Directive[] = units > 0n ? [{ kind: 'reward', actor: author, units }] : [];
    for (const actor of new Set(this.evidence.map(({ offender }) => offender))) {
      const node = model.of(actor);
      const items = this.evidence.filter(({ offender }) => offender === actor);
      if (node === undefined) continue;
      const isEquivocation = items.some(({ kind }) => kind === 'equivocation');
      const reason = isEquivocation ? 'EQUIVOCATION' : 'INVALID_HEADER';
      const epoch = model.epochOf(height);
      const taken = node.slashed?.epoch === epoch ? node.slashed.bp : 0;
      const bp = Math.max(taken, isEquivocation ? config.slash.equivocation : config.slash.invalidHeader);
      if (bp > taken) {
        directives.push({ kind: 'slash', actor, partsPerMillion: (bp - taken) * 100, reason });
        node.slashed = { epoch, bp };
      }
      const doublings = Math.min(16, model.replay(node).faults + items.length - 1);
      const term = config.jailBaseEpochs * 2 ** doublings * config.trust.epochRounds;
      if (isEquivocation) {
        directives.push({ kind: 'jail', actor, untilHeight: null, reason });
        this.seen.jails++;
      } else if (term > 0) {
        directives.push({ kind: 'jail', actor, untilHeight: height + term, reason });
        this.seen.jails++;
      }
    }
    return directives;
  }

  /** F2, F9, K4: one block into the raw logs. */
  #book(height: number, slot: number, leaders: TestLeaders, voters: readonly string[]): void {
    const { model, chain } = this;
    const before = [...model.nodes];
    const missed = leaders.slice(0, -1).slice(-model.seats.length);
    const active = new Map(before.map((node) => [node, model.isActive(node, height)]));
    for (const node of before) {
      const isCurrent = model.of(node.id) === node;
      const items = isCurrent ? this.evidence.filter(({ offender }) => offender === node.id) : [];
      const misses = missed.filter(({ index }) => index === node.index).length;
      const entry = {
        height,
        produced: leaders.at(-1)?.index === node.index ? 1 : 0,
        missed: Math.max(0, misses - items.length),
        offences: items.length,
        voted: isCurrent && active.get(node) === true && voters.includes(node.id),
      };
      if (entry.produced + misses + entry.offences === 0 && !entry.voted) continue;
      const faults = model.replay(node).faults;
      node.log.push(entry);
      if (entry.offences > 0) this.#punish(node, items, height, faults);
      const isGone = node.status === 'EXITED' || node.status === 'TOMBSTONED';
      if (!isGone && model.replay(node).lastActive === height) node.isLive = true;
    }
    model.height = height;
    model.slot = slot;
    for (const fact of this.facts) {
      if (fact.kind !== 'admission') continue;
      const node = model.admit(fact.actor, fact.deposit, chain.config.trust.d0, 'PENDING');
      model.queue.unshift(() => {
        if (node.status === 'PENDING') node.status = 'ACTIVE';
      });
    }
  }

  #punish(node: Node, items: readonly Evidence[], height: number, faultsBefore: number): void {
    const { config } = this.chain;
    if (items.some(({ kind }) => kind === 'equivocation')) {
      node.status = 'TOMBSTONED';
      node.ballots.clear();
      return;
    }
    if (config.jailBaseEpochs === 0 || node.status === 'EXITING') return;
    const term = config.jailBaseEpochs * 2 ** Math.min(16, faultsBefore + items.length - 1) * config.trust.epochRounds;
    node.jailedUntil = Math.max(node.jailedUntil, height + term);
    if (node.status === 'PENDING') node.status = 'ACTIVE';
  }

  #compare(isBoundary: boolean): void {
    const { chain, model } = this;
    const { state } = chain;
    expect(state.priorities).toEqual(model.priorities);
    expect(state.election.seats).toEqual(model.seats);
    if (!isBoundary) return;
    this.seen.committees.add(String(model.seats.map(({ index }) => index)));
    expect(state.seed).toEqual(model.seed);
    expect(state.upcoming.map(({ seats }) => seats)).toEqual(model.elections.slice(state.election.epoch + 1));
    expect(state.register.size).toBe(model.nodes.length);
    for (const node of model.nodes) {
      const candidate = candidateAt(state.register, node.index);
      const { base, lastActive, faults } = model.replay(node);
      const isJailed = node.status === 'ACTIVE' && node.jailedUntil > state.height + 1;
      expect(candidate, `${node.id} at ${state.height}`).toMatchObject({
        id: node.id,
        deposit: node.deposit,
        rating: node.rating,
        trust: { dynamicBase: base, lastActive, faultCount: faults },
      });
      if (candidate !== undefined) {
        expect(statusAt(candidate, state.height + 1), node.id).toBe(isJailed ? 'JAILED' : node.status);
      }
      const isGone = node.status === 'EXITED' || node.status === 'TOMBSTONED';
      expect(state.live.get(node.index) === true).toBe(node.isLive && !isGone);
      if (!node.isLive) this.seen.dormant++;
    }
  }
}

type TestLeaders = ReturnType<ReferenceModel['leadersTo']>['leaders'];

/** Joins, exits, deposits, ballots, offences and returns at fixed heights. */
function schedule(life: Life): void {
  const invalid = (id: string, height: number) =>
    life.accuse(invalidHeaderEvidence({ ...life.chain.header, author: id, height }, 'SLOT_MISMATCH'));
  const { height } = life;
  const events: Readonly<Record<number, () => void>> = {
    10: () => life.vote(nodeId(0), nodeId(5), 300n),
    11: () => life.vote(nodeId(1), nodeId(6), 200n),
    20: () => life.vote(nodeId(2), nodeId(7), 900n),
    70: () => life.admit('late-0', 500n),
    72: () => life.setKey('late-0', vrfKeyOf('late-0')),
    75: () => life.admit('late-1', 50n),
    76: () => life.setKey('late-1', vrfKeyOf('late-1')),
    140: () => life.setKey(nodeId(11), vrfKeyOf('a new key')),
    100: () => life.exit(nodeId(7)),
    130: () => life.accuse(equivocation(nodeId(3), 128)),
    150: () => invalid(nodeId(4), 150),
    155: () => invalid(nodeId(4), 154),
    180: () => invalid(nodeId(8), 170),
    190: () => life.vote(nodeId(0), nodeId(5), 0n),
    200: () => life.setDeposit('late-1', 1_000n),
    210: () => life.setDeposit(nodeId(9), 99n),
    300: () => life.setDeposit(nodeId(7), 0n),
    310: () => life.setDeposit(nodeId(9), 2_000n),
    365: () => life.admit(nodeId(7), 700n),
    400: () => invalid(nodeId(4), 390),
    405: () => life.exit(nodeId(10)),
    406: () => life.admit(nodeId(10), 400n),
    450: () => invalid('late-0', 449),
  };
  events[height]?.();
  if (life.random(40) === 0) {
    const [from, to] = [life.random(FOUNDERS), 11 + life.random(10)];
    if (from !== to) life.vote(nodeId(from), nodeId(to), BigInt(1 + life.random(500)));
  }
  if (life.random(60) === 0) invalid(nodeId(21 + life.random(5)), Math.max(1, height - life.random(30)));
}

/** Nodes 26 to 29 fall silent after two epochs, and 29 comes back; the others vote more or less often. */
function votersOf(life: Life): readonly string[] {
  const { height } = life;
  const isSilent = (index: number) => index >= 26 && height > 120 && !(index === 29 && height > 420);
  const founders = Array.from({ length: FOUNDERS }, (_, index) => index)
    .filter((index) => !isSilent(index) && life.random(100) < 50 + index)
    .map(nodeId);
  return [...founders, 'late-0', 'late-1'];
}

const AMOUNTS = { preset: 'default', depositMin: 100, depositTarget: 1_000, blockReward: 77 };

describe('profile default over ten epochs, against the reference model (trust T3, P1 to P3, E1 to E5, S1, F2, F9, X2 to X4, X9)', () => {
  it.each<[string, object, number]>([
    ['as it is', {}, 600],
    [
      'with jail, a short window and early dormancy',
      { jailBaseEpochs: 1, dormantEpochs: 3, evidenceMaxAge: 120, trust: { windowEpochs: 3 } },
      600,
    ],
    ['with a committee of seven', { committee: { size: 7 }, electionLagEpochs: 3, jailBaseEpochs: 2 }, 480],
    ['with seeds from block hashes', { seedMode: 'blockHash', electionLagEpochs: 1 }, 480],
  ])('%s', (_, raw, blocks) => {
    const life = new Life(configOf({ ...AMOUNTS, ...raw }), 2_023);
    while (life.height <= blocks) {
      schedule(life);
      life.step(votersOf(life));
    }
    const { chain, seen } = life;
    expect(seen.slashes).toBeGreaterThan(5);
    expect(seen.jails).toBeGreaterThan(0);
    expect(seen.skipped).toBeGreaterThan(20);
    expect(seen.committees.size).toBeGreaterThan(5);
    if (chain.config.dormantEpochs === 3) expect(seen.dormant).toBeGreaterThan(5);
    const copy = new TestChain(chain.config, keyedCensus(FOUNDERS, DEPOSIT));
    copy.state = copy.rules.codec.decode([...chain.rules.codec.encode(chain.state)]);
    expect(copy.root()).toBe(chain.root());
  });
});
