import type { Claim } from '@fiducia/consensus';
import type { SigningScope } from '@fiducia/consensus/ports';
import { describe, expect, it } from 'vitest';
import { createStubCrypto } from '../src/index.ts';
import { sha256 } from './support/hash.ts';

const SCOPE: SigningScope = { chainId: new Uint8Array(32), era: 0, protocol: 'demo@1' };
const DATA = Uint8Array.of(1, 2, 3);
const crypto = createStubCrypto({ sha256 });

describe('simulation E5: stand-in cryptography binds', () => {
  const alice = crypto.identity('alice');
  const signature = alice.sign(SCOPE, 'seal', DATA);
  const claim = (changes: Partial<Extract<Claim, { kind: 'signature' }>> = {}): Claim => ({
    kind: 'signature',
    signer: alice.address,
    domain: 'seal',
    data: DATA,
    signature,
    ...changes,
  });

  it('accepts what the signer signed, with keys that depend on the name alone', async () => {
    expect(await crypto.verify(SCOPE, [claim(), claim()])).toEqual({ kind: 'valid' });
    expect(createStubCrypto({ sha256 }).identity('alice').address).toBe(alice.address);
    expect(alice.address).toMatch(/^[0-9a-f]{40}$/);
    expect(signature).toHaveLength(97);
  });

  it('rejects each flipped bit of the signature', async () => {
    for (let bit = 0; bit < signature.length * 8; bit++) {
      const forged = signature.slice();
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const result = await crypto.verify(SCOPE, [claim(), claim({ signature: forged })]);
      expect(result).toMatchObject({ kind: 'invalid', index: 1 });
    }
  });

  it.each<[string, Partial<SigningScope>, Partial<Extract<Claim, { kind: 'signature' }>>, string]>([
    ['other bytes', {}, { data: Uint8Array.of(1, 2, 4) }, 'SIGNATURE_INVALID'],
    ['another label', {}, { domain: 'message' }, 'SIGNATURE_INVALID'],
    ['another chain', { chainId: new Uint8Array(32).fill(1) }, {}, 'SIGNATURE_INVALID'],
    ['another era', { era: 1 }, {}, 'SIGNATURE_INVALID'],
    ['another protocol', { protocol: 'demo@2' }, {}, 'SIGNATURE_INVALID'],
    ['another signer', {}, { signer: crypto.identity('bob').address }, 'SIGNER_MISMATCH'],
    ['a cut signature', {}, { signature: signature.subarray(1) }, 'SIGNATURE_MALFORMED'],
  ])('rejects %s', async (_case, scope, changes, code) => {
    expect(await crypto.verify({ ...SCOPE, ...scope }, [claim(changes)])).toEqual({ kind: 'invalid', index: 0, code });
  });

  it('compares with what was checked, also if somebody changed those very bytes', async () => {
    const data = Uint8Array.of(4, 5);
    const own = alice.sign(SCOPE, 'seal', data);
    const scope = { ...SCOPE, chainId: SCOPE.chainId.slice() };
    const asked = claim({ data, signature: own });
    expect(await crypto.verify(scope, [asked])).toEqual({ kind: 'valid' });
    for (const bytes of [data, own, scope.chainId]) {
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      expect(await crypto.verify(scope, [asked])).toMatchObject({ kind: 'invalid' });
      bytes[0] ^= 1;
    }
    expect(await crypto.verify(scope, [asked])).toEqual({ kind: 'valid' });
  });

  it('knows no other claims and says so', async () => {
    const work: Claim = { kind: 'work', algorithm: 'sha256', data: DATA, nonce: DATA, target: 1n };
    expect(crypto.supports).toEqual(new Set(['signature', 'vrf']));
    expect(await crypto.verify(SCOPE, [work])).toMatchObject({ code: 'CLAIM_UNSUPPORTED' });
    const task = { algorithm: 'sha256', data: DATA, target: 1n, startNonce: 0n };
    await expect(crypto.mine(task, new AbortController().signal)).rejects.toThrow(/UNSUPPORTED/);
  });
});

describe('random function of the stand-in signer', () => {
  const setUp = async () => {
    const signer = crypto.createSigner('alice');
    const evaluation = await signer.proveVrf(SCOPE, DATA);
    const { self: actor, vrfPublicKey: publicKey } = signer;
    return { kind: 'vrf', actor, publicKey, alpha: DATA, ...evaluation } as const;
  };

  it('gives one output per key and input, whose proof holds', async () => {
    const vrf = await setUp();
    expect(vrf.proof).toHaveLength(81);
    expect(await setUp()).toEqual(vrf);
    expect(await crypto.verify(SCOPE, [vrf])).toEqual({ kind: 'valid' });
    const other = await crypto.createSigner('bob').proveVrf(SCOPE, DATA);
    expect(other.output).not.toEqual(vrf.output);
  });

  it('fails with the codes of the real one', async () => {
    const vrf = await setUp();
    const bob = crypto.createSigner('bob');
    const cases: [Partial<typeof vrf>, string, Partial<SigningScope>?][] = [
      [{ alpha: Uint8Array.of(9) }, 'VRF_INVALID'],
      [{ publicKey: bob.vrfPublicKey }, 'VRF_INVALID'],
      [{ proof: vrf.proof.subarray(1) }, 'VRF_INVALID'],
      [{}, 'VRF_INVALID', { era: 1 }],
      [{}, 'VRF_INVALID', { protocol: 'demo@2' }],
      [{}, 'VRF_INVALID', { chainId: new Uint8Array(32).fill(1) }],
      [{ output: DATA }, 'VRF_OUTPUT_MISMATCH'],
      [{ publicKey: DATA }, 'VRF_MALFORMED'],
      [{ publicKey: crypto.identity('alice').publicKey }, 'VRF_KEY_REUSED'],
    ];
    for (const [changes, code, place] of cases) {
      expect(await crypto.verify({ ...SCOPE, ...place }, [{ ...vrf, ...changes }]), code).toMatchObject({ code });
    }
  });
});

describe('contract H-27: guard of the stand-in signer', () => {
  const request = (data: number, sequence: readonly number[], floors: Record<string, number> = {}, era = 0) => ({
    scope: { ...SCOPE, era },
    domain: 'message',
    data: Uint8Array.of(data),
    guard: { lane: 'vote', sequence, floors },
  });

  it('signs rising sequences, repeats equal bytes and returns the recorded bytes on conflict', async () => {
    const signer = crypto.createSigner('alice');
    const first = await signer.sign(request(1, [5]));
    expect(first.kind).toBe('signed');
    expect(await signer.sign(request(1, [5, 0]))).toEqual(first);
    expect(await signer.sign(request(2, [5]))).toMatchObject({ kind: 'conflict', data: Uint8Array.of(1) });
    expect(await signer.sign(request(2, [4]))).toEqual({ kind: 'refused', code: 'STALE' });
    expect(await signer.sign(request(2, [5, 1]))).toMatchObject({ kind: 'signed' });
    expect(await signer.sign(request(9, [1], {}, 1))).toMatchObject({ kind: 'signed' });
  });

  it('never lets a floor fall', async () => {
    const signer = crypto.createSigner('alice');
    await signer.sign(request(1, [1], { source: 3 }));
    expect(await signer.sign(request(2, [2], { source: 2 }))).toEqual({ kind: 'refused', code: 'FLOOR' });
    expect(await signer.sign(request(3, [3]))).toMatchObject({ kind: 'signed' });
    expect(await signer.sign(request(4, [4], { source: 2 }))).toEqual({ kind: 'refused', code: 'FLOOR' });
    expect(await signer.sign(request(5, [5], { source: 3 }))).toMatchObject({ kind: 'signed' });
  });

  it('signs anything without a guard, which is what an adversary asks for', async () => {
    const signer = crypto.createSigner('alice');
    for (const value of [1, 2]) {
      const result = await signer.sign({ scope: SCOPE, domain: 'seal', data: Uint8Array.of(value) });
      expect(result.kind).toBe('signed');
    }
  });
});
