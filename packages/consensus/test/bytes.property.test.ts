import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter, compareBytes, isConsensusError } from '../src/index.ts';

/** One written value: how to write it and how to read it back. */
interface Step {
  readonly value: unknown;
  write(writer: ByteWriter): void;
  read(reader: ByteReader): unknown;
}

const width = fc.integer({ min: 1, max: 8 });

const number: fc.Arbitrary<Step> = width.chain((size) =>
  fc.integer({ min: 0, max: Math.min(256 ** size - 1, Number.MAX_SAFE_INTEGER) }).map((value) => ({
    value,
    write: (writer) => writer.uint(value, size),
    read: (reader) => reader.uint(size),
  })),
);

const bytes: fc.Arbitrary<Step> = fc.uint8Array({ maxLength: 300 }).map((value) => ({
  value,
  write: (writer) => writer.bytes(value),
  read: (reader) => reader.bytes(300),
}));

const text: fc.Arbitrary<Step> = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => ({
  value,
  write: (writer) => writer.text(value),
  read: (reader) => reader.text(160),
}));

const amount: fc.Arbitrary<Step> = fc.bigInt({ min: 0n, max: 2n ** 512n - 1n }).map((value) => ({
  value,
  write: (writer) => writer.bigint(value),
  read: (reader) => reader.bigint(),
}));

const steps = fc.array(fc.oneof(number, bytes, text, amount), { maxLength: 12 });

function encode(list: readonly Step[]): Uint8Array {
  const writer = new ByteWriter();
  for (const step of list) step.write(writer);
  return writer.finish();
}

test('reading returns what was written, and consumes all of it', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const reader = new ByteReader(encode(list), 'steps');
      for (const step of list) expect(step.read(reader)).toEqual(step.value);
      reader.finish();
    }),
  );
});

test('whatever bytes a reader accepts, writing the values gives the same bytes', () => {
  type Kind = 'uint' | 'bytes' | 'text' | 'bigint';
  const kinds = fc.array(fc.constantFrom<Kind>('uint', 'bytes', 'text', 'bigint'), { maxLength: 6 });
  // Short lengths, so that random bytes are often accepted.
  const length = fc.tuple(fc.constant([0, 0, 0]), fc.nat({ max: 4 })).map(([zeros, last]) => [...zeros, last]);
  const piece = fc.oneof(length, fc.array(fc.nat({ max: 255 }), { maxLength: 6 }));
  const data = fc.array(piece, { maxLength: 8 }).map((pieces) => Uint8Array.from(pieces.flat()));
  fc.assert(
    fc.property(kinds, data, (list, input) => {
      const reader = new ByteReader(input, 'foreign');
      const writer = new ByteWriter();
      try {
        for (const kind of list) {
          if (kind === 'uint') writer.uint(reader.uint(4), 4);
          else if (kind === 'bytes') writer.bytes(reader.bytes());
          else if (kind === 'text') writer.text(reader.text());
          else writer.bigint(reader.bigint());
        }
        reader.finish();
      } catch (error) {
        expect(isConsensusError(error, 'INVALID_ENCODING')).toBe(true);
        return;
      }
      expect(compareBytes(writer.finish(), input)).toBe(0);
    }),
    { numRuns: 3_000 },
  );
});

test('a truncated encoding never reads to its end', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (list, cut) => {
      const whole = encode(list);
      if (whole.length === 0) return;
      const reader = new ByteReader(whole.subarray(0, cut % whole.length), 'truncated');
      expect(() => {
        for (const step of list) step.read(reader);
        reader.finish();
      }).toThrow('INVALID_ENCODING');
    }),
  );
});

test('byte order is that of the hexadecimal text', () => {
  const short = fc.uint8Array({ maxLength: 5 });
  fc.assert(
    fc.property(short, short, (first, second) => {
      const [a, b] = [first, second].map((value) => Buffer.from(value).toString('hex'));
      const expected = a === b ? 0 : (a ?? '') < (b ?? '') ? -1 : 1;
      expect(Math.sign(compareBytes(first, second))).toBe(expected);
    }),
    { numRuns: 1_000 },
  );
});
