import { describe, expect, it } from 'vitest';
import {
  compactFromTarget,
  computeRetarget,
  decodeTarget,
  encodeTarget,
  medianTimePast,
  meetsTarget,
  powHash,
  settleDepth,
  TARGET_MAX,
  targetFromCompact,
  workOf,
} from '../src/index.ts';
import { bigintOf, EMPTY, hex, sha256, VECTORS } from './support/rules.ts';

const text = (value: string) => new TextEncoder().encode(value);

const nonceOf = (value: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
};

describe('pos-pow H1: the work hash', () => {
  it('is SHA-256 twice', () => {
    const { inputUtf8, digest } = VECTORS.doubleSha256;
    expect(hex(powHash(text(inputUtf8), EMPTY, sha256))).toBe(digest);
  });

  it.each(VECTORS.mine.cases)('of nonce $nonce meets the target, and of no nonce before it (pos-pow H2)', (vector) => {
    const data = text(VECTORS.mine.prefixUtf8);
    const target = bigintOf(vector.target);
    expect(hex(powHash(data, nonceOf(vector.nonce), sha256))).toBe(vector.hash);
    for (let nonce = 0; nonce <= vector.nonce; nonce++) {
      expect(meetsTarget(powHash(data, nonceOf(nonce), sha256), target)).toBe(nonce === vector.nonce);
    }
  });

  it('is read big-endian and may equal the target (pos-pow H2)', () => {
    const hash = new Uint8Array(32);
    hash[31] = 9;
    expect(meetsTarget(hash, 9n)).toBe(true);
    expect(meetsTarget(hash, 8n)).toBe(false);
    hash[0] = 1;
    expect(meetsTarget(hash, 1n << 248n)).toBe(false);
  });
});

describe('pos-pow H3: a target in the header', () => {
  it.each(VECTORS.work)('is 32 big-endian bytes: $target', ({ target }) => {
    expect(hex(encodeTarget(bigintOf(target)))).toBe(target);
    expect(decodeTarget(encodeTarget(bigintOf(target)))).toBe(bigintOf(target));
  });

  it('has no other length', () => {
    expect(decodeTarget(new Uint8Array(31))).toBeUndefined();
    expect(decodeTarget(new Uint8Array(33))).toBeUndefined();
  });

  it.each([-1n, TARGET_MAX + 1n])('refuses to encode %s', (target) => {
    expect(() => encodeTarget(target)).toThrow(/VALUE_OUT_OF_RANGE/);
    expect(() => workOf(target)).toThrow(/VALUE_OUT_OF_RANGE/);
  });
});

describe('pos-pow H4: the compact form', () => {
  it.each(VECTORS.compact)('$bits is $target', ({ bits, target, roundTrip }) => {
    expect(targetFromCompact(Number(bits))).toBe(bigintOf(target));
    expect(roundTrip).toBe(true);
    expect(compactFromTarget(bigintOf(target))).toBe(Number(bits));
  });

  it.each([
    ['a negative mantissa', 0x1d80_0000],
    ['zero', 0x1d00_0000],
    ['a mantissa that the exponent cuts to zero', 0x0000_0012],
    ['an overflow', 0x2101_0000],
    ['a far overflow', 0xff12_3456],
    ['more than 32 bits', 2 ** 32],
    ['a negative number', -1],
  ])('%s is no target', (_case, bits) => {
    expect(targetFromCompact(bits)).toBeUndefined();
  });

  it('cuts off the digits behind the third byte, and keeps the sign bit clear', () => {
    expect(compactFromTarget(0x12_34_56_78n)).toBe(0x0412_3456);
    expect(compactFromTarget(0x80n)).toBe(0x0200_8000);
    expect(compactFromTarget(0x7fn)).toBe(0x017f_0000);
    expect(compactFromTarget(TARGET_MAX)).toBe(0x2100_ffff);
    expect(() => compactFromTarget(0n)).toThrow(/VALUE_OUT_OF_RANGE/);
  });

  it.each([
    ['height 32 256', 0x1d00ffff, 1_022_578, 0x1d00d86a],
    ['a clamped window', 0x1c05a3f4, 289_434, 0x1c0168fd],
  ])('agrees with Bitcoin on the retarget of %s (pos-pow D3)', (_case, bits, seconds, expected) => {
    const target = targetFromCompact(bits) ?? 0n;
    const next = computeRetarget({
      target,
      actualMs: seconds * 1_000,
      expectedMs: 1_209_600_000,
      clamp: 4,
      powLimit: (1n << 224n) - 1n,
    });
    expect(compactFromTarget(next)).toBe(expected);
  });
});

describe('pos-pow F1: the work of a target', () => {
  it.each(VECTORS.work)('of $target is $work', ({ target, work }) => {
    expect(workOf(bigintOf(target))).toBe(BigInt(work));
  });
});

describe('pos-pow D3, D4: the retarget', () => {
  it.each(VECTORS.retarget)('takes $oldTarget after $actualMs of $expectedMs ms to $newTarget', (vector) => {
    const next = computeRetarget({
      target: bigintOf(vector.oldTarget),
      actualMs: Number(vector.actualMs),
      expectedMs: Number(vector.expectedMs),
      clamp: vector.clamp,
      powLimit: bigintOf(vector.powLimit),
    });
    expect(next).toBe(bigintOf(vector.newTarget));
  });

  it.each([
    ['target', { target: 0n }],
    ['target', { target: TARGET_MAX + 1n }],
    ['powLimit', { powLimit: 0n }],
    ['expectedMs', { expectedMs: 0 }],
    ['actualMs', { actualMs: 0.5 }],
    ['clamp', { clamp: 0 }],
  ])('refuses a %s out of range', (name, change) => {
    const input = { target: 1n, actualMs: 1, expectedMs: 1, clamp: 4, powLimit: TARGET_MAX, ...change };
    expect(() => computeRetarget(input)).toThrow(new RegExp(`VALUE_OUT_OF_RANGE: name=${name}`));
  });
});

describe('pos-pow T1: the median time', () => {
  it.each(VECTORS.medianTimePast)('of $times is $mtp', ({ times, mtp }) => {
    const given = [...times];
    expect(medianTimePast(given)).toBe(mtp);
    expect(given).toEqual(times);
  });

  it('of nothing does not exist', () => {
    expect(() => medianTimePast([])).toThrow(/VALUE_OUT_OF_RANGE/);
  });
});

/** Nakamoto, section 11, as printed: the Poisson sum in floating point. */
function attackerSuccess(share: number, depth: number): number {
  const ratio = share / (1 - share);
  const lambda = depth * ratio;
  let success = 1;
  let poisson = Math.exp(-lambda);
  for (let k = 0; k <= depth; k++) {
    success -= poisson * (1 - ratio ** (depth - k));
    poisson *= lambda / (k + 1);
  }
  return success;
}

describe('the settlement hint of pos-pow', () => {
  it.each(VECTORS.settleDepth)('against a share of $q is $depth blocks', ({ q, epsilon, depth }) => {
    expect(settleDepth(q * 1_000_000, epsilon * 1_000_000)).toBe(depth);
  });

  it.each([50_000, 123_456, 250_000, 330_000, 400_000])(
    'is the first depth at which the printed formula falls below the bound, for %i ppm',
    (sharePpm) => {
      for (const epsilonPpm of [10_000, 1_000, 100]) {
        let depth = 1;
        while (attackerSuccess(sharePpm / 1e6, depth) >= epsilonPpm / 1e6) depth++;
        expect(settleDepth(sharePpm, epsilonPpm)).toBe(depth);
      }
    },
  );

  it('is found at both ends of the ranges', () => {
    expect(settleDepth(50_000, 10_000)).toBe(3);
    expect(settleDepth(450_000, 1)).toBe(704);
    expect(settleDepth(1, 999_999)).toBe(1);
  });

  it.each([
    [0, 1_000],
    [450_001, 1_000],
    [100_000, 0],
    [100_000, 1_000_000],
    [0.1, 1_000],
  ])('does not exist for %d and %d millionths', (share, epsilon) => {
    expect(() => settleDepth(share, epsilon)).toThrow(/VALUE_OUT_OF_RANGE/);
  });
});
