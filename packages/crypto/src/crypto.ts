/**
 * The crypto port: checks of claims, signing with domain separation, choice of the library.
 *
 * @module
 */
import { type ActorId, type Bytes, type Claim, compareBytes, type HashFunction, VRF_DOMAIN } from '@fiducia/consensus';
import type { ClaimsResult, CryptoPort, SigningScope } from '@fiducia/consensus/ports';
import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { hashAddress } from './address.ts';
import type { BackendName, CurveBackend } from './backend/backend.ts';
import { loadNativeBackend } from './backend/native.ts';
import { createNobleBackend } from './backend/noble.ts';
import { CryptoError } from './errors.ts';
import { loadPlatformSha256 } from './hash.ts';
import type { KeyPair } from './key-pair.ts';
import type { ClaimCode } from './refusals.ts';
import { ScopeHashes } from './scope.ts';
import { parseSignature } from './signature.ts';
import { checkVrf } from './vrf/claim.ts';
import type { VrfEvaluation } from './vrf/ecvrf.ts';
import { checkWork, searchNonce } from './work.ts';

/** How to choose the library, see {@link createCrypto}. */
export interface CryptoOptions {
  /**
   * `native` and `noble` demand one library. `auto` uses the native one if it loads, unless the
   * environment variable `FIDUCIA_CRYPTO` names one of the three. All but `noble` hash with the
   * platform's SHA-256 where it has one. @default 'auto'
   */
  readonly backend?: 'auto' | BackendName;
}

/** `CryptoPort` with what a signer, a wallet and a test need besides. */
export interface Crypto extends CryptoPort {
  /** Library of curve arithmetic in use, for reports. Both give the same answer to every question. */
  readonly backend: BackendName;
  /**
   * Signs in a scope, without a guard: for transactions and round votes. What consensus signs goes
   * through a `SignerPort`, which prevents signing twice.
   *
   * @param domain - Label of the kind of artefact, e.g. `transaction`.
   * @returns 97 bytes: compressed key, r, s (low); equal arguments give equal bytes (RFC 6979).
   * @throws {@link CryptoError} with `SCOPE_INVALID`.
   */
  sign(keyPair: KeyPair, scope: SigningScope, domain: string, data: Bytes): Bytes;
  /**
   * Evaluates the verifiable random function in a scope, for a signer: ECVRF-SECP256K1-SHA256-TAI on the hash of the
   * scope with label `vrf`, followed by `alpha` (randomness-vrf E2). Evaluate only inputs that a protocol prescribes, never
   * what a peer chose (randomness-vrf E6).
   *
   * @param vrfKeyPair - Another key than the one that signs (randomness-vrf K2).
   * @throws {@link CryptoError} with `SCOPE_INVALID`.
   */
  proveVrf(vrfKeyPair: KeyPair, scope: SigningScope, alpha: Bytes): VrfEvaluation;
  /**
   * Judges one signature at once.
   *
   * @returns `null` if it is valid, otherwise why not. Never throws because of `signer`, `data` or
   *   `signature`.
   * @throws {@link CryptoError} with `SCOPE_INVALID`.
   */
  verifySignature(
    scope: SigningScope,
    domain: string,
    data: Bytes,
    signer: ActorId,
    signature: Bytes,
  ): ClaimCode | null;
}

/**
 * Creates the crypto port.
 *
 * @throws {@link CryptoError} with `BACKEND_UNAVAILABLE` if `native` is demanded and does not load, and
 *   with `BACKEND_UNKNOWN` if `FIDUCIA_CRYPTO` is set to anything but `auto`, `native` or `noble`.
 * @example
 * ```ts
 * const crypto = await createCrypto();
 * const keys = generateKeyPair();
 * const scope = { chainId, era: 0, protocol: 'ledger@1' } as const;
 * const signature = crypto.sign(keys, scope, 'transaction', data);
 * crypto.verifySignature(scope, 'transaction', data, keys.address, signature); // null: nothing wrong
 * ```
 */
export async function createCrypto(options: CryptoOptions = {}): Promise<Crypto> {
  const demanded = options.backend ?? 'auto';
  return cryptoOn(await chooseTools(demanded === 'auto' ? backendOfEnvironment() : demanded));
}

/** What the answers are computed with; none of it changes an answer. */
interface Tools {
  readonly backend: CurveBackend;
  readonly sha256: HashFunction;
  readonly scopes: ScopeHashes;
}

async function chooseTools(choice: 'auto' | BackendName): Promise<Tools> {
  const backend = await chooseBackend(choice);
  // Whoever demands the portable library wants to see what a browser does.
  const sha256 = (choice === 'noble' ? undefined : loadPlatformSha256()) ?? portableSha256;
  return { backend, sha256, scopes: new ScopeHashes(sha256) };
}

async function chooseBackend(choice: 'auto' | BackendName): Promise<CurveBackend> {
  if (choice === 'noble') return createNobleBackend();

  const native = await loadNativeBackend();
  if ('verify' in native) return native;
  if (choice === 'native') throw new CryptoError({ code: 'BACKEND_UNAVAILABLE', backend: choice, ...native });
  return createNobleBackend();
}

function backendOfEnvironment(): 'auto' | BackendName {
  // Browsers have no `process`, and workers may have one without an environment.
  const { process } = globalThis as { readonly process?: { readonly env?: Readonly<Record<string, string>> } };
  const name = process?.env?.FIDUCIA_CRYPTO ?? '';
  switch (name) {
    case '':
      return 'auto';
    case 'auto':
    case 'native':
    case 'noble':
      return name;
    default:
      throw new CryptoError({ code: 'BACKEND_UNKNOWN', backend: name });
  }
}

function cryptoOn(tools: Tools): Crypto {
  const { backend, sha256, scopes } = tools;
  return {
    backend: backend.name,
    supports: new Set(['signature', 'work', 'vrf']),
    sha256,

    sign(keyPair, scope, domain, data) {
      const hash = sha256(concatBytes(scopes.of(scope, domain), data));
      return concatBytes(keyPair.publicKey, backend.sign(hash, keyPair.secretKey));
    },

    proveVrf: (vrfKeyPair, scope, alpha) =>
      backend.vrf.prove(vrfKeyPair.secretKey, concatBytes(scopes.of(scope, VRF_DOMAIN), alpha)),

    verifySignature: (scope, domain, data, signer, signature) =>
      checkSignature(tools, scope, { domain, data, signer, signature }),

    async verify(scope, claims) {
      return checkClaims(tools, scope, claims);
    },

    mine: (task, signal) => searchNonce(task, signal, sha256),
  };
}

/** Checks claims in order and stops at the first that does not hold, so that the answer is unique. */
function checkClaims(tools: Tools, scope: SigningScope, claims: readonly Claim[]): ClaimsResult {
  for (const [index, claim] of claims.entries()) {
    const code = checkClaim(tools, scope, claim);
    if (code !== null) return { kind: 'invalid', index, code };
  }
  return { kind: 'valid' };
}

function checkClaim(tools: Tools, scope: SigningScope, claim: Claim): ClaimCode | null {
  switch (claim.kind) {
    case 'signature':
      return checkSignature(tools, scope, claim);
    case 'work':
      return checkWork(claim, tools.sha256);
    case 'vrf':
      return checkVrf(claim, tools.scopes.of(scope, VRF_DOMAIN), tools.backend.vrf);
    default:
      return 'CLAIM_UNSUPPORTED';
  }
}

interface SignatureSubject {
  readonly domain: string;
  readonly data: Bytes;
  readonly signer: ActorId;
  readonly signature: Bytes;
  readonly publicKey?: Bytes;
}

/** Cheap checks first: form, then whose key it is, then the mathematics. */
function checkSignature(tools: Tools, scope: SigningScope, subject: SignatureSubject): ClaimCode | null {
  const { backend, sha256, scopes } = tools;
  const prefix = scopes.of(scope, subject.domain);
  const parts = parseSignature(subject.signature);
  if (typeof parts === 'string') return parts;
  if (hashAddress(parts.publicKey, sha256) !== subject.signer) return 'SIGNER_MISMATCH';
  if (subject.publicKey !== undefined && compareBytes(subject.publicKey, parts.publicKey) !== 0) {
    return 'SIGNER_MISMATCH';
  }
  const hash = sha256(concatBytes(prefix, subject.data));
  return backend.verify(parts.compact, hash, parts.publicKey) ? null : 'SIGNATURE_INVALID';
}
