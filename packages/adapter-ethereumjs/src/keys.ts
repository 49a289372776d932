/**
 * Claims and signatures under Ethereum addresses, so that the author of a block is an account of its chain.
 *
 * @module
 */
import { bytesToHex, pubToAddress } from '@ethereumjs/util';
import {
  type ActorId,
  type Bytes,
  type Claim,
  compareBytes,
  compareSequences,
  encodeSigningScope,
  type Guard,
  type HashFunction,
  type Height,
  tryDecode,
} from '@fiducia/consensus';
import type { CryptoPort, SignerPort, SigningScope, SignRequest, SignResult } from '@fiducia/consensus/ports';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { AdapterError } from './errors.ts';

/** Compact signature and recovery bit. */
const SIGNATURE_BYTES = 65;

/** What {@link createAddressCrypto} may be given. */
export interface AddressCryptoOptions {
  /** Port for claims other than signatures (VRF, work) and for mining; without it there are none. */
  readonly others?: CryptoPort;
}

/**
 * Creates a crypto port in which actors are Ethereum addresses.
 *
 * A signature is r ‖ s ‖ v (65 bytes, v is 0 or 1, s is low) over the scoped hash of the contract. It holds if the key
 * recovered from it has the address of the signer, so no register of keys is needed and `publicKey` of claims is ignored.
 * Refusals have the codes `SIGNATURE_LENGTH`, `SIGNATURE_HIGH_S` and `SIGNATURE_INVALID`, and `CLAIM_UNSUPPORTED`.
 */
export function createAddressCrypto({ others }: AddressCryptoOptions = {}): CryptoPort {
  const sha256: HashFunction = (data) => nobleSha256(data);
  return {
    supports: new Set(['signature', ...(others?.supports ?? [])]),
    sha256,
    async verify(scope, claims) {
      for (const [index, claim] of claims.entries()) {
        const code = await refusalOf(scope, claim, sha256, others);
        if (code !== undefined) return { kind: 'invalid', index, code };
      }
      return { kind: 'valid' };
    },
    mine: async (task, signal) => (others === undefined ? null : others.mine(task, signal)),
  };
}

async function refusalOf(
  scope: SigningScope,
  claim: Claim,
  sha256: HashFunction,
  others: CryptoPort | undefined,
): Promise<string | undefined> {
  if (claim.kind === 'signature') return refusalOfSignature(scope, claim, sha256);
  const result = await others?.verify(scope, [claim]);
  if (result === undefined) return 'CLAIM_UNSUPPORTED';
  return result.kind === 'valid' ? undefined : result.code;
}

function refusalOfSignature(
  scope: SigningScope,
  { signature, signer, domain, data }: Extract<Claim, { readonly kind: 'signature' }>,
  sha256: HashFunction,
): string | undefined {
  const recovery = signature[SIGNATURE_BYTES - 1];
  if (signature.length !== SIGNATURE_BYTES || recovery === undefined || recovery > 1) return 'SIGNATURE_LENGTH';
  // The library throws on numbers outside the curve.
  const parsed = tryDecode(() => secp256k1.Signature.fromBytes(signature.subarray(0, SIGNATURE_BYTES - 1)));
  if (parsed === undefined) return 'SIGNATURE_INVALID';
  if (parsed.hasHighS()) return 'SIGNATURE_HIGH_S';
  const hash = signingHash(scope, domain, data, sha256);
  const address = tryDecode(() => addressOf(parsed.addRecoveryBit(recovery).recoverPublicKey(hash).toBytes(false)));
  return address === signer ? undefined : 'SIGNATURE_INVALID';
}

/**
 * Where a signer remembers what it signed, one record per lane, and one per chain that says that there are any; must be durable
 * before `write` resolves.
 */
export interface GuardRecords {
  /** The record of a lane, or `undefined`. */
  read(lane: string): Promise<GuardRecord | undefined>;
  /** Replaces the record of a lane. */
  write(lane: string, record: GuardRecord): Promise<void>;
}

/** The last thing signed in a lane. */
export interface GuardRecord {
  /** Position of it. */
  readonly sequence: readonly number[];
  /** Highest value seen under each name. */
  readonly floors: Readonly<Record<string, number>>;
  /** What was signed. */
  readonly data: Bytes;
  /** The signature over it. */
  readonly signature: Bytes;
}

/** What {@link createAddressSigner} needs. */
export interface AddressSignerOptions {
  /** Secret key of the account that seals, 32 bytes, copied. */
  readonly secretKey: Bytes;
  /** Guard records. Without it they end with the process, so a sealer that restarts could sign twice. */
  readonly records?: GuardRecords;
  /**
   * Height of the stored head when the signer is made. Above 0 a chain without records is one whose records were lost, and
   * nothing is signed on it (contract H-27). @defaultValue 0
   */
  readonly headHeight?: Height;
  /**
   * Signs on a chain above genesis without records all the same: the word of an operator that no others of this key exist or
   * matter, as for a sealer that joins. @defaultValue false
   */
  readonly isOpened?: boolean;
}

/**
 * Creates a signer whose identity is the address of an Ethereum account.
 *
 * Requests with a guard are answered one at a time and in the order of contract H-27: the record is kept before the
 * signature leaves. It evaluates no VRF.
 *
 * @throws {@link AdapterError} with `KEY_INVALID`; `proveVrf` rejects with `EFFECT_UNSUPPORTED`.
 */
export function createAddressSigner(options: AddressSignerOptions): SignerPort {
  const { records = createMemoryRecords(), headHeight = 0, isOpened = false } = options;
  const secretKey = options.secretKey.slice();
  const publicKey = publicKeyOf(secretKey);
  const sign = (scope: SigningScope, domain: string, data: Bytes): Bytes => {
    const hash = signingHash(scope, domain, data, (bytes) => nobleSha256(bytes));
    const signature = secp256k1.sign(hash, secretKey, { prehash: false, format: 'recovered' });
    return Uint8Array.from([...signature.subarray(1), signature[0] ?? 0]);
  };
  const isKnown = async ({ chainId }: SigningScope): Promise<boolean> => {
    return (await records.read(bytesToHex(chainId))) !== undefined;
  };
  const signPlain = async ({ scope, domain, data }: SignRequest): Promise<SignResult> => {
    if (headHeight > 0 && !isOpened && !(await isKnown(scope))) return DISABLED;
    return { kind: 'signed', signature: sign(scope, domain, data) };
  };
  const signGuarded = async ({ scope, domain, data }: SignRequest, guard: Guard): Promise<SignResult> => {
    const chain = bytesToHex(scope.chainId);
    const hasRecords = await isKnown(scope);
    if (headHeight > 0 && !isOpened && !hasRecords) return DISABLED;
    const lane = [chain, scope.era, scope.protocol, guard.lane].join(' ');
    const last = await records.read(lane);
    const judged = judgeGuard(guard, data, last);
    if (judged !== undefined) return judged;
    const signature = sign(scope, domain, data);
    const record = { sequence: guard.sequence, floors: { ...last?.floors, ...guard.floors }, data, signature };
    // The other way round, a crash in between would leave a record that does not count.
    if (!hasRecords) await records.write(chain, record);
    await records.write(lane, record);
    return { kind: 'signed', signature };
  };
  let queue: Promise<unknown> = Promise.resolve();
  return {
    self: addressOf(publicKey),
    publicKey,
    vrfPublicKey: new Uint8Array(),
    sign(request) {
      const { guard } = request;
      if (guard === undefined) return signPlain(request);
      const answer = queue.then(() => signGuarded(request, guard));
      // The next request must not fail because this one did.
      queue = answer.catch(() => undefined);
      return answer;
    },
    async proveVrf({ protocol }) {
      throw new AdapterError({ code: 'EFFECT_UNSUPPORTED', plugin: protocol, effect: 'proveVrf' });
    },
  };
}

const DISABLED: SignResult = { kind: 'refused', code: 'DISABLED' };

/** The table of contract H-27: an answer, or `undefined` where a new signature is due. */
function judgeGuard(guard: Guard, data: Bytes, last: GuardRecord | undefined): SignResult | undefined {
  if (last === undefined) return undefined;
  const order = compareSequences(guard.sequence, last.sequence);
  if (order < 0) return { kind: 'refused', code: 'STALE' };
  if (order === 0) {
    const { data: recorded, signature } = last;
    return compareBytes(recorded, data) === 0
      ? { kind: 'signed', signature }
      : { kind: 'conflict', data: recorded, signature };
  }
  const isBelow = Object.entries(guard.floors ?? {}).some(([name, floor]) => floor < (last.floors[name] ?? floor));
  return isBelow ? { kind: 'refused', code: 'FLOOR' } : undefined;
}

function createMemoryRecords(): GuardRecords {
  const records = new Map<string, GuardRecord>();
  return {
    read: async (lane) => records.get(lane),
    async write(lane, record) {
      records.set(lane, record);
    },
  };
}

function publicKeyOf(secretKey: Bytes): Bytes {
  const publicKey = tryDecode(() => secp256k1.getPublicKey(secretKey, false));
  if (publicKey === undefined) throw new AdapterError({ code: 'KEY_INVALID', reason: 'not a key of secp256k1' });
  return publicKey;
}

/** @param publicKey - Uncompressed, 65 bytes. */
function addressOf(publicKey: Bytes): ActorId {
  return bytesToHex(pubToAddress(publicKey.subarray(1)));
}

function signingHash(scope: SigningScope, domain: string, data: Bytes, sha256: HashFunction): Bytes {
  return sha256(Uint8Array.from([...sha256(encodeSigningScope(scope, domain)), ...data]));
}
