/**
 * What a library of curve arithmetic has to offer.
 *
 * @module
 */
import type { Bytes } from '@fiducia/consensus';
import type { Vrf } from '../vrf/ecvrf.ts';

/** Name of a backend: `native` is libsecp256k1, `noble` runs everywhere. */
export type BackendName = 'native' | 'noble';

/**
 * ECDSA on secp256k1 over hashes, and ECVRF on the same curve. All checks of form are made before, see `signature.ts`, so that two
 * backends have only the mathematics left to agree on.
 */
export interface CurveBackend {
  /** Which library answers. */
  readonly name: BackendName;
  /**
   * Signs with the nonce of RFC 6979 and low s. Equal arguments give equal bytes on every backend.
   * @param hash - 32 bytes.
   * @param secretKey - 32 bytes, a valid secret key.
   * @returns 64 bytes: r and s, big-endian.
   */
  sign(hash: Bytes, secretKey: Bytes): Bytes;
  /**
   * Whether the signature is valid. Total.
   * @param compact - 64 bytes, r and s in range, s low.
   * @param hash - 32 bytes.
   * @param publicKey - 33 bytes with prefix 2 or 3; false if it is no point of the curve.
   */
  verify(compact: Bytes, hash: Bytes, publicKey: Bytes): boolean;
  /** Gives equal outputs and proofs, and the same verdicts, on every backend. */
  readonly vrf: Vrf;
}
