import type { Artefact, Evidence, Fact } from '@fiducia/consensus';
import { describe, expect, it } from 'vitest';
import type { PbftConfig, PbftState } from '../src/index.ts';
import type { PbftMessage } from '../src/message.ts';
import {
  childOf,
  configOf,
  GENESIS,
  genesisTip,
  nodeId,
  rulesOf,
  seats,
  sha256,
  signed,
  startOf,
  text,
} from './support.ts';

const admission = (actor: string): Fact => ({ kind: 'admission', actor, deposit: 5n, category: 'wind' });
const exit = (actor: string): Fact => ({ kind: 'exit', actor });
const ballot = (from: string, to: string, weight = 1n): Fact => ({ kind: 'ballot', from, to, weight });
const ballots = (to: string, ...from: readonly number[]): Fact[] => from.map((index) => ballot(nodeId(index), to));

/** States over the heights; one list of facts per block. */
function run(
  facts: readonly (readonly Fact[])[],
  raw: Partial<Record<keyof PbftConfig, unknown>> = {},
  start = seats(4),
) {
  const config = configOf(raw);
  const rules = rulesOf(config);
  let { header, state } = genesisTip(start, config);
  for (const list of facts) {
    header = childOf(header, nodeId(0));
    state = rules.applyHeader(state, header, list);
  }
  return state;
}

const weights = (state: PbftState) =>
  Object.fromEntries(state.validators.map(({ id, weight }) => [id.replace('node-', ''), Number(weight)]));

const setOf = (...indexes: readonly number[]): Fact[] => [
  { kind: 'validators', validators: indexes.map((index) => ({ id: nodeId(index), weight: 1n })) },
];

const equivocation = (offender: string, height: number): Evidence => ({
  kind: 'equivocation',
  subject: 'message',
  era: 0,
  protocol: 'pbft@1',
  offender,
  height,
  first: Uint8Array.of(1),
  second: Uint8Array.of(2),
});

const proven = (offender: string): Fact => ({ kind: 'evidence', evidence: equivocation(offender, 1) });

describe('pbft Q1: who votes on the next height', () => {
  it.each<[string, readonly (readonly Fact[])[], Record<string, number>]>([
    ['nothing happens', [[]], { '00': 1, '01': 1, '02': 1, '03': 1 }],
    ['somebody is admitted: heard, not counted', [[admission('new')]], { '00': 1, '01': 1, '02': 1, '03': 1, new: 0 }],
    [
      'half of the seats vote for it',
      [[admission('new')], ballots('new', 0, 1)],
      { '00': 1, '01': 1, '02': 1, '03': 1, new: 0 },
    ],
    [
      'more than half of the seats vote for it',
      [[admission('new')], ballots('new', 0, 1, 2)],
      { '00': 1, '01': 1, '02': 1, '03': 1, new: 1 },
    ],
    [
      'a ballot is withdrawn in time',
      [[admission('new')], ballots('new', 0, 1), [ballot(nodeId(0), 'new', 0n)], ballots('new', 2)],
      { '00': 1, '01': 1, '02': 1, '03': 1, new: 0 },
    ],
    [
      'ballots of those without a seat',
      [
        [admission('new'), admission('x'), admission('y')],
        [ballot('x', 'new'), ballot('y', 'new'), ...ballots('new', 0, 1)],
      ],
      { '00': 1, '01': 1, '02': 1, '03': 1, new: 0, x: 0, y: 0 },
    ],
    [
      'ballots before admission do not count',
      [ballots('new', 0, 1, 2), [admission('new')]],
      { '00': 1, '01': 1, '02': 1, '03': 1, new: 0 },
    ],
    [
      'a seat stays when ballots are withdrawn',
      [[admission('new')], ballots('new', 0, 1, 2), [ballot(nodeId(0), 'new', 0n)]],
      { '00': 1, '01': 1, '02': 1, '03': 1, new: 1 },
    ],
    ['somebody leaves', [[exit(nodeId(2))]], { '00': 1, '01': 1, '03': 1 }],
    [
      'somebody leaves and comes back',
      [[exit(nodeId(2))], [admission(nodeId(2))]],
      { '00': 1, '01': 1, '02': 0, '03': 1 },
    ],
    [
      'all leave but one, and then that one too',
      [[0, 1, 2].map((index) => exit(nodeId(index))), [exit(nodeId(3))]],
      { '03': 1 },
    ],
    ['all leave at once', [[0, 1, 2, 3].map((index) => exit(nodeId(index)))], { '00': 1, '01': 1, '02': 1, '03': 1 }],
    [
      'the last leavers go when somebody is there again',
      [[0, 1, 2, 3].map((index) => exit(nodeId(index))), [admission(nodeId(1))]],
      { '01': 1 },
    ],
    ['somebody contradicted itself', [[proven(nodeId(1))]], { '00': 1, '02': 1, '03': 1 }],
    [
      'it is admitted again all the same',
      [[proven(nodeId(1))], [admission(nodeId(1)), ...ballots(nodeId(1), 0, 2, 3)]],
      { '00': 1, '02': 1, '03': 1 },
    ],
    [
      'the ledger decides',
      [
        [
          {
            kind: 'validators',
            validators: [
              { id: 'a', weight: 7n },
              { id: nodeId(1), weight: 2n },
            ],
          },
        ],
      ],
      { '00': 0, '01': 1, '02': 0, '03': 0, a: 1 },
    ],
    ['the ledger names nobody', [[{ kind: 'validators', validators: [] }]], { '00': 1, '01': 1, '02': 1, '03': 1 }],
    [
      'the ledger names an offender',
      [[proven(nodeId(1))], [{ kind: 'validators', validators: seats(3) }]],
      { '00': 1, '02': 1, '03': 0 },
    ],
    [
      'names that no state can hold',
      [[admission('with space'), admission('é'), admission('')]],
      { '00': 1, '01': 1, '02': 1, '03': 1 },
    ],
  ])('%s', (_title, facts, expected) => {
    expect(weights(run(facts))).toEqual(expected);
  });

  it('counts the same however many ballots there are', () => {
    const others = ['a', 'b', 'c', 'd', 'e', 'f'];
    const noise = others.flatMap((from) => others.map((to) => ballot(from, to)));
    const elected = (supporters: readonly number[], more: readonly Fact[]) =>
      weights(run([others.map(admission), [...more, ...ballots('a', ...supporters)]], {}, seats(3))).a;
    for (const more of [[], noise])
      expect([[0], [0, 2]].map((supporters) => elected(supporters, more))).toEqual([0, 1]);
  });

  it('ballots seat nobody where all seats are taken, or weights count', () => {
    const facts = [[admission('new')], ballots('new', 0, 1, 2, 3)];
    expect(weights(run(facts, { maxValidators: 4 })).new).toBe(0);
    expect(weights(run(facts, { weighted: true })).new).toBe(0);
    expect(weights(run(facts)).new).toBe(1);
  });

  it('the set is the same object while it does not change', () => {
    const rules = rulesOf();
    const tip = genesisTip();
    const next = rules.applyHeader(tip.state, childOf(GENESIS, nodeId(1)), [ballot(nodeId(0), nodeId(1))]);
    expect(rules.validators(next)).toBe(rules.validators(tip.state));
    expect(next).toMatchObject({ height: 1, proposer: nodeId(1) });
    expect(next.ballots.size).toBe(1);
  });

  it('reads seats and ballots of the census, and no set that the ledger lists there', () => {
    const census: Fact[] = [
      admission('new'),
      ...ballots('new', 0, 1, 2),
      { kind: 'validators', validators: [{ id: 'x', weight: 1n }] },
    ];
    expect(weights(rulesOf().initialState(startOf(seats(4), census)))).toEqual({
      '00': 1,
      '01': 1,
      '02': 1,
      '03': 1,
      new: 1,
    });
  });

  it('leavers answer for what they signed while it can be reported, then they are forgotten', () => {
    const raw = { evidenceBlocks: 10 };
    const after = (blocks: number) =>
      run([[exit(nodeId(2)), ballot(nodeId(2), nodeId(1))], ...Array.from({ length: blocks }, () => [])], raw);
    expect(after(9).members).toHaveLength(4);
    expect(after(9).ballots.size).toBe(1);
    expect(after(10).members).toHaveLength(3);
    expect(after(10).ballots.size).toBe(0);
  });
});

describe('pbft section 12: what a seat is bound to', () => {
  it('whoever contradicted itself gets none from the ledger, however long ago that was', () => {
    const later = Array.from({ length: 12 }, () => []);
    const state = run([[proven(nodeId(1))], ...later, setOf(0, 1, 2)], { evidenceBlocks: 10 });
    expect(weights(state)).toEqual({ '00': 1, '02': 1, '03': 0 });
  });

  it('seats that nobody could take are handed over to the next era', () => {
    const rules = rulesOf();
    const handed = (state: PbftState) => rules.exportHandover(state, GENESIS).validators.map(({ id }) => id);
    expect(handed(run([[exit(nodeId(2))]]))).toEqual([0, 1, 3].map(nodeId));
    expect(handed(run([[0, 1, 2, 3].map((index) => exit(nodeId(index)))]))).toEqual([0, 1, 2, 3].map(nodeId));
  });

  it('a set from the ledger gets its seats where the register is full, and the register stays within bounds', () => {
    const crowd = Array.from({ length: 4_096 }, (_, index) => admission(`crowd-${String(index).padStart(4, '0')}`));
    const full = run([crowd, [ballot('crowd-0000', 'crowd-0001')]]);
    expect(full.members).toHaveLength(4_096);
    const named: Fact = { kind: 'validators', validators: ['a', 'b', nodeId(1)].map((id) => ({ id, weight: 1n })) };
    const { codec, applyHeader, validators } = rulesOf();
    const state = applyHeader(full, childOf(childOf(childOf(GENESIS, nodeId(0)), nodeId(0)), nodeId(0)), [named]);
    expect(validators(state).filter(({ weight }) => weight > 0n)).toHaveLength(3);
    expect(validators(state).length).toBeLessThanOrEqual(4_096);
    // Whoever still answers for a seat keeps its place.
    expect(state.members.filter(({ id }) => [0, 2, 3].map(nodeId).includes(id))).toHaveLength(3);
    expect(codec.decode(codec.encode(state))).toEqual(state);
  });
});

describe('pbft M3: evidence', () => {
  const message: PbftMessage = { kind: 'prepare', height: 1, round: 0, digest: sha256(text('a')) };
  const subject = (overrides: Partial<PbftMessage> = {}, author = nodeId(1)): Artefact => ({
    kind: 'message',
    message: signed(author, { ...message, ...overrides } as PbftMessage),
  });
  const judge = (state: PbftState, evidence: Evidence, subjects: readonly Artefact[], raw = {}) => {
    const verdict = rulesOf(configOf(raw)).verifyEvidence?.(evidence, state, subjects);
    return verdict?.kind === 'reject' ? verdict.code : verdict?.kind;
  };
  const state = run([]);
  const evidence = equivocation(nodeId(1), 1);

  it.each<[string, () => string | undefined, string]>([
    ['of a seat', () => judge(state, evidence, [subject()]), 'accept'],
    ['whatever height the reporter names', () => judge(state, { ...evidence, height: 77 }, [subject()]), 'accept'],
    ['of a height just ahead', () => judge(state, evidence, [subject({ height: 11 })]), 'accept'],
    ['of a height too far ahead', () => judge(state, evidence, [subject({ height: 12 })]), 'EVIDENCE_TOO_EARLY'],
    ['of nobody', () => judge(state, equivocation('x', 1), [subject({}, 'x')]), 'UNKNOWN_OFFENDER'],
    [
      'of headers, which nobody signs',
      () =>
        judge(state, { ...evidence, subject: 'header' } as Evidence, [
          { kind: 'header', header: childOf(GENESIS, nodeId(1)) },
        ]),
      'EVIDENCE_NOT_PROVABLE',
    ],
    [
      'of a kind of its own',
      () => judge(state, { ...evidence, kind: 'custom', id: 'x', data: Uint8Array.of() } as Evidence, []),
      'EVIDENCE_NOT_PROVABLE',
    ],
    [
      'of somebody without a seat',
      () => judge(run([[admission('x')]]), equivocation('x', 1), [subject({}, 'x')]),
      'UNKNOWN_OFFENDER',
    ],
    ['of a leaver, for its last height', () => judge(run([[exit(nodeId(1))]]), evidence, [subject()]), 'accept'],
    [
      'of a leaver, for a height after it',
      () => judge(run([[exit(nodeId(1))]]), evidence, [subject({ height: 2 })]),
      'UNKNOWN_OFFENDER',
    ],
    [
      'of a member, for a height before its seat',
      () => judge(run([[admission('x')], ballots('x', 0, 1, 2)]), equivocation('x', 2), [subject({ height: 2 }, 'x')]),
      'UNKNOWN_OFFENDER',
    ],
    [
      'of that member, for the first height of its seat',
      () => judge(run([[admission('x')], ballots('x', 0, 1, 2)]), equivocation('x', 3), [subject({ height: 3 }, 'x')]),
      'accept',
    ],
    [
      'of a seat that was lost and given back since',
      () =>
        judge(run([...[1, 0].map((first) => setOf(first, 2, 3)), []]), equivocation(nodeId(0), 1), [
          subject({}, nodeId(0)),
        ]),
      'accept',
    ],
    [
      'of a seat that was given back when nothing of its first term could be reported any more',
      () => {
        const config = { evidenceBlocks: 10 };
        const away = Array.from({ length: 10 }, () => []);
        const returned = run([setOf(1, 2, 3), ...away, setOf(0, 2, 3)], config);
        return judge(returned, equivocation(nodeId(0), 12), [subject({ height: 12 }, nodeId(0))], config);
      },
      'UNKNOWN_OFFENDER',
    ],
    ['of whom paid already', () => judge(run([[proven(nodeId(1))]]), evidence, [subject()]), 'EVIDENCE_DUPLICATE'],
    [
      'as old as it may be',
      () => judge(run(Array.from({ length: 10 }, () => [])), evidence, [subject()], { evidenceBlocks: 10 }),
      'accept',
    ],
    [
      'older',
      () => judge(run(Array.from({ length: 11 }, () => [])), evidence, [subject()], { evidenceBlocks: 10 }),
      'EVIDENCE_TOO_OLD',
    ],
  ])('%s', (_title, verdict, expected) => {
    expect(verdict()).toBe(expected);
  });

  it('costs each offender once per block, and rewards the author', () => {
    const directives = (given: readonly Evidence[], raw = {}, from = state) =>
      rulesOf(configOf(raw)).directives?.(from, childOf(GENESIS, nodeId(0)), given);
    const reason = 'EQUIVOCATION';
    const slash = { kind: 'slash', actor: nodeId(1), partsPerMillion: 1_000_000, reason };
    const jail = { kind: 'jail', actor: nodeId(1), untilHeight: null, reason };
    expect(directives([evidence, { ...evidence, height: 9 }])).toEqual([slash, jail]);
    expect(directives([], { blockReward: '7' })).toEqual([{ kind: 'reward', actor: nodeId(0), units: 7n }]);
    expect(directives([evidence], { slashPpm: 0 })).toEqual([jail]);
    expect(directives([evidence], {}, run([[proven(nodeId(1))]]))).toEqual([]);
    expect(directives([{ ...evidence, protocol: 'finality-checkpoint@1' }])).toEqual([]);
    expect(directives([{ ...evidence, protocol: 'pos@1', era: 3 }])).toEqual([slash, jail]);
    expect(directives([equivocation('stranger', 1)])).toEqual([]);
  });
});
