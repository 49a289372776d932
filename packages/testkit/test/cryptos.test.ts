import type { CryptoPort, SignerPort } from '@fiducia/consensus/ports';
import { createStubCrypto } from '@fiducia/simulator';
import { describe, expect, it } from 'vitest';
import { type CryptoSubject, type CryptoTrial, createCryptoChecks, isTestkitError } from '../src/index.ts';
import { sha256 } from '../src/inspect/hash.ts';
import { describeCrypto } from '../src/vitest.ts';

function createStub(): CryptoTrial {
  const crypto = createStubCrypto({ sha256 });
  return { crypto, signers: [crypto.createSigner('wind'), crypto.createSigner('solar')] };
}

describe('the stand-in cryptography of simulations meets contract section 7 and H-27', () => {
  describeCrypto({ name: 'stub', create: createStub });
});

/** The stand-in with one fault. */
function broken(name: string, spoil: (trial: CryptoTrial) => Partial<CryptoTrial>): CryptoSubject {
  return {
    name,
    create() {
      const trial = createStub();
      return { ...trial, ...spoil(trial) };
    },
  };
}

function withVerify(name: string, change: (crypto: CryptoPort) => CryptoPort['verify']): CryptoSubject {
  return broken(name, ({ crypto }) => ({ crypto: { ...crypto, verify: change(crypto) } }));
}

function withSigner(name: string, change: (signer: SignerPort) => Partial<SignerPort>): CryptoSubject {
  return broken(name, ({ signers: [first, second] }) => ({ signers: [{ ...bound(first), ...change(first) }, second] }));
}

function bound(signer: SignerPort): SignerPort {
  const { self, publicKey, vrfPublicKey } = signer;
  const sign: SignerPort['sign'] = (request) => signer.sign(request);
  return { self, publicKey, vrfPublicKey, sign, proveVrf: (scope, alpha) => signer.proveVrf(scope, alpha) };
}

const HERE = { chainId: new Uint8Array(32), era: 0, protocol: 'here@1' } as const;

const BROKEN: readonly CryptoSubject[] = [
  withVerify('that takes everything', () => async () => ({ kind: 'valid' })),
  withVerify('that takes nothing', () => async () => ({ kind: 'invalid', index: 0, code: 'NO' })),
  withVerify('that names the first claim, whichever is wrong', (crypto) => async (scope, claims) => {
    const result = await crypto.verify(scope, claims);
    return result.kind === 'valid' ? result : { ...result, index: 0 };
  }),
  withVerify('that rejects on junk', (crypto) => async (scope, claims) => {
    if (claims.some((claim) => 'signer' in claim && claim.signer === 'nobody')) throw new RangeError('no such signer');
    return crypto.verify(scope, claims);
  }),
  broken('whose signatures hold on every chain', ({ crypto, signers: [first, second] }) => ({
    crypto: {
      ...crypto,
      verify: (scope, claims) => crypto.verify({ ...scope, chainId: HERE.chainId }, claims),
    },
    signers: [
      {
        ...bound(first),
        sign: (request) => first.sign({ ...request, scope: { ...request.scope, chainId: HERE.chainId } }),
        proveVrf: (scope, alpha) => first.proveVrf({ ...scope, chainId: HERE.chainId }, alpha),
      },
      second,
    ],
  })),
  withSigner('without a guard', (signer) => ({ sign: ({ guard: _guard, ...request }) => signer.sign(request) })),
  withSigner('that guards sequences and no floors', (signer) => ({
    sign: ({ guard, ...request }) => {
      const { floors: _floors, ...place } = guard ?? { lane: 'none', sequence: [0] };
      return signer.sign({ ...request, ...(guard && { guard: place }) });
    },
  })),
  withSigner('with one lane for everything', (signer) => ({
    sign: ({ guard, ...request }) => signer.sign({ ...request, ...(guard && { guard: { ...guard, lane: 'all' } }) }),
  })),
  broken('with another hash', ({ crypto }) => ({ crypto: { ...crypto, sha256: (data) => sha256(sha256(data)) } })),
];

describe('the suite refuses a crypto port', () => {
  it.each(BROKEN)('$name', async (subject) => {
    const failures: unknown[] = [];
    for (const check of createCryptoChecks(subject))
      await check.run().catch((failure: unknown) => failures.push(failure));
    expect(failures.length).toBeGreaterThan(0);
    expect(
      failures.every((failure) => isTestkitError(failure, 'NOT_CONFORMANT') || failure instanceof RangeError),
    ).toBe(true);
  });
});
