import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actorIdCodec, asciiCodec, safeUintCodec } from '../src/index.ts';

describe('safe integers', () => {
  const bytesOf = (value: bigint) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value);
    return bytes;
  };

  it('have one encoding in eight bytes, big-endian', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(safeUintCodec.encode(value)).toEqual(bytesOf(BigInt(value)));
        expect(safeUintCodec.decode(bytesOf(BigInt(value)))).toBe(value);
      }),
    );
  });

  it.each([2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n])('end below %d', (value) => {
    expect(() => safeUintCodec.decode(bytesOf(value))).toThrow('safe integer');
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('do not include %d', (value) => {
    expect(() => safeUintCodec.encode(value)).toThrow('safe integer');
  });
});

describe('ASCII text', () => {
  it('is one byte of length and one byte per character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 255 }), (text) => {
        const bytes = concatBytes(Uint8Array.of(text.length), utf8ToBytes(text));
        expect(asciiCodec.encode(text)).toEqual(bytes);
        expect(asciiCodec.decode(bytes)).toBe(text);
      }),
    );
  });

  it.each(['ä', 'ÿ', '\u0080', 'Ā', '€', '\ud800'])('does not include %j', (text) => {
    expect(() => asciiCodec.encode(text)).toThrow('ASCII');
    const utf8 = utf8ToBytes(text);
    expect(() => asciiCodec.decode(concatBytes(Uint8Array.of(utf8.length), utf8))).toThrow('ASCII');
  });

  it('ends where its length says, and holds no more than 255 characters', () => {
    expect(() => asciiCodec.decode(Uint8Array.of(2, 97))).toThrow();
    expect(() => asciiCodec.decode(Uint8Array.of(1, 97, 98))).toThrow();
    expect(() => asciiCodec.encode('a'.repeat(256))).toThrow();
    expect(() => actorIdCodec.decode(Uint8Array.of(1, 0xc3))).toThrow();
  });
});
