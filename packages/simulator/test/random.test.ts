import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandomStream, createXoshiro256, isSimulationError, type RandomLabel } from '../src/index.ts';
import { sha256 } from './support/hash.ts';

interface Vectors {
  prng: {
    xoshiro256starstar: { state: string[]; first: string[] };
    split: { seed: number; label: RandomLabel; state: string[]; first: string[] }[];
  };
}
const { prng } = JSON.parse(readFileSync(new URL('../testdata/chain-math.json', import.meta.url), 'utf8')) as Vectors;

describe('simulation E3: seeded streams', () => {
  it('reproduces the published xoshiro256** sequence from state 1, 2, 3, 4', () => {
    const state = new DataView(new ArrayBuffer(32));
    for (const [index, word] of prng.xoshiro256starstar.state.entries()) state.setBigUint64(index * 8, BigInt(word));
    const stream = createXoshiro256(new Uint8Array(state.buffer));
    expect(prng.xoshiro256starstar.first.map(() => String(stream.nextUint64()))).toEqual(prng.xoshiro256starstar.first);
  });

  it.each(prng.split)('derives the $label stream of seed $seed', ({ seed, label, first }) => {
    const stream = createRandomStream({ seed, label, sha256 });
    expect(first.map(() => String(stream.nextUint64()))).toEqual(first);
  });

  it('follows a bigint reference implementation for ten thousand steps', () => {
    const mask = (1n << 64n) - 1n;
    const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & mask;
    let [s0, s1, s2, s3] = [0x9e3779b97f4a7c15n, 0xffffffffffffffffn, 0x8000000000000001n, 0x00000000ffffffffn];
    const state = new DataView(new ArrayBuffer(32));
    for (const [index, word] of [s0, s1, s2, s3].entries()) state.setBigUint64(index * 8, word);
    const stream = createXoshiro256(new Uint8Array(state.buffer));

    for (let step = 0; step < 10_000; step++) {
      const expected = (rotate((s1 * 5n) & mask, 7n) * 9n) & mask;
      const shifted = (s1 << 17n) & mask;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= shifted;
      s3 = rotate(s3, 45n);
      expect(stream.nextUint64()).toBe(expected);
    }
  });

  it('draws integers uniformly and within both ends', () => {
    const stream = createRandomStream({ seed: 7, label: 'workload', sha256 });
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let draw = 0; draw < 70_000; draw++) {
      const value = stream.integer(-3, 3);
      counts[value + 3] = (counts[value + 3] ?? 0) + 1;
    }
    // Ten standard deviations of a binomial with mean 10 000.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(930);
    expect(counts.reduce((sum, count) => sum + count)).toBe(70_000);
  });

  it('draws uniformly from ranges that do not divide the range of its outputs', () => {
    const stream = createRandomStream({ seed: 7, label: 'topology', sha256 });
    const third = 2 ** 51;
    let low = 0;
    for (let draw = 0; draw < 30_000; draw++) if (stream.integer(0, 3 * third - 1) < third) low += 1;
    // Reduction without rejection would give 15 000; ten standard deviations are 816.
    expect(Math.abs(low - 10_000)).toBeLessThan(816);
  });

  it('never grants a chance of 0 and always grants one of 1000', () => {
    const stream = createRandomStream({ seed: 7, label: 'adversary', sha256 });
    for (let draw = 0; draw < 1_000; draw++) {
      expect(stream.chance(0)).toBe(false);
      expect(stream.chance(1_000)).toBe(true);
    }
  });

  it('yields the words of its outputs as bytes', () => {
    const words = createRandomStream({ seed: 1, label: 'clock/3', sha256 });
    const expected = new DataView(new ArrayBuffer(16));
    expected.setBigUint64(0, words.nextUint64());
    expected.setBigUint64(8, words.nextUint64());
    const bytes = createRandomStream({ seed: 1, label: 'clock/3', sha256 }).bytes(11);
    expect(bytes).toEqual(new Uint8Array(expected.buffer, 0, 11));
  });

  it('gives every purpose and node a stream of its own', () => {
    const labels: RandomLabel[] = ['network', 'network/0', 'network/1', 'storage/1', 'topology'];
    const outputs = labels.map((label) => createRandomStream({ seed: 5, label, sha256 }).nextUint64());
    expect(new Set(outputs).size).toBe(labels.length);
  });

  it.each([
    ['unknown purpose', { seed: 1, label: 'weather' }],
    ['index with a leading zero', { seed: 1, label: 'network/01' }],
    ['negative seed', { seed: -1, label: 'network' }],
    ['fractional seed', { seed: 0.5, label: 'network' }],
  ])('refuses an %s', (_case, options) => {
    expect(() => createRandomStream({ ...options, label: options.label as RandomLabel, sha256 })).toThrow(
      expect.toSatisfy((error) => isSimulationError(error, 'INVALID_OPTION')),
    );
  });

  it('refuses an empty range, a range above 2^53 and an all-zero state', () => {
    const stream = createRandomStream({ seed: 1, label: 'network', sha256 });
    expect(() => stream.integer(2, 1)).toThrow(/INVALID_OPTION/);
    expect(() => stream.integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toThrow(/INVALID_OPTION/);
    expect(() => createXoshiro256(new Uint8Array(32))).toThrow(/INVALID_OPTION/);
  });
});
