import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  behaviourFactor,
  collectActivities,
  compositeTrust,
  depositShare,
  historicalTrust,
  participationFactor,
  type TrustFact,
  tierOf,
  trustDecay,
  trustPreset,
  voteShare,
} from '../src/index.ts';
import type { RoundLog } from './support/naive-model.ts';
import { casesOf, PAPER_PARAMS, paramsOf } from './support/vectors.ts';
import { createWorld, nextRound, recordOf, scoreOf, type World } from './support/world.ts';

interface BlockEntry {
  readonly height?: number;
  readonly from?: number;
  readonly to?: number;
  readonly votes?: readonly number[];
  readonly correct?: readonly number[];
  readonly malicious?: readonly number[];
  readonly miss?: readonly number[];
}

type Parts = Record<'historicalTrust' | 'voteShare' | 'depositShare' | 'dynamicTrust', number>;
type Figures = Readonly<Record<string, number>>;

const paper = trustPreset('paper');

test('the vectors are made for profile paper', () => {
  expect(PAPER_PARAMS).toEqual(paper);
});

describe('formulas', () => {
  test.each([...casesOf<Parts, number>('TV01'), ...casesOf<Parts, number>('TV08'), ...casesOf<Parts, number>('TV09')])(
    'TV01, TV08, TV09 (trust R1): composite trust of $in is $out',
    (vector) => {
      const { historicalTrust: historical, voteShare: votes, depositShare: deposit, dynamicTrust: dynamic } = vector.in;
      expect(compositeTrust({ historical, votes, deposit, dynamic }, paramsOf(vector))).toBe(vector.out);
    },
  );

  test.each(casesOf<{ correct: number; malicious: number }, number>('TV02'))(
    'TV02 (trust A1): behaviour factor of $in is $out',
    (vector) => {
      expect(behaviourFactor(vector.in.correct, vector.in.malicious, paramsOf(vector))).toBe(vector.out);
    },
  );

  test.each(casesOf<{ voted: number; rounds: number }, number>('TV03'))(
    'TV03 (trust B1): participation factor of $in is $out',
    (vector) => {
      expect(participationFactor(vector.in.voted, vector.in.rounds, paramsOf(vector))).toBe(vector.out);
    },
  );

  test.each(casesOf<{ behaviourFactor: number; participationFactor: number }, number>('TV04'))(
    'TV04 (trust H1): historical trust of $in is $out',
    (vector) => {
      const { behaviourFactor: behaviour, participationFactor: participation } = vector.in;
      expect(historicalTrust(behaviour, participation, paramsOf(vector))).toBe(vector.out);
    },
  );

  test.each(casesOf<{ idle: number }, number>('TV05'))(
    'TV05 (trust D2): idle loss under $params after $in is $out',
    (vector) => {
      expect(trustDecay(vector.in.idle, paramsOf(vector))).toBe(vector.out);
    },
  );

  test.each(casesOf<{ votes: string; totalVotes: string; voteSaturation: number }, number>('TV06'))(
    'TV06 (trust V1): vote share of $in is $out',
    ({ in: { votes, totalVotes, voteSaturation }, out }) => {
      expect(voteShare(BigInt(votes), BigInt(totalVotes), { ...paper, voteSaturation })).toBe(out);
    },
  );

  test.each(casesOf<{ deposit: string; depositTarget: string }, number>('TV07'))(
    'TV07 (trust M1): deposit share of $in is $out',
    (vector) => {
      expect(depositShare(BigInt(vector.in.deposit), BigInt(vector.in.depositTarget))).toBe(vector.out);
    },
  );

  test.each(casesOf<Figures, { tier: string; compositeTrust?: number }>('TV17'))(
    'TV17 (trust C1): $in is $out',
    (vector) => {
      const params = paramsOf(vector);
      const composite = vector.in.compositeTrust ?? compositeWithOffences(vector.in);
      expect(tierOf(composite, params)).toBe(vector.out.tier);
      expect(composite).toBe(vector.out.compositeTrust ?? vector.in.compositeTrust);
    },
  );

  function compositeWithOffences(given: Figures): number {
    const behaviour = behaviourFactor(given.correct ?? 0, given.offences ?? 0, paper);
    const historical = historicalTrust(behaviour, given.participationFactor ?? 0, paper);
    const { voteShare: votes = 0, depositShare: deposit = 0, dBase: dynamic = 0 } = given;
    return compositeTrust({ historical, votes, deposit, dynamic }, paper);
  }
});

describe('scenarios', () => {
  test.each(
    casesOf<
      { nodes: number; initial: { dBase: number; lastActive: number }; blocks: readonly BlockEntry[] },
      Readonly<{ dBase: number; voted: number; correct: number; malicious: number; lastActive: number }>
    >('TV10'),
  )('TV10 (trust F2, D3 and P1): $in.initial with $in.blocks', (vector) => {
    const { initial, blocks } = vector.in;
    const admission = { admittedAt: initial.lastActive, dynamicBase: initial.dBase };
    const params = paramsOf(vector);
    const world = play(createWorld(new Map([['0', admission]]), params), blocks, params).at(-1);
    const record = world && recordOf(world, '0');
    expect({
      dBase: record?.dynamicBase,
      voted: record?.sums.participated,
      correct: record?.sums.correct,
      malicious: record?.sums.malicious,
      lastActive: record?.lastActive,
    }).toEqual(vector.out);
  });

  const scenario = casesOf<
    { nodes: number; scoredNode: number; blocks: readonly BlockEntry[] },
    readonly (Figures & { height: number })[]
  >;

  test.each([...scenario('TV11'), ...scenario('TV12')])(
    'TV11, TV12 (trust D2, F2, W1 and W2): a history of $in.nodes nodes under $params',
    (vector) => {
      const params = paramsOf(vector);
      const start = createWorld(admissions(vector.in.nodes, params.d0), params);
      const worlds = play(start, vector.in.blocks, params);
      expect(vector.out.length).toBeGreaterThan(0);
      for (const expected of vector.out) {
        const world = worlds.find(({ round }) => round === expected.height);
        if (world === undefined) throw new Error(`no round ${expected.height}`);
        const node = String(vector.in.scoredNode);
        const actual = figuresOf(world, node);
        expect(actual).toMatchObject(expected);
      }

      function figuresOf(world: World, node: string): Figures {
        const score = scoreOf(world, node, params);
        const { sums, dynamicBase } = recordOf(world, node);
        return {
          height: world.round,
          correct: sums.correct,
          malicious: sums.malicious,
          voted: sums.participated,
          rounds: world.window.total,
          behaviourFactor: score.behaviour,
          participationFactor: score.participation,
          historicalTrust: score.historical,
          voteShare: score.votes,
          depositShare: score.deposit,
          dynamicTrust: score.dynamic,
          compositeTrust: score.composite,
          dBase: dynamicBase,
        };
      }
    },
  );
});

describe('golden runs', () => {
  interface Golden {
    readonly nodes: number;
    readonly rounds: number;
    readonly schedule: string;
    readonly participationPercent: readonly number[];
    readonly maliciousNode: number | null;
  }
  interface GoldenResult {
    readonly counts: readonly number[];
    readonly proposers: string;
    readonly sha256: string;
    readonly finalCompositeTrust: readonly number[];
    readonly finalDBase: readonly number[];
  }
  const cases = casesOf<Golden, GoldenResult>('TV15');
  const nodes = ['0', '1', '2', '3', '4', '5'];

  test.each(cases.filter((vector) => vector.in.schedule === 'wrr'))(
    'TV15 (trust F2 and R1): elections by smooth weighted round robin, malicious node $in.maliciousNode',
    ({ in: given, out }) => {
      const choose = weightedRoundRobin();
      const run = simulate(given, (_, weights) => choose(weights));
      const proposers = run.proposers;
      expect(proposers.join('')).toBe(out.proposers);
      expect(nodes.map((node) => proposers.filter((proposer) => proposer === Number(node)).length)).toEqual(out.counts);
      expect(createHash('sha256').update(Uint8Array.from(proposers)).digest('hex')).toBe(out.sha256);
      expectFinal(run.world, out);
    },
  );

  // The lottery belongs to the election; here its recorded outcome drives the trust of the nodes.
  test.each(cases.filter((vector) => vector.in.schedule === 'lottery'))(
    'TV15 (trust F2 and R1): trust under the recorded lottery, malicious node $in.maliciousNode',
    ({ in: given, out }) => {
      expectFinal(simulate(given, (round) => Number(out.proposers[round - 1])).world, out);
    },
  );

  function simulate(given: Golden, choose: (round: number, weights: readonly number[]) => number) {
    let world = createWorld(admissions(given.nodes, paper.d0), paper);
    const proposers: number[] = [];
    for (let round = 1; round <= given.rounds; round++) {
      const weights = nodes.map((node) => scoreOf(world, node, paper).composite);
      const proposer = choose(round, weights);
      proposers.push(proposer);
      const votes = nodes.map(Number).filter((node) => {
        const percent = given.participationPercent[node] ?? 0;
        return (round * percent) % 100 < percent;
      });
      const isMalicious = proposer === given.maliciousNode;
      const entry = isMalicious ? { votes, malicious: [proposer] } : { votes, correct: [proposer] };
      world = nextRound(world, roundOf(entry), paper);
    }
    return { world, proposers };
  }

  function expectFinal(world: World, out: GoldenResult): void {
    expect(nodes.map((node) => scoreOf(world, node, paper).composite)).toEqual(out.finalCompositeTrust);
    expect(nodes.map((node) => recordOf(world, node).dynamicBase)).toEqual(out.finalDBase);
  }
});

/** Rule S1 for a fixed member set. */
function weightedRoundRobin(): (weights: readonly number[]) => number {
  let priorities: readonly number[] = [];
  return (weights) => {
    const raised = weights.map((weight, index) => (priorities[index] ?? 0) + weight);
    const chosen = raised.indexOf(Math.max(...raised));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    priorities = raised.map((priority, index) => (index === chosen ? priority - total : priority));
    return chosen;
  };
}

function admissions(count: number, dynamicBase: number) {
  return new Map(Array.from({ length: count }, (_, index) => [String(index), { admittedAt: 0, dynamicBase }]));
}

/** Worlds after each block; an entry with `from` and `to` stands for several equal blocks. */
function play(start: World, blocks: readonly BlockEntry[], params: typeof paper): readonly World[] {
  const worlds = [start];
  for (const block of blocks) {
    const first = block.from ?? block.height ?? start.round + 1;
    for (let round = first; round <= (block.to ?? first); round++) {
      const world = worlds.at(-1) ?? start;
      expect(world.round).toBe(round - 1);
      worlds.push(nextRound(world, roundOf(block), params));
    }
  }
  return worlds;
}

function roundOf(block: BlockEntry): RoundLog {
  const facts: TrustFact[] = [];
  const add = (kind: TrustFact['kind'], listed: readonly number[] = []) => {
    for (const node of listed) facts.push({ kind, node: String(node) });
  };
  add('participated', block.votes);
  add('correct', block.correct);
  add('malicious', block.malicious);
  add('missed', block.miss);
  return collectActivities(facts);
}
