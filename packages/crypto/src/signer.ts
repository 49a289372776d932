/**
 * Signer port with a key in memory.
 *
 * @module
 */
import { type Bytes, compareBytes, type Height } from '@fiducia/consensus';
import type { SignerPort, SignRequest, SignResult } from '@fiducia/consensus/ports';
import type { Crypto } from './crypto.ts';
import { CryptoError } from './errors.ts';
import {
  createMemoryGuardStore,
  type GuardRecord,
  type GuardState,
  type GuardStore,
  judgeGuard,
  requireGuard,
} from './guard.ts';
import { createKeyPair, type KeyPair } from './key-pair.ts';

/** What a signer is made of. */
export interface MemorySignerOptions {
  /** Key of the validator. */
  readonly keyPair: KeyPair;
  /** Signs; its backend makes no difference to the bytes. */
  readonly crypto: Crypto;
  /** Guard records, shared by all signers of this key. @default a store of its own in memory */
  readonly guardStore?: GuardStore;
  /**
   * Height of the adopted head when the signer is created. Above 0 a chain without guard records is one
   * whose records were lost, and nothing is signed on it until {@link GuardStore.openChain}. @default 0
   */
  readonly headHeight?: Height;
  /**
   * Key of the verifiable random function, 32 bytes, copied. It must be another key than `keyPair`: a VRF
   * nonce and an ECDSA nonce derived from one key must not meet (randomness-vrf K2). Absent: the signer
   * has no VRF. Outputs follow from the key, so nothing else has to survive a crash (K4).
   */
  readonly vrfSecretKey?: Bytes;
}

type Decision = { readonly result: SignResult; readonly record?: GuardRecord };

/**
 * Creates a signer that holds its key in memory and never signs twice for one place (contract H-27).
 *
 * | Request | Answer |
 * |---|---|
 * | no guard | signed |
 * | higher sequence, floors not lower | signed and recorded |
 * | same sequence, same bytes | the recorded signature |
 * | same sequence, other bytes | `conflict` with what was recorded |
 * | lower sequence, lower floor | `refused` with `STALE`, `FLOOR` |
 * | no records on a chain above genesis | `refused` with `DISABLED` |
 *
 * `proveVrf` evaluates ECVRF-SECP256K1-SHA256-TAI (RFC 9381 on secp256k1, suite octet 0xFE, which is a
 * community value) on the hash of the scope with label `vrf`, followed by `alpha`. Ask only for inputs
 * that a protocol prescribes, never for what a peer chose (randomness-vrf E6). Outputs are not stored: after a
 * crash they are computed again, from the key alone (randomness-vrf K4). Without a VRF key
 * `vrfPublicKey` is empty and `proveVrf` rejects with {@link CryptoError} `VRF_UNSUPPORTED`.
 *
 * @throws {@link CryptoError} with `SECRET_KEY_INVALID` or `VRF_KEY_REUSED`.
 * @example
 * ```ts
 * const signer = createMemorySigner({ keyPair: generateKeyPair(), crypto: await createCrypto() });
 * const guard = { lane: 'seal', sequence: [slot] };
 * await signer.sign({ scope, domain: 'seal', data: sealHash, guard }); // { kind: 'signed', signature }
 * ```
 */
export function createMemorySigner(options: MemorySignerOptions): SignerPort {
  const { keyPair, crypto, guardStore = createMemoryGuardStore(), headHeight = 0 } = options;
  const vrfKeyPair = options.vrfSecretKey === undefined ? undefined : requireVrfKey(options.vrfSecretKey, keyPair);
  const signNow = (request: SignRequest): Bytes => crypto.sign(keyPair, request.scope, request.domain, request.data);

  return {
    self: keyPair.address,
    publicKey: keyPair.publicKey,
    vrfPublicKey: vrfKeyPair?.publicKey ?? new Uint8Array(),

    async sign(request) {
      const { scope, guard } = request;
      if (guard === undefined) {
        const isAllowed = headHeight === 0 || (await guardStore.isOpen(scope.chainId));
        return isAllowed ? { kind: 'signed', signature: signNow(request) } : { kind: 'refused', code: 'DISABLED' };
      }
      requireGuard(guard);
      const lane = { scope, lane: guard.lane };
      const decision = await guardStore.update(lane, (state: GuardState): Decision => {
        if (headHeight > 0 && !state.isOpen) return { result: { kind: 'refused', code: 'DISABLED' } };
        return decide(state.record, { ...request, guard }, signNow);
      });
      return decision.result;
    },

    async proveVrf(scope, alpha) {
      if (vrfKeyPair === undefined) throw new CryptoError({ code: 'VRF_UNSUPPORTED' });
      return crypto.proveVrf(vrfKeyPair, scope, alpha);
    },
  };
}

function requireVrfKey(vrfSecretKey: Bytes, keyPair: KeyPair): KeyPair {
  const vrfKeyPair = createKeyPair(vrfSecretKey);
  if (compareBytes(vrfKeyPair.publicKey, keyPair.publicKey) === 0) throw new CryptoError({ code: 'VRF_KEY_REUSED' });
  return vrfKeyPair;
}

function decide(
  recorded: GuardRecord | undefined,
  request: Required<SignRequest>,
  signNow: (request: SignRequest) => Bytes,
): Decision {
  const { guard, domain, data } = request;
  const verdict = judgeGuard(recorded, guard, domain, data);
  switch (verdict.kind) {
    case 'refuse':
      return { result: { kind: 'refused', code: verdict.code } };
    case 'repeat':
      return { result: { kind: 'signed', signature: verdict.record.signature } };
    case 'conflict':
      return { result: { kind: 'conflict', data: verdict.record.data, signature: verdict.record.signature } };
    case 'sign': {
      const signature = signNow(request);
      const record = { sequence: [...guard.sequence], floors: verdict.floors, domain, data: data.slice(), signature };
      return { result: { kind: 'signed', signature }, record };
    }
  }
}
