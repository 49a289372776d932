import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import {
  addressOf,
  type Crypto,
  createCrypto,
  generateKeyPair,
  isCryptoError,
  keyPairFromSeed,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  signingHash,
} from '../src/index.ts';
import { withHighS, withScalar } from './support/mutation.ts';

const scope = { chainId: new Uint8Array(32).fill(7), era: 0, protocol: 'demo@1' } as const;
const data = new TextEncoder().encode('block 1');
const alice = keyPairFromSeed('alice');
const bob = keyPairFromSeed('bob');

describe.each(['native', 'noble'] as const)('a signature checked by %s', (backend) => {
  const setUp = async () => {
    const crypto = await createCrypto({ backend });
    const signature = crypto.sign(alice, scope, 'seal', data);
    const judge = (changed: Uint8Array, signer = alice.address) =>
      crypto.verifySignature(scope, 'seal', data, signer, changed);
    return { crypto, signature, judge };
  };

  it('is 97 bytes that start with the key', async () => {
    const { crypto, signature } = await setUp();
    expect(crypto.backend).toBe(backend);
    expect(signature).toHaveLength(SIGNATURE_BYTES);
    expect(signature.subarray(0, PUBLIC_KEY_BYTES)).toEqual(alice.publicKey);
  });

  it('is valid in its own scope and nowhere else', async () => {
    const { crypto, signature, judge } = await setUp();
    const inScope = (change: object, domain = 'seal') =>
      crypto.verifySignature({ ...scope, ...change }, domain, data, alice.address, signature);
    expect(judge(signature)).toBeNull();
    expect(inScope({}, 'message')).toBe('SIGNATURE_INVALID');
    expect(inScope({ era: 1 })).toBe('SIGNATURE_INVALID');
    expect(inScope({ protocol: 'demo@2' })).toBe('SIGNATURE_INVALID');
    expect(inScope({ chainId: new Uint8Array(32) })).toBe('SIGNATURE_INVALID');
    expect(crypto.verifySignature(scope, 'seal', data.subarray(1), alice.address, signature)).toBe('SIGNATURE_INVALID');
  });

  it('belongs to the address of its key only', async () => {
    const { judge, signature } = await setUp();
    expect(judge(signature, bob.address)).toBe('SIGNER_MISMATCH');
    expect(judge(signature, alice.address.toUpperCase())).toBe('SIGNER_MISMATCH');
    const withForeignKey = concatBytes(bob.publicKey, signature.subarray(PUBLIC_KEY_BYTES));
    expect(judge(withForeignKey)).toBe('SIGNER_MISMATCH');
    expect(judge(withForeignKey, bob.address)).toBe('SIGNATURE_INVALID');
  });

  it('is refused with SIGNATURE_HIGH_S when s is replaced by the order minus s', async () => {
    const { judge, signature } = await setUp();
    expect(judge(withHighS(signature))).toBe('SIGNATURE_HIGH_S');
  });

  it('has a low s up to half the order, that half included', async () => {
    const { judge, signature } = await setUp();
    const half = hexToBytes('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0');
    const withS = (s: Uint8Array) => concatBytes(signature.subarray(0, SIGNATURE_BYTES - s.length), s);
    expect(judge(withS(half))).toBe('SIGNATURE_INVALID');
    expect(judge(withS(half.with(31, 0xa1)))).toBe('SIGNATURE_HIGH_S');
  });

  it.each([
    ['empty', () => new Uint8Array()],
    ['one byte short', (signature: Uint8Array) => signature.subarray(1)],
    ['one byte long', (signature: Uint8Array) => concatBytes(signature, new Uint8Array(1))],
    ['with an uncompressed-key prefix', (signature: Uint8Array) => Uint8Array.from(signature).fill(4, 0, 1)],
    ['with r = 0', (signature: Uint8Array) => withScalar(signature, 'r', 'zero')],
    ['with s = 0', (signature: Uint8Array) => withScalar(signature, 's', 'zero')],
    ['with r = order', (signature: Uint8Array) => withScalar(signature, 'r', 'order')],
    ['with s = order', (signature: Uint8Array) => withScalar(signature, 's', 'order')],
  ])('is malformed when %s', async (_name, change) => {
    const { judge, signature } = await setUp();
    expect(judge(change(signature))).toBe('SIGNATURE_MALFORMED');
  });

  it('is invalid, not an error, when its key is no point of the curve', async () => {
    const { crypto, signature } = await setUp();
    // x = 5 has no y on secp256k1.
    const key = Uint8Array.from({ length: PUBLIC_KEY_BYTES }, (_, index) => [2, 5][index === 0 ? 0 : 1] ?? 0).fill(
      0,
      1,
      32,
    );
    const forged = concatBytes(key, signature.subarray(PUBLIC_KEY_BYTES));
    expect(crypto.verifySignature(scope, 'seal', data, addressOf(key), forged)).toBe('SIGNATURE_INVALID');
  });
});

describe('a batch of claims', () => {
  const claimOf = (crypto: Crypto, index: number) => {
    const bytes = Uint8Array.of(index);
    const signature = crypto.sign(alice, scope, 'seal', bytes);
    return { kind: 'signature', signer: alice.address, domain: 'seal', data: bytes, signature } as const;
  };

  it('is valid when every claim is, and when there is none', async () => {
    const crypto = await createCrypto();
    expect(await crypto.verify(scope, [])).toEqual({ kind: 'valid' });
    expect(await crypto.verify(scope, [claimOf(crypto, 0), claimOf(crypto, 1)])).toEqual({ kind: 'valid' });
  });

  it('names the first claim that does not hold, and why', async () => {
    const crypto = await createCrypto();
    const highS = { ...claimOf(crypto, 1), signature: withHighS(claimOf(crypto, 1).signature) };
    const foreign = { ...claimOf(crypto, 2), signer: bob.address };
    expect(await crypto.verify(scope, [claimOf(crypto, 0), highS, foreign])).toEqual({
      kind: 'invalid',
      index: 1,
      code: 'SIGNATURE_HIGH_S',
    });
    expect(await crypto.verify(scope, [foreign, highS])).toEqual({
      kind: 'invalid',
      index: 0,
      code: 'SIGNER_MISMATCH',
    });
  });

  it('keeps the labels of its claims apart', async () => {
    const crypto = await createCrypto();
    const relabelled = { ...claimOf(crypto, 1), domain: 'message' };
    expect(await crypto.verify(scope, [claimOf(crypto, 1), relabelled])).toMatchObject({
      index: 1,
      code: 'SIGNATURE_INVALID',
    });
  });

  it('holds a claim with a key to that key', async () => {
    const crypto = await createCrypto();
    expect(await crypto.verify(scope, [{ ...claimOf(crypto, 0), publicKey: alice.publicKey }])).toEqual({
      kind: 'valid',
    });
    expect(await crypto.verify(scope, [{ ...claimOf(crypto, 0), publicKey: bob.publicKey }])).toMatchObject({
      code: 'SIGNER_MISMATCH',
    });
  });

  it('refuses kinds of claims that it does not list', async () => {
    const crypto = await createCrypto();
    expect([...crypto.supports].sort()).toEqual(['signature', 'vrf', 'work']);
    const claim = { kind: 'custom', id: 'demo', data } as const;
    expect(await crypto.verify(scope, [claim])).toMatchObject({ code: 'CLAIM_UNSUPPORTED' });
  });
});

describe('what is signed', () => {
  it('is the hash of scope and data as contract.md section 7 lays it out', async () => {
    const { sha256 } = await createCrypto();
    const text = (value: string) => new TextEncoder().encode(value);
    const place = sha256(
      concatBytes(
        text('fiducia/1'),
        new Uint8Array(32).fill(7),
        Uint8Array.of(0, 0, 1, 2),
        Uint8Array.of(0, 0, 0, 6),
        text('demo@1'),
        Uint8Array.of(0, 0, 0, 4),
        text('seal'),
      ),
    );
    expect(signingHash({ ...scope, era: 258 }, 'seal', data)).toEqual(sha256(concatBytes(place, data)));
  });

  it.each([
    ['a chain id of 31 bytes', { chainId: new Uint8Array(31) }],
    ['a negative era', { era: -1 }],
    ['an era of 2^32', { era: 2 ** 32 }],
    ['a fractional era', { era: 0.5 }],
  ])('refuses %s', (_name, change) => {
    expect(() => signingHash({ ...scope, ...change }, 'seal', data)).toThrow(
      expect.toSatisfy((error: unknown) => isCryptoError(error, 'SCOPE_INVALID')),
    );
  });
});

it('gives every generated key pair its own address', () => {
  const pairs = Array.from({ length: 8 }, generateKeyPair);
  expect(new Set(pairs.map(({ address }) => address)).size).toBe(8);
  for (const { address, publicKey } of pairs) expect(address).toBe(addressOf(publicKey));
});
