import { type ConsensusEngine, checkEvidence, type Effect, type SignedMessage, type Tip } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { encodeAnnouncement, quoteOf } from '../src/announcement.ts';
import { commitmentFor } from '../src/handover.ts';
import {
  type CheckpointState,
  checkpointFinality,
  decodeVote,
  encodeCertificate,
  encodeVote,
  type Link,
} from '../src/index.ts';
import { VotePool } from '../src/vote-pool.ts';
import {
  type BlockBody,
  CONTEXT,
  certify,
  EMPTY,
  holds,
  linkOf,
  member,
  memberId,
  statesOf,
  TestGuard,
  type TestNode,
  validators,
  World,
} from './support.ts';

/** An engine alone, and what it asks for. */
function engineOf(world: World, name: number | null): ConsensusEngine<CheckpointState> {
  const plugin = checkpointFinality();
  const rules = plugin.createRules(world.config, CONTEXT);
  const self = name === null ? null : memberId(name);
  const engine = plugin.createEngine?.(world.config, rules, { ...CONTEXT, self });
  if (engine === undefined) throw new Error('no engine');
  return engine;
}

const sends = (effects: readonly Effect[]) => effects.filter((effect) => effect.kind === 'send');

const startOf = (head: Tip<CheckpointState>, genesis: Tip<CheckpointState>, log: readonly Uint8Array[] = []) => ({
  head,
  finalized: genesis.header,
  log,
  entropy: EMPTY,
  behind: false,
});

/** A branch c1 … cN without certificates, for engines that are fed by hand. */
function branch(length: number, config: Record<string, unknown> = {}) {
  const world = new World({ config });
  const names = Array.from({ length }, (_, index) => `c${index + 1}`);
  return {
    world,
    ...statesOf(
      world,
      names.map((name) => [name] as const),
    ),
  };
}

const messageOf = (name: number, link: Link): SignedMessage => {
  const payload = encodeVote(link);
  return { author: memberId(name), payload, signature: member(name).sign(payload) };
};

const heard = (message: SignedMessage) => ({ kind: 'messageReceived', from: 'peer', message }) as const;

describe('votes', () => {
  it('finality-checkpoint V1, V2 and D3: the position is term and target, the floor term and source', () => {
    const { world, tip } = branch(3);
    const engine = engineOf(world, 0);
    engine.start(startOf(tip('g'), tip('g')), 0);
    const [vote] = sends(engine.on({ kind: 'headChanged', head: tip('c3') }, 0));
    expect(vote).toMatchObject({
      to: { kind: 'all' },
      guard: { lane: 'vote', sequence: [0, 3], floors: { source: 0 } },
      sticky: 'untilFinalized',
    });
    expect(decodeVote(vote?.kind === 'send' ? vote.payload : EMPTY)).toEqual(linkOf(world, 'g', 'c3'));
  });

  it('finality-checkpoint D3: the first vote of a higher term starts again from its root', () => {
    const { world } = handedOver();
    const [last] = world.node(4).sent;
    const { guard } = world.node(4).guard.record ?? {};
    expect(decodeVote(last?.payload ?? EMPTY)).toMatchObject({ term: 1, source: { number: 2 }, target: { number: 4 } });
    expect(guard).toMatchObject({ sequence: [1, 4], floors: { source: 2 ** 32 + 2 } });
    const old = new TestGuard();
    // High marks of the old term refuse nothing of the new one, and nothing of the old one comes after it.
    const place = (term: number, target: number, source: number) => ({
      lane: 'vote',
      sequence: [term, target],
      floors: { source: term * 2 ** 32 + source },
    });
    expect(old.sign(new Uint8Array([1]), place(0, 9, 8))).toBeDefined();
    expect(old.sign(new Uint8Array([2]), place(1, 4, 2))).toBeDefined();
    expect(old.sign(new Uint8Array([3]), place(0, 10, 9))).toBeUndefined();
  });

  it('finality-checkpoint V3 and D1: what was voted is durable before the vote is sent', () => {
    const { world, tip } = branch(1);
    const engine = engineOf(world, 0);
    engine.start(startOf(tip('g'), tip('g')), 0);
    const effects = engine.on({ kind: 'headChanged', head: tip('c1') }, 0).map(({ kind }) => kind);
    expect(effects.indexOf('persist')).toBeGreaterThanOrEqual(0);
    expect(effects.indexOf('persist')).toBeLessThan(effects.indexOf('send'));
  });

  it('waits `delay` blocks above a checkpoint, and votes for the highest one', () => {
    const { world, tip } = branch(12, { every: 4, delay: 2 });
    const engine = engineOf(world, 0);
    engine.start(startOf(tip('g'), tip('g')), 0);
    const targets = [1, 4, 5, 6, 7, 9, 10, 11, 12].map((height) => {
      const [vote] = sends(engine.on({ kind: 'headChanged', head: tip(`c${height}`) }, 0));
      return vote?.kind === 'send' ? decodeVote(vote.payload)?.target.number : null;
    });
    expect(targets).toEqual([null, null, null, 1, null, null, 2, null, null]);
  });

  it('finality-checkpoint V6: from what counts for the fork choice, and if finality is late already, not before the rest counts', () => {
    const world = new World({ config: { every: 2, delay: 1 } });
    for (let height = 1; height <= 12; height++) world.block(`c${height}`, height === 1 ? 'g' : `c${height - 1}`);
    const carrying: Readonly<Record<string, readonly [source: string, target: string]>> = {
      c5: ['g', 'c2'],
      c6: ['g', 'c4'],
      c11: ['c4', 'c8'],
    };
    const { tip } = statesOf(
      world,
      Array.from({ length: 12 }, (_, index) => {
        const link = carrying[`c${index + 1}`];
        const certificates = link ? [encodeCertificate(certify(linkOf(world, ...link), [0, 1, 2]))] : [];
        return [`c${index + 1}`, { certificates }] as const;
      }),
    );
    const engine = engineOf(world, 0);
    engine.start(startOf(tip('g'), tip('g')), 0);
    const voteAt = (name: string) => {
      const [vote] = sends(engine.on({ kind: 'headChanged', head: tip(name) }, 0));
      const link = vote?.kind === 'send' ? decodeVote(vote.payload) : undefined;
      return link && [link.source.number, link.target.number];
    };
    // Checkpoint 1 is justified at c5 and counts from c6 on; 4 is at c11, where 2 counts and only the root is final.
    expect(['c5', 'c6', 'c7', 'c9', 'c11', 'c12'].map(voteAt)).toEqual([
      [0, 2],
      undefined,
      [2, 3],
      [2, 4],
      undefined,
      [4, 5],
    ]);
  });

  it('finality-checkpoint V4: on another branch of the same height it keeps silent', () => {
    const world = new World();
    const [a, b] = [statesOf(world, [['A1'], ['A2']]), statesOf(world, [['B1'], ['B2'], ['B3']])];
    const engine = engineOf(world, 0);
    engine.start(startOf(a.tip('g'), a.tip('g')), 0);
    expect(sends(engine.on({ kind: 'headChanged', head: a.tip('A2') }, 0))).toHaveLength(1);
    expect(sends(engine.on({ kind: 'headChanged', head: b.tip('B1') }, 0))).toEqual([]);
    expect(sends(engine.on({ kind: 'headChanged', head: b.tip('B2') }, 0))).toEqual([]);
    const [vote] = sends(engine.on({ kind: 'headChanged', head: b.tip('B3') }, 0));
    expect(vote).toMatchObject({ guard: { sequence: [0, 3] } });
  });

  it('finality-checkpoint V5: no vote while behind, and one as soon as it caught up', () => {
    const { world, tip } = branch(2);
    const engine = engineOf(world, 0);
    engine.start({ ...startOf(tip('g'), tip('g')), behind: true }, 0);
    expect(sends(engine.on({ kind: 'headChanged', head: tip('c2') }, 0))).toEqual([]);
    expect(sends(engine.on({ kind: 'syncChanged', behind: false }, 0))).toHaveLength(1);
    expect(engine.on({ kind: 'syncChanged', behind: true }, 0)).toEqual([]);
  });

  it.each([
    ['without a key', null],
    ['without a seat', 9],
  ])('votes for nothing %s', (_title, name) => {
    const { world, tip } = branch(2);
    const engine = engineOf(world, name);
    engine.start(startOf(tip('g'), tip('g')), 0);
    expect(sends(engine.on({ kind: 'headChanged', head: tip('c2') }, 0))).toEqual([]);
  });

  it('answers nothing before it was started, and nothing to inputs of others', () => {
    const { world, tip } = branch(1);
    const engine = engineOf(world, 0);
    expect(engine.on({ kind: 'headChanged', head: tip('c1') }, 0)).toEqual([]);
    engine.start(startOf(tip('g'), tip('g')), 0);
    expect(engine.on({ kind: 'timerElapsed', timerId: 'any' }, 0)).toEqual([]);
  });
});

describe('restart', () => {
  it('finality-checkpoint D2: the same vote goes out again, another one for the same height never', () => {
    const { world, tip } = branch(2);
    const log: Uint8Array[] = [];
    const guard = new TestGuard();
    const signed = (head: Tip<CheckpointState>) => {
      const engine = engineOf(world, 0);
      const effects = engine.start(startOf(head, tip('g'), log), 0);
      for (const effect of effects) if (effect.kind === 'persist') log.push(effect.entry);
      return sends(effects).map(
        (effect) => effect.kind === 'send' && effect.guard && guard.sign(effect.payload, effect.guard),
      );
    };
    log.push(EMPTY);
    const [first] = signed(tip('c2'));
    expect(signed(tip('c2'))).toEqual([first]);
    const other = statesOf(world, [['B1'], ['B2']]).tip('B2');
    expect(signed(other)).toEqual([first]);
  });

  it('finality-checkpoint D4: without a log of its votes a node listens for two checkpoints before it votes', () => {
    const { world, tip } = branch(7);
    const engine = engineOf(world, 0);
    expect(sends(engine.start(startOf(tip('c2'), tip('g')), 0))).toEqual([]);
    const targets = [3, 4, 5, 6].map(
      (height) => sends(engine.on({ kind: 'headChanged', head: tip(`c${height}`) }, 0)).length,
    );
    expect(targets).toEqual([0, 0, 1, 1]);
  });

  it('finality-checkpoint D4: so does a node that lost its disk, and finds at genesis that the chain is old', () => {
    const { world, tip } = branch(9);
    const votesAfter = (head: string, later: readonly number[]) => {
      const engine = engineOf(world, 0);
      engine.start({ ...startOf(tip('g'), tip('g')), behind: true }, 0);
      engine.on({ kind: 'headChanged', head: tip(head) }, 0);
      return [
        sends(engine.on({ kind: 'syncChanged', behind: false }, 0)).length,
        ...later.map((height) => sends(engine.on({ kind: 'headChanged', head: tip(`c${height}`) }, 0)).length),
      ];
    };
    expect(votesAfter('c5', [6, 7, 8, 9])).toEqual([0, 0, 0, 1, 1]);
    // Where a chain begins, everybody has seen its first blocks.
    expect(votesAfter('c2', [3])).toEqual([1, 1]);
  });

  it('finality-checkpoint D4: hearing its own key it listens on', () => {
    const { world, tip } = branch(9);
    const engine = engineOf(world, 0);
    engine.start(startOf(tip('c2'), tip('g')), 0);
    engine.on({ kind: 'headChanged', head: tip('c4') }, 0);
    const traced = engine.on(heard(messageOf(0, linkOf(world, 'g', 'c4'))), 0);
    expect(traced).toContainEqual({ kind: 'trace', event: 'ownVoteHeard', data: { target: 4 } });
    const targets = [5, 6, 7, 8].map(
      (height) => sends(engine.on({ kind: 'headChanged', head: tip(`c${height}`) }, 0)).length,
    );
    expect(targets).toEqual([0, 0, 1, 1]);
  });

  it('finality-checkpoint D5: a guard with positions alone would sign a surround vote', () => {
    const place = (target: number, source: number) => ({ lane: 'vote', sequence: [0, target], floors: { source } });
    const [inner, outer] = [new Uint8Array([1]), new Uint8Array([2])];
    const complete = new TestGuard();
    complete.sign(inner, place(2, 1));
    expect(complete.sign(outer, place(3, 0))).toBeUndefined();
    const positions = new TestGuard('source');
    positions.sign(inner, place(2, 1));
    expect(positions.sign(outer, place(3, 0))).toEqual(outer);
  });
});

/** Hand-over at c2 from 0–3 to 4–7; every node sees every block. */
function handedOver(length = 4, bodies: Record<string, BlockBody> = {}): { world: World; node: TestNode } {
  const world = new World({ config: { grace: 1 } });
  for (const name of [0, 1, 2, 3, 4, 5, 6, 7]) world.start(name);
  const node = world.node(0);
  extendAll(world, length, { c1: { validators: validators(4, 5, 6, 7) }, ...bodies });
  return { world, node };
}

function extendAll(world: World, until: number, bodies: Record<string, BlockBody> = {}, from = 1): void {
  const [node] = world.nodes.values();
  for (let height = from; height <= until; height++) {
    const parent = height === 1 ? 'g' : `c${height - 1}`;
    const block = world.block(`c${height}`, parent, { ...node?.body(parent), ...bodies[`c${height}`] });
    for (const other of world.nodes.values()) other.receiveBlock(block);
  }
}

describe('gathering votes', () => {
  it('finalises the block before the head with four members', () => {
    const world = new World();
    for (const name of [0, 1, 2, 3]) world.start(name);
    extendAll(world, 6);
    for (const node of world.nodes.values()) expect(node.finals).toEqual(['c1', 'c2', 'c3', 'c4', 'c5']);
  });

  it.each([
    [1, 0],
    [8, 1],
    [4, 6],
  ])('finalises with a distance of %i and a delay of %i', (every, delay) => {
    const world = new World({ config: { every, delay } });
    for (const name of [0, 1, 2, 3]) world.start(name);
    extendAll(world, 6 * every + delay + 2);
    for (const node of world.nodes.values()) {
      expect(node.finals.length).toBeGreaterThanOrEqual(4);
      expect(node.finals.map((name) => Number(name.slice(1)) % every)).toEqual(node.finals.map(() => 0));
    }
  });

  it('finality-checkpoint W1: heavy members decide together, and a third of the seats is not a third of the weight', () => {
    const committee = [5, 5, 5, 1, 1, 1].map((weight, name) => ({ id: memberId(name), weight }));
    const world = new World({ config: { committee } });
    for (const name of [0, 1, 2]) world.start(name);
    extendAll(world, 4);
    expect(world.node(0).finals).toEqual(['c1', 'c2', 'c3']);
    const silent = new World({ config: { committee } });
    for (const name of [0, 1, 3, 4, 5]) silent.start(name);
    extendAll(silent, 4);
    expect(silent.node(0).finals).toEqual(['c1', 'c2', 'c3']);
    const stuck = new World({ config: { committee } });
    for (const name of [0, 3, 4, 5]) stuck.start(name);
    extendAll(stuck, 4);
    expect(stuck.node(0).finals).toEqual([]);
  });

  it('counts exactly a quorum and not one less', () => {
    const { world, tip } = branch(1);
    const engine = engineOf(world, null);
    engine.start(startOf(tip('c1'), tip('g')), 0);
    const link = linkOf(world, 'g', 'c1');
    expect(engine.on(heard(messageOf(0, link)), 0)).toEqual([]);
    expect(engine.on(heard(messageOf(0, link)), 0)).toEqual([]);
    expect(engine.on(heard(messageOf(9, link)), 0)).toEqual([]);
    expect(engine.on(heard(messageOf(1, link)), 0)).toEqual([]);
    const [offer] = engine.on(heard(messageOf(2, link)), 0);
    expect(offer?.kind).toBe('offerCertificate');
    expect(engine.on(heard(messageOf(3, link)), 0)).toEqual([]);
  });

  it('finality-checkpoint O1: votes for a block it does not know yet count when it arrives', () => {
    const { world, tip } = branch(2);
    const engine = engineOf(world, null);
    engine.start(startOf(tip('g'), tip('g')), 0);
    for (const name of [0, 1, 2]) expect(engine.on(heard(messageOf(name, linkOf(world, 'g', 'c2'))), 0)).toEqual([]);
    const effects = engine.on({ kind: 'headChanged', head: tip('c2') }, 0);
    expect(effects.map(({ kind }) => kind)).toEqual(['offerCertificate']);
    expect(engine.on({ kind: 'headChanged', head: tip('c2') }, 0)).toEqual([]);
  });

  it('finality-checkpoint H4: votes of the next committee wait for the end of the old one; votes of the old one count no more', () => {
    const { world, node } = handedOver(3);
    // c3 carries no proof yet that c2 is final; the votes that prove it are on their way.
    expect(node.head.state.term.number).toBe(0);
    const early = new World({ config: { grace: 1 } });
    const watcher = early.start(0);
    extendAll(early, 2, { c1: { validators: validators(4, 5, 6, 7) } });
    early.block('c3', 'c2');
    const link = linkOf(early, 'c2', 'c3', { term: 1 });
    for (const name of [4, 5, 6]) watcher.receive(messageOf(name, link));
    expect(watcher.finals).toEqual([]);
    expect(world.node(4).sent).toEqual([]);

    const later = handedOver(5);
    const replayed = encodeVote(linkOf(later.world, 'c3', 'c4'));
    for (const name of [0, 1, 2, 3]) later.world.say(name, replayed);
    expect(later.node.finals).not.toContain('c3');
  });

  it('finality-checkpoint H4, O3: votes that came while another branch named the next committee count for who cast them', () => {
    const world = new World({ config: { grace: 1 } });
    const rival = statesOf(world, [['c1', { validators: validators(5, 6, 7, 8) }], ['c2']]);
    const next = [4, 5, 6, 7];
    const d1 = { validators: validators(...next) };
    const boundary = statesOf(world, [['d1', d1], ['d2'], ['d3']]);
    const handover = commitmentFor(boundary.tip('d3').state, 2, CONTEXT);
    const proof = encodeCertificate(certify(linkOf(world, 'd2', 'd3', { handover }), [0, 1, 2]));
    const carried = [['d1', d1], ['d2'], ['d3'], ['d4', { certificates: [proof] }], ['d5']] as const;
    const { rules, tip } = statesOf(world, carried);
    expect(tip('d5').state.term).toMatchObject({
      number: 1,
      committee: { seats: next.map((name) => ({ id: memberId(name) })) },
    });

    const engine = engineOf(world, null);
    engine.start(startOf(rival.tip('c2'), rival.tip('g')), 0);
    const link = linkOf(world, 'd2', 'd4', { term: 1 });
    for (const name of [5, 6]) expect(engine.on(heard(messageOf(name, link)), 0)).toEqual([]);
    // Nobody surrounds the vote of somebody else.
    engine.on(heard(messageOf(8, linkOf(world, 'd3', 'd4', { term: 1 }))), 0);
    engine.on({ kind: 'headChanged', head: tip('d5') }, 0);
    expect(engine.on(heard(messageOf(7, linkOf(world, 'd2', 'd5', { term: 1 }))), 0)).toEqual([]);
    const offers = engine
      .on(heard(messageOf(4, link)), 0)
      .flatMap((effect) => (effect.kind === 'offerCertificate' ? [effect.certificate] : []));
    expect(offers).toEqual([encodeCertificate(certify(link, [4, 5, 6], next))]);
    const verdict = rules.verifyCertificate?.(offers[0] ?? EMPTY, tip('d5'));
    expect(verdict?.kind === 'accept' && holds(verdict.claims)).toBe(true);
  });

  it('a finalising vote that was withheld until the hand-over changes nothing then', () => {
    const world = new World({ config: { grace: 1 } });
    for (const name of [0, 1, 2, 3, 4, 5, 6, 7]) world.start(name);
    const withheld: SignedMessage[] = [];
    const { deliver } = world;
    world.deliver = (from, to, message) => {
      const link = decodeVote(message.payload);
      if (from === '3' && link?.source.id === 'c2') withheld.push(message);
      else deliver(from, to, message);
    };
    extendAll(world, 6, { c1: { validators: validators(4, 5, 6, 7) } });
    const finals = [...world.node(1).finals];
    expect(withheld.length).toBeGreaterThan(0);
    for (const message of withheld) for (const node of world.nodes.values()) node.receive(message);
    expect(world.node(1).finals).toEqual(finals);
    expect(new Set([...world.nodes.values()].map(({ final }) => final)).size).toBe(1);
  });
});

describe('bounds', () => {
  const link = (source: number, target: number, name = `x${target}`): Link => ({
    term: 0,
    source: { number: source, id: `x${source}` },
    target: { number: target, id: name },
    handover: EMPTY,
  });
  const pooled = (given: Link, voter = 0) => ({ link: given, voter: memberId(voter), ...messageOf(voter, given) });

  it('keeps two votes of a voter for one height: the second is evidence, a third proves nothing new', () => {
    const pool = new VotePool();
    for (const name of ['a', 'b', 'c']) pool.add(pooled(link(0, 1, name)), () => false);
    expect(pool.size).toBe(2);
    pool.add(pooled(link(0, 1, 'a')), () => false);
    expect(pool.size).toBe(2);
  });

  it('keeps four votes of a voter for blocks that are elsewhere, the highest ones', () => {
    const pool = new VotePool();
    for (let target = 1; target <= 9; target++) pool.add(pooled(link(0, target)), () => true);
    expect(pool.ballots(0).map((ballot) => ballot.link.target.number)).toEqual([6, 7, 8, 9]);
    expect(pool.size).toBe(4);
  });

  it('forgets what is final, and terms before the previous one', () => {
    const pool = new VotePool();
    for (const target of [1, 2, 3]) for (const voter of [0, 1]) pool.add(pooled(link(0, target), voter), () => false);
    pool.prune(0, 2);
    expect(pool.ballots(0).map((ballot) => ballot.link.target.number)).toEqual([3]);
    pool.prune(1, 0);
    expect(pool.size).toBe(0);
    expect(pool.ballots(0)).toEqual([]);
  });

  it('looks at votes from the last final checkpoint up to two above the head, and no further back than the window', () => {
    const { world, tip } = branch(40, { window: 16 });
    const engine = engineOf(world, null);
    engine.start(startOf(tip('c40'), tip('g')), 0);
    const offered = (target: number) => {
      const given = { ...linkOf(world, 'g', 'c1'), target: { number: target, id: `c${target}` } };
      return [0, 1, 2].flatMap((name) => engine.on(heard(messageOf(name, given)), 0)).length;
    };
    expect([24, 25, 40].map(offered)).toEqual([0, 1, 1]);
    // What is out of reach is not even compared.
    const accused = (inner: number, outer: number) => {
      const at = (source: number, target: number): Link => {
        return { term: 0, source: { number: source, id: 's' }, target: { number: target, id: 't' }, handover: EMPTY };
      };
      engine.on(heard(messageOf(3, at(2, inner))), 0);
      return engine.on(heard(messageOf(3, at(1, outer))), 0).map(({ kind }) => kind);
    };
    expect(accused(20, 24)).toEqual([]);
    expect(accused(43, 44)).toEqual([]);
    expect(accused(41, 42)).toEqual(['accuse']);
    const { rules } = statesOf(world, []);
    expect(tip('c40').state.checkpoints.size).toBeLessThanOrEqual(18);
    expect(tip('c40').state.checkpoints.get(0)).toBe('g');
    expect(rules.codec.decode(rules.codec.encode(tip('c40').state))).toEqual(tip('c40').state);
  });

  it('stays total and small under garbage of members', () => {
    const { world, tip } = branch(3);
    const engine = engineOf(world, 0);
    engine.start(startOf(tip('c3'), tip('g')), 0);
    for (let length = 0; length < 200; length++) {
      const payload = Uint8Array.from({ length }, (_, at) => (at * 31 + length) % 256);
      for (const first of [0, 1, 2, 3]) {
        if (length > 0) payload[0] = first;
        const message = { author: memberId(1), payload, signature: EMPTY };
        expect(engine.on(heard(message), 0)).toEqual([]);
      }
    }
  });
});

describe('conflict (rule X)', () => {
  /** Two honest members on two branches, two others that vote on both. */
  function broken(): World {
    const world = new World();
    const [zero, one] = [world.start(0), world.start(1)];
    world.connect([0], [1]);
    for (const [letter, node] of [
      ['A', zero],
      ['B', one],
    ] as const) {
      let parent = 'g';
      for (const height of [1, 2]) {
        const name = `${letter}${height}`;
        const block = world.block(name, parent, node.body(parent));
        node.receiveBlock(block);
        for (const cheat of [2, 3]) node.receive(messageOf(cheat, linkOf(world, parent, name)));
        parent = name;
      }
      expect(node.finals).toEqual([`${letter}1`]);
    }
    world.connect([0, 1]);
    return world;
  }

  it('names at least a third of the weight by votes alone, and votes no more', () => {
    const world = broken();
    const zero = world.node(0);
    for (const name of [1, 2, 3]) zero.receive(messageOf(name, linkOf(world, 'B1', 'B2')));
    expect(zero.traces.map(({ event }) => event)).toContain('FINALITY_CONFLICT');
    const accused = zero.evidence.map(({ kind, offender }) => `${kind}/${offender}`);
    expect(accused).toContain(`equivocation/${memberId(2)}`);
    expect(accused).toContain(`equivocation/${memberId(3)}`);
    expect(accused).toContain(`custom/${memberId(2)}`);
    expect(zero.finals).toEqual(['A1']);
    const votes = () => zero.sent.filter(({ payload }) => payload[0] === 1).length;
    const before = votes();
    let parent = 'A2';
    for (const name of ['A3', 'A4', 'A5']) {
      zero.receiveBlock(world.block(name, parent, { certificates: [], evidence: [] }));
      parent = name;
    }
    expect(votes()).toBe(before);
  });

  it('learns of the other side by what it shows while finality stands still', () => {
    const world = broken();
    const [zero, one] = [world.node(0), world.node(1)];
    for (const [letter, node] of [
      ['A', zero],
      ['B', one],
    ] as const) {
      let parent = `${letter}2`;
      for (let height = 3; height <= 6; height++) {
        const name = `${letter}${height}`;
        node.receiveBlock(world.block(name, parent, { ...node.body(parent), evidence: [] }));
        parent = name;
      }
    }
    const events = [zero, one].map((node) => node.traces.filter(({ event }) => event === 'FINALITY_CONFLICT'));
    expect(events[0]?.length === 1 || events[1]?.length === 1).toBe(true);
    const conflict = [...zero.evidence, ...one.evidence].find((evidence) => evidence.kind === 'custom');
    if (conflict === undefined) throw new Error('no evidence');
    expect(conflict).toMatchObject({ id: 'conflict', offender: memberId(2) });
    // A block that carries it stops the other ones too.
    const halted = world.start(0, new TestGuard());
    halted.receiveBranch(world.block('A1e', 'g', { evidence: [conflict] }));
    expect(halted.traces.map(({ event }) => event)).toContain('FINALITY_CONFLICT');
    expect(halted.sent).toEqual([]);
  });

  it('shows its certificates at every fourth checkpoint that finality stands still', () => {
    const world = broken();
    const zero = world.node(0);
    world.connect([0]);
    let parent = 'A2';
    const shownAt: number[] = [];
    for (let height = 3; height <= 14; height++) {
      const before = zero.sent.length;
      zero.receiveBlock(world.block(`A${height}`, parent, { certificates: [], evidence: [] }));
      parent = `A${height}`;
      if (zero.sent.slice(before).some(({ payload }) => payload[0] === 2)) shownAt.push(height);
    }
    expect(zero.finals).toEqual(['A1']);
    expect(shownAt).toEqual([5, 9, 13]);
  });

  it('shows nothing while finality goes on, and believes no forged quotation', () => {
    const world = new World();
    for (const name of [0, 1, 2, 3]) world.start(name);
    extendAll(world, 9);
    expect(world.node(0).sent.every(({ payload }) => payload[0] === 1)).toBe(true);

    const other = broken();
    const zero = other.node(0);
    const shown = other.node(1);
    let parent = 'B2';
    other.connect([1]);
    for (const name of ['B3', 'B4', 'B5', 'B6']) {
      shown.receiveBlock(other.block(name, parent, { certificates: [], evidence: [] }));
      parent = name;
    }
    const quotation = shown.sent.find(({ payload }) => payload[0] === 2);
    if (quotation === undefined) throw new Error('nothing shown');
    const forged = quotation.payload.slice();
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const before = zero.traces.length;
    zero.receive({ author: memberId(1), payload: forged, signature: member(1).sign(forged) });
    expect(zero.traces.length).toBe(before);
    zero.receive(quotation);
    expect(zero.traces.map(({ event }) => event)).toContain('FINALITY_CONFLICT');
  });

  it('accuses a member of a surround vote that it hears', () => {
    const { world, tip } = branch(5);
    const engine = engineOf(world, null);
    engine.start(startOf(tip('c5'), tip('g')), 0);
    engine.on(heard(messageOf(3, linkOf(world, 'c2', 'c3'))), 0);
    const effects = engine.on(heard(messageOf(3, linkOf(world, 'c1', 'c4'))), 0);
    expect(effects).toMatchObject([{ kind: 'accuse', evidence: { id: 'surround', offender: memberId(3), height: 3 } }]);
    expect(engine.on(heard(messageOf(3, linkOf(world, 'c4', 'c5'))), 0)).toEqual([]);
  });

  it('fills in votes that it missed from what others show', () => {
    const { world, tip } = branch(2);
    const engine = engineOf(world, null);
    engine.start(startOf(tip('c2'), tip('g')), 0);
    const shown = certify(linkOf(world, 'g', 'c1'), [0, 1, 2]);
    const payload = encodeAnnouncement([quoteOf(shown, tip('g').state.term.committee)]);
    const message = { author: memberId(3), payload, signature: member(3).sign(payload) };
    expect(engine.on(heard(message), 0)).toEqual([{ kind: 'offerCertificate', certificate: encodeCertificate(shown) }]);
  });

  it('finality-checkpoint V1: accuses a member of a double vote of which one half is shown only in a certificate', () => {
    const { world, tip } = branch(2);
    const engine = engineOf(world, null);
    engine.start(startOf(tip('c2'), tip('g')), 0);
    const link = linkOf(world, 'g', 'c1');
    const quote = quoteOf(certify(link, [0, 1, 3]), tip('g').state.term.committee);
    const payload = encodeAnnouncement([quote]);
    const announcement = { author: memberId(1), payload, signature: member(1).sign(payload) };
    const direct = messageOf(3, { ...link, target: { number: 1, id: 'elsewhere' } });
    expect(engine.on(heard(direct), 0)).toEqual([]);
    const [evidence, ...more] = engine
      .on(heard(announcement), 0)
      .flatMap((effect) => (effect.kind === 'accuse' ? [effect.evidence] : []));
    if (evidence === undefined) throw new Error('nobody is accused');
    expect(more).toEqual([]);
    const rules = checkpointFinality().createRules(world.config, CONTEXT);
    const checked = checkEvidence(evidence, { decodeHeader: () => undefined, conflictKey: rules.conflictKey });
    if (checked.kind !== 'authentic') throw new Error(checked.code);
    expect(holds(checked.claims)).toBe(true);
    expect(evidence.offender).toBe(memberId(3));
    expect(rules.verifyEvidence?.(evidence, tip('c2').state, checked.subjects)?.kind).toBe('accept');
    // The same votes once more say nothing new.
    expect(engine.on(heard(announcement), 0)).toEqual([]);
  });

  it('counts no quoted signature under a key that is not that of the seat, whatever the crypto port says to it', () => {
    const keyOf = (name: number) => Uint8Array.of(2, name);
    const named = [0, 1, 2, 3].map((name) => ({ id: memberId(name), weight: 1n, publicKey: keyOf(name) }));
    const world = new World({ validators: named });
    const { tip } = statesOf(world, [['c1'], ['c2']]);
    const { committee } = tip('g').state.term;
    const shown = (quote: ReturnType<typeof quoteOf>) => {
      const engine = engineOf(world, null);
      engine.start(startOf(tip('c2'), tip('g')), 0);
      const payload = encodeAnnouncement([quote]);
      return engine.on(heard({ author: memberId(9), payload, signature: EMPTY }), 0).map(({ kind }) => kind);
    };
    const quote = quoteOf(certify(linkOf(world, 'g', 'c1'), [0, 1, 2]), committee);
    expect(shown(quote)).toEqual(['offerCertificate']);
    const forge = (publicKey: Uint8Array | null) => quote.signers.map((signer) => ({ ...signer, publicKey }));
    for (const publicKey of [keyOf(9), null]) expect(shown({ ...quote, signers: forge(publicKey) })).toEqual([]);
  });

  it('finalises late by what blocks carry', () => {
    const world = new World();
    for (const name of [0, 1, 2]) world.start(name);
    extendAll(world, 3);
    const late = world.start(3);
    expect(late.finals).toEqual([]);
    late.receiveBranch(world.blocks.get('c3') ?? world.genesis);
    expect(late.finals).toEqual(['c1']);
  });
});
