/** Keys and signatures that are not Fiducia's either: an actor is its compressed secp256k1 key in hexadecimal. */
import {
  type Bytes,
  ByteWriter,
  type Claim,
  compareBytes,
  compareSequences,
  VRF_PROOF_BYTES,
} from '@fiducia/consensus';
import type { CryptoPort, MiningTask, SignerPort, SigningScope, SignRequest } from '@fiducia/consensus/ports';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { getPublicKey, hashes, sign, verify } from '@noble/secp256k1';

/** Time that one try of a nonce takes. */
const TRY_MS = 40;
const NONCE_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** Bytes that are signed: nothing that is signed in one place counts in another. */
function scoped({ chainId, era, protocol }: SigningScope, domain: string, data: Bytes): Bytes {
  return new ByteWriter().bytes(chainId).uint(era, 4).text(protocol).text(domain).bytes(data).finish();
}

/** Checks signatures, work and the stand-in for a VRF of {@link createSigner}. */
export function createCrypto(schedule: (delayMs: number, callback: () => void) => () => void): CryptoPort {
  hashes.sha256 = (data) => sha256(data);
  hashes.hmacSha256 = (key, message) => hmac(sha256, key, message);
  const holds = (scope: SigningScope, claim: Claim): boolean => {
    switch (claim.kind) {
      case 'signature':
        return verify(claim.signature, scoped(scope, claim.domain, claim.data), hexToBytes(claim.signer));
      case 'vrf':
        return (
          verify(claim.proof.slice(0, SIGNATURE_BYTES), scoped(scope, 'vrf', claim.alpha), claim.publicKey) &&
          compareBytes(proofOf(claim.proof.slice(0, SIGNATURE_BYTES)), claim.proof) === 0 &&
          compareBytes(sha256(claim.proof), claim.output) === 0
        );
      case 'work':
        return workOf(claim.data, claim.nonce) <= claim.target;
      default:
        return false;
    }
  };
  return {
    supports: new Set(['signature', 'vrf', 'work']),
    sha256: (data) => sha256(data),
    async verify(scope, claims) {
      const index = claims.findIndex((claim) => !isTrue(() => holds(scope, claim)));
      return index < 0 ? { kind: 'valid' } : { kind: 'invalid', index, code: `${claims[index]?.kind}_INVALID` };
    },
    mine(task, signal) {
      const { nonce, tries } = search(task);
      return new Promise((resolve) => {
        const cancel = schedule(tries * TRY_MS, () => resolve(nonce));
        signal.addEventListener('abort', () => {
          cancel();
          resolve(null);
        });
      });
    },
  };
}

/** The signature, filled up with zeros to the length that plugins expect. */
function proofOf(signature: Bytes): Bytes {
  const proof = new Uint8Array(VRF_PROOF_BYTES);
  proof.set(signature);
  return proof;
}

/** Malformed keys and signatures of peers make the library throw. */
function isTrue(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

function workOf(data: Bytes, nonce: Bytes): bigint {
  const joined = new Uint8Array([...data, ...nonce]);
  return BigInt(`0x${bytesToHex(sha256(sha256(joined)))}`);
}

function search({ data, target, startNonce }: MiningTask): { readonly nonce: Bytes; readonly tries: number } {
  for (let tries = 1; ; tries++) {
    const nonce = new ByteWriter().uint(BigInt.asUintN(64, startNonce + BigInt(tries)), NONCE_BYTES).finish();
    if (workOf(data, nonce) <= target) return { nonce, tries };
  }
}

/**
 * Signs with one key and remembers, for as long as the program runs, what it must not contradict.
 *
 * Its VRF is a stand-in: signatures are made without randomness, but nothing keeps the holder of the key from making
 * others. A chain that carries value takes `@fiducia/crypto`, or another implementation of RFC 9381.
 */
export function createSigner(secretKey: Bytes): SignerPort {
  const publicKey = getPublicKey(secretKey);
  const signed = new Map<
    string,
    { readonly sequence: readonly number[]; readonly data: Bytes; readonly signature: Bytes }
  >();
  return {
    self: bytesToHex(publicKey),
    publicKey,
    vrfPublicKey: publicKey,
    async sign({ scope, domain, data, guard }: SignRequest) {
      const signature = sign(scoped(scope, domain, data), secretKey);
      if (guard === undefined) return { kind: 'signed', signature };
      const lane = `${scope.era} ${scope.protocol} ${guard.lane}`;
      const last = signed.get(lane);
      const order = last === undefined ? 1 : compareSequences(guard.sequence, last.sequence);
      if (order < 0) return { kind: 'refused', code: 'STALE' };
      if (last !== undefined && order === 0 && compareBytes(last.data, data) !== 0)
        return { kind: 'conflict', ...last };
      signed.set(lane, { sequence: guard.sequence, data, signature });
      return { kind: 'signed', signature };
    },
    async proveVrf(scope, alpha) {
      const proof = proofOf(sign(scoped(scope, 'vrf', alpha), secretKey));
      return { output: sha256(proof), proof };
    },
  };
}
