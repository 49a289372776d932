/**
 * Bytes that are nearly right.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import type { RandomStream } from '@fiducia/simulator';

/** The same bytes with one bit turned over. @param bit - 0 to `8 * bytes.length - 1`. */
export function flipBit(bytes: Bytes, bit: number): Bytes {
  const changed = bytes.slice();
  const index = (bit - (bit % 8)) / 8;
  changed[index] = (changed[index] ?? 0) ^ (1 << (bit % 8));
  return changed;
}

/** Bits to turn over: all of them, or as many as wanted, spread over the whole with the first and the last. */
export function bitsToFlip(byteLength: number, countMax: number, random: RandomStream): readonly number[] {
  const bits = byteLength * 8;
  if (bits <= countMax) return Array.from({ length: bits }, (_, bit) => bit);
  const drawn = Array.from({ length: countMax - 2 }, () => random.integer(0, bits - 1));
  return [...new Set([0, bits - 1, ...drawn])];
}

/** Bytes like the given ones: a bit turned over, a part overwritten, cut off, doubled, or a length made huge. */
export function mutateBytes(bytes: Bytes, random: RandomStream): Bytes {
  if (bytes.length === 0) return random.bytes(random.integer(1, 8));
  const position = random.integer(0, bytes.length - 1);
  switch (random.integer(0, 5)) {
    case 0:
      return flipBit(bytes, position * 8 + random.integer(0, 7));
    case 1:
      return bytes.slice(0, position);
    case 2:
      return Uint8Array.of(...bytes, ...random.bytes(random.integer(1, 8)));
    case 3:
      return overwrite(bytes, position, random.bytes(random.integer(1, 8)));
    case 4:
      return overwrite(bytes, position, Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    default:
      return Uint8Array.of(...bytes.subarray(0, position), ...bytes.subarray(position), ...bytes.subarray(position));
  }
}

/** A list of chunks like the given one. */
export function mutateChunks(chunks: readonly Bytes[], random: RandomStream): readonly Bytes[] {
  const position = random.integer(0, Math.max(0, chunks.length - 1));
  const chunk = chunks[position] ?? new Uint8Array();
  switch (random.integer(0, 5)) {
    case 0:
      return chunks.filter((_, index) => index !== position);
    case 1:
      return [...chunks.slice(0, position), chunk, ...chunks.slice(position)];
    case 2: {
      const cut = random.integer(0, chunk.length);
      return [...chunks.slice(0, position), chunk.slice(0, cut), chunk.slice(cut), ...chunks.slice(position + 1)];
    }
    default:
      return [...chunks.slice(0, position), mutateBytes(chunk, random), ...chunks.slice(position + 1)];
  }
}

function overwrite(bytes: Bytes, position: number, part: Bytes): Bytes {
  const changed = bytes.slice();
  changed.set(part.subarray(0, bytes.length - position), position);
  return changed;
}

/** The same elements in a drawn order. */
export function shuffled<T>(list: readonly T[], random: RandomStream): readonly T[] {
  const rest = [...list];
  const drawn: T[] = [];
  while (rest.length > 0) drawn.push(...rest.splice(random.integer(0, rest.length - 1), 1));
  return drawn;
}

/** Where a part begins in bytes; -1 if it is nowhere. */
export function positionOf(part: Bytes, bytes: Bytes): number {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
