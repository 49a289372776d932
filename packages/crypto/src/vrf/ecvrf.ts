/**
 * ECVRF of RFC 9381 section 5, generic over the curve.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import { compareBytes } from '@fiducia/consensus';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { PUBLIC_KEY_BYTES } from '../address.ts';
import { computeNonce } from './nonce.ts';
import { bigintOfBytes, bytesOfBigint, SCALAR_BYTES } from './scalar.ts';
import type { VrfPoint, VrfSuite } from './suite.ts';

/** Length of a challenge in bytes: half a scalar. */
const CHALLENGE_BYTES = 16;

/** Length of a proof in bytes: point, challenge, scalar. */
export const VRF_PROOF_BYTES = PUBLIC_KEY_BYTES + CHALLENGE_BYTES + SCALAR_BYTES;

/** Length of an output in bytes. */
export const VRF_OUTPUT_BYTES = 32;

/** Counters that try-and-increment has: one octet. */
const ATTEMPTS_MAX = 256;

/** Octets that keep the three hashes of the scheme apart, and the octet that ends each of them. */
const ENCODE_TO_CURVE = 0x01;
const CHALLENGE = 0x02;
const PROOF_TO_HASH = 0x03;
const END = 0x00;

/** What a verifiable random function gives for an input. */
export interface VrfEvaluation {
  /** Pseudorandom output, 32 bytes: the only one that this key has for this input. */
  readonly output: Bytes;
  /** Proof, 81 bytes. */
  readonly proof: Bytes;
}

/** The function on one curve. */
export interface Vrf {
  /** See {@link proveEcvrf}. */
  prove(secretKey: Bytes, alpha: Bytes): VrfEvaluation;
  /** See {@link verifyEcvrf}. */
  verify(publicKey: Bytes, alpha: Bytes, proof: Bytes): Bytes | null;
}

/** The function of a suite. */
export function createVrf<P extends VrfPoint<P>>(suite: VrfSuite<P>): Vrf {
  return {
    prove: (secretKey, alpha) => proveEcvrf(suite, secretKey, alpha),
    verify: (publicKey, alpha, proof) => verifyEcvrf(suite, publicKey, alpha, proof),
  };
}

/**
 * Evaluates the function and proves it (randomness-vrf E2).
 *
 * @param secretKey - 32 bytes, a big-endian value from 1 to the group order minus 1.
 */
export function proveEcvrf<P extends VrfPoint<P>>(suite: VrfSuite<P>, secretKey: Bytes, alpha: Bytes): VrfEvaluation {
  const { BASE } = suite.curve;
  const order = suite.curve.CURVE().n;
  const secret = bigintOfBytes(secretKey);
  const publicKey = BASE.multiply(secret).toBytes();
  const point = encodeToCurve(suite, publicKey, alpha);
  const pointBytes = point.toBytes();
  const gamma = point.multiply(secret).toBytes();
  const nonce = computeNonce(secret, pointBytes, order);
  const challenge = challengeOf(suite, [
    publicKey,
    pointBytes,
    gamma,
    BASE.multiply(nonce).toBytes(),
    point.multiply(nonce).toBytes(),
  ]);
  const scalar = (nonce + bigintOfBytes(challenge) * secret) % order;
  return { output: outputOf(suite, gamma), proof: concatBytes(gamma, challenge, bytesOfBigint(scalar)) };
}

/**
 * Checks a proof (randomness-vrf E3). Total on bytes of any length.
 *
 * A nonce of zero, with which a prover would reveal its key, is refused although RFC 9381 could encode
 * its commitments: the identity has no compressed form.
 *
 * @returns The proven output, or `null` if the proof does not hold.
 */
export function verifyEcvrf<P extends VrfPoint<P>>(
  suite: VrfSuite<P>,
  publicKey: Bytes,
  alpha: Bytes,
  proof: Bytes,
): Bytes | null {
  if (proof.length !== VRF_PROOF_BYTES) return null;
  const gammaBytes = proof.subarray(0, PUBLIC_KEY_BYTES);
  const challenge = proof.subarray(PUBLIC_KEY_BYTES, PUBLIC_KEY_BYTES + CHALLENGE_BYTES);
  const scalar = bigintOfBytes(proof.subarray(PUBLIC_KEY_BYTES + CHALLENGE_BYTES));
  if (scalar >= suite.curve.CURVE().n) return null;
  const key = decodePoint(suite, publicKey);
  const gamma = decodePoint(suite, gammaBytes);
  if (key === undefined || gamma === undefined) return null;

  const point = encodeToCurve(suite, publicKey, alpha);
  const factor = bigintOfBytes(challenge);
  const ofBase = suite.curve.BASE.multiplyUnsafe(scalar).subtract(key.multiplyUnsafe(factor));
  const ofPoint = point.multiplyUnsafe(scalar).subtract(gamma.multiplyUnsafe(factor));
  if (ofBase.is0() || ofPoint.is0()) return null;

  const parts = [publicKey, point.toBytes(), gammaBytes, ofBase.toBytes(), ofPoint.toBytes()];
  return compareBytes(challengeOf(suite, parts), challenge) === 0 ? outputOf(suite, gammaBytes) : null;
}

/**
 * Hashes an input to a point by try-and-increment (randomness-vrf E1). Only public values decide how
 * many attempts it takes (E6).
 */
export function encodeToCurve<P extends VrfPoint<P>>(suite: VrfSuite<P>, publicKey: Bytes, alpha: Bytes): P {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const input = [Uint8Array.of(suite.suiteByte, ENCODE_TO_CURVE), publicKey, alpha, Uint8Array.of(attempt, END)];
    const candidate = concatBytes(Uint8Array.of(2), sha256(concatBytes(...input)));
    const point = decodePoint(suite, candidate);
    if (point !== undefined) return point;
  }
  // Every attempt succeeds for about half of all hashes, so nobody has ever seen, or can search for, this input.
  throw new Error('256 hashes in a row are no points of the curve');
}

/** A compressed point of the curve, or `undefined` for all other bytes. Total. */
function decodePoint<P extends VrfPoint<P>>(suite: VrfSuite<P>, bytes: Bytes): P | undefined {
  const [prefix] = bytes;
  if (bytes.length !== PUBLIC_KEY_BYTES || (prefix !== 2 && prefix !== 3)) return undefined;
  if (bigintOfBytes(bytes.subarray(1)) >= suite.curve.CURVE().p) return undefined;
  try {
    return suite.curve.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

function challengeOf<P extends VrfPoint<P>>(suite: VrfSuite<P>, points: readonly Bytes[]): Bytes {
  const input = concatBytes(Uint8Array.of(suite.suiteByte, CHALLENGE), ...points, Uint8Array.of(END));
  return sha256(input).subarray(0, CHALLENGE_BYTES);
}

/** The output that a proof with this point has, to be used only after the proof was found to hold (randomness-vrf E4). */
function outputOf<P extends VrfPoint<P>>(suite: VrfSuite<P>, gamma: Bytes): Bytes {
  return sha256(concatBytes(Uint8Array.of(suite.suiteByte, PROOF_TO_HASH), gamma, Uint8Array.of(END)));
}
