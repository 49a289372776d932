import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, compareBytes, tryDecode } from '../src/index.ts';
import { codeOf } from './support/code-of.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const readerOf = (text: string): ByteReader => new ByteReader(unhex(text), 'test value');

describe('writing', () => {
  test.each([
    [0, 1, '00'],
    [255, 1, 'ff'],
    [258, 2, '0102'],
    [258, 4, '00000102'],
    [2 ** 48 - 1, 6, 'ffffffffffff'],
    [Number.MAX_SAFE_INTEGER, 7, '1fffffffffffff'],
    [Number.MAX_SAFE_INTEGER, 8, '001fffffffffffff'],
    [0n, 8, '0000000000000000'],
    [2n ** 64n - 1n, 8, 'ffffffffffffffff'],
    [258n, 2, '0102'],
    [-0, 1, '00'],
  ])('integer %s in %d bytes is %s', (value, width, expected) => {
    expect(hex(new ByteWriter().uint(value, width).finish())).toBe(expected);
  });

  test.each([
    [-1, 4],
    [256, 1],
    [2 ** 48, 6],
    [0.5, 4],
    [Number.NaN, 4],
    [Number.POSITIVE_INFINITY, 8],
    [2 ** 53, 8],
    [-1n, 8],
    [256n, 1],
    [2n ** 64n, 8],
  ])('integer %s in %d bytes is refused', (value, width) => {
    expect(codeOf(() => new ByteWriter().uint(value, width))).toBe('NOT_ENCODABLE');
  });

  test.each([0, 9, 1.5, -1, Number.NaN])('width %d is refused by writer and reader', (width) => {
    expect(codeOf(() => new ByteWriter().uint(0, width))).toBe('NOT_ENCODABLE');
    expect(codeOf(() => readerOf('00'.repeat(16)).uint(width))).toBe('NOT_ENCODABLE');
  });

  test('byte strings, text and big integers carry a 32-bit length', () => {
    const writer = new ByteWriter().bytes(Uint8Array.of(1, 2)).text('é').bigint(256n).bigint(0n);
    expect(hex(writer.finish())).toBe(`000000020102${'00000002c3a9'}${'000000020100'}${'00000000'}`);
  });

  test('what has no encoding of its own is refused', () => {
    expect(codeOf(() => new ByteWriter().bigint(-1n))).toBe('NOT_ENCODABLE');
    expect(codeOf(() => new ByteWriter().text('a\ud800b'))).toBe('NOT_ENCODABLE');
    expect(codeOf(() => new ByteWriter().text('\udc00\ud800'))).toBe('NOT_ENCODABLE');
    expect(codeOf(() => new ByteWriter().text('\u{1f33b}'))).toBeUndefined();
  });

  test('a refused value leaves nothing behind', () => {
    const writer = new ByteWriter().uint(1, 1);
    expect(codeOf(() => writer.uint(256, 1))).toBe('NOT_ENCODABLE');
    expect(codeOf(() => writer.text('\ud800'))).toBe('NOT_ENCODABLE');
    expect(hex(writer.uint(2, 1).finish())).toBe('0102');
  });

  test('text that turns out not to be ASCII half way is written once', () => {
    expect(hex(new ByteWriter().uint(1, 1).text('abé').uint(2, 1).finish())).toBe('01000000046162c3a902');
  });

  test('the writer copies what it gets, and no other writer touches what it gave', () => {
    const source = Uint8Array.of(7);
    const writer = new ByteWriter().bytes(source);
    source[0] = 8;
    const written = writer.finish();
    new ByteWriter().uint(0xffffffff, 4).uint(0xffffffff, 4).finish();
    expect(hex(written)).toBe('0000000107');
  });

  test('writers at work at the same time do not mix', () => {
    const first = new ByteWriter().uint(1, 2);
    const second = new ByteWriter().uint(2, 2);
    first.uint(3, 2);
    expect(hex(second.uint(4, 2).finish())).toBe('00020004');
    expect(hex(first.uint(5, 2).finish())).toBe('000100030005');
  });

  test('a hash function may write bytes of its own', () => {
    // A writer that is done leaves its buffer to the next one.
    new ByteWriter().finish();
    const nested = (data: Uint8Array) => {
      new ByteWriter().text('something else').finish();
      return data.slice();
    };
    expect(new ByteWriter().text('wind').hash(nested)).toEqual(new ByteWriter().text('wind').finish());
  });

  test('a hash is that of everything written, and ends the writer', () => {
    const asked: string[] = [];
    const write = (): ByteWriter =>
      new ByteWriter()
        .uint(7, 4)
        .text('wind')
        .bigint(2n ** 80n + 1n);
    const written = hex(write().finish());
    const writer = write();
    const digest = writer.hash((data) => {
      asked.push(hex(data));
      return Uint8Array.of(data.length);
    });
    expect(asked).toEqual([written]);
    expect(digest).toEqual(Uint8Array.of(written.length / 2));
    expect(() => writer.hash((data) => data)).toThrow('the writer is finished');
  });

  test('a finished writer takes nothing more', () => {
    const writer = new ByteWriter().uint(1, 1);
    writer.finish();
    const misuses = [
      () => writer.finish(),
      () => writer.hash((data) => data),
      () => writer.uint(1, 1),
      () => writer.uint(1n, 1),
      () => writer.bytes(new Uint8Array()),
      () => writer.text(''),
      () => writer.bigint(0n),
    ];
    for (const misuse of misuses) expect(misuse).toThrow('the writer is finished');
  });

  test('long encodings grow without loss', () => {
    const chunk = Uint8Array.from({ length: 1_000 }, (_, index) => index % 251);
    const writer = new ByteWriter();
    for (let count = 0; count < 100; count++) writer.bytes(chunk);
    const reader = new ByteReader(writer.finish(), 'chunks');
    for (let count = 0; count < 100; count++) expect(compareBytes(reader.bytes(), chunk)).toBe(0);
    reader.finish();
  });
});

describe('reading', () => {
  test.each<readonly [name: string, bytes: string, read: (reader: ByteReader) => unknown]>([
    ['an integer that is cut short', '000001', (reader) => reader.uint(4)],
    ['an integer beyond the safe ones', '0020000000000000', (reader) => reader.uint(8)],
    ['the largest 64-bit integer', 'ffffffffffffffff', (reader) => reader.uint(8)],
    ['a byte string without its length', '0000', (reader) => reader.bytes()],
    ['a byte string that is cut short', '0000000301', (reader) => reader.bytes()],
    ['a byte string with a hostile length', 'ffffffff00', (reader) => reader.bytes()],
    ['a byte string above the limit', '000000020000', (reader) => reader.bytes(1)],
    ['text above the limit', '000000026161', (reader) => reader.text(1)],
    ['text that is no UTF-8', '00000001ff', (reader) => reader.text()],
    ['text in an overlong form', '00000002c080', (reader) => reader.text()],
    ['text with a surrogate', '00000003eda080', (reader) => reader.text()],
    ['a big integer with a leading zero', '000000020001', (reader) => reader.bigint()],
    ['zero written as a byte', '0000000100', (reader) => reader.bigint()],
    ['a big integer above the limit', '000000020100', (reader) => reader.bigint(1)],
    ['bytes left over', '00', (reader) => reader.finish()],
  ])('%s is refused', (_, bytes, read) => {
    expect(codeOf(() => read(readerOf(bytes)))).toBe('INVALID_ENCODING');
  });

  test('the error says what was read and where it stopped', () => {
    const reader = readerOf('0001ff');
    reader.uint(2);
    expect(() => reader.uint(4)).toThrow('INVALID_ENCODING: what=test value, offset=2');
  });

  test('a byte order mark is part of the text', () => {
    expect(readerOf('00000004efbbbf61').text()).toBe('\ufeffa');
  });

  test('a byte string is a copy', () => {
    const data = unhex('0000000105');
    const read = new ByteReader(data, 'test value').bytes();
    data[4] = 6;
    expect(hex(read)).toBe('05');
  });

  test('tryDecode turns a throwing decoder into a total one', () => {
    expect(tryDecode(() => readerOf('05').uint(1))).toBe(5);
    expect(tryDecode(() => readerOf('').uint(1))).toBeUndefined();
  });
});

test.each([
  ['', '', 0],
  ['01', '01', 0],
  ['', '00', -1],
  ['01', '0100', -1],
  ['ff', '00ff', 1],
  ['0102', '0103', -1],
  ['80', '7f', 1],
])('byte order: %s against %s is %d', (first, second, sign) => {
  expect(Math.sign(compareBytes(unhex(first), unhex(second)))).toBe(sign);
  expect(Math.sign(compareBytes(unhex(second), unhex(first)))).toBe(sign === 0 ? 0 : -sign);
});
