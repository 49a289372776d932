import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, encodeSigningScope, isConsensusError, writePlainData } from '../src/index.ts';

const bytesOf = (value: unknown): string => {
  const writer = new ByteWriter();
  expect(writePlainData(writer, value)).toBeUndefined();
  return Buffer.from(writer.finish()).toString('hex');
};

const plainData = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.bigInt(),
    fc.string(),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe('plain data of a chain identity', () => {
  it('has bytes that do not depend on the order of fields or on absent ones', () => {
    expect(bytesOf({ a: 1, b: [2n, 'x'] })).toBe(bytesOf({ b: [2n, 'x'], c: undefined, a: 1 }));
    expect(bytesOf(structuredClone({ rate: 5n, of: new Uint8Array([1]) }))).toBe(
      bytesOf({ of: Uint8Array.of(1), rate: 5n }),
    );
  });

  it('has other bytes for every other value', () => {
    const values = [null, true, false, 0, 1, 0n, '0', '', [], {}, [0], { 0: 0 }, new Uint8Array(), new Uint8Array(1)];
    expect(new Set(values.map(bytesOf)).size).toBe(values.length);
  });

  it('gives equal bytes only to equal data', () => {
    const key = (value: unknown): string =>
      JSON.stringify(value, (_name, item: unknown) => {
        if (typeof item === 'bigint') return { bigint: String(item) };
        if (item instanceof Uint8Array) return { bytes: [...item] };
        if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
        return { record: Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)) };
      });
    fc.assert(fc.property(plainData, plainData, (a, b) => (bytesOf(a) === bytesOf(b)) === (key(a) === key(b))));
  });

  it.each([
    ['a fraction', { rate: 0.5 }, ['rate']],
    ['negative zero', [-0], ['0']],
    ['an unsafe integer', 2 ** 53, []],
    ['a function', { act: () => 1 }, ['act']],
    ['a map', { list: [1, new Map()] }, ['list', '1']],
  ])('refuses %s and says where it is', (_name, value, path) => {
    expect(writePlainData(new ByteWriter(), value)).toEqual(path);
  });

  it('refuses data that contain themselves', () => {
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    expect(writePlainData(new ByteWriter(), loop)).toHaveLength(32);
  });
});

describe('signing scope', () => {
  const chainId = new Uint8Array(32).fill(7);

  it('is prefix, chain, era, protocol and label, the last two with their lengths', () => {
    const bytes = encodeSigningScope({ chainId, era: 258, protocol: 'pow@1' }, 'seal');
    const length = (count: number) => [0, 0, 0, count];
    const text = (value: string) => [...Buffer.from(value)];
    expect([...bytes]).toEqual([
      ...text('fiducia/1'),
      ...chainId,
      ...[0, 0, 1, 2],
      ...length(5),
      ...text('pow@1'),
      ...length(4),
      ...text('seal'),
    ]);
    // A fixed value, so that no signature of a running chain becomes invalid unnoticed.
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      '0800325b1d9fa653c6f3c03e8115d253ba106f757d81abaf7fcf0f155f8339e4',
    );
  });

  it.each([
    ['a short chain id', { chainId: new Uint8Array(31), era: 0 }],
    ['a negative era', { chainId, era: -1 }],
    ['an era beyond 32 bits', { chainId, era: 2 ** 32 }],
  ])('is refused for %s', (_name, place) => {
    expect(() => encodeSigningScope({ ...place, protocol: 'pow@1' }, 'seal')).toThrow(
      expect.toSatisfy((error: unknown) => isConsensusError(error, 'VALUE_OUT_OF_RANGE')),
    );
  });
});
