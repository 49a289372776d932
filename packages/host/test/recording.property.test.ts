import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkNumbers, ChunksByNumber, NUMBERED_CHUNKS_MAX } from '../src/record/chunk-table.ts';
import { fromJson, type JsonValue, toJson } from '../src/record/plain-data.ts';

const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.string(),
  fc.bigInt(),
  fc.uint8Array({ maxLength: 64 }),
);
const plain = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie('value')), fc.dictionary(fc.string(), tie('value'))),
})).value;

describe('data of recordings (contract H-8)', () => {
  test('contract H-8: plain data comes back as it was written', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const text = JSON.stringify(toJson(value));
        const back = fromJson(JSON.parse(text) as JsonValue);
        expect(JSON.stringify(toJson(back))).toBe(text);
      }),
    );
    const value = { b: [1n, new Uint8Array([0, 255])], a: { $bytes: 'x', $$: 1 }, none: undefined };
    expect(fromJson(toJson(value))).toEqual({ b: value.b, a: value.a });
    expect(Object.keys(toJson(value) as object)).toEqual(['a', 'b']);
  });

  test('contract H-8: reading is total, and what is no plain data is refused', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          fromJson(value as JsonValue);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(TypeError);
        }
      }),
    );
    expect(() => toJson(() => 1)).toThrow(TypeError);
    expect(() => toJson(Number.NaN)).toThrow(TypeError);
    expect(() => fromJson({ $bytes: 'AB' })).toThrow(TypeError);
    expect(() => fromJson({ $bigint: '01' })).toThrow(TypeError);
  });

  test('contract H-8: a number stands for one chunk to writer and reader, however many there were', () => {
    const [numbers, chunks] = [new ChunkNumbers(), new ChunksByNumber()];
    const write = (text: string): number => {
      const known = numbers.find(text);
      if (known !== undefined) return known;
      chunks.add(new TextEncoder().encode(text));
      return numbers.add(text);
    };
    for (let index = 0; index < 3 * NUMBERED_CHUNKS_MAX; index++) {
      const named = [write('often'), write(`once ${index}`), write(`${index % 100}`)];
      const read = named.map((number) => new TextDecoder().decode(chunks.get(number)));
      expect(read).toEqual(['often', `once ${index}`, `${index % 100}`]);
    }
  });
});
