/**
 * Seeded random streams, one per purpose and node (simulation E3).
 *
 * Every purpose has its own generator, so that a change in how one of them is used (fewer messages,
 * a smaller workload) never shifts the draws of another and a failing seed stays comparable.
 *
 * @module
 */
import { ByteReader, type Bytes, type HashFunction } from '@fiducia/consensus';
import { requireInteger, SimulationError } from './errors.ts';

/** What a stream of simulation E3 is drawn for. */
export type RandomPurpose = 'network' | 'storage' | 'workload' | 'adversary' | 'clock' | 'topology';

/** Label of a stream: a purpose, a purpose of one node by its index, or a named part of that. */
export type RandomLabel = RandomPurpose | `${RandomPurpose}/${number}` | `${RandomPurpose}/${number}/${string}`;

/** A deterministic generator; each call advances it. */
export interface RandomStream {
  /** Next raw output of xoshiro256**, 0 to 2^64 - 1. */
  nextUint64(): bigint;
  /**
   * Uniform integer, both ends included.
   *
   * The upper 53 bits of an output are reduced modulo the number of values; outputs in the last,
   * incomplete block are rejected, so no value is favoured.
   * @param min - Safe integer.
   * @param max - Safe integer, at least `min`; `max - min` is below 2^53 - 1.
   * @throws {@link SimulationError} with `INVALID_OPTION`.
   */
  integer(min: number, max: number): number;
  /** True in `permille` of 1000 cases on average. @param permille - 0 to 1000. */
  chance(permille: number): boolean;
  /** Fresh bytes, big-endian words of successive outputs. @param length - 0 to 65 536. */
  bytes(length: number): Bytes;
}

const SEED_DOMAIN = 'sim/prng/v1';
const LABEL_PATTERN = /^(network|storage|workload|adversary|clock|topology)(\/(0|[1-9]\d{0,5})(\/[a-z]{1,32})?)?$/;
const BYTES_MAX = 65_536;
const DRAW_RANGE = 2 ** 53;
const WORD = 2 ** 32;

/**
 * Creates the stream of a label: its state is the four words of
 * SHA-256("sim/prng/v1" ‖ u64be(seed) ‖ label).
 *
 * @throws {@link SimulationError} with `INVALID_OPTION` for an unknown label or a seed that is not a
 *   safe integer of at least 0.
 * @see docs/spec/simulation.md, rule E3.
 * @example
 * ```ts
 * const network = createRandomStream({ seed: 42, label: 'network', sha256: crypto.sha256 });
 * network.nextUint64(); // 17524444645716136930n
 * ```
 */
export function createRandomStream(options: {
  readonly seed: number;
  readonly label: RandomLabel;
  readonly sha256: HashFunction;
}): RandomStream {
  requireInteger('seed', options.seed, 0, Number.MAX_SAFE_INTEGER);
  if (!LABEL_PATTERN.test(options.label)) {
    throw new SimulationError({ code: 'INVALID_OPTION', path: 'label', reason: `unknown stream ${options.label}` });
  }

  const text = new TextEncoder().encode(options.label);
  const input = new Uint8Array(SEED_DOMAIN.length + 8 + text.length);
  input.set(new TextEncoder().encode(SEED_DOMAIN));
  new DataView(input.buffer).setBigUint64(SEED_DOMAIN.length, BigInt(options.seed));
  input.set(text, SEED_DOMAIN.length + 8);
  return createXoshiro256(options.sha256(input));
}

/**
 * xoshiro256** from a raw state of 32 bytes: four big-endian words, not all zero.
 *
 * @throws {@link SimulationError} with `INVALID_OPTION`.
 * @see docs/spec/simulation.md, rule E3.
 */
export function createXoshiro256(state: Bytes): RandomStream {
  if (state.length !== 32 || state.every((byte) => byte === 0)) {
    throw new SimulationError({ code: 'INVALID_OPTION', path: 'state', reason: 'must be 32 bytes, not all zero' });
  }
  return new Xoshiro256(state);
}

/**
 * Words are kept as pairs of 32-bit halves: a simulation draws several numbers per message, and
 * `bigint` arithmetic would cost more than all the rest of the network model.
 */
class Xoshiro256 implements RandomStream {
  // Fields, and signed: a simulation has thousands of streams, and an array is one more thing that is far away in memory.
  #high0: number;
  #low0: number;
  #high1: number;
  #low1: number;
  #high2: number;
  #low2: number;
  #high3: number;
  #low3: number;
  /** Of the last output. */
  #high = 0;
  #low = 0;

  constructor(state: Bytes) {
    const reader = new ByteReader(state, 'xoshiro256 state');
    this.#high0 = reader.uint(4) | 0;
    this.#low0 = reader.uint(4) | 0;
    this.#high1 = reader.uint(4) | 0;
    this.#low1 = reader.uint(4) | 0;
    this.#high2 = reader.uint(4) | 0;
    this.#low2 = reader.uint(4) | 0;
    this.#high3 = reader.uint(4) | 0;
    this.#low3 = reader.uint(4) | 0;
  }

  nextUint64(): bigint {
    this.#advance();
    return (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
  }

  integer(min: number, max: number): number {
    requireInteger('min', min, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    requireInteger('max', max, min, Number.MAX_SAFE_INTEGER);
    requireInteger('max - min', max - min, 0, Number.MAX_SAFE_INTEGER - 1);

    const count = max - min + 1;
    for (;;) {
      this.#advance();
      const draw = (this.#high >>> 0) * 2 ** 21 + (this.#low >>> 11);
      // Almost every draw lies below the last complete block, wherever that ends.
      if (draw < DRAW_RANGE - count) return min + remainder(draw, count);
      if (draw < DRAW_RANGE - (DRAW_RANGE % count)) return min + (draw % count);
    }
  }

  chance(permille: number): boolean {
    requireInteger('permille', permille, 0, 1_000);
    return this.integer(0, 999) < permille;
  }

  bytes(length: number): Bytes {
    requireInteger('length', length, 0, BYTES_MAX);
    // Byte by byte: a view needs a buffer outside of the heap, which costs more than all the draws of a short one.
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 8) {
      this.#advance();
      putWord(bytes, offset, this.#high);
      putWord(bytes, offset + 4, this.#low);
    }
    return bytes;
  }

  /** One step; the output is left in `#high` and `#low`. */
  #advance(): void {
    const high1 = this.#high1;
    const low1 = this.#low1;

    // output = rotl(s1 * 5, 7) * 9. Factors are small, so both products are exact.
    const low5 = (low1 >>> 0) * 5;
    const lowFive = low5 >>> 0;
    const highFive = ((high1 >>> 0) * 5 + (low5 - lowFive) / WORD) >>> 0;
    const rotatedHigh = ((highFive << 7) | (lowFive >>> 25)) >>> 0;
    const rotatedLow = ((lowFive << 7) | (highFive >>> 25)) >>> 0;
    const low9 = rotatedLow * 9;
    this.#low = low9 | 0;
    this.#high = (rotatedHigh * 9 + (low9 - (low9 >>> 0)) / WORD) | 0;

    this.#high2 ^= this.#high0;
    this.#low2 ^= this.#low0;
    const high3 = this.#high3 ^ high1;
    const low3 = this.#low3 ^ low1;
    this.#high1 ^= this.#high2;
    this.#low1 ^= this.#low2;
    this.#high0 ^= high3;
    this.#low0 ^= low3;
    this.#high2 ^= (high1 << 17) | (low1 >>> 15);
    this.#low2 ^= low1 << 17;

    // s3 = rotl(s3, 45): 45 - 32 = 13, with the halves swapped.
    this.#high3 = (low3 << 13) | (high3 >>> 19);
    this.#low3 = (high3 << 13) | (low3 >>> 19);
  }
}

/**
 * `value % count` for `value` below 2^53 - `count`. The operator takes three times as long on numbers above 2^31, and
 * draws are much of what a simulated message costs. The quotient may be one too large; all products are exact.
 */
function remainder(value: number, count: number): number {
  const rest = value - Math.floor(value / count) * count;
  return rest < 0 ? rest + count : rest;
}

/** Writes four bytes, as far as there is room: what lies behind the end of a typed array is dropped. */
function putWord(bytes: Uint8Array, offset: number, word: number): void {
  bytes[offset] = word >>> 24;
  bytes[offset + 1] = word >>> 16;
  bytes[offset + 2] = word >>> 8;
  bytes[offset + 3] = word;
}
