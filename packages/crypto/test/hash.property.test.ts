import { sha256 as portable } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadPlatformSha256 } from '../src/hash.ts';
import { createCrypto, keyPairFromSeed, signingHash } from '../src/index.ts';
import { ScopeHashes } from '../src/scope.ts';

/** FIPS 180-2, appendix B.1 and B.2, and the hash of nothing. */
const VECTORS = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
] as const;

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('SHA-256', () => {
  it.each(VECTORS)('of %j is the published one on the platform and portably', async (text, digest) => {
    const platform = loadPlatformSha256();
    if (platform === undefined) return expect.unreachable();
    const port = await createCrypto({ backend: 'noble' });
    for (const hash of [platform, portable, port.sha256]) {
      expect(bytesToHex(hash(utf8ToBytes(text)))).toBe(digest);
    }
  });

  it('is the same on the platform and portably, for parts of larger arrays too', () => {
    const platform = loadPlatformSha256() ?? expect.unreachable();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (data, start) => {
        const part = data.subarray(Math.min(start, data.length));
        expect(platform(part)).toEqual(portable(part));
      }),
    );
  });

  it.each([
    ['is absent', {}],
    ['has no hash function', { getBuiltinModule: () => ({}) }],
    ['answers wrongly', { getBuiltinModule: () => ({ hash: () => '\0'.repeat(32) }) }],
    [
      'throws',
      {
        getBuiltinModule: () => {
          throw new Error('not here');
        },
      },
    ],
  ])('is portable where the module of the platform %s', async (_name, process) => {
    vi.stubGlobal('process', process);
    expect(loadPlatformSha256()).toBeUndefined();
    expect((await createCrypto()).sha256).toBe(portable);
  });

  it('is portable whenever the portable library is demanded', async () => {
    expect((await createCrypto({ backend: 'noble' })).sha256).toBe(portable);
  });
});

describe('remembered scope hashes', () => {
  const scope = { chainId: new Uint8Array(32).fill(7), era: 3, protocol: 'demo@1' } as const;
  const keyPair = keyPairFromSeed('scopes');
  const data = utf8ToBytes('data');

  it('tell apart all that the scope tells apart', async () => {
    const crypto = await createCrypto();
    const places = [
      { scope, domain: 'seal' },
      { scope, domain: 'seals' },
      { scope: { ...scope, era: 31 }, domain: 'seal' },
      { scope: { ...scope, protocol: 'demo@12' }, domain: 'seal' },
      { scope: { ...scope, chainId: new Uint8Array(32) }, domain: 'seal' },
    ] as const;
    const signatures = places.map((place) => crypto.sign(keyPair, place.scope, place.domain, data));
    for (const [index, signature] of signatures.entries()) {
      for (const [other, place] of places.entries()) {
        const code = crypto.verifySignature(place.scope, place.domain, data, keyPair.address, signature);
        expect(code).toBe(index === other ? null : 'SIGNATURE_INVALID');
      }
    }
  });

  it('follow a chain id that changes in place', () => {
    const hashes = new ScopeHashes(portable);
    const chainId = new Uint8Array(32);
    const before = hashes.of({ ...scope, chainId }, 'seal');
    chainId[0] = 1;
    expect(hashes.of({ ...scope, chainId }, 'seal')).not.toEqual(before);
  });

  it('stay right after more scopes than are remembered', () => {
    const hashes = new ScopeHashes(portable);
    for (let round = 0; round < 2; round++) {
      for (let era = 0; era < 200; era++) {
        const input = new Uint8Array([...hashes.of({ ...scope, era }, 'seal'), ...data]);
        expect(portable(input)).toEqual(signingHash({ ...scope, era }, 'seal', data));
      }
    }
  });
});
