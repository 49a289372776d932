/**
 * Typed errors of this package.
 *
 * @module
 */

/** Failure data: `code` selects the shape of the rest. It never contains key material. */
export type CryptoErrorData =
  /**
   * The secret key is not 32 bytes with a value from 1 to the group order minus 1.
   *
   * Cause: a key that was cut off, is all zero, or is text in place of bytes.
   * Remedy: load the 32 bytes again, or make a key with `generateKeyPair`.
   */
  | { readonly code: 'SECRET_KEY_INVALID' }
  /**
   * The public key is not the 33-byte compressed form.
   *
   * Cause: an uncompressed key of 65 bytes, an address, or text.
   * Remedy: pass the 33 bytes of the compressed form.
   */
  | { readonly code: 'PUBLIC_KEY_INVALID'; readonly length: number }
  /**
   * A signing scope is outside its bounds: the chain id is not 32 bytes or the era not an unsigned 32-bit integer.
   *
   * Cause: a chain id of another length, or an era that is negative or fractional.
   * Remedy: pass `chainId` and era as the host knows them.
   */
  | { readonly code: 'SCOPE_INVALID'; readonly reason: string }
  /**
   * A guard is malformed: too many elements, or values that are not safe integers.
   *
   * Cause: a plugin that asks for a guard with too many elements, fractions or unsafe integers.
   * Remedy: correct the plugin; a guard is at most a few safe integers in order.
   */
  | { readonly code: 'GUARD_INVALID'; readonly reason: string }
  /**
   * `FIDUCIA_CRYPTO` names no backend.
   *
   * Cause: a misspelt value of the environment variable.
   * Remedy: set it to `auto`, `native` or `noble`, or leave it unset.
   */
  | { readonly code: 'BACKEND_UNKNOWN'; readonly backend: string }
  /**
   * The native library was demanded and does not load, or gives a wrong signature or proof when it does.
   *
   * Cause: an installation without optional packages or build tools, or a platform without the library.
   * Remedy: install with optional dependencies, or allow the portable library with `auto`.
   */
  | { readonly code: 'BACKEND_UNAVAILABLE'; readonly backend: string; readonly reason: string }
  /**
   * A mining task is outside its bounds: algorithm, target, start or number of workers.
   *
   * Cause: an algorithm other than the miner's, a target below 0, a start beyond 8 bytes, or a number of workers out
   * of range.
   * Remedy: take the task from the plugin's `mine` effect unchanged, and the number of workers from the documented
   * range.
   */
  | { readonly code: 'TASK_INVALID'; readonly reason: string }
  /**
   * The worker miner was closed.
   *
   * Cause: a search that was started or still running when `close` was called.
   * Remedy: close the miner after its last search, and make a new one afterwards.
   */
  | { readonly code: 'MINER_CLOSED' }
  /**
   * A thread of the worker miner broke down; the miner has ended.
   *
   * Cause: a thread that could not be started or ended by itself, for lack of memory as a rule.
   * Remedy: read `reason`, lower the number of workers, and make a new miner.
   */
  | { readonly code: 'MINER_FAILED'; readonly reason: string }
  /**
   * This signer was created without a VRF key.
   *
   * Cause: a plugin whose leaders prove randomness, on a node whose signer has no key for it.
   * Remedy: pass `vrfSecretKey` and register the key on the chain.
   */
  | { readonly code: 'VRF_UNSUPPORTED' }
  /**
   * The VRF key is the validator's signing key.
   *
   * Cause: the same secret given for signing and for the random function.
   * Remedy: make a key of its own for the random function; one key for two purposes can leak both.
   */
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
