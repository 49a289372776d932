/**
 * Copies of real blocks that are other blocks: the header up to the seal is the same, so everything that names the hash
 * under the seal, as votes and proofs do, fits the copy as well.
 *
 * @module
 */
import { type Bytes, compareBytes, LIMITS } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import type { RandomStream } from '../random.ts';

/** What a copy differs in. */
const CHANGES = ['longerSeal', 'shorterSeal', 'wrongByte', 'otherSeal', 'negatedSignature', 'otherBody'] as const;

/** What a copy differs in, as it is counted. */
export type CopyChange = (typeof CHANGES)[number];

/** A copy of a block. */
export interface BlockCopy {
  readonly change: CopyChange;
  /** Canonical encoding, unless the body is not that of the header. */
  readonly bytes: Bytes;
}

/** Blocks whose seals and bodies are put to use. */
const KNOWN_MAX = 16;

/** Order of the group of secp256k1 (SEC 2, section 2.4.1): with s, order - s would hold, too (fault T01). */
const GROUP_ORDER = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n;
/** A signature is a key, r and s. */
const SIGNATURE_BYTES = 97;
const S_BYTES = 32;

/** Bytes in front of the header of an encoded block: its length. */
export const HEADER_LENGTH_BYTES = 4;

/** Makes copies of blocks with what other blocks have. */
export class BlockCopier {
  readonly #random: RandomStream;
  readonly #reseal: (block: Block, seal: Bytes) => Block | null;
  readonly #known: Block[] = [];

  /** @param reseal - Puts another seal on a block, however wrong. */
  constructor(random: RandomStream, reseal: (block: Block, seal: Bytes) => Block | null) {
    this.#random = random;
    this.#reseal = reseal;
  }

  /** A copy with a drawn change, or with a longer seal where the drawn one would change nothing. */
  copy(block: Block): BlockCopy | null {
    const change = CHANGES[this.#random.integer(0, CHANGES.length - 1)] ?? 'longerSeal';
    const other = this.#known[this.#random.integer(0, Math.max(0, this.#known.length - 1))];
    const place = this.#random.integer(0, 2 ** 16);
    this.#learn(block);
    const bytes =
      change === 'otherBody' ? other && withBodyOf(block, other) : this.#resealed(block, change, place, other);
    if (bytes && compareBytes(bytes, block.bytes) !== 0) return { change, bytes };
    const longer = this.#resealed(block, 'longerSeal', place, other);
    return longer === undefined ? null : { change: 'longerSeal', bytes: longer };
  }

  #learn(block: Block): void {
    if (this.#known.some(({ header: { id } }) => id === block.header.id)) return;
    this.#known.push(block);
    if (this.#known.length > KNOWN_MAX) this.#known.shift();
  }

  #resealed(block: Block, change: CopyChange, place: number, other: Block | undefined): Bytes | undefined {
    const seal = sealWith(block.header.seal, change, place, other?.header.seal);
    if (seal.length > LIMITS.sealBytes) return undefined;
    return this.#reseal(block, seal)?.bytes;
  }
}

function sealWith(seal: Bytes, change: CopyChange, place: number, other: Bytes | undefined): Bytes {
  switch (change) {
    case 'longerSeal':
      return Uint8Array.of(...seal, place & 0xff);
    case 'shorterSeal':
      return seal.slice(0, Math.max(0, seal.length - 1 - (place % Math.max(1, seal.length))));
    case 'wrongByte':
      return seal.map((byte, index) => (index === place % seal.length ? byte ^ (1 + (place % 0xff)) : byte));
    case 'negatedSignature':
      return seal.length === SIGNATURE_BYTES ? withNegatedS(seal) : seal;
    default:
      return other ?? seal;
  }
}

/** The other signature of the same key under the same bytes that naive verification accepts. */
function withNegatedS(signature: Bytes): Bytes {
  const start = signature.length - S_BYTES;
  const s = signature.subarray(start).reduce((value, byte) => value * 256n + BigInt(byte), 0n);
  // The stand-in for signatures knows no order, so that its s may be greater.
  let rest = (((GROUP_ORDER - s) % GROUP_ORDER) + GROUP_ORDER) % GROUP_ORDER;
  const changed = signature.slice();
  for (let at = changed.length - 1; at >= start; at--) {
    changed[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return changed;
}

/** The header of one block in front of the lists of another. */
function withBodyOf(block: Block, other: Block): Bytes {
  const header = block.bytes.subarray(0, HEADER_LENGTH_BYTES + block.headerBytes.length);
  const body = other.bytes.subarray(HEADER_LENGTH_BYTES + other.headerBytes.length);
  const bytes = new Uint8Array(header.length + body.length);
  bytes.set(header);
  bytes.set(body, header.length);
  return bytes;
}
