import { deepStrictEqual } from 'node:assert';
import type { Evidence, Fact } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateScores, type DtDposState, encodeDigest } from '../src/index.ts';
import { candidatesIn } from '../src/register.ts';
import type { Candidate } from '../src/state.ts';
import { configs, factsOf, runSteps, steps } from './arbitraries.ts';
import { configOf, headerOf, keyedCensus, nodeId, participation, rulesOf, TestChain } from './support.ts';

const subjectOf = (fact: Fact) => (fact.kind === 'ballot' ? fact.to : 'actor' in fact ? fact.actor : '');

describe('laws of the rules', () => {
  it('permuting the facts of a block changes nothing, admissions excepted (trust Q3, F2)', () => {
    fc.assert(
      fc.property(configs, steps, fc.integer({ min: 1, max: 1_000 }), (config, list, salt) => {
        const shuffled = runSteps(config, list, (facts) => {
          // Facts before an admission of the same identity are about another index than those after it.
          const entering = new Set(facts.flatMap((fact) => (fact.kind === 'admission' ? [fact.actor] : [])));
          const isBound = (fact: Fact) => entering.has(subjectOf(fact));
          return [
            ...facts.filter((fact) => !isBound(fact)).sort((a, b) => order(a, salt) - order(b, salt)),
            ...facts.filter(isBound),
          ];
        });
        expect(shuffled.root()).toBe(runSteps(config, list).root());
      }),
      { numRuns: 60 },
    );
  });

  it('relabelling nodes permutes trust values and nothing else (trust Q3)', () => {
    const scenario = fc.array(
      fc.record({ author: fc.integer({ min: 0, max: 4 }), voters: fc.subarray([0, 1, 2, 3, 4]) }),
      { minLength: 1, maxLength: 20 },
    );
    const labels = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 });
    fc.assert(
      fc.property(scenario, labels, (blocks, label) => {
        const config = configOf();
        const scoresWith = (name: (node: number) => number) => {
          const chain = new TestChain(config, keyedCensus(5));
          let { state } = chain;
          for (const [at, { author, voters }] of blocks.entries()) {
            const height = at + 1;
            const header = headerOf({ height, author: nodeId(name(author)), digest: encodeDigest({ slot: height }) });
            const cast = voters.map((voter) => participation(nodeId(name(voter)), height));
            state = chain.rules.applyHeader(state, header, cast);
          }
          return candidateScores(state, config).map(({ score }) => score);
        };
        const plain = scoresWith((node) => node);
        const relabelled = scoresWith((node) => label[node] ?? node);
        for (const [node, score] of plain.entries()) expect(relabelled[label[node] ?? node]).toEqual(score);
      }),
      { numRuns: 60 },
    );
  });

  it('equal facts give equal roots on two instances, also after saving and restoring at every block (trust Q12, G3)', () => {
    fc.assert(
      fc.property(configs, steps, (config, list) => {
        const straight = runSteps(config, list);
        const restored = new TestChain(config, keyedCensus(6, 5n));
        for (const step of list) {
          const rules = rulesOf(config);
          restored.state = rules.codec.decode([...rules.codec.encode(restored.state)]);
          restored.add(restored.state.slot + 1 + (step.gap > 6 ? step.gap : 0), factsOf(step, restored));
        }
        expect(restored.root()).toBe(straight.root());
        expect(candidateScores(restored.state, config)).toEqual(candidateScores(straight.state, config));
      }),
      { numRuns: 60 },
    );
  });

  it('replayed evidence changes nothing (trust Q13, F5)', () => {
    fc.assert(
      fc.property(configs, steps, (config, list) => {
        const once = runSteps(config, list);
        const twice = runSteps(config, list, (facts) => [...facts, ...facts.filter(({ kind }) => kind === 'evidence')]);
        expect(twice.root()).toBe(once.root());
        const replayed = new TestChain(config, keyedCensus(6, 5n));
        for (const step of list) {
          const facts = factsOf(step, replayed);
          replayed.add(replayed.state.slot + 1 + (step.gap > 6 ? step.gap : 0), facts);
          const again = facts.filter((fact) => fact.kind === 'evidence' && isPunished(replayed, fact.evidence));
          const before = [...candidatesIn(replayed.state.register)].map(({ trust }) => trust.faultCount);
          replayed.add(replayed.state.slot + 1, again);
          const after = [...candidatesIn(replayed.state.register)].map(({ trust }) => trust.faultCount);
          expect(after).toEqual(before);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('a block leaves its parent state as it was, so that siblings and undone blocks see it (trust F6)', () => {
    fc.assert(
      fc.property(configs, steps, (config, list) => {
        const chain = runSteps(config, list);
        const { state } = chain;
        const root = chain.root();
        const copy = snapshot(state);
        chain.add(chain.state.slot + 2, [participation(nodeId(1), chain.header.height + 1)]);
        chain.state = state;
        expect(chain.root()).toBe(root);
        deepStrictEqual(snapshot(state), copy);
      }),
      { numRuns: 40 },
    );
  });

  it('all numbers in scores, seats and priorities are safe integers, never -0 (trust Q4, N3)', () => {
    fc.assert(
      fc.property(configs, steps, (config, list) => {
        const { state } = runSteps(config, list);
        for (const { score } of candidateScores(state, config)) {
          for (const part of [score.composite, score.historical, score.votes, score.deposit, score.dynamic]) {
            expect(Number.isSafeInteger(part) && !Object.is(part, -0)).toBe(true);
          }
        }
        const numbers = [...state.priorities, ...state.election.seats.map(({ weight }) => weight)];
        expect(numbers.every((value) => Number.isSafeInteger(value) && !Object.is(value, -0))).toBe(true);
        expect(state.election.seats.every(({ weight }) => weight > 0)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe('trust Q14: the cost of a block', () => {
  /** Candidates that a block inside an epoch reads, counted through the pages of the register. */
  const readsOf = (registered: number) => {
    const chain = new TestChain(configOf({ preset: 'default', committee: { size: 4 } }), keyedCensus(registered));
    chain.add(1);
    const read = new Set<number>();
    let pages = chain.state.register.pages;
    for (const [number, page] of chain.state.register.pages.entries()) {
      const spied = new Proxy(page as Candidate[], {
        get(target, key, receiver) {
          const isIndex = typeof key === 'string' && /^\d+$/.test(key);
          if (isIndex) read.add(number * 256 + Number(key));
          return Reflect.get(target, key, receiver);
        },
      });
      pages = pages.with(number, spied);
    }
    const before: DtDposState = { ...chain.state, register: { ...chain.state.register, pages } };
    chain.state = before;
    const facts = [1, 2, 3].map((node) => participation(nodeId(node), 2));
    chain.add(2, facts);
    const copied = [...chain.state.register.pages.entries()].filter(([number, page]) => pages.get(number) !== page);
    return { read: read.size, copied: copied.length };
  };

  it('touches as many candidates and pages at 600 as at 30 000 registered (trust Q14, L1, L2)', () => {
    const small = readsOf(600);
    const large = readsOf(30_000);
    // A copied page is read as a whole; the author may lie on another page than the voters.
    expect(small.copied).toBeLessThanOrEqual(2);
    expect(large.copied).toBeLessThanOrEqual(2);
    expect(large.read).toBeLessThanOrEqual(2 * 256);
    expect(small.read).toBeLessThanOrEqual(2 * 256);
  });
});

function isPunished(chain: TestChain, evidence: Evidence): boolean {
  const verdict = chain.rules.verifyEvidence?.(evidence, chain.state, []);
  return verdict?.kind === 'reject' && verdict.code === 'EVIDENCE_DUPLICATE';
}

function order(fact: Fact, salt: number): number {
  let value = salt;
  for (const char of JSON.stringify(fact, (_, item) => (typeof item === 'bigint' ? `${item}` : item))) {
    value = (value * 31 + char.charCodeAt(0)) % 1_000_003;
  }
  return value;
}

/** Plain copy of what a state holds, maps unfolded. */
function snapshot(state: DtDposState): unknown {
  const { register, live, queued, punished, ...rest } = state;
  return structuredClone({
    ...rest,
    candidates: [...candidatesIn(register)].map(({ ballots, ...candidate }) => ({
      ...candidate,
      ballots: [...ballots.entries()],
    })),
    live: [...live.entries()],
    queued: [...queued.entries()],
    punished: [...punished.entries()],
  });
}
