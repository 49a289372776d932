/**
 * Signer port with a key in memory.
 *
 * @module
 */
import type { Bytes, Height } from '@fiducia/consensus';
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
import type { KeyPair } from './key-pair.ts';

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
 * It has no VRF key: `vrfPublicKey` is empty and `proveVrf` rejects with {@link CryptoError}
 * `VRF_UNSUPPORTED`.
 *
 * @example
 * ```ts
 * const signer = createMemorySigner({ keyPair: generateKeyPair(), crypto: await createCrypto() });
 * const guard = { lane: 'seal', sequence: [slot] };
 * await signer.sign({ scope, domain: 'seal', data: sealHash, guard }); // { kind: 'signed', signature }
 * ```
 */
export function createMemorySigner(options: MemorySignerOptions): SignerPort {
  const { keyPair, crypto, guardStore = createMemoryGuardStore(), headHeight = 0 } = options;
  const signNow = (request: SignRequest): Bytes => crypto.sign(keyPair, request.scope, request.domain, request.data);

  return {
    self: keyPair.address,
    publicKey: keyPair.publicKey,
    vrfPublicKey: new Uint8Array(),

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

    async proveVrf() {
      throw new CryptoError({ code: 'VRF_UNSUPPORTED' });
    },
  };
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
