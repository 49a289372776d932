import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ByteWriter,
  compareActors,
  compareBytes,
  DrawStream,
  OUTCOMES_MAX,
  shuffle,
  taggedHash,
} from '../src/index.ts';
import { codeOf } from './support/code-of.ts';

interface Vectors {
  readonly stream: { readonly key: string; readonly firstWords: readonly string[] };
  readonly shuffle: readonly { readonly n: number; readonly key: string; readonly order: readonly number[] }[];
  readonly slotLottery: {
    readonly stake: readonly { readonly id: string; readonly stake: string }[];
    readonly total: string;
    readonly seed: string;
    readonly slots: readonly { readonly slot: number; readonly r: string }[];
  };
}

const vectors = JSON.parse(readFileSync(new URL('../testdata/chain-math.json', import.meta.url), 'utf8')) as Vectors;
const sha256 = (data: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(data).digest());
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const streamOf = (hex: string): DrawStream => new DrawStream(fromHex(hex), sha256);
const indices = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A stream whose words are all `byte`, counting the words it was asked for. */
function constantStream(byte: number): { readonly stream: DrawStream; readonly hashes: () => number } {
  let count = 0;
  const hash = (): Uint8Array => {
    count++;
    // The first word is refused for most numbers of outcomes, the second one is always taken.
    return new Uint8Array([...Array(16).fill(byte), ...Array(16).fill(0)]);
  };
  return { stream: new DrawStream(new Uint8Array(32), hash), hashes: () => count };
}

describe('pos-pow A1: tagged hash', () => {
  test('hashes the tag and then the parts, with nothing between them', () => {
    const parts = [Uint8Array.of(1, 2), new Uint8Array(), new ByteWriter().uint(7, 8).finish()];
    const expected = createHash('sha256')
      .update('dpos/round/v1')
      .update(Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0, 0, 7));
    expect(toHex(taggedHash(sha256, 'dpos/round/v1', ...parts))).toBe(expected.digest('hex'));
  });

  test('refuses a tag beyond ASCII, whose bytes would depend on an encoding', () => {
    expect(codeOf(() => taggedHash(sha256, 'dpos/é', Uint8Array.of(1)))).toBe('NOT_ENCODABLE');
  });
});

describe('pos-pow A3: stream', () => {
  test('its first words are those of the vectors', () => {
    const stream = streamOf(vectors.stream.key);
    const words = vectors.stream.firstWords.map(() => stream.nextWord().toString(16).padStart(32, '0'));
    expect(words).toEqual(vectors.stream.firstWords);
  });

  test('draws the tickets of the slot lottery of the vectors', () => {
    const { seed, total, slots } = vectors.slotLottery;
    const chainId = sha256(new TextEncoder().encode('fiducia-test-chain'));
    const drawn = slots.map(({ slot }) => {
      const key = taggedHash(sha256, 'pos/slot/v1', chainId, fromHex(seed), new ByteWriter().uint(slot, 8).finish());
      return String(new DrawStream(key, sha256).draw(BigInt(total)));
    });
    expect(drawn).toEqual(slots.map(({ r }) => r));
  });

  test('passes over words that would prefer small results', () => {
    const third = constantStream(0xff);
    expect(third.stream.draw(3n)).toBe(0n);
    expect(third.hashes()).toBe(1);
    // A power of two divides the words evenly, so that even the largest word is taken.
    expect(constantStream(0xff).stream.draw(4n)).toBe(3n);
  });

  test('keeps its key, whatever becomes of the bytes given', () => {
    const key = fromHex(vectors.stream.key);
    const stream = new DrawStream(key, sha256);
    key.fill(0);
    expect(stream.nextWord().toString(16)).toBe(vectors.stream.firstWords[0]);
  });

  test.each([0n, -1n, OUTCOMES_MAX + 1n])('refuses %s outcomes', (outcomes) => {
    expect(codeOf(() => streamOf(vectors.stream.key).draw(outcomes))).toBe('VALUE_OUT_OF_RANGE');
  });

  test('gives every result below the number of outcomes, up to the largest number, and only those', () => {
    const outcomes = fc.oneof(fc.bigInt({ min: 1n, max: OUTCOMES_MAX }), fc.bigInt({ min: 1n, max: 300n }));
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.array(outcomes, { maxLength: 20 }),
        (key, list) => {
          const first = new DrawStream(key, sha256);
          const second = new DrawStream(key, sha256);
          for (const limit of list) {
            const value = first.draw(limit);
            expect(value >= 0n && value < limit).toBe(true);
            expect(second.draw(limit)).toBe(value);
          }
        },
      ),
    );
    const seen = new Set<bigint>();
    const stream = streamOf(vectors.stream.key);
    for (let count = 0; count < 200; count++) seen.add(stream.draw(7n));
    expect(seen.size).toBe(7);
  });
});

describe('pos-pow A4: shuffle', () => {
  test.each(vectors.shuffle)('of $n with key $key is that of the vectors', ({ n, key, order }) => {
    expect(shuffle(indices(n), streamOf(key))).toEqual(order);
  });

  test('keeps every item, leaves the given list alone, and uses no draw for fewer than two', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat({ max: 40 }), (key, count) => {
        const items = Object.freeze(indices(count));
        expect(shuffle(items, new DrawStream(key, sha256)).toSorted((a, b) => a - b)).toEqual(items);
      }),
    );
    const { stream, hashes } = constantStream(1);
    expect([shuffle([], stream), shuffle(['only'], stream), hashes()]).toEqual([[], ['only'], 0]);
  });

  test('gives each of the six orders of three items about a sixth of the keys', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 6_000; index++) {
      const key = sha256(new ByteWriter().uint(index, 4).finish());
      const order = shuffle(['a', 'b', 'c'], new DrawStream(key, sha256)).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Four standard deviations of 29 around 1000; the keys are fixed, so that the test cannot flicker.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(116);
  });
});

test('pos-pow A5: actors are ordered like the bytes of their addresses', () => {
  const address = fc.uint8Array({ minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(address, address, (a, b) => {
      expect(Math.sign(compareActors(toHex(a), toHex(b)))).toBe(Math.sign(compareBytes(a, b)));
      expect(compareActors(toHex(a), toHex(a))).toBe(0);
    }),
  );
});
