import { describe, expect, it } from 'vitest';
import { cycleOrder, draw, electCommittee, isDtDposError, lotteryLeader } from '../src/index.ts';
import { casesOf, sha256 } from './support.ts';

const ZERO = new Uint8Array(32);

describe('seeded draws and committees', () => {
  it.each(casesOf('TV13'))('TV13 $op (trust E1, E2, S2, L4)', ({ op, in: input, out }) => {
    const seed = Uint8Array.from(Buffer.from(input.seed, 'hex'));
    if (op === 'draw') {
      const { value, counter } = draw(seed, input.label, input.counter, input.total, sha256);
      expect({ value, nextCounter: counter }).toEqual(out);
    } else if (op === 'sampleWithoutReplacement') {
      expect(electCommittee(input.weights, { mode: 'weighted', size: input.k }, seed, sha256)).toEqual(out);
    } else {
      const slots = Array.from({ length: 12 }, (_, slot) => lotteryLeader(seed, slot + 1, input.weights, sha256));
      expect(slots).toEqual(out);
    }
  });

  it('rejects samples beyond the last full multiple of the total and goes on with the counter (trust E1)', () => {
    const samples = [0xff, 0xff, 0x01];
    let tries = 0;
    const stub = () => new Uint8Array(32).fill(samples[tries++] ?? 0);
    // 2^64 - 1 lies beyond the last multiple of 10, as 2^64 mod 10 = 6.
    expect(draw(ZERO, 'x', 4, 10, stub)).toEqual({ value: Number(0x0101010101010101n % 10n), counter: 7 });
    expect(tries).toBe(3);
  });

  it('the last full multiple itself is the first sample that is refused (trust E1)', () => {
    const limit = 2n ** 64n - 6n;
    const stubOf = (first: bigint) => {
      const samples = [first, 7n];
      return () => {
        const hash = new Uint8Array(32);
        new DataView(hash.buffer).setBigUint64(0, samples.shift() ?? 0n);
        return hash;
      };
    };
    expect(draw(ZERO, 'x', 0, 10, stubOf(limit))).toEqual({ value: 7, counter: 2 });
    expect(draw(ZERO, 'x', 0, 10, stubOf(limit - 1n))).toEqual({ value: 9, counter: 1 });
  });

  it.each([0, -1, 1.5, 2 ** 53, Number.NaN])('refuses a total of %s (trust E1)', (total) => {
    const attempt = () => draw(ZERO, 'x', 0, total, sha256);
    expect(attempt).toThrow(expect.objectContaining({ name: 'DtDposError' }));
    try {
      attempt();
    } catch (error) {
      expect(isDtDposError(error, 'TOTAL_OUT_OF_RANGE')).toBe(true);
      expect(isDtDposError(error, 'LENGTH_MISMATCH')).toBe(false);
    }
  });

  it('mode top takes the heaviest, lower index first among equals (trust E2)', () => {
    expect(electCommittee([5, 9, 0, 9, 7, 9], { mode: 'top', size: 3 }, ZERO, sha256)).toEqual([1, 3, 5]);
    expect(electCommittee([5, 9, 0, 9, 7], { mode: 'top', size: 10 }, ZERO, sha256)).toEqual([1, 3, 4, 0]);
  });

  it('mode all takes everybody with weight, in order (trust E2)', () => {
    expect(electCommittee([5, 0, 9, 1], { mode: 'all', size: 1 }, ZERO, sha256)).toEqual([0, 2, 3]);
  });

  it('draws stop when no weight is left, and nobody is drawn from nothing (trust E2)', () => {
    expect(electCommittee([0, 3, 0], { mode: 'weighted', size: 5 }, ZERO, sha256)).toEqual([1]);
    expect(electCommittee([0, 0], { mode: 'weighted', size: 5 }, ZERO, sha256)).toEqual([]);
    expect(electCommittee([], { mode: 'top', size: 5 }, ZERO, sha256)).toEqual([]);
  });

  it('a permutation is a weighted order of all members, another one in the next cycle (trust S3)', () => {
    const weights = [4, 3, 2, 1, 5];
    const orders = [0, 1, 2, 3].map((cycle) => cycleOrder(ZERO, cycle, weights, sha256));
    for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
    // The first place is drawn by weight with the label of the cycle and counter 0.
    const { value } = draw(ZERO, 'perm/2', 0, 15, sha256);
    const ends = [4, 7, 9, 10, 15];
    expect(orders[2]?.[0]).toBe(ends.findIndex((end) => value < end));
  });
});
