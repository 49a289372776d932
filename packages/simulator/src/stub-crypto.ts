/**
 * Stand-in cryptography for simulations of many blocks (simulation E5).
 *
 * A signature is a tagged hash of key, scope, label and bytes, in the same 97-byte form as a real
 * one: it binds, so altered or transplanted messages fail with the codes of the real port. It is no
 * secret, so anybody could forge; adversaries of this package never do, they sign with their own key.
 * The random function is a hash of key, scope and input, likewise unique and likewise no secret.
 *
 * @module
 */

import type { Guard, HashFunction, Height } from '@fiducia/consensus';
import { type ActorId, type Bytes, ByteWriter, type Claim, compareBytes, compareSequences } from '@fiducia/consensus';
import type {
  ClaimsResult,
  CryptoPort,
  SignerPort,
  SigningScope,
  SignRequest,
  SignResult,
} from '@fiducia/consensus/ports';
import { SimulationError } from './errors.ts';
import { KnownClaims } from './known-claims.ts';
import { createRecall } from './recall.ts';
import type { GuardRecord, GuardRecords } from './storage/guard-records.ts';

/** An identity that signs without guard records, such as an account. */
export interface StubIdentity {
  /** First 20 bytes of SHA-256(public key), lower-case hex. */
  readonly address: ActorId;
  /** 33 bytes, without any meaning on a curve. */
  readonly publicKey: Bytes;
  /** Signs at once; the result is 97 bytes. */
  sign(scope: SigningScope, domain: string, data: Bytes): Bytes;
}

/** A crypto port with the identities it accepts. */
export interface StubCrypto extends CryptoPort {
  /** The identity of a name: equal names give equal keys. */
  identity(name: string): StubIdentity;
  /**
   * The same identity as validator, with guard records (contract H-27) and a key of its own for the random function.
   * Without options the records are in memory and end with the signer.
   */
  createSigner(name: string, options?: StubSignerOptions): SignerPort;
}

/** Guard records of a stand-in signer that outlive it. */
export interface StubSignerOptions {
  /** Where the records are; a signature leaves the signer after its record is durable (storage L3). */
  readonly records: GuardRecords;
  /**
   * Height of the chain as its operator knows it. Above 0 a chain without records is one whose records were lost, so
   * everything is refused with `DISABLED` until `GuardRecords.openChain` (storage L6, L8). @default 0
   */
  readonly headHeight?: Height;
}

const KEY_TAG = 'sim/stub-key/v1';
const SIGNATURE_TAG = 'sim/stub-signature/v1';
const VRF_OUTPUT_TAG = 'sim/stub-vrf/v1';
const VRF_PROOF_TAG = 'sim/stub-vrf-proof/v1';
const PUBLIC_KEY_BYTES = 33;
const SIGNATURE_BYTES = 97;
const VRF_PROOF_BYTES = 81;
const ADDRESS_BYTES = 20;
/** Addresses remembered; a simulation has no more keys, unless an adversary makes them up. */
const ADDRESSES_MAX = 4_096;

/**
 * Creates stand-in cryptography. It supports claims of the kinds `signature` and `vrf`.
 *
 * @param options.sha256 - The only real cryptography in it.
 * @see docs/spec/simulation.md, rule E5.
 * @example
 * ```ts
 * const crypto = createStubCrypto({ sha256 });
 * const signer = crypto.createSigner('node 1');
 * const payer = crypto.identity('account 1');
 * ```
 */
export function createStubCrypto(options: { readonly sha256: HashFunction }): StubCrypto {
  const { sha256 } = options;
  const identities = new Map<string, StubIdentity>();
  const identity = (name: string): StubIdentity => {
    const known = identities.get(name) ?? createIdentity(name, sha256);
    if (identities.size < ADDRESSES_MAX) identities.set(name, known);
    return known;
  };
  const tools: Tools = { sha256, addressOf: createAddresses(sha256), known: new KnownClaims() };
  return {
    supports: new Set(['signature', 'vrf']),
    sha256,
    recall: createRecall(),
    async verify(scope, claims) {
      return checkClaims(scope, claims, tools);
    },
    async mine() {
      throw new SimulationError({ code: 'UNSUPPORTED', operation: 'mine' });
    },
    identity,
    createSigner: (name, options) => new StubSigner(identity(name), identity(`${name}/vrf`).publicKey, sha256, options),
  };
}

function createIdentity(name: string, sha256: HashFunction): StubIdentity {
  const publicKey = new Uint8Array(PUBLIC_KEY_BYTES);
  publicKey[0] = 2;
  publicKey.set(sha256(new ByteWriter().text(KEY_TAG).text(name).finish()), 1);
  return {
    address: addressOf(publicKey, sha256),
    publicKey,
    sign: (scope, domain, data) => computeSignature(publicKey, scope, domain, data, sha256),
  };
}

/** What checking takes. */
interface Tools {
  readonly sha256: HashFunction;
  readonly addressOf: (publicKey: Bytes) => ActorId;
  readonly known: KnownClaims;
}

function checkClaims(scope: SigningScope, claims: readonly Claim[], tools: Tools): ClaimsResult {
  for (let index = 0; index < claims.length; index++) {
    const code = checkClaim(scope, claims[index] as Claim, tools);
    if (code !== null) return { kind: 'invalid', index, code };
  }
  return { kind: 'valid' };
}

function checkClaim(scope: SigningScope, claim: Claim, tools: Tools): string | null {
  if (claim.kind === 'vrf') return checkVrf(scope, claim, tools);
  if (claim.kind !== 'signature') return 'CLAIM_UNSUPPORTED';
  const { signature, signer, domain, data } = claim;
  if (signature.length !== SIGNATURE_BYTES) return 'SIGNATURE_MALFORMED';
  const publicKey = signature.subarray(0, PUBLIC_KEY_BYTES);
  if (claim.publicKey !== undefined && compareBytes(claim.publicKey, publicKey) !== 0) return 'SIGNER_MISMATCH';
  if (tools.known.has(scope, claim)) return null;
  if (tools.addressOf(publicKey) !== signer) return 'SIGNER_MISMATCH';
  const expected = computeSignature(publicKey, scope, domain, data, tools.sha256);
  if (compareBytes(signature, expected) !== 0) return 'SIGNATURE_INVALID';
  tools.known.add(scope, claim);
  return null;
}

function computeSignature(
  publicKey: Bytes,
  scope: SigningScope,
  domain: string,
  data: Bytes,
  sha256: HashFunction,
): Bytes {
  const writer = new ByteWriter().text(SIGNATURE_TAG).bytes(publicKey).bytes(scope.chainId).uint(scope.era, 4);
  const digest = writer.text(scope.protocol).text(domain).bytes(data).hash(sha256);
  const signature = new Uint8Array(SIGNATURE_BYTES);
  signature.set(publicKey);
  signature.set(digest, PUBLIC_KEY_BYTES);
  signature.set(digest, PUBLIC_KEY_BYTES + digest.length);
  return signature;
}

function checkVrf(scope: SigningScope, claim: Extract<Claim, { kind: 'vrf' }>, tools: Tools): string | null {
  const { actor, publicKey, alpha, output, proof } = claim;
  if (publicKey.length !== PUBLIC_KEY_BYTES) return 'VRF_MALFORMED';
  if (tools.known.has(scope, claim)) return null;
  if (tools.addressOf(publicKey) === actor) return 'VRF_KEY_REUSED';
  const expected = evaluateVrf(publicKey, scope, alpha, tools.sha256);
  if (compareBytes(proof, expected.proof) !== 0) return 'VRF_INVALID';
  if (compareBytes(output, expected.output) !== 0) return 'VRF_OUTPUT_MISMATCH';
  tools.known.add(scope, claim);
  return null;
}

function evaluateVrf(
  publicKey: Bytes,
  scope: SigningScope,
  alpha: Bytes,
  sha256: HashFunction,
): { readonly output: Bytes; readonly proof: Bytes } {
  const place = new ByteWriter().bytes(publicKey).bytes(scope.chainId).uint(scope.era, 4).text(scope.protocol);
  const input = place.bytes(alpha).finish();
  const proof = new Uint8Array(VRF_PROOF_BYTES);
  proof.set(publicKey);
  proof.set(new ByteWriter().text(VRF_PROOF_TAG).bytes(input).hash(sha256), PUBLIC_KEY_BYTES);
  return { output: new ByteWriter().text(VRF_OUTPUT_TAG).bytes(input).hash(sha256), proof };
}

/** Every claim asks for the address of one of few keys. */
function createAddresses(sha256: HashFunction): Tools['addressOf'] {
  const known = new Map<string, ActorId>();
  return (publicKey) => {
    const key = String.fromCharCode.apply(null, publicKey as unknown as number[]);
    const address = known.get(key) ?? addressOf(publicKey, sha256);
    if (known.size < ADDRESSES_MAX) known.set(key, address);
    return address;
  };
}

function addressOf(publicKey: Bytes, sha256: HashFunction): ActorId {
  const digest = sha256(publicKey).subarray(0, ADDRESS_BYTES);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface Decision {
  readonly result: SignResult;
  readonly record?: GuardRecord;
}

class StubSigner implements SignerPort {
  readonly self: ActorId;
  readonly publicKey: Bytes;
  readonly vrfPublicKey: Bytes;
  readonly #identity: StubIdentity;
  readonly #sha256: HashFunction;
  readonly #options: StubSignerOptions | undefined;
  readonly #records = new Map<string, GuardRecord>();

  constructor(
    identity: StubIdentity,
    vrfPublicKey: Bytes,
    sha256: HashFunction,
    options: StubSignerOptions | undefined,
  ) {
    this.#identity = identity;
    this.#sha256 = sha256;
    this.#options = options;
    this.self = identity.address;
    this.publicKey = identity.publicKey;
    this.vrfPublicKey = vrfPublicKey;
  }

  async sign(request: SignRequest): Promise<SignResult> {
    if (this.#options !== undefined) return this.#signDurably(request, this.#options);
    const { scope, guard } = request;
    if (guard === undefined) return this.#signNow(request);
    const lane = JSON.stringify([scope.chainId.join(), scope.era, scope.protocol, guard.lane]);
    const { result, record } = this.#decide(this.#records.get(lane), request, guard);
    if (record !== undefined) this.#records.set(lane, record);
    return result;
  }

  async proveVrf(scope: SigningScope, alpha: Bytes): Promise<{ readonly output: Bytes; readonly proof: Bytes }> {
    return evaluateVrf(this.vrfPublicKey, scope, alpha, this.#sha256);
  }

  async #signDurably(request: SignRequest, { records, headHeight = 0 }: StubSignerOptions): Promise<SignResult> {
    const { scope, guard } = request;
    if (guard === undefined) {
      const isAllowed = headHeight === 0 || (await records.isOpen(scope.chainId));
      return isAllowed ? this.#signNow(request) : DISABLED;
    }
    const decision = await records.update({ scope, lane: guard.lane }, ({ isOpen, record }): Decision => {
      return headHeight > 0 && !isOpen ? { result: DISABLED } : this.#decide(record, request, guard);
    });
    return decision.result;
  }

  #decide(record: GuardRecord | undefined, request: SignRequest, guard: Guard): Decision {
    const { domain, data } = request;
    const earlier = record === undefined ? null : answerFromRecord(record, guard, data);
    if (earlier !== null) return { result: earlier };
    const result = this.#signNow(request);
    const { signature } = result;
    const floors = { ...record?.floors, ...guard.floors };
    return { result, record: { sequence: guard.sequence, floors, domain, data, signature } };
  }

  #signNow({ scope, domain, data }: SignRequest): Extract<SignResult, { kind: 'signed' }> {
    return { kind: 'signed', signature: this.#identity.sign(scope, domain, data) };
  }
}

const DISABLED: SignResult = { kind: 'refused', code: 'DISABLED' };

/** What contract H-27 answers from the record alone, or `null` if a new signature may be made. */
function answerFromRecord(record: GuardRecord, guard: Guard, data: Bytes): SignResult | null {
  const order = compareSequences(guard.sequence, record.sequence);
  if (order < 0) return { kind: 'refused', code: 'STALE' };
  if (order === 0) {
    const { signature } = record;
    return compareBytes(record.data, data) === 0
      ? { kind: 'signed', signature }
      : { kind: 'conflict', data: record.data, signature };
  }
  for (const [name, floor] of Object.entries(guard.floors ?? {})) {
    if (floor < (record.floors[name] ?? 0)) return { kind: 'refused', code: 'FLOOR' };
  }
  return null;
}
