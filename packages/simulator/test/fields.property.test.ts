import { ByteReader, ByteWriter } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dissect, FieldMemory, replaceField, shiftNumber } from '../src/adversary/fields.ts';

/** No byte of it is the length of a field, for one that began like a length would be taken for one. */
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.map((byte) => 98 + (byte % 158)));

/** A height that could be the length of a field is taken for one, and cannot be reached. */
const heights = fc.integer({ min: 98, max: 255 });

/** A vote as plugins write them: kind, height, round, digest. */
const voteOf = (height: number, round: number, bytes: Uint8Array) =>
  new ByteWriter().uint(1, 1).uint(height, 5).uint(round, 3).bytes(bytes).finish();

function read(bytes: Uint8Array) {
  const reader = new ByteReader(bytes, 'vote');
  return { kind: reader.uint(1), height: reader.uint(5), round: reader.uint(3), digest: reader.bytes() };
}

describe('small changes to messages of unknown meaning (simulation section 5, ByzzFuzz)', () => {
  it('reach kind, height and round, each by one, and nothing else', () => {
    fc.assert(
      fc.property(heights, fc.integer({ min: 0, max: 255 }), digest, (height, round, bytes) => {
        // A digest that begins like a length would be taken for one.
        fc.pre(bytes.every((byte) => byte > 97));
        const vote = voteOf(height, round, bytes);
        const { fields, numbers } = dissect(vote);
        expect(fields.map(({ content }) => content)).toEqual([bytes]);
        const shifted = numbers.map((position) => read(shiftNumber(vote, position, 1)));
        expect(shifted).toContainEqual({ kind: 1, height: height + 1, round, digest: bytes });
        expect(shifted).toContainEqual({ kind: 1, height, round: round + 1, digest: bytes });
        expect(shifted).toContainEqual({ kind: 2, height, round, digest: bytes });
        expect(shifted.every((changed) => changed.digest.join() === bytes.join())).toBe(true);
      }),
    );
  });

  it('are undone by the opposite change, carry included', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(63), (bytes, at) => {
        const position = at % bytes.length;
        expect(shiftNumber(shiftNumber(bytes, position, 1), position, -1)).toEqual(bytes);
        expect(shiftNumber(bytes, position, 1)).not.toEqual(bytes);
      }),
    );
    expect(shiftNumber(Uint8Array.of(0, 255, 255), 2, 1)).toEqual(Uint8Array.of(1, 0, 0));
  });

  it('put another digest, or none, where one was', () => {
    fc.assert(
      fc.property(digest, digest, (bytes, other) => {
        const vote = voteOf(7, 2, bytes);
        const [field] = dissect(vote).fields;
        if (field === undefined) return expect.unreachable();
        expect(read(replaceField(vote, field, other))).toEqual({ kind: 1, height: 7, round: 2, digest: other });
        expect(read(replaceField(vote, field, new Uint8Array())).digest).toEqual(new Uint8Array());
      }),
    );
  });

  it('take other digests from what was seen, the newest first, and never the same one', () => {
    const memory = new FieldMemory();
    const [a, b, c] = [200, 201, 202].map((byte) => new Uint8Array(32).fill(byte)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect(memory.other(a, 0)).toBeUndefined();
    for (const bytes of [a, b, c, c]) memory.observe(dissect(voteOf(1, 0, bytes)));
    expect([0, 1, 2].map((back) => memory.other(a, back))).toEqual([c, b, c]);
    expect(memory.other(c, 0)).toEqual(b);
    expect(memory.other(new Uint8Array(20), 0)).toBeUndefined();
  });

  it('are total on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { fields, numbers } = dissect(bytes);
        expect(numbers.every((position) => position >= 0 && position < bytes.length)).toBe(true);
        for (const field of fields) expect(replaceField(bytes, field, field.content)).toEqual(bytes);
      }),
    );
  });
});
