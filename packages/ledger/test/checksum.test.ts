import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksumOf } from '../src/store/checksum.ts';

/** Bit by bit, as the polynomial is defined. */
function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}

describe('checksums of records (storage S4)', () => {
  it('are CRC-32 of table, length of the key, key and value', () => {
    expect(crc32(utf8ToBytes('123456789'))).toBe(0xcbf43926);
    const bytes = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 9 }), bytes, bytes, (table, key, value) => {
        const whole = concatBytes(utf8ToBytes(table), Uint8Array.of(key.length), key, value);
        expect(checksumOf(table, key, value)).toBe(crc32(whole));
      }),
    );
  });
});
