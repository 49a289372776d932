/**
 * Key pairs that do not give their secret away by being printed.
 *
 * @module
 */
import type { ActorId, Bytes } from '@fiducia/consensus';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { getPublicKey, utils } from '@noble/secp256k1';
import { addressOf } from './address.ts';
import { CryptoError } from './errors.ts';

/**
 * A secret key and what follows from it.
 *
 * The secret is held where neither `JSON.stringify` nor `util.inspect` nor a structured clone finds it,
 * so a key pair inside a log line or an error shows its address and its public key only.
 */
export interface KeyPair {
  /** A fresh copy of the 32 secret bytes. Never log it. */
  readonly secretKey: Bytes;
  /** Compressed public key, 33 bytes. */
  readonly publicKey: Bytes;
  /** {@link addressOf} the public key. */
  readonly address: ActorId;
}

/** Prefix of the hash input of {@link keyPairFromSeed}; keeps these keys apart from any other use of a seed. */
const SEED_PREFIX = 'fiducia/seeded-key/1';

class HiddenKeyPair implements KeyPair {
  readonly address: ActorId;
  readonly publicKey: Bytes;
  // A private field, not a property: inspection with hidden properties shown does not reach it either.
  readonly #secretKey: Bytes;

  constructor(secretKey: Bytes) {
    this.#secretKey = secretKey.slice();
    this.publicKey = getPublicKey(this.#secretKey);
    this.address = addressOf(this.publicKey);
  }

  get secretKey(): Bytes {
    return this.#secretKey.slice();
  }
}

/**
 * Derives the public key and the address of a secret key.
 *
 * @param secretKey - 32 bytes, copied; a big-endian value from 1 to the group order minus 1.
 * @throws {@link CryptoError} with `SECRET_KEY_INVALID`; the error does not repeat the key.
 */
export function createKeyPair(secretKey: Bytes): KeyPair {
  if (!utils.isValidSecretKey(secretKey)) throw new CryptoError({ code: 'SECRET_KEY_INVALID' });
  return new HiddenKeyPair(secretKey);
}

/**
 * Creates a key pair from the platform's cryptographic random source.
 *
 * @example
 * ```ts
 * const { address, publicKey } = generateKeyPair();
 * publicKey.length; // 33
 * ```
 */
export function generateKeyPair(): KeyPair {
  return createKeyPair(utils.randomSecretKey());
}

/**
 * The same key pair for the same text, in every process.
 *
 * For tests, demonstrations and simulations only: whoever knows or guesses the text has the key, and
 * nothing slows down the guessing.
 *
 * @example
 * ```ts
 * keyPairFromSeed('node-1').address === keyPairFromSeed('node-1').address; // true
 * ```
 */
export function keyPairFromSeed(seed: string): KeyPair {
  // A hash is a valid secret key except with probability below 2^-127; hashing again covers that case.
  let secretKey = sha256(concatBytes(utf8ToBytes(SEED_PREFIX), utf8ToBytes(seed)));
  while (!utils.isValidSecretKey(secretKey)) secretKey = sha256(secretKey);
  return createKeyPair(secretKey);
}
