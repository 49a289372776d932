import type { Bytes, Claim } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { describe, expect, it } from 'vitest';
import { withSharedResults } from '../src/index.ts';

const SCOPE: SigningScope = { chainId: new Uint8Array(32), era: 0, protocol: 'demo@1' };
const DATA = Uint8Array.of(1, 2, 3);

async function setUp() {
  const crypto = await createCrypto();
  const keyPair = keyPairFromSeed('alice');
  const signer = createMemorySigner({ keyPair, crypto, vrfSecretKey: keyPairFromSeed('vrf').secretKey });
  const { self: actor, vrfPublicKey } = signer;
  const signature: Extract<Claim, { kind: 'signature' }> = {
    kind: 'signature',
    signer: actor,
    domain: 'seal',
    data: DATA,
    signature: crypto.sign(keyPair, SCOPE, 'seal', DATA),
  };
  const evaluation = await signer.proveVrf(SCOPE, DATA);
  const vrf: Extract<Claim, { kind: 'vrf' }> = {
    kind: 'vrf',
    actor,
    publicKey: vrfPublicKey,
    alpha: DATA,
    ...evaluation,
  };
  let checked = 0;
  const counting: typeof crypto = {
    ...crypto,
    verify(scope, claims) {
      checked += claims.length;
      return crypto.verify(scope, claims);
    },
  };
  return { crypto, shared: withSharedResults(counting), signature, vrf, checked: () => checked };
}

const flipped = (bytes: Bytes): Bytes => bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte));

describe('cryptography that nodes share (simulation E5)', () => {
  it('checks what holds once', async () => {
    const { shared, signature, vrf, checked } = await setUp();
    for (let node = 0; node < 3; node++) {
      expect(await shared.verify(SCOPE, [signature, vrf])).toEqual({ kind: 'valid' });
    }
    expect(checked()).toBe(2);
  });

  it('answers like the port that it wraps, whatever is changed in a claim that held', async () => {
    const { crypto, shared, signature, vrf } = await setUp();
    await shared.verify(SCOPE, [signature, vrf]);
    const publicKey = signature.signature.subarray(0, 33);
    const claims: readonly Claim[] = [
      { ...signature, signer: keyPairFromSeed('bob').address },
      { ...signature, domain: 'message' },
      { ...signature, data: flipped(DATA) },
      { ...signature, signature: flipped(signature.signature) },
      { ...signature, signature: new Uint8Array() },
      { ...signature, publicKey },
      { ...signature, publicKey: vrf.publicKey },
      { ...signature, publicKey: new Uint8Array() },
      { ...vrf, actor: keyPairFromSeed('bob').address },
      { ...vrf, publicKey },
      { ...vrf, alpha: flipped(DATA) },
      { ...vrf, output: flipped(vrf.output) },
      { ...vrf, proof: flipped(vrf.proof) },
    ];
    for (const claim of claims) {
      expect(await shared.verify(SCOPE, [signature, claim, vrf])).toEqual(
        await crypto.verify(SCOPE, [signature, claim, vrf]),
      );
    }
    const scopes: readonly SigningScope[] = [
      { ...SCOPE, chainId: new Uint8Array(32).fill(1) },
      { ...SCOPE, era: 1 },
      { ...SCOPE, protocol: 'demo@2' },
    ];
    for (const scope of scopes) {
      expect(await shared.verify(scope, [signature])).toEqual({ kind: 'invalid', index: 0, code: 'SIGNATURE_INVALID' });
    }
  });
});
