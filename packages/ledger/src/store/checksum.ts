/**
 * Checksums of stored records (storage S4).
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';

/** Length of a checksum. */
export const CHECKSUM_BYTES = 4;

const POLYNOMIAL = 0xedb88320;
/** Effects of a byte on the sum after 0, 1, 2 and 3 further bytes, 256 values each. */
const TABLES = /* @__PURE__ */ createTables();

/**
 * CRC-32 (IEEE) of table, key and value.
 *
 * It finds every change of up to 32 successive bits with certainty, and needs no hash function of the platform.
 * The names are part of it, so a record in a wrong place is as damaged as one with wrong bytes.
 */
export function checksumOf(table: string, key: Bytes, value: Bytes): number {
  let sum = 0xffffffff;
  for (let index = 0; index < table.length; index++) sum = step(sum, table.charCodeAt(index) & 255);
  sum = step(sum, key.length & 255);
  for (let index = 0; index < key.length; index++) sum = step(sum, key[index] ?? 0);
  const whole = value.length - (value.length % 4);
  for (let index = 0; index < whole; index += 4) sum = stepWord(sum, wordAt(value, index));
  for (let index = whole; index < value.length; index++) sum = step(sum, value[index] ?? 0);
  return ~sum >>> 0;
}

function step(sum: number, byte: number): number {
  return (sum >>> 8) ^ (TABLES[(sum ^ byte) & 255] as number);
}

/** Four steps at once: blocks are long, and every node writes and reads all of them. */
function stepWord(sum: number, word: number): number {
  const mixed = sum ^ word;
  return (
    (TABLES[768 + (mixed & 255)] as number) ^
    (TABLES[512 + ((mixed >>> 8) & 255)] as number) ^
    (TABLES[256 + ((mixed >>> 16) & 255)] as number) ^
    (TABLES[mixed >>> 24] as number)
  );
}

function wordAt(bytes: Bytes, index: number): number {
  const low = (bytes[index] as number) | ((bytes[index + 1] as number) << 8);
  return low | ((bytes[index + 2] as number) << 16) | ((bytes[index + 3] as number) << 24);
}

function createTables(): Uint32Array {
  const tables = new Uint32Array(4 * 256);
  for (let index = 0; index < tables.length; index++) {
    let value = index < 256 ? index : (tables[index - 256] as number);
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    tables[index] = value;
  }
  return tables;
}
