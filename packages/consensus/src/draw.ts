/**
 * Public draws that every node repeats bit by bit: tagged hashes, a stream of integers, shuffles.
 *
 * @module
 */
import { ByteWriter } from './bytes.ts';
import { ConsensusError } from './errors.ts';
import type { HashFunction } from './plugin.ts';
import type { ActorId, Bytes } from './primitives.ts';

/** Largest number of outcomes of one draw: with it a word is refused with a chance below one half. */
export const OUTCOMES_MAX: bigint = 1n << 127n;

/**
 * Hash of `tag` followed by `parts`, for seeds, keys and identifiers with one purpose each.
 *
 * Nothing separates the parts, so give every part a fixed width, except at most the last one;
 * otherwise two lists of parts share a hash. Write integers big-endian with {@link ByteWriter}.
 *
 * @param tag - ASCII that names purpose and version, e.g. `dpos/round/v1`. No tag may be the
 *   beginning of another one in use.
 * @throws {@link ConsensusError} with `NOT_ENCODABLE` for a tag that is not ASCII.
 * @see docs/spec/pos-pow.md, rule A1.
 * @example
 * ```ts
 * const round = new ByteWriter().uint(7, 8).finish();
 * const key = taggedHash(sha256, 'dpos/round/v1', chainId, seed, round);
 * ```
 */
export function taggedHash(sha256: HashFunction, tag: string, ...parts: readonly Bytes[]): Bytes {
  let length = tag.length;
  for (const part of parts) length += part.length;
  const preimage = new Uint8Array(length);
  let end = 0;
  for (; end < tag.length; end++) {
    const code = tag.charCodeAt(end);
    if (code > 0x7f) throw new ConsensusError({ code: 'NOT_ENCODABLE', reason: `tag ${tag} is not ASCII` });
    preimage[end] = code;
  }
  for (const part of parts) {
    preimage.set(part, end);
    end += part.length;
  }
  return sha256(preimage);
}

/**
 * Uniform integers from a public key: the halves of `H("rng/v1", key, 0)`, `H("rng/v1", key, 1)`, …
 * as 128-bit words, with rejection of those that would make small results more likely.
 *
 * Whoever knows the key knows every result. Each draw uses up words, so the order of the draws is
 * part of a protocol. Use one key per purpose and place, made with {@link taggedHash}.
 *
 * @see docs/spec/pos-pow.md, rule A3.
 * @example
 * ```ts
 * const stream = new DrawStream(taggedHash(sha256, 'pos/slot/v1', chainId, seed, slotBytes), sha256);
 * const ticket = stream.draw(totalStake); // 0n .. totalStake - 1n
 * ```
 */
export class DrawStream {
  readonly #key: Bytes;
  readonly #sha256: HashFunction;
  #counter = 0;
  #spare: bigint | undefined;

  /** @param key - Fixed width, usually 32 bytes. */
  constructor(key: Bytes, sha256: HashFunction) {
    this.#key = key.slice();
    this.#sha256 = sha256;
  }

  /**
   * Draws one of `outcomes` results with equal chances.
   *
   * @param outcomes - 1 to {@link OUTCOMES_MAX}.
   * @returns 0 to `outcomes - 1`.
   * @throws {@link ConsensusError} with `VALUE_OUT_OF_RANGE` for other `outcomes`.
   */
  draw(outcomes: bigint): bigint {
    if (outcomes < 1n || outcomes > OUTCOMES_MAX) {
      throw new ConsensusError({
        code: 'VALUE_OUT_OF_RANGE',
        name: 'outcomes',
        value: outcomes,
        expected: '1 to 2^127',
      });
    }
    const limit = WORD_SPACE - (WORD_SPACE % outcomes);
    // Every word is taken with a chance above one half, so that the loop ends in practice at once.
    for (;;) {
      const word = this.nextWord();
      if (word < limit) return word % outcomes;
    }
  }

  /** Next word of the stream, 0 to 2^128 − 1. */
  nextWord(): bigint {
    const spare = this.#spare;
    if (spare !== undefined) {
      this.#spare = undefined;
      return spare;
    }
    const counter = new ByteWriter().uint(this.#counter++, COUNTER_BYTES).finish();
    const hash = taggedHash(this.#sha256, 'rng/v1', this.#key, counter);
    this.#spare = wordAt(hash, WORD_BYTES);
    return wordAt(hash, 0);
  }
}

/**
 * Copy of `items` in an order drawn from `stream` (Fisher–Yates, from the end), each order with the
 * same chance. Takes `items.length - 1` draws.
 *
 * The result depends on the order given: sort with {@link compareActors} first, so that it does not
 * depend on the order in which a node learned of the items.
 *
 * @see docs/spec/pos-pow.md, rules A4 and A5.
 * @example
 * ```ts
 * const order = shuffle(delegates.toSorted(compareActors), new DrawStream(key, sha256));
 * ```
 */
export function shuffle<Item>(items: readonly Item[], stream: DrawStream): Item[] {
  const order = [...items];
  for (let last = order.length - 1; last >= 1; last--) {
    const chosen = Number(stream.draw(BigInt(last + 1)));
    const moved = order[last] as Item;
    order[last] = order[chosen] as Item;
    order[chosen] = moved;
  }
  return order;
}

/**
 * Orders actors before any draw, shuffle or tie: negative, zero or positive. Compares code units, which
 * for lower-case hex of equal length is the order of the bytes; independent of locale.
 *
 * @see docs/spec/pos-pow.md, rule A5.
 */
export function compareActors(a: ActorId, b: ActorId): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const WORD_BYTES = 16;
const COUNTER_BYTES = 4;
const WORD_SPACE = 1n << 128n;

function wordAt(hash: Bytes, start: number): bigint {
  const view = new DataView(hash.buffer, hash.byteOffset + start, WORD_BYTES);
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
}
