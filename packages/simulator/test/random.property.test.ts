import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createXoshiro256 } from '../src/index.ts';

const state = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => bytes.some((byte) => byte !== 0));
const WORD = (1n << 64n) - 1n;

/** The generator as its authors write it. */
function* referenceOutputs(bytes: Uint8Array): Generator<bigint, never> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let [s0, s1, s2, s3] = [0, 8, 16, 24].map((at) => view.getBigUint64(at)) as [bigint, bigint, bigint, bigint];
  const rotate = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & WORD;
  for (;;) {
    yield (rotate((s1 * 5n) & WORD, 7n) * 9n) & WORD;
    const shifted = (s1 << 17n) & WORD;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotate(s3, 45n);
  }
}

describe('simulation E3: generator', () => {
  it('is xoshiro256** from any state', () =>
    fc.assert(
      fc.property(state, (bytes) => {
        const reference = referenceOutputs(bytes);
        const stream = createXoshiro256(bytes);
        for (let count = 0; count < 50; count++) expect(stream.nextUint64()).toBe(reference.next().value);
      }),
    ));

  it('reduces the upper 53 bits modulo the number of values, and rejects the last, incomplete block', () =>
    fc.assert(
      fc.property(
        state,
        fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
        fc.oneof(fc.nat(1_000), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 })),
        (bytes, start, span) => {
          const min = Math.min(start, Number.MAX_SAFE_INTEGER - span);
          const count = BigInt(span) + 1n;
          const limit = 2n ** 53n - (2n ** 53n % count);
          const reference = referenceOutputs(bytes);
          const stream = createXoshiro256(bytes);
          for (let index = 0; index < 20; index++) {
            let draw = reference.next().value >> 11n;
            while (draw >= limit) draw = reference.next().value >> 11n;
            expect(stream.integer(min, min + span)).toBe(Number(BigInt(min) + (draw % count)));
          }
        },
      ),
      { numRuns: 300 },
    ));
});
