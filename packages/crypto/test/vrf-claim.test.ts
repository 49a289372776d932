import { type Claim, vrfPossessionAlpha } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { createCrypto, createMemorySigner, isCryptoError, keyPairFromSeed } from '../src/index.ts';

const scope: SigningScope = { chainId: new Uint8Array(32).fill(1), era: 0, protocol: 'demo@1' };
const alpha = new TextEncoder().encode('slot 7');
const keyPair = keyPairFromSeed('validator');
const vrf = keyPairFromSeed('validator/vrf');

async function setUp() {
  const crypto = await createCrypto();
  const signer = createMemorySigner({ keyPair, crypto, vrfSecretKey: vrf.secretKey });
  const claim = {
    kind: 'vrf',
    actor: signer.self,
    publicKey: signer.vrfPublicKey,
    alpha,
    ...(await signer.proveVrf(scope, alpha)),
  } as const;
  const judge = async (changed: Partial<Extract<Claim, { kind: 'vrf' }>>, place: SigningScope = scope) => {
    const result = await crypto.verify(place, [{ ...claim, ...changed }]);
    return result.kind === 'valid' ? null : result.code;
  };
  return { crypto, signer, claim, judge };
}

describe('claims of kind vrf', () => {
  it('hold for what the signer proved, beside other claims', async () => {
    const { crypto, signer, claim, judge } = await setUp();
    expect(crypto.supports.has('vrf')).toBe(true);
    expect(signer.vrfPublicKey).toEqual(vrf.publicKey);
    expect(await judge({})).toBeNull();
    const work = { kind: 'work', algorithm: 'sha256', data: alpha, nonce: alpha, target: 0n } as const;
    expect(await crypto.verify(scope, [claim, work])).toMatchObject({ index: 1, code: 'WORK_INSUFFICIENT' });
  });

  it('do not hold in another chain, era or protocol, nor for another input', async () => {
    const { judge } = await setUp();
    expect(await judge({}, { ...scope, chainId: new Uint8Array(32) })).toBe('VRF_INVALID');
    expect(await judge({}, { ...scope, era: 1 })).toBe('VRF_INVALID');
    expect(await judge({}, { ...scope, protocol: 'demo@2' })).toBe('VRF_INVALID');
    expect(await judge({ alpha: new TextEncoder().encode('slot 8') })).toBe('VRF_INVALID');
  });

  it('name what is wrong with them', async () => {
    const { claim, judge } = await setUp();
    expect(await judge({ output: claim.output.map((byte) => byte ^ 1) })).toBe('VRF_OUTPUT_MISMATCH');
    expect(await judge({ output: claim.output.subarray(1) })).toBe('VRF_MALFORMED');
    expect(await judge({ publicKey: vrf.publicKey.subarray(1) })).toBe('VRF_MALFORMED');
    expect(await judge({ publicKey: keyPairFromSeed('other').publicKey })).toBe('VRF_INVALID');
    expect(await judge({ proof: claim.proof.subarray(1) })).toBe('VRF_INVALID');
  });

  it('randomness-vrf K2: refuse the key that the actor signs with, though the proof would hold', async () => {
    const { judge } = await setUp();
    expect(await judge({ actor: vrf.address })).toBe('VRF_KEY_REUSED');
  });
});

describe('the VRF of a signer', () => {
  it('randomness-vrf K2: is never the signing key', async () => {
    const crypto = await createCrypto();
    expect(() => createMemorySigner({ keyPair, crypto, vrfSecretKey: keyPair.secretKey })).toThrow(
      expect.toSatisfy((error: unknown) => isCryptoError(error, 'VRF_KEY_REUSED')),
    );
    expect(() => createMemorySigner({ keyPair, crypto, vrfSecretKey: new Uint8Array(32) })).toThrow(
      expect.toSatisfy((error: unknown) => isCryptoError(error, 'SECRET_KEY_INVALID')),
    );
  });

  it('randomness-vrf K4: gives the same output after a restart, from the key alone', async () => {
    const { signer: before } = await setUp();
    const { signer: after } = await setUp();
    expect(await after.proveVrf(scope, alpha)).toEqual(await before.proveVrf(scope, alpha));
  });
});

describe('randomness-vrf K1: proof of possession', () => {
  it('is a VRF proof over label, chain and account', async () => {
    const { crypto, signer } = await setUp();
    const input = vrfPossessionAlpha(scope.chainId, signer.self);
    expect(bytesToHex(input)).toBe(`7672662f706f702f7631${'01'.repeat(32)}${signer.self}`);
    const { output, proof } = await signer.proveVrf(scope, input);
    const claim = { kind: 'vrf', actor: signer.self, publicKey: vrf.publicKey, alpha: input, output, proof } as const;
    expect(await crypto.verify(scope, [claim])).toEqual({ kind: 'valid' });
    const stolen = { ...claim, alpha: vrfPossessionAlpha(scope.chainId, keyPairFromSeed('thief').address) };
    expect(await crypto.verify(scope, [stolen])).toMatchObject({ code: 'VRF_INVALID' });
  });
});
