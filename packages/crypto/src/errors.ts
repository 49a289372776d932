/**
 * Typed errors of this package.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. It never contains key material. */
export type CryptoErrorData =
  /** The secret key is not 32 bytes with a value from 1 to the group order minus 1. */
  | { readonly code: 'SECRET_KEY_INVALID' }
  /** The public key is not the 33-byte compressed form. */
  | { readonly code: 'PUBLIC_KEY_INVALID'; readonly length: number }
  /** A signing scope is outside its bounds: the chain id is not 32 bytes or the era not an unsigned 32-bit integer. */
  | { readonly code: 'SCOPE_INVALID'; readonly reason: string }
  /** A guard is malformed: too many elements, or values that are not safe integers. */
  | { readonly code: 'GUARD_INVALID'; readonly reason: string }
  /** `FIDUCIA_CRYPTO` names no backend. */
  | { readonly code: 'BACKEND_UNKNOWN'; readonly backend: string }
  /** The native library was demanded and does not load, or gives a wrong signature when it does. */
  | { readonly code: 'BACKEND_UNAVAILABLE'; readonly backend: string; readonly reason: string }
  /** A mining task is outside its bounds: algorithm, target, start or number of workers. */
  | { readonly code: 'TASK_INVALID'; readonly reason: string }
  /** The worker miner was closed. */
  | { readonly code: 'MINER_CLOSED' }
  /** A thread of the worker miner broke down; the miner has ended. */
  | { readonly code: 'MINER_FAILED'; readonly reason: string }
  /** This signer was created without a VRF key. */
  | { readonly code: 'VRF_UNSUPPORTED' }
  /** The VRF key is the validator's signing key. */
  | { readonly code: 'VRF_KEY_REUSED' };

/**
 * Thrown on misuse by the caller, never because of what a peer sent.
 *
 * Recognise it with {@link isCryptoError}: two installed copies of this package have two classes, so
 * `instanceof` is not reliable.
 */
export class CryptoError extends Error {
  /** Always `CryptoError`. */
  override readonly name = 'CryptoError';
  /** Machine-readable reason. */
  readonly data: CryptoErrorData;

  /** @param data - What went wrong; the message is derived from it. */
  constructor(data: CryptoErrorData) {
    const { code, ...rest } = data;
    const details = Object.entries(rest).map(([field, value]) => `${field}=${value}`);
    super(details.length === 0 ? code : `${code}: ${details.join(', ')}`);
    this.data = data;
  }
}

/** Recognises a {@link CryptoError} of any installed copy, optionally of one code. */
export function isCryptoError(value: unknown, code?: CryptoErrorData['code']): value is CryptoError {
  if (!(value instanceof Error) || value.name !== 'CryptoError') return false;
  return code === undefined || (value as CryptoError).data.code === code;
}
