import type { Artefact, Directive, Evidence, HeaderContext, SignedMessage } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import { conflictEvidence, surroundEvidence } from '../src/evidence.ts';
import { encodeVote, type Link } from '../src/index.ts';
import {
  type BlockBody,
  CONTEXT,
  certify,
  EMPTY,
  factsOf,
  headerOf,
  holds,
  linkOf,
  member,
  memberId,
  SCOPE,
  statesOf,
  TestGuard,
  validators,
  World,
} from './support.ts';

const link = (source: number, target: number, branch = ''): Link => ({
  term: 0,
  source: { number: source, id: `b${source}${branch}` },
  target: { number: target, id: `b${target}${branch}` },
  handover: EMPTY,
});

const vote = (name: number, given: Link): SignedMessage => {
  const payload = encodeVote(given);
  return { author: memberId(name), payload, signature: member(name).sign(payload) };
};

const signed = (name: number, given: Link) => ({ link: given, ...vote(name, given) });

/** All pairs of votes with checkpoints up to 5. */
const links = [0, 1, 2, 3, 4].flatMap((source) =>
  [1, 2, 3, 4, 5].filter((target) => target > source).map((target) => link(source, target)),
);
const pairs = links.flatMap((first) => links.map((second) => [first, second] as const));

describe('what a voter may sign', () => {
  it('finality-checkpoint V1 and V2: of all orderings the marks allow exactly pairs that break neither rule', () => {
    for (const [first, second] of pairs) {
      const guard = new TestGuard();
      const place = ({ source, target }: Link) => ({
        lane: 'vote',
        sequence: [0, target.number],
        floors: { source: source.number },
      });
      guard.sign(encodeVote(first), place(first));
      const answer = guard.sign(encodeVote(second), place(second));
      const isOffence = offends(first, second);
      // A refused pair may be harmless: the marks also refuse what comes too late.
      const isSigned = answer !== undefined && answer.join() === encodeVote(second).join();
      if (isSigned) expect(isOffence).toBe(false);
      const isLater = second.target.number > first.target.number && second.source.number >= first.source.number;
      expect(isSigned).toBe(isLater || first === second);
    }
  });
});

/** V1 and V2 as the specification words them. */
function offends(a: Link, b: Link): boolean {
  if (a.target.number === b.target.number) return encodeVote(a).join() !== encodeVote(b).join();
  const surrounds = (s1: number, s2: number, t2: number, t1: number) => s1 < s2 && s2 < t2 && t2 < t1;
  return (
    surrounds(a.source.number, b.source.number, b.target.number, a.target.number) ||
    surrounds(b.source.number, a.source.number, a.target.number, b.target.number)
  );
}

describe('what two votes prove', () => {
  const world = new World();
  const { rules, tip } = statesOf(world, [['c1'], ['c2']]);
  const config = world.config;

  it('finality-checkpoint V1: two votes for one height have one conflict key, others do not', () => {
    for (const [first, second] of pairs) {
      const keys = [first, second].map((given) => rules.conflictKey?.({ kind: 'message', message: vote(3, given) }));
      expect(keys[0] === keys[1]).toBe(first.target.number === second.target.number);
    }
    const other = rules.conflictKey?.({ kind: 'message', message: vote(2, link(0, 1)) });
    expect(other).not.toBe(rules.conflictKey?.({ kind: 'message', message: vote(3, link(0, 1)) }));
    expect(
      rules.conflictKey?.({ kind: 'message', message: { ...vote(3, link(0, 1)), payload: EMPTY } }),
    ).toBeUndefined();
  });

  it('finality-checkpoint V2: exactly surround votes are evidence, in one order', () => {
    for (const [outer, inner] of pairs) {
      const evidence = surroundEvidence(memberId(3), signed(3, outer), signed(3, inner), config, SCOPE);
      const verdict = rules.verifyEvidence?.(evidence, tip('c2').state, []);
      const isSurround = outer.source.number < inner.source.number && inner.target.number < outer.target.number;
      expect(verdict?.kind).toBe(isSurround ? 'accept' : 'reject');
      if (verdict?.kind === 'accept') expect(holds(verdict.claims)).toBe(true);
    }
  });

  it('refuses forged, relabelled and foreign evidence, each with its code', () => {
    const true1 = surroundEvidence(memberId(3), signed(3, link(0, 5)), signed(3, link(1, 2)), config, SCOPE);
    const judge = (evidence: Evidence, state = tip('c2').state) => {
      const verdict = rules.verifyEvidence?.(evidence, state, []);
      return verdict?.kind === 'reject' ? verdict.code : holds(verdict?.kind === 'accept' ? verdict.claims : []);
    };
    expect(judge(true1)).toBe(true);
    expect(judge({ ...true1, height: 3 })).toBe('EVIDENCE_NOT_PROVABLE');
    expect(judge({ ...true1, height: 1_000 })).toBe('EVIDENCE_TOO_EARLY');
    expect(judge({ ...true1, offender: memberId(2) })).toBe(false);
    expect(judge({ ...true1, offender: memberId(9) })).toBe('UNKNOWN_OFFENDER');
    if (true1.kind !== 'custom') throw new Error('no custom evidence');
    expect(judge({ ...true1, id: 'other' })).toBe('EVIDENCE_KIND');
    expect(judge({ ...true1, data: true1.data.subarray(1) })).toBe('EVIDENCE_NOT_PROVABLE');
    const { kind: _kind, id: _id, data: _data, ...base } = true1;
    expect(judge({ ...base, kind: 'invalidHeader', header: EMPTY, code: 'X' })).toBe('EVIDENCE_KIND');
    const later = (given: Link) => ({ ...given, term: 1 });
    const early = surroundEvidence(
      memberId(3),
      signed(3, later(link(0, 5))),
      signed(3, later(link(1, 2))),
      config,
      SCOPE,
    );
    expect(judge(early)).toBe('EVIDENCE_TOO_EARLY');
    const mixed = surroundEvidence(memberId(3), signed(3, later(link(0, 5))), signed(3, link(1, 2)), config, SCOPE);
    expect(judge(mixed)).toBe('EVIDENCE_NOT_PROVABLE');
  });

  it('finality-checkpoint V2: votes ahead of the head count, however far apart checkpoints are', () => {
    const apart = new World({ config: { every: 30, delay: 6 } });
    const { header, state } = statesOf(apart, []).tip('g');
    const judge = (inner: Link, height: number) => {
      const evidence = surroundEvidence(memberId(3), signed(3, link(0, 5)), signed(3, inner), apart.config, SCOPE);
      const verdict = apart.plugin
        .createRules(apart.config, CONTEXT)
        .verifyEvidence?.(evidence, { ...state, height: header.height + height }, []);
      return verdict?.kind === 'reject' ? verdict.code : verdict?.kind;
    };
    // The last checkpoint is 0, and votes are kept for the two after it.
    expect([judge(link(1, 2), 0), judge(link(1, 2), 29)]).toEqual(['accept', 'accept']);
    expect([judge(link(1, 4), 0), judge(link(1, 4), 60)]).toEqual(['EVIDENCE_TOO_EARLY', 'accept']);
  });

  it('finality-checkpoint O3: the next committee answers for its votes as soon as they are kept', () => {
    const pending = new World({ config: { grace: 1 } });
    const { rules: judge, tip: at } = statesOf(pending, [['c1', { validators: validators(3, 4, 5, 6) }], ['c2']]);
    const early = (given: Link): Link => ({ ...given, term: 1 });
    const surround = (name: number) =>
      surroundEvidence(
        memberId(name),
        signed(name, early(link(0, 5))),
        signed(name, early(link(1, 2))),
        pending.config,
        SCOPE,
      );
    const codeOf = (evidence: Evidence, block: string, subjects: readonly Artefact[] = []) => {
      const verdict = judge.verifyEvidence?.(evidence, at(block).state, subjects);
      return verdict?.kind === 'reject' ? verdict.code : verdict?.kind;
    };
    expect(at('c1').state.handover).toEqual({ boundary: 2, fixed: null });
    expect(codeOf(surround(4), 'c1')).toBe('EVIDENCE_TOO_EARLY');
    expect(at('c2').state).toMatchObject({ term: { number: 0 }, handover: { fixed: { id: 'c2' } } });
    expect(codeOf(surround(4), 'c2')).toBe('accept');
    expect(codeOf(surround(0), 'c2')).toBe('UNKNOWN_OFFENDER');
    const { kind: _kind, ...base } = surround(4);
    const double = { ...base, kind: 'equivocation', subject: 'message', first: EMPTY, second: EMPTY } as Evidence;
    const subjects = [early(link(0, 3)), early(link(0, 3, '-rival'))].map((given) => {
      return { kind: 'message', message: vote(4, given) } as const;
    });
    expect(codeOf(double, 'c2', subjects)).toBe('accept');
    // It is charged once, by the block that carries it.
    const next = headerOf('c3', at('c2').header);
    const directives = judge.directives?.(at('c2').state, next, [surround(4)]) ?? [];
    expect(directives.map((directive) => 'actor' in directive && directive.actor)).toEqual([memberId(4), memberId(4)]);
    const after = judge.applyHeader(at('c2').state, next, factsOf({ evidence: [surround(4)] }));
    expect(after.punished.get(memberId(4))).toBe(0);
    expect(judge.verifyEvidence?.(surround(4), after, [])).toMatchObject({ code: 'EVIDENCE_DUPLICATE' });
  });

  it('finality-checkpoint O3: a double vote is one across rival roots too', () => {
    const [a, b] = [vote(3, link(0, 1)), vote(3, link(0, 1, '-rival'))];
    const evidence: Evidence = {
      kind: 'equivocation',
      subject: 'message',
      era: 0,
      protocol: SCOPE.protocol,
      offender: memberId(3),
      height: 2,
      first: EMPTY,
      second: EMPTY,
    };
    const subjects = [a, b].map((message) => ({ kind: 'message', message }) as const);
    expect(rules.verifyEvidence?.(evidence, tip('c2').state, subjects)?.kind).toBe('accept');
    const header = { kind: 'header', header: world.genesis.header } as const;
    expect(rules.verifyEvidence?.(evidence, tip('c2').state, [header, header])).toMatchObject({
      code: 'EVIDENCE_NOT_PROVABLE',
    });
  });
});

describe('what an offence costs', () => {
  const context: HeaderContext = { ...headerOf('next', null), height: 3 };
  const surround = (world: World, name: number) =>
    surroundEvidence(memberId(name), signed(name, link(0, 5)), signed(name, link(1, 2)), world.config, SCOPE);

  function punished(
    config: Record<string, unknown>,
    body: (world: World) => readonly Evidence[],
    earlier: readonly Evidence[] = [],
  ) {
    const world = new World({ config });
    const { rules, tip } = statesOf(world, [['c1', { evidence: earlier }]]);
    return rules.directives?.(tip('c1').state, context, body(world)) ?? [];
  }

  it('a part of the deposit and a jail, once per member and term', () => {
    const expected: Directive[] = [
      { kind: 'slash', actor: memberId(3), partsPerMillion: 100_000, reason: 'FINALITY_VOTE' },
      { kind: 'jail', actor: memberId(3), untilHeight: 10_003, reason: 'FINALITY_VOTE' },
    ];
    expect(punished({}, (world) => [surround(world, 3)])).toEqual(expected);
    expect(punished({}, (world) => [surround(world, 3), { ...surround(world, 3), height: 7 }])).toEqual(expected);
    const world = new World();
    expect(punished({}, () => [surround(world, 3)], [surround(world, 3)])).toEqual([]);
    expect(punished({ slashPpm: 0, jailBlocks: 0 }, (given) => [surround(given, 3)])).toEqual([]);
    expect(punished({}, (given) => [{ ...surround(given, 3), protocol: 'pos@1' }])).toEqual([]);
  });

  it('cannot be charged again later', () => {
    const world = new World();
    const { rules, tip } = statesOf(world, [['c1', { evidence: [surround(world, 3)] }]]);
    expect(rules.verifyEvidence?.(surround(world, 3), tip('c1').state, [])).toMatchObject({
      code: 'EVIDENCE_DUPLICATE',
    });
    expect(rules.verifyEvidence?.(surround(world, 2), tip('c1').state, [])?.kind).toBe('accept');
  });

  it('is forgotten with the term after the next, when the offence can no longer be reported', () => {
    const world = new World({ config: { grace: 1 } });
    const names = [0, 1, 2, 3, 4, 5, 6, 7];
    for (const name of names) world.start(name);
    const zero = world.node(0);
    let parent = 'g';
    const bodies: Record<string, BlockBody> = {
      c1: { validators: validators(4, 5, 6, 7), evidence: [surround(world, 3)] },
      c4: { validators: validators(0, 1, 2, 3) },
    };
    for (let height = 1; height <= 10; height++) {
      const block = world.block(`c${height}`, parent, { ...zero.body(parent), ...bodies[`c${height}`] });
      for (const node of world.nodes.values()) node.receiveBlock(block);
      parent = block.header.id;
    }
    const at = (name: string) => zero.tips.get(name)?.state;
    const terms = [...zero.tips.values()].map(({ state }) => state.term.number);
    expect(terms.at(-1)).toBe(2);
    expect(at('c4')?.term.number).toBe(1);
    expect(at('c4')?.punished.get(memberId(3))).toBe(0);
    expect(zero.head.state.punished.size).toBe(0);
    expect(zero.rules.verifyEvidence?.(surround(world, 3), zero.head.state, [])).toMatchObject({
      code: 'EVIDENCE_TOO_OLD',
    });
  });
});

describe('conflict (rule X)', () => {
  const certificates = (world: World) => {
    world.block('A1', 'g');
    world.block('B1', 'g');
    const [a, b] = [linkOf(world, 'g', 'A1'), linkOf(world, 'g', 'B1')];
    return { a: certify(a, [0, 2, 3]), b: certify(b, [1, 2, 3]) };
  };

  it('two certificates that contradict each other name at least a third of the weight, and all of it pays', () => {
    const world = new World();
    const { a, b } = certificates(world);
    const { rules, tip } = statesOf(world, [['A1']]);
    const { committee } = tip('g').state.term;
    const evidence = conflictEvidence(a, b, committee, world.config, SCOPE);
    if (evidence === undefined) throw new Error('no conflict');
    expect(conflictEvidence(b, a, committee, world.config, SCOPE)).toEqual(evidence);
    expect(evidence).toMatchObject({ kind: 'custom', id: 'conflict', offender: memberId(2), height: 1 });
    const verdict = rules.verifyEvidence?.(evidence, tip('A1').state, []);
    expect(verdict?.kind === 'accept' && verdict.claims.length === 6 && holds(verdict.claims)).toBe(true);
    const directives = rules.directives?.(tip('A1').state, { ...headerOf('x', null), height: 2 }, [evidence]) ?? [];
    const slashed = directives.flatMap((item) => (item.kind === 'slash' ? [item.actor] : []));
    expect(slashed).toEqual([memberId(2), memberId(3)]);
    const after = rules.applyHeader(
      tip('A1').state,
      headerOf('A2', tip('A1').header),
      factsOf({ evidence: [evidence] }),
    );
    expect(after.isBroken).toBe(true);
    expect(rules.verifyEvidence?.(evidence, after, [])).toMatchObject({ code: 'EVIDENCE_DUPLICATE' });
  });

  it('nothing else does: not one link twice, nor too little weight, nor another name, height or order', () => {
    const world = new World();
    const { a, b } = certificates(world);
    const { rules, tip } = statesOf(world, [['A1']]);
    const { committee } = tip('g').state.term;
    expect(conflictEvidence(a, { ...a, voters: [0, 1, 2] }, committee, world.config, SCOPE)).toBeUndefined();
    const evidence = conflictEvidence(a, b, committee, world.config, SCOPE);
    if (evidence?.kind !== 'custom') throw new Error('no conflict');
    const refused = (changed: Evidence) => rules.verifyEvidence?.(changed, tip('A1').state, []);
    const code = { kind: 'reject', code: 'EVIDENCE_NOT_PROVABLE' };
    expect(refused({ ...evidence, offender: memberId(3) })).toEqual(code);
    expect(refused({ ...evidence, height: 2 })).toEqual(code);
    expect(refused({ ...evidence, data: EMPTY })).toEqual(code);
    const half = Math.floor(evidence.data.length / 2);
    const swapped = new Uint8Array([...evidence.data.subarray(half), ...evidence.data.subarray(0, half)]);
    expect(refused({ ...evidence, data: swapped })).toEqual(code);
    const light = conflictEvidence(certify(a.link, [2, 3]), b, committee, world.config, SCOPE);
    if (light === undefined) throw new Error('no conflict');
    expect(refused(light)).toEqual(code);
    const strange = conflictEvidence(
      { ...a, link: { ...a.link, term: 7 } },
      { ...b, link: { ...b.link, term: 7 } },
      committee,
      world.config,
      SCOPE,
    );
    if (strange === undefined) throw new Error('no conflict');
    expect(refused(strange)).toEqual({ kind: 'reject', code: 'EVIDENCE_TOO_OLD' });
  });
});
