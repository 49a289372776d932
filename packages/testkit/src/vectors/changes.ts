/**
 * Headers and bytes that are nearly those of a life. What a protocol refuses is as much a part of it as what it takes.
 *
 * Recorded answers count on this list: changing it makes vectors of earlier versions of the kit unusable.
 *
 * @module
 */
import type { ActorId, Bytes, ConsensusHeader, Millis } from '@fiducia/consensus';
import { flipBit, positionOf } from '../mutate.ts';

/** A header with one change, and the time at which it is judged. */
interface ChangedHeader {
  readonly change: string;
  readonly header: ConsensusHeader;
  readonly now: Millis;
}

const DAY_MS: Millis = 86_400_000;
/** In distances between block and parent: from long before the parent to far ahead. */
const STEPS = [-40, -8, -3, -1, 1, 2, 5, 40] as const;
const AUTHORS_MAX = 4;
const BITS_OF_DIGEST = 12;
const BITS_OF_BYTES = 24;

/** The header with one part after the other changed. @param members - Who may be the author. */
export function* changedHeaders(
  { header, now, parent }: { readonly header: ConsensusHeader; readonly now: Millis; readonly parent: ConsensusHeader },
  members: readonly ActorId[],
): Iterable<ChangedHeader> {
  const { timestamp, digest, seal } = header;
  const distance = Math.max(1, timestamp - parent.timestamp);
  for (const steps of STEPS) {
    const time = Math.max(0, timestamp + steps * distance);
    yield { change: `time moved by ${steps}`, header: { ...header, timestamp: time }, now: Math.max(now, time) };
  }
  yield { change: 'time of the parent', header: { ...header, timestamp: parent.timestamp }, now };
  yield { change: 'time 0', header: { ...header, timestamp: 0 }, now };
  for (const ahead of [1, distance, DAY_MS]) {
    yield { change: `judged ${ahead} ms before its time`, header, now: Math.max(0, timestamp - ahead) };
  }
  for (const author of [...members.slice(0, AUTHORS_MAX), 'stranger']) {
    yield { change: `author ${author}`, header: { ...header, author }, now };
  }
  for (const [index, changed] of changedBytes(digest, BITS_OF_DIGEST).entries()) {
    yield { change: `changed digest ${index}`, header: { ...header, digest: changed }, now };
  }
  for (const [index, changed] of changedBytes(seal, 1).entries()) {
    yield { change: `changed seal ${index}`, header: { ...header, seal: changed }, now };
  }
}

/** The bytes with a bit turned over in one place after the other, one byte longer, and cut off. */
export function changedBytes(bytes: Bytes, bits: number = BITS_OF_BYTES): readonly Bytes[] {
  const count = Math.min(bits, bytes.length);
  const flipped = Array.from({ length: count }, (_, index) => {
    const byte = Math.floor((index * bytes.length) / count);
    return flipBit(bytes, byte * 8 + (index % 8));
  });
  return [...flipped, Uint8Array.of(...bytes, 0), bytes.slice(0, Math.max(0, bytes.length - 1))];
}

/**
 * The bytes with one signature copied over the next, once alone, and once with what stands before or behind it where
 * all parts have one length: a voter that is counted twice.
 *
 * @param signatures - What occurs in the bytes; others are left out.
 */
export function repeatedParts(bytes: Bytes, signatures: readonly Bytes[]): readonly Bytes[] {
  const places = signatures
    .map((signature) => ({ signature, at: signature.length === 0 ? -1 : positionOf(signature, bytes) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at);
  return places.flatMap(({ signature, at }, index) => {
    const next = places[index + 1]?.at;
    if (next === undefined || next < at + signature.length) return [];
    const end = at + signature.length;
    const before = copied(bytes, { from: end - (next - at), to: end }, next + signature.length);
    return [
      copied(bytes, { from: at, to: end }, end + next - at),
      before,
      copied(bytes, { from: at, to: next }, next + next - at),
    ];
  });
}

/** The part also in another place, of which the end is given. */
function copied(bytes: Bytes, { from, to }: { readonly from: number; readonly to: number }, end: number): Bytes {
  const changed = bytes.slice();
  const part = bytes.subarray(Math.max(0, from), to);
  const start = end - part.length;
  changed.set(part.subarray(0, Math.max(0, bytes.length - start)), start);
  return changed;
}
