/**
 * Keys, addresses, guarded signing and claim checking on secp256k1.
 *
 * One root for browsers, workers and Node: `@noble/secp256k1` is the portable path, and where the
 * optional package `secp256k1` brings a binary of libsecp256k1, {@link createCrypto} uses that instead.
 * Both give the same bytes and the same verdicts. `FIDUCIA_CRYPTO=noble` forces the portable path.
 *
 * A signature is 97 bytes: the compressed public key, then r and s with low s. It carries its key, so no
 * state has to hold keys, and it is valid only if the key's {@link addressOf | address} is the signer.
 * What is signed always includes chain, era, protocol and a label, see {@link signingHash}.
 *
 * @example
 * ```ts
 * import { createCrypto, createMemorySigner, generateKeyPair } from '@fiducia/crypto';
 *
 * const crypto = await createCrypto();
 * const keyPair = generateKeyPair();
 * const signer = createMemorySigner({ keyPair, crypto });
 *
 * const scope = { chainId: new Uint8Array(32), era: 0, protocol: 'demo@1' } as const;
 * const data = new TextEncoder().encode('block 1');
 * const first = await signer.sign({ scope, domain: 'seal', data, guard: { lane: 'seal', sequence: [1] } });
 * if (first.kind === 'signed') {
 *   const claim = { kind: 'signature', signer: signer.self, domain: 'seal', data, signature: first.signature } as const;
 *   await crypto.verify(scope, [claim]); // { kind: 'valid' }
 * }
 * ```
 *
 * A signer with a VRF key also evaluates the verifiable random function of RFC 9381 on secp256k1, and the
 * port checks claims about it. The suite octet 0xFE is a community value, none that the RFC registers.
 *
 * Not for: encryption, key files, hardware signers or aggregate signatures.
 * The portable path is not constant-time; a key of great value belongs behind a remote signer.
 *
 * @packageDocumentation
 */

export { addressOf, PUBLIC_KEY_BYTES } from './address.ts';
export type { BackendName } from './backend/backend.ts';
export { type Crypto, type CryptoOptions, createCrypto } from './crypto.ts';
export { CryptoError, type CryptoErrorData, isCryptoError } from './errors.ts';
export {
  createMemoryGuardStore,
  type GuardLane,
  type GuardRecord,
  type GuardState,
  type GuardStore,
} from './guard.ts';
export { createKeyPair, generateKeyPair, type KeyPair, keyPairFromSeed } from './key-pair.ts';
export type { ClaimCode, SigningRefusal } from './refusals.ts';
export { signingHash } from './scope.ts';
export { SIGNATURE_BYTES } from './signature.ts';
export { createMemorySigner, type MemorySignerOptions } from './signer.ts';
export { VRF_OUTPUT_BYTES, VRF_PROOF_BYTES, type VrfEvaluation } from './vrf/ecvrf.ts';
