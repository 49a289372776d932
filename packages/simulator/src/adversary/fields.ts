/**
 * Small changes to canonical bytes whose meaning is unknown.
 *
 * All of Fiducia writes big-endian integers of fixed width and byte strings with a 32-bit length. So the identities,
 * digests and signatures in a message are found by their length, and what lies between them are its numbers: heights,
 * rounds, checkpoints, kinds and counts. A change of one of those by one, or of one identity for another that was seen,
 * is what ByzzFuzz calls small-scope. A number that could be the length of a field is taken for one, which costs a change
 * that would have been possible and nothing else.
 *
 * @module
 */
import { type Bytes, compareBytes } from '@fiducia/consensus';

/** A byte string inside of a message. */
export interface Field {
  /** Where its 32-bit length begins. */
  readonly start: number;
  /** Its content. */
  readonly content: Bytes;
}

/** Where a message can be changed. */
export interface Anatomy {
  /** Byte strings of the lengths of keys, digests, identities and signatures. */
  readonly fields: readonly Field[];
  /** Positions of bytes that end an integer, or are not zero, outside of the fields. */
  readonly numbers: readonly number[];
}

const LENGTH_BYTES = 4;

/** Lengths of addresses and hashes (raw and as hex), public keys, random-function proofs and signatures. */
const FIELD_LENGTHS: ReadonlySet<number> = new Set([20, 32, 33, 40, 64, 81, 97]);

/** Finds out where a message can be changed. */
export function dissect(bytes: Bytes): Anatomy {
  const fields: Field[] = [];
  const numbers: number[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at++) {
    const end = at + LENGTH_BYTES;
    const length = end <= bytes.length ? view.getUint32(at) : 0;
    if (FIELD_LENGTHS.has(length) && end + length <= bytes.length) {
      if (at > 0 && bytes[at - 1] === 0) numbers.push(at - 1);
      fields.push({ start: at, content: bytes.slice(end, end + length) });
      at = end + length - 1;
    } else if (bytes[at] !== 0 || at === bytes.length - 1) numbers.push(at);
  }
  return { fields, numbers };
}

/** Adds one to the integer that ends at a byte, or takes one away, with carry. */
export function shiftNumber(bytes: Bytes, position: number, delta: 1 | -1): Bytes {
  const changed = bytes.slice();
  for (let at = position; at >= 0; at--) {
    const sum = (changed[at] ?? 0) + delta;
    changed[at] = sum & 0xff;
    if (sum >= 0 && sum <= 0xff) break;
  }
  return changed;
}

/** Puts another content in the place of a field. */
export function replaceField(bytes: Bytes, { start, content }: Field, other: Bytes): Bytes {
  const rest = bytes.subarray(start + LENGTH_BYTES + content.length);
  const changed = new Uint8Array(start + LENGTH_BYTES + other.length + rest.length);
  changed.set(bytes.subarray(0, start));
  new DataView(changed.buffer).setUint32(start, other.length);
  changed.set(other, start + LENGTH_BYTES);
  changed.set(rest, start + LENGTH_BYTES + other.length);
  return changed;
}

/** Remembers fields of messages by length, the newest few of each. */
export class FieldMemory {
  readonly #known = new Map<number, Bytes[]>();

  /** Notes the fields of a message. */
  observe({ fields }: Anatomy): void {
    for (const { content } of fields) {
      const list = this.#known.get(content.length) ?? [];
      if (list.some((known) => compareBytes(known, content) === 0)) continue;
      list.push(content);
      if (list.length > KNOWN_MAX) list.shift();
      this.#known.set(content.length, list);
    }
  }

  /** Another content of the same length, the `back`-th newest of them; `undefined` if none is known. */
  other(content: Bytes, back: number): Bytes | undefined {
    const others = (this.#known.get(content.length) ?? []).filter((known) => compareBytes(known, content) !== 0);
    return others[others.length - 1 - (back % Math.max(1, others.length))];
  }
}

const KNOWN_MAX = 32;
