import { advanceSeeds, startSeeds } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDposError, roundOrder } from '../src/index.ts';
import { SEED_STEPS_MAX, seedsAfter } from '../src/seed.ts';
import { CONTEXT, configOf, fromHex, hex, membersCensus, nodeId, TestChain, VECTORS } from './support.ts';

const { seedPipeline, shuffle } = VECTORS;

const START = { seed: fromHex(seedPipeline.seed0), nextSeed: fromHex(seedPipeline.seed1), mix: null };

describe('seeds', () => {
  it('of the first two epochs are those of the vectors (randomness-vrf R5)', () => {
    const { state } = new TestChain(configOf(), membersCensus(4));
    expect([hex(state.seed), hex(state.nextSeed)]).toEqual([seedPipeline.seed0, seedPipeline.seed1]);
  });

  it('of an epoch without contributions follows from the seed before it (randomness-vrf R4)', () => {
    const known = { seed: START.nextSeed, nextSeed: fromHex(seedPipeline.seed2), mix: null };
    expect(hex(seedsAfter(1, known, 2, CONTEXT).nextSeed)).toBe(seedPipeline.seed3IfEpoch1HadNoContribution);
    expect(seedsAfter(1, known, 1, CONTEXT)).toMatchObject(known);
  });

  it('enter the state at the epochs they belong to, with and without blocks between (randomness-vrf R4)', () => {
    const steady = new TestChain(configOf({ delegates: 1 }), membersCensus(1));
    const halted = new TestChain(configOf({ delegates: 1 }), membersCensus(1));
    steady.run(21);
    halted.add(21);
    const expected = advanceSeeds(startSeeds(CONTEXT.chainId, CONTEXT), 7, CONTEXT);
    for (const { state } of [steady, halted]) {
      expect(state.epoch.number).toBe(7);
      expect([hex(state.seed), hex(state.nextSeed)]).toEqual([hex(expected.seed), hex(expected.nextSeed)]);
    }
  });

  it('after a halt of years take a bounded number of hashes (randomness-vrf R4)', () => {
    let hashes = 0;
    const sha256 = (data: Uint8Array): Uint8Array => {
      hashes++;
      return CONTEXT.sha256(data);
    };
    const far = seedsAfter(0, START, 10 ** 9, { ...CONTEXT, sha256 });
    expect(hashes).toBeLessThanOrEqual(2 * SEED_STEPS_MAX);
    const unbounded = { ...startSeeds(CONTEXT.chainId, CONTEXT), epoch: 10 ** 9 - SEED_STEPS_MAX };
    const expected = advanceSeeds(unbounded, 10 ** 9, CONTEXT);
    expect([hex(far.seed), hex(far.nextSeed)]).toEqual([hex(expected.seed), hex(expected.nextSeed)]);
  });
});

describe('rounds (pos-pow P1)', () => {
  it.each(shuffle)('round $round of $n delegates is that of the vectors (pos-pow P1, A1, A3, A4)', (vector) => {
    const members = Array.from({ length: vector.n }, (_, index) => nodeId(index));
    const order = roundOrder(members.toReversed(), fromHex(seedPipeline.seed2), vector.round, CONTEXT);
    expect(order).toEqual(vector.order.map(nodeId));
  });

  it('depend on who serves, not on the order in which they are listed (pos-pow A5)', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 30 }), fc.nat(), (numbers, round) => {
        const members = numbers.map(nodeId);
        const seed = START.seed;
        const order = roundOrder(members, seed, round, CONTEXT);
        expect(roundOrder(members.toSorted(), seed, round, CONTEXT)).toEqual(order);
        expect(order.toSorted()).toEqual(members.toSorted());
      }),
    );
  });

  it('give every delegate one slot, and another order in each round (pos-pow P1)', () => {
    const chain = new TestChain(configOf({ delegates: 7, epochRounds: 5 }), membersCensus(7));
    const rounds = [1, 2, 3, 4].map((round) =>
      Array.from({ length: 7 }, (_, position) => chain.delegateOf(round * 7 + position)),
    );
    for (const order of rounds) expect(order.toSorted()).toEqual(chain.state.epoch.election.delegates);
    expect(new Set(rounds.map(String)).size).toBe(4);
  });

  it('count from the start of the era, and use the seed of their epoch (pos-pow P1)', () => {
    const chain = new TestChain(configOf(), membersCensus(4));
    const { delegates } = chain.state.epoch.election;
    const second = Array.from({ length: 4 }, (_, position) => chain.delegateOf(16 + position));
    expect(second).toEqual(roundOrder(delegates, START.nextSeed, 4, CONTEXT));
  });

  it('are the same seen from every parent, before and after blocks (pos-pow P1)', () => {
    const chain = new TestChain(configOf(), membersCensus(9));
    const ahead = Array.from({ length: 60 }, (_, index) => chain.delegateOf(index + 1));
    for (let slot = 1; slot <= 60; slot++) {
      expect(chain.delegateOf(slot)).toBe(ahead[slot - 1]);
      chain.add(slot);
    }
  });

  it('refuse questions about the past', () => {
    const chain = new TestChain(configOf(), membersCensus(4));
    chain.add(3);
    for (const slot of [3, 0, -1, Number.NaN, 2 ** 53]) {
      try {
        chain.delegateOf(slot);
        expect.unreachable();
      } catch (error) {
        expect(isDposError(error, 'SLOT_OUT_OF_RANGE')).toBe(true);
      }
    }
  });
});
