import { bytesToHex } from '@ethereumjs/util';
import type { Claim, Guard } from '@fiducia/consensus';
import type { CryptoPort, SigningScope } from '@fiducia/consensus/ports';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAddressCrypto, createAddressSigner, type GuardRecord, isAdapterError } from '../src/index.ts';

const scope: SigningScope = { chainId: new Uint8Array(32).fill(1), era: 0, protocol: 'dt-dpos@1' };
const secretKey = new Uint8Array(32).fill(7);
const data = new Uint8Array([1, 2, 3]);
const crypto = createAddressCrypto();

async function signedClaim(): Promise<Extract<Claim, { kind: 'signature' }>> {
  const signer = createAddressSigner({ secretKey });
  const result = await signer.sign({ scope, domain: 'seal', data });
  if (result.kind !== 'signed') throw new Error(result.kind);
  return { kind: 'signature', signer: signer.self, domain: 'seal', data, signature: result.signature };
}

describe('signatures under addresses', () => {
  it('hold for their signer, place and data, and are 65 bytes', async () => {
    const claim = await signedClaim();
    expect(claim.signer).toMatch(/^0x[0-9a-f]{40}$/);
    expect(claim.signature).toHaveLength(65);
    expect(await crypto.verify(scope, [claim, claim])).toEqual({ kind: 'valid' });
  });

  it.each<[string, (claim: Extract<Claim, { kind: 'signature' }>) => [SigningScope, Claim]]>([
    ['another signer', (claim) => [scope, { ...claim, signer: `0x${'11'.repeat(20)}` }]],
    ['a signer in capitals', (claim) => [scope, { ...claim, signer: claim.signer.toUpperCase() }]],
    ['another label', (claim) => [scope, { ...claim, domain: 'message' }]],
    ['other data', (claim) => [scope, { ...claim, data: new Uint8Array([1, 2]) }]],
    ['another chain', (claim) => [{ ...scope, chainId: new Uint8Array(32) }, claim]],
    ['another protocol', (claim) => [{ ...scope, protocol: 'dt-dpos@2' }, claim]],
    ['another era', (claim) => [{ ...scope, era: 1 }, claim]],
  ])('do not hold for %s', async (_name, change) => {
    const [place, changed] = change(await signedClaim());
    const valid = await signedClaim();
    const claims = place === scope ? [valid, changed] : [changed];
    expect(await crypto.verify(place, claims)).toEqual({
      kind: 'invalid',
      index: claims.length - 1,
      code: 'SIGNATURE_INVALID',
    });
  });

  it('have one form: the other half of the curve and other recovery bits are refused', async () => {
    const claim = await signedClaim();
    const codeOf = async (signature: Uint8Array) => {
      const result = await crypto.verify(scope, [{ ...claim, signature }]);
      return result.kind === 'invalid' ? result.code : 'valid';
    };
    const { r, s } = secp256k1.Signature.fromBytes(claim.signature.subarray(0, 64));
    const high = new secp256k1.Signature(r, secp256k1.Point.Fn.ORDER - s).toBytes('compact');
    const recovery = claim.signature[64] ?? 0;
    expect(await codeOf(Uint8Array.from([...high, recovery ^ 1]))).toBe('SIGNATURE_HIGH_S');
    expect(await codeOf(Uint8Array.from([...claim.signature.subarray(0, 64), recovery ^ 1]))).toBe('SIGNATURE_INVALID');
    expect(await codeOf(Uint8Array.from([...claim.signature.subarray(0, 64), recovery + 27]))).toBe('SIGNATURE_LENGTH');
    expect(await codeOf(claim.signature.subarray(0, 64))).toBe('SIGNATURE_LENGTH');
    expect(await codeOf(new Uint8Array(65))).toBe('SIGNATURE_INVALID');
    expect(await codeOf(new Uint8Array(65).fill(255, 0, 64))).toBe('SIGNATURE_INVALID');
  });

  it('never make the port throw', async () => {
    const claim = await signedClaim();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 60, maxLength: 70 }), async (signature) => {
        expect((await crypto.verify(scope, [{ ...claim, signature }])).kind).toBe('invalid');
      }),
      { numRuns: 50 },
    );
  });

  it('leave other claims to another port', async () => {
    const work: Claim = { kind: 'work', algorithm: 'sha256', data, nonce: data, target: 1n };
    expect(await crypto.verify(scope, [work])).toEqual({ kind: 'invalid', index: 0, code: 'CLAIM_UNSUPPORTED' });
    const others: CryptoPort = {
      ...crypto,
      supports: new Set(['work']),
      verify: async (_scope, [claim]) =>
        claim === work ? { kind: 'valid' } : { kind: 'invalid', index: 0, code: 'WORK_INVALID' },
      mine: async () => data,
    };
    const both = createAddressCrypto({ others });
    expect([...both.supports]).toEqual(['signature', 'work']);
    expect(await both.verify(scope, [await signedClaim(), work])).toEqual({ kind: 'valid' });
    expect(await both.verify(scope, [await signedClaim(), { ...work }])).toMatchObject({
      index: 1,
      code: 'WORK_INVALID',
    });
    const task = { algorithm: 'sha256', data, target: 1n, startNonce: 0n };
    expect(await both.mine(task, new AbortController().signal)).toBe(data);
    expect(await crypto.mine(task, new AbortController().signal)).toBeNull();
  });
});

describe('the guard of a signer (contract H-27)', () => {
  const request = (sequence: readonly number[], bytes = data, floors?: Guard['floors']) => ({
    ...{ scope, domain: 'seal', data: bytes },
    guard: { lane: 'seal', sequence, ...(floors && { floors }) },
  });

  it('signs what is higher, repeats what is equal, and refuses the rest', async () => {
    const signer = createAddressSigner({ secretKey });
    const first = await signer.sign(request([5], data, { source: 3 }));
    expect(first.kind).toBe('signed');
    expect(await signer.sign(request([5]))).toEqual(first);
    const other = new Uint8Array([9]);
    expect(await signer.sign(request([5], other))).toEqual({ ...first, kind: 'conflict', data });
    expect(await signer.sign(request([4, 9]))).toEqual({ kind: 'refused', code: 'STALE' });
    expect(await signer.sign(request([6], other, { source: 2 }))).toEqual({ kind: 'refused', code: 'FLOOR' });
    expect((await signer.sign(request([6], other, { source: 3 }))).kind).toBe('signed');
    expect((await signer.sign({ ...request([1]), scope: { ...scope, era: 1 } })).kind).toBe('signed');
  });

  it('answers requests that come at once one after the other', async () => {
    const signer = createAddressSigner({ secretKey });
    const answers = await Promise.all([1, 2].map((byte) => signer.sign(request([7], new Uint8Array([byte])))));
    expect(answers.map(({ kind }) => kind)).toEqual(['signed', 'conflict']);
  });

  it('signs nothing on a chain above genesis of which it has no records, until an operator allows it', async () => {
    const disabled = { kind: 'refused', code: 'DISABLED' };
    const kept = new Map<string, GuardRecord>();
    const records = {
      read: async (lane: string) => kept.get(lane),
      write: async (lane: string, record: GuardRecord) => void kept.set(lane, record),
    };
    const lost = createAddressSigner({ secretKey, records, headHeight: 9 });
    expect(await lost.sign(request([5]))).toEqual(disabled);
    expect(await lost.sign({ scope, domain: 'seal', data })).toEqual(disabled);
    const opened = createAddressSigner({ secretKey, records, headHeight: 9, isOpened: true });
    expect((await opened.sign(request([5]))).kind).toBe('signed');
    // With records every lane of the chain may be used, those of a later era included.
    const again = createAddressSigner({ secretKey, records, headHeight: 10 });
    expect((await again.sign({ ...request([1]), scope: { ...scope, era: 1 } })).kind).toBe('signed');
    expect((await again.sign({ scope, domain: 'seal', data })).kind).toBe('signed');
    const elsewhere = { ...scope, chainId: new Uint8Array(32).fill(9) };
    expect(await again.sign({ ...request([5]), scope: elsewhere })).toEqual(disabled);
  });

  it('remembers across a restart, and gives no signature that was not recorded', async () => {
    const kept = new Map<string, GuardRecord>();
    let isFull = false;
    const records = {
      read: async (lane: string) => kept.get(lane),
      async write(lane: string, record: GuardRecord) {
        if (isFull) throw new Error('disk full');
        kept.set(lane, record);
      },
    };
    await createAddressSigner({ secretKey, records }).sign(request([5]));
    const restarted = createAddressSigner({ secretKey, records });
    expect((await restarted.sign(request([5], new Uint8Array([9])))).kind).toBe('conflict');
    isFull = true;
    await expect(restarted.sign(request([6]))).rejects.toThrow('disk full');
    isFull = false;
    expect((await restarted.sign(request([6]))).kind).toBe('signed');
  });
});

it('a signer goes on when the copy of its key that it was made from is wiped', async () => {
  const copy = secretKey.slice();
  const signer = createAddressSigner({ secretKey: copy });
  const before = await signer.sign({ scope, domain: 'seal', data });
  copy.fill(0);
  expect(await signer.sign({ scope, domain: 'seal', data })).toEqual(before);
});

it('a signer is an account, and nothing else is a key', async () => {
  const signer = createAddressSigner({ secretKey: new Uint8Array(32).fill(0x46) });
  // The key of the example in EIP-155.
  expect(signer.self).toBe('0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f');
  expect(bytesToHex(signer.publicKey)).toMatch(/^0x04/);
  for (const wrong of [new Uint8Array(32), new Uint8Array(31).fill(1), new Uint8Array(32).fill(255)]) {
    expect(() => createAddressSigner({ secretKey: wrong })).toThrow(
      expect.toSatisfy((error: unknown) => isAdapterError(error, 'KEY_INVALID')),
    );
  }
  await expect(signer.proveVrf(scope, data)).rejects.toThrow('EFFECT_UNSUPPORTED');
});
