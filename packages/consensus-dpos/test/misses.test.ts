import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOnes, withOwnSlots } from '../src/misses.ts';
import { promotionsMax } from '../src/promotion.ts';
import {
  ballot,
  configOf,
  equivocation,
  evidenceFact,
  exit,
  membersCensus,
  nodeId,
  stake,
  TestChain,
} from './support.ts';

const n = nodeId;

/** Seven delegates, three standby, so that two may be promoted per epoch. */
const seven = (raw: object = {}, members = 10) =>
  new TestChain(
    configOf({ delegates: 7, standby: 3, epochRounds: 12, missWindow: 4, missMax: 2, ...raw }),
    membersCensus(members),
  );

describe('missed slots (pos-pow P3)', () => {
  it('the next block charges the delegate of every slot that it skips, and nobody else', () => {
    const chain = seven({ missWindow: 100, missMax: 100 });
    const expected = new Map<string, number>();
    let next = 0;
    for (const slot of [2, 3, 7, 8, 20, 41, 42, 77]) {
      for (let empty = next + 1; empty < slot; empty++) {
        const delegate = chain.delegateOf(empty);
        expected.set(delegate, (expected.get(delegate) ?? 0) + 1);
      }
      chain.add(slot);
      next = slot;
    }
    for (const id of chain.state.epoch.election.delegates) expect(chain.missesOf(id)).toBe(expected.get(id) ?? 0);
  });

  it('an empty slot is filled by nobody: the delegate of the next slot builds the same height', () => {
    const chain = seven();
    const header = chain.next(5);
    expect(header.height).toBe(1);
    for (const id of chain.state.epoch.election.delegates.filter((delegate) => delegate !== header.author)) {
      const stolen = { ...header, author: id };
      expect(chain.rules.verifyHeader(stolen, chain.tip, header.timestamp)).toEqual({
        kind: 'reject',
        code: 'WRONG_DELEGATE',
      });
    }
  });

  it('gaps of any length count as if slot after slot had been charged (pos-pow P3)', () => {
    // Misses over a gap equal those of the schedule, slot by slot, in the window.
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 400 }), (first, gap) => {
        const chain = new TestChain(
          configOf({ delegates: 5, standby: 1, epochRounds: 4, missWindow: 7, missMax: 7 }),
          membersCensus(6),
        );
        chain.run(first);
        const windows = new Map<string, boolean[]>();
        for (const [id, { window }] of chain.state.records.entries()) {
          windows.set(
            id,
            [...window.toString(2).padStart(7, '0')].map((bit) => bit === '1'),
          );
        }
        for (let slot = first + 1; slot < first + gap; slot++) {
          const id = chain.delegateOf(slot);
          windows.set(id, [...(windows.get(id) ?? []), true].slice(-7));
        }
        const author = chain.add(first + gap).author;
        windows.set(author, [...(windows.get(author) ?? []), false].slice(-7));
        for (const id of chain.state.epoch.election.delegates) {
          expect(chain.missesOf(id)).toBe((windows.get(id) ?? []).filter(Boolean).length);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a halt of decades costs as little as a short one', () => {
    const chain = new TestChain(configOf({ delegates: 1, missWindow: 9, missMax: 9 }), membersCensus(1));
    chain.add(2 ** 31);
    expect(chain.missesOf(n(0))).toBe(8);
    chain.add(2 ** 31 + 5);
    expect(chain.missesOf(n(0))).toBe(7);
  });

  it('a delegate elected mid-window is not charged for earlier slots', () => {
    const chain = seven({ missWindow: 100, missMax: 100, epochRounds: 3 });
    chain.add(1, [stake('voter', 5n), ballot('voter', n(9))]);
    expect(chain.state.epoch.election.delegates).not.toContain(n(9));
    // Everybody misses the rest of epochs 0 to 2 and ten slots of epoch 3, the first one that elects node 9.
    const firstSlot = 3 * 21;
    const empty = Array.from({ length: 10 }, (_, position) => chain.delegateOf(firstSlot + position));
    chain.add(firstSlot + 10);
    expect(chain.state.epoch).toMatchObject({ number: 3, firstSlot });
    expect(chain.state.epoch.election.delegates).toContain(n(9));
    const own = empty.filter((id) => id === n(9)).length;
    expect(own).toBeGreaterThanOrEqual(1);
    expect(chain.missesOf(n(9))).toBe(own);
    // Elected throughout, so charged for eight rounds, except for the slot of the genesis block if it was its own.
    expect(chain.missesOf(n(0))).toBeGreaterThanOrEqual(9);
  });

  it('misses go on over an epoch for who is elected again, and begin anew for who was not (pos-pow P4)', () => {
    const chain = seven({ missWindow: 100, missMax: 100, epochRounds: 3 });
    let missed = 0;
    for (let slot = 1; slot <= 60; slot++) {
      if (chain.delegateOf(slot) === n(0)) missed++;
      else chain.add(slot);
    }
    expect(chain.state.epoch.number).toBe(2);
    expect(missed).toBeGreaterThanOrEqual(7);
    chain.add(chain.delegateOf(61) === n(0) ? 62 : 61);
    expect(chain.missesOf(n(0))).toBe(chain.state.slot === 62 ? missed + 1 : missed);
  });
});

describe('windows (pos-pow P4)', () => {
  it('hold the last own slots, and count their misses', () => {
    const config = configOf({ missWindow: 5, missMax: 5 });
    const outcome = fc.constantFrom('missed' as const, 'used' as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), outcome)), (steps) => {
        let record = { window: 0n, misses: 0 };
        let model: string[] = [];
        for (const [count, kind] of steps) {
          record = withOwnSlots(record, count, kind, config);
          model = [...model, ...Array.from({ length: count }, () => kind)].slice(-5);
        }
        expect(record.misses).toBe(model.filter((kind) => kind === 'missed').length);
      }),
    );
  });

  it('counts ones of windows of every width', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 1_000n) - 1n }), (window) => {
        expect(countOnes(window)).toBe([...window.toString(2)].filter((bit) => bit === '1').length);
      }),
    );
  });
});

describe('standby promotion (pos-pow P4)', () => {
  it('at the boundary after missMax misses the first standby takes the place two rounds later', () => {
    const chain = seven();
    let before = chain.state;
    while (chain.state.epoch.promotions.length === 0) {
      before = chain.state;
      chain.add(chain.delegateOf(before.slot + 1) === n(3) ? before.slot + 2 : before.slot + 1);
    }
    const round = Math.floor(chain.state.slot / 7);
    expect(Math.floor(before.slot / 7)).toBe(round - 1);
    expect(chain.state.epoch.promotions).toEqual([{ suspended: n(3), promoted: n(7), fromRound: round + 1 }]);
    const serving = (of: number) => Array.from({ length: 7 }, (_, position) => chain.delegateOf(of * 7 + position));
    // The round that runs goes on as it was known before.
    for (let slot = chain.state.slot + 1; slot < (round + 1) * 7; slot++) {
      expect(chain.delegateOf(slot)).toBe(chain.schedule.delegateAt(before, slot));
    }
    expect(serving(round + 1).toSorted()).toEqual([0, 1, 2, 4, 5, 6, 7].map(n));
  });

  it('is decided by rounds up to the boundary alone, and never twice for one delegate', () => {
    const chain = seven({ missWindow: 2, missMax: 2 });
    // Node 0 misses its slots of rounds 1 and 2; the block that opens round 3 promotes from round 4 on.
    chain.run(6);
    chain.run(20, [n(0)]);
    expect(chain.state.epoch.promotions).toEqual([]);
    chain.run(23, [n(0)]);
    expect(chain.state.epoch.promotions).toEqual([{ suspended: n(0), promoted: n(7), fromRound: 4 }]);
    chain.run(80, [n(0)]);
    expect(chain.state.epoch.promotions).toHaveLength(1);
    expect(chain.state.height).toBeGreaterThan(70);
  });

  it('does not count slots of the round that begins, which the same block skips', () => {
    const chain = seven({ missWindow: 1, missMax: 1 });
    // A block that skips the first slots of its round: their delegates used their slots of the round before.
    chain.run(13);
    const skipped = [14, 15].map((slot) => chain.delegateOf(slot));
    chain.add(16);
    expect(skipped.map((id) => chain.missesOf(id))).toEqual([1, 1]);
    expect(chain.state.epoch.promotions).toEqual([]);
    chain.run(21);
    expect(chain.state.epoch.promotions.map(({ suspended }) => suspended)).toEqual(skipped.toSorted());
    expect(chain.state.epoch.promotions.map(({ fromRound }) => fromRound)).toEqual([4, 4]);
  });

  it('is not decided for a round of the next epoch, whose first boundary decides anew', () => {
    const chain = seven({ epochRounds: 3, missWindow: 1, missMax: 1 });
    chain.run(6);
    chain.run(20, [n(4)]);
    // Missed in round 1; the boundary before round 2 would act from round 3 on, in the next epoch.
    expect(chain.state.epoch).toMatchObject({ number: 0, promotions: [] });
    chain.add(chain.delegateOf(21) === n(4) ? 22 : 21);
    expect(chain.state.epoch).toMatchObject({
      number: 1,
      promotions: [{ suspended: n(4), promoted: n(7), fromRound: 4 }],
    });
  });

  it('replaces at most a third per epoch, by address, as long as there is standby', () => {
    expect([1, 3, 4, 7, 21, 101].map((count) => promotionsMax({ election: electionOfSize(count) }))).toEqual([
      0, 0, 1, 2, 6, 33,
    ]);
    const absent = [n(5), n(2), n(6), n(4)];
    const many = seven();
    many.run(60, absent);
    expect(many.state.epoch.promotions.map(({ suspended, promoted }) => [suspended, promoted])).toEqual([
      [n(2), n(7)],
      [n(4), n(8)],
    ]);
    const none = seven({ standby: 0 });
    none.run(60, absent);
    expect(none.state.epoch.promotions).toEqual([]);
    expect(none.delegateOf(none.slotOf(n(2)))).toBe(n(2));
  });

  it('fills the seats of the ejected first (pos-pow P2)', () => {
    const chain = new TestChain(
      configOf({ delegates: 4, standby: 2, epochRounds: 12, missWindow: 1, missMax: 1 }),
      membersCensus(6),
    );
    chain.run(3);
    const first = [4, 5, 6, 7].find((slot) => chain.delegateOf(slot) !== n(1)) ?? 0;
    chain.add(first, [evidenceFact(equivocation(n(3), 1))]);
    chain.run(11, [n(1), n(3)]);
    expect(chain.state.epoch.promotions).toEqual([{ suspended: n(3), promoted: n(4), fromRound: 3 }]);
  });

  it('goes by address also among delegates that were promoted themselves', () => {
    const favourites = [3, 4, 5, 6, 7, 8, 9].map((index) => ballot('voter', n(index)));
    const chain = new TestChain(configOf({ delegates: 7, standby: 3, epochRounds: 12, missWindow: 2, missMax: 2 }), [
      ...membersCensus(10),
      stake('voter', 1n),
      ...favourites,
    ]);
    chain.run(27, [n(5)]);
    expect(chain.state.epoch.promotions).toMatchObject([{ suspended: n(5), promoted: n(0) }]);
    const { fromRound } = chain.state.epoch.promotions[0] ?? { fromRound: 0 };
    chain.run(fromRound * 7 - 1, [n(5)]);
    chain.run(fromRound * 7 + 30, [n(0), n(9)]);
    expect(chain.state.epoch.promotions.map(({ suspended }) => suspended)).toEqual([n(5), n(0)]);
  });

  it('skips standby that left or were ejected', () => {
    const chain = seven();
    chain.add(1, [exit(n(7)), evidenceFact(equivocation(n(8), 1))]);
    chain.run(40, [n(3)]);
    expect(chain.state.epoch.promotions).toMatchObject([{ suspended: n(3), promoted: n(9) }]);
  });

  it('can replace a promoted standby in turn', () => {
    const chain = seven();
    chain.run(80, [n(3), n(7)]);
    expect(chain.state.epoch.promotions).toMatchObject([
      { suspended: n(3), promoted: n(7) },
      { suspended: n(7), promoted: n(8) },
    ]);
    const round = Array.from({ length: 7 }, (_, position) => chain.delegateOf(81 + position));
    expect(new Set(round).size).toBeLessThanOrEqual(7);
    expect(round).not.toContain(n(7));
  });

  it('ends with the epoch, and the suspended begins anew if it is elected again', () => {
    const chain = seven();
    chain.run(83, [n(3)]);
    expect(chain.state.epoch.promotions).toHaveLength(1);
    expect(chain.missesOf(n(3))).toBeGreaterThan(0);
    chain.add(84 + 7);
    expect(chain.state.epoch).toMatchObject({ number: 1, promotions: [] });
    expect(chain.state.epoch.election.delegates).toContain(n(3));
    expect(chain.missesOf(n(3))).toBeLessThanOrEqual(1);
    expect(chain.state.records.get(n(7))).toBeUndefined();
  });

  it('does not change the finality committee (pos-pow P5)', () => {
    const chain = seven();
    const validators = chain.rules.validators(chain.state);
    chain.run(60, [n(3)]);
    expect(chain.state.epoch.promotions).toHaveLength(1);
    // The same object, by which the host sees that nothing changed.
    expect(chain.rules.validators(chain.state)).toBe(validators);
    expect(validators).toEqual(
      Array.from({ length: 10 }, (_, index) => ({ id: n(index), weight: index < 7 ? 1n : 0n })),
    );
  });

  it('in a partition happens on both sides, within the bound, and changes no committee on either (pos-pow P4, P5)', () => {
    const left = [n(0), n(1), n(2), n(3)];
    const right = [n(4), n(5), n(6)];
    const [one, two] = [seven(), seven()];
    one.run(80, right);
    two.run(80, left);
    const names = (chain: TestChain) => chain.state.epoch.promotions.map(({ suspended }) => suspended);
    expect([names(one).length, names(two).length]).toEqual([2, 2]);
    expect(right).toEqual(expect.arrayContaining(names(one)));
    expect(left).toEqual(expect.arrayContaining(names(two)));
    expect(one.rules.validators(one.state)).toEqual(two.rules.validators(two.state));
    // Weight of either side among the unchanged committee: no side has a quorum of its own.
    expect([left.length * 3 > 14, right.length * 3 > 14]).toEqual([false, false]);
  });
});

it('records are kept only for those who serve or served in this epoch', () => {
  const chain = seven({ epochRounds: 3 });
  chain.run(200);
  expect(chain.state.records.size).toBeLessThanOrEqual(7);
});

function electionOfSize(count: number) {
  const delegates = Array.from({ length: count }, (_, index) => n(index));
  return { delegates, standby: [], validators: [], emergency: false };
}
