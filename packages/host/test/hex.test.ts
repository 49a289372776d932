import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../src/hex.ts';

describe('hexadecimal text', () => {
  it.each([0, 1, 32, 4_096, 4_097, 100_001])('of %i bytes is what the platform makes of them', (length) => {
    const bytes = new Uint8Array(length).map((_, index) => (index * 167) % 251);
    const text = toHex(bytes);
    expect(text.length).toBe(2 * length);
    expect(text === Buffer.from(bytes).toString('hex')).toBe(true);
  });

  it('is read back, and nothing else is', () => {
    expect(fromHex(toHex(Uint8Array.of(0, 9, 10, 127, 255)))).toEqual(Uint8Array.of(0, 9, 10, 127, 255));
    expect(['0', 'AB', 'zz', '0g'].map(fromHex)).toEqual([null, null, null, null]);
  });
});
