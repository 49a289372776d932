/**
 * The curve of the VRF on libsecp256k1.
 *
 * @module
 */
import { type Bytes, compareBytes } from '@fiducia/consensus';
import { concatBytes } from '@noble/hashes/utils.js';
import { PUBLIC_KEY_BYTES } from '../address.ts';
import { bytesOfBigint } from './scalar.ts';
import { SECP256K1_TAI, type VrfCurve, type VrfPoint } from './suite.ts';

/** What the VRF needs of the library; points are compressed keys of 33 bytes, scalars are 32 bytes from 1 to the order minus 1. */
export interface PointLibrary {
  /** Whether bytes are a point. */
  publicKeyVerify(point: Bytes): boolean;
  /** Product of the generator and a secret scalar, in constant time. */
  publicKeyCreate(scalar: Bytes): Bytes;
  /** Product of a point and a public scalar. */
  publicKeyTweakMul(point: Bytes, scalar: Bytes): Bytes;
  /** The same point on the other side of the axis. */
  publicKeyNegate(point: Bytes): Bytes;
  /** Sum; throws if it is the identity. */
  publicKeyCombine(points: readonly Bytes[]): Bytes;
  /** Hash of the product of a point and a secret scalar, in constant time. */
  ecdh(point: Bytes, scalar: Bytes, options: { readonly hashfn: (x: Bytes, y: Bytes) => Bytes }, output: Bytes): Bytes;
}

/** A point as its encoding, which is what the library takes and gives. */
export class NativePoint implements VrfPoint<NativePoint> {
  protected readonly library: PointLibrary;
  /** `null`: the identity. */
  readonly #bytes: Bytes | null;

  constructor(library: PointLibrary, bytes: Bytes | null) {
    this.library = library;
    this.#bytes = bytes;
  }

  is0(): boolean {
    return this.#bytes === null;
  }

  subtract(other: NativePoint): NativePoint {
    if (other.#bytes === null) return this;
    const negated = this.library.publicKeyNegate(other.#bytes);
    if (this.#bytes === null) return this.#with(negated);
    // The library has no identity to answer with.
    if (compareBytes(this.#bytes, other.#bytes) === 0) return this.#with(null);
    return this.#with(this.library.publicKeyCombine([this.#bytes, negated]));
  }

  multiply(scalar: bigint): NativePoint {
    // A product with a secret is what a Diffie-Hellman exchange computes; its "hash" is the encoding.
    return this.#with(
      this.library.ecdh(this.toBytes(), bytesOfBigint(scalar), COMPRESSED, new Uint8Array(PUBLIC_KEY_BYTES)),
    );
  }

  multiplyUnsafe(scalar: bigint): NativePoint {
    if (this.#bytes === null || scalar === 0n) return this.#with(null);
    return this.#with(this.library.publicKeyTweakMul(this.#bytes, bytesOfBigint(scalar)));
  }

  toBytes(): Bytes {
    if (this.#bytes === null) throw new Error('the identity has no compressed form');
    return this.#bytes;
  }

  #with(bytes: Bytes | null): NativePoint {
    return new NativePoint(this.library, bytes);
  }
}

const COMPRESSED = { hashfn: compress } as const;

function compress(x: Bytes, y: Bytes): Bytes {
  return concatBytes(Uint8Array.of(2 + ((y[y.length - 1] as number) & 1)), x);
}

/** The generator: the library has a table of its multiples. */
class NativeBase extends NativePoint {
  constructor(library: PointLibrary) {
    super(library, library.publicKeyCreate(bytesOfBigint(1n)));
  }

  override multiply(scalar: bigint): NativePoint {
    return new NativePoint(this.library, this.library.publicKeyCreate(bytesOfBigint(scalar)));
  }

  override multiplyUnsafe(scalar: bigint): NativePoint {
    return scalar === 0n ? new NativePoint(this.library, null) : this.multiply(scalar);
  }
}

/** The curve of {@link SECP256K1_TAI}, computed by the library. */
export function createNativeCurve(library: PointLibrary): VrfCurve<NativePoint> {
  return {
    BASE: new NativeBase(library),
    CURVE: () => SECP256K1_TAI.curve.CURVE(),
    fromBytes(bytes) {
      if (!library.publicKeyVerify(bytes)) throw new Error('no point of the curve');
      return new NativePoint(library, bytes);
    },
  };
}
