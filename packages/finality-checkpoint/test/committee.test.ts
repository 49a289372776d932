import { describe, expect, it } from 'vitest';
import { certificateFault } from '../src/certificate.ts';
import { type Committee, committeeFrom, committeeOf, weightOf } from '../src/committee.ts';
import { committeeResilience } from '../src/index.ts';
import { certify, configOf, EMPTY, linkOf, rulesOf, validators, World } from './support.ts';

const committeeOfWeights = (...weights: readonly number[]): Committee =>
  committeeOf(
    weights.map((weight, index) => ({ id: `seat-${String(index).padStart(3, '0')}`, weight, publicKey: null })),
  );

const named = (...weights: readonly bigint[]) => weights.map((weight, index) => ({ id: `v${index}`, weight }));

describe('quorum', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 3],
    [5, 4],
    [6, 5],
    [7, 5],
    [10, 7],
    [21, 15],
    [101, 68],
  ])('of weight %i is %i', (total, quorum) => {
    expect(committeeOfWeights(...Array.from({ length: total }, () => 1)).quorum).toBe(quorum);
  });

  it('is exact for the largest weights', () => {
    const { total, quorum } = committeeOfWeights(...Array.from({ length: 101 }, () => 2 ** 32 - 1));
    expect(BigInt(quorum)).toBe((2n * BigInt(total)) / 3n + 1n);
  });

  it('counts weight, not seats, and every seat once', () => {
    const committee = committeeOfWeights(5, 1, 1, 1);
    expect(committee.quorum).toBe(6);
    expect(weightOf(committee, [0, 1])).toBe(6);
    expect(weightOf(committee, [0, 0, 0])).toBe(5);
    const world = new World();
    world.block('c1', 'g');
    const link = linkOf(world, 'g', 'c1');
    expect(certificateFault(certify(link, [0, 1]), committee)).toBeUndefined();
    expect(certificateFault(certify(link, [1, 2, 3]), committee)).toBe('CERTIFICATE_WEIGHT');
  });
});

describe('weights', () => {
  it('finality-checkpoint W1: weights stay as they are for a whole term', () => {
    const world = new World({ config: { weights: 'capped' }, validators: named(30n, 20n, 20n, 10n) });
    const node = world.start(0);
    const before = node.head.state.term.committee;
    node.receiveBlock(world.block('c1', 'g', { validators: named(1n, 1n, 1n, 90n) }));
    expect(node.head.state.term.committee).toBe(before);
  });

  it('finality-checkpoint W2: a seat weighs 1, however much stands behind it', () => {
    const committee = committeeFrom(named(1_000n, 1n, 0n, 5n), { maxSeats: 101, weights: 'equal' });
    expect(committee?.seats).toEqual(['v0', 'v1', 'v3'].map((id) => ({ id, weight: 1, publicKey: null })));
  });

  it('takes the heaviest, and of equals the lower ids', () => {
    const committee = committeeFrom(named(1n, 3n, 2n, 3n, 2n), { maxSeats: 3, weights: 'equal' });
    expect(committee?.seats.map(({ id }) => id)).toEqual(['v1', 'v2', 'v3']);
    expect(committeeFrom(named(0n, 0n), { maxSeats: 3, weights: 'equal' })).toBeUndefined();
  });

  it('finality-checkpoint W3: with weights of their own no seat has more than twice another one', () => {
    const committee = committeeFrom(named(1_000n, 150n, 100n), { maxSeats: 101, weights: 'capped' });
    expect(committee?.seats.map(({ weight }) => weight)).toEqual([2_000, 1_500, 1_000]);
  });

  it.each([10, 11, 15, 20, 50, 101])('finality-checkpoint W3: of %i seats none has more than a tenth', (count) => {
    const weights = Array.from({ length: count }, (_, index) => BigInt(index === 0 ? 10 ** 9 : 100 + index * index));
    const committee = committeeFrom(named(...weights), { maxSeats: 101, weights: 'capped' });
    if (committee === undefined) throw new Error('no committee');
    const largest = Math.max(...committee.seats.map(({ weight }) => weight));
    const smallest = Math.min(...committee.seats.map(({ weight }) => weight));
    expect(largest * 10).toBeLessThanOrEqual(committee.total);
    expect(largest).toBeLessThanOrEqual(2 * smallest);
    // The cap is no lower than it has to be.
    if (largest < 2_000 && count > 10) {
      const raised = committee.seats.reduce((sum, { weight }) => sum + (weight === largest ? weight + 1 : weight), 0);
      expect((largest + 1) * 10).toBeGreaterThan(raised);
    }
  });

  it.each([
    [[1], { haltSet: 1, breakSet: 1 }],
    [[1, 1, 1, 1], { haltSet: 2, breakSet: 2 }],
    [Array.from({ length: 7 }, () => 1), { haltSet: 3, breakSet: 3 }],
    [Array.from({ length: 21 }, () => 1), { haltSet: 7, breakSet: 9 }],
    [Array.from({ length: 101 }, () => 1), { haltSet: 34, breakSet: 35 }],
    [[90, 1, 1, 1, 1, 1, 1], { haltSet: 1, breakSet: 1 }],
  ])('finality-checkpoint W4: of weights %j', (weights, expected) => {
    expect(committeeResilience(committeeOfWeights(...weights))).toEqual(expected);
  });

  it('finality-checkpoint W4: says once per committee who can stop it, and warns if one seat of seven can', () => {
    const weights = (heavy: number) =>
      [0, 1, 2, 3, 4, 5, 6].map((name) => ({ id: `m${name}`, weight: name === 0 ? heavy : 1 }));
    const traced = (heavy: number) => {
      const world = new World({ config: { committee: weights(heavy) } });
      const node = world.start(0);
      node.receiveBlock(world.block('c1', 'g'));
      return node.traces.filter(({ event }) => event === 'termStarted' || event === 'COMMITTEE_FRAGILE');
    };
    expect(traced(1)).toEqual([
      { event: 'termStarted', data: { term: 0, seats: 7, quorum: 5, haltSet: 3, breakSet: 3 } },
    ]);
    expect(traced(90).map(({ event }) => event)).toEqual(['termStarted', 'COMMITTEE_FRAGILE']);
  });
});

describe('what counts as another committee', () => {
  const announces = (change: (given: { id: string; weight: bigint; publicKey?: Uint8Array }[]) => void) => {
    const given = ['a', 'b', 'c'].map((id) => ({ id, weight: 5n, publicKey: new Uint8Array([1, 2]) }));
    const world = new World({ config: { weights: 'capped' }, validators: given });
    const node = world.start(0);
    const named = structuredClone(given);
    change(named);
    node.receiveBlock(world.block('c1', 'g', { validators: named }));
    return node.head.state.handover !== null;
  };

  it.each([
    ['the same once more', false, () => undefined],
    ['the same in another order', false, (given: unknown[]) => given.reverse()],
    ['a member more', true, (given: object[]) => given.push({ id: 'd', weight: 5n })],
    ['a member less', true, (given: object[]) => given.pop()],
    ['another name', true, (given: object[]) => Object.assign(given[0] ?? {}, { id: 'x' })],
    ['another weight', true, (given: object[]) => Object.assign(given[0] ?? {}, { weight: 9n })],
    ['another key', true, (given: object[]) => Object.assign(given[0] ?? {}, { publicKey: new Uint8Array([1, 3]) })],
  ])('%s', (_title, expected, change) => {
    expect(announces(change as never)).toBe(expected);
  });
});

describe('where a committee comes from', () => {
  const start = (census: readonly object[], handed: readonly (string | number)[], config = {}) =>
    rulesOf(configOf(config)).initialState({
      era: 0,
      parent: new World().genesis.header,
      handover: { validators: validators(...handed), randomness: EMPTY, extra: new Map() },
      census: census as never,
    }).term.committee.seats;

  it('configuration, then census, then handover', () => {
    const told = [{ kind: 'validators', validators: validators(4, 5) }];
    expect(start(told, [1, 2], { committee: ['a'] }).map(({ id }) => id)).toEqual(['a']);
    expect(start(told, [1, 2]).map(({ id }) => id)).toEqual(validators(4, 5).map(({ id }) => id));
    expect(start([], [1, 2]).map(({ id }) => id)).toEqual(validators(1, 2).map(({ id }) => id));
  });

  it('refuses to start without anybody: no quorum is derived from nobody', () => {
    expect(() => start([], [])).toThrow(/INVALID_HANDOVER/);
  });

  it('a configured committee never changes, and a set without weight changes none', () => {
    const configured = new World({ config: { committee: ['a', 'b'] } });
    const node = configured.start(0);
    node.receiveBlock(configured.block('c1', 'g', { validators: validators(4, 5) }));
    expect(node.head.state.handover).toBeNull();
    const world = new World();
    const other = world.start(0);
    other.receiveBlock(world.block('c1', 'g', { validators: [{ id: 'nobody', weight: 0n }] }));
    expect(other.head.state.handover).toBeNull();
  });
});
