/**
 * What the VRF needs of a curve, and the one suite that chains use (randomness-vrf E5).
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { Point } from '@noble/secp256k1';

/** A point of a curve of cofactor 1; the shape that the noble libraries share. */
export interface VrfPoint<P> {
  /** Whether it is the identity, which has no 33-byte encoding. */
  is0(): boolean;
  /** Difference of two points. */
  subtract(other: P): P;
  /** Product with a secret scalar from 1 to the order minus 1. */
  multiply(scalar: bigint): P;
  /** Product with a public scalar from 0 to the order minus 1; faster, and reveals it by its timing. */
  multiplyUnsafe(scalar: bigint): P;
  /** Compressed encoding, 33 bytes. Throws for the identity. */
  toBytes(isCompressed?: boolean): Bytes;
}

/** Constructors and constants of a curve. */
export interface VrfCurve<P extends VrfPoint<P>> {
  /** Generator of the group. */
  readonly BASE: P;
  /** Field prime and group order, both of 256 bits. */
  CURVE(): { readonly p: bigint; readonly n: bigint };
  /** Decodes a compressed point; throws for anything that is none. */
  fromBytes(bytes: Bytes): P;
}

/** A ciphersuite: RFC 9381 section 5.5 with SHA-256 and try-and-increment. */
export interface VrfSuite<P extends VrfPoint<P>> {
  /** The octet that separates suites. */
  readonly suiteByte: number;
  /** The curve. */
  readonly curve: VrfCurve<P>;
}

/**
 * ECVRF-SECP256K1-SHA256-TAI. The octet 0xFE is a community value: RFC 9381 registers no suite for this
 * curve, so proofs are exchanged only with software that agrees on it.
 */
export const SECP256K1_TAI: VrfSuite<Point> = { suiteByte: 0xfe, curve: Point };
