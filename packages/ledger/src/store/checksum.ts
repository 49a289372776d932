/**
 * Checksums of stored records (storage S4).
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';

/** Length of a checksum. */
export const CHECKSUM_BYTES = 4;

const POLYNOMIAL = 0xedb88320;
const TABLE = /* @__PURE__ */ createTable();

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
  for (let index = 0; index < value.length; index++) sum = step(sum, value[index] ?? 0);
  return ~sum >>> 0;
}

function step(sum: number, byte: number): number {
  return (sum >>> 8) ^ (TABLE[(sum ^ byte) & 255] ?? 0);
}

function createTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let index = 0; index < table.length; index++) {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    table[index] = value;
  }
  return table;
}
