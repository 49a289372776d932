import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CurveBackend } from '../src/backend/backend.ts';
import { loadNativeBackend } from '../src/backend/native.ts';
import { createNobleBackend } from '../src/backend/noble.ts';
import {
  addressOf,
  type Crypto,
  createCrypto,
  createKeyPair,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
} from '../src/index.ts';
import { bytesOf, ORDER, SCALARS, withHighS, withScalar } from './support/mutation.ts';

const RUNS = { numRuns: 200 };
const scope = { chainId: new Uint8Array(32), era: 3, protocol: 'demo@1' } as const;

const keyPairs = fc.bigInt({ min: 1n, max: ORDER - 1n }).map((secret) => createKeyPair(bytesOf(secret)));
const hashes = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.constantFrom(...Object.values(SCALARS)).map((value) => bytesOf(value)),
);
const scalarNames = fc.constantFrom(...(Object.keys(SCALARS) as (keyof typeof SCALARS)[]));

/** Ways to spoil a signature; several of them keep its form, so that the curve arithmetic has to find out. */
const mutations: fc.Arbitrary<(signature: Uint8Array) => Uint8Array> = fc.oneof(
  fc.constant((signature: Uint8Array) => signature),
  fc.constant(withHighS),
  fc.tuple(fc.constantFrom('r' as const, 's' as const), scalarNames).map(
    ([which, value]) =>
      (signature: Uint8Array) =>
        withScalar(signature, which, value),
  ),
  fc.nat(SIGNATURE_BYTES * 8 - 1).map((bit) => (signature: Uint8Array) => {
    const changed = Uint8Array.from(signature);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return changed;
  }),
  fc.nat(SIGNATURE_BYTES).map((length) => (signature: Uint8Array) => signature.subarray(0, length)),
  fc.uint8Array({ minLength: SIGNATURE_BYTES, maxLength: SIGNATURE_BYTES }).map((random) => () => random),
);

const vrfInputs = fc.uint8Array({ maxLength: 80 });
/** Ways to spoil a proof, also with numbers that one library could treat in a way of its own. */
type VrfMutation = (proof: Uint8Array, other: Uint8Array) => Uint8Array;
const vrfMutations = fc.oneof(
  fc.constant<VrfMutation>((proof) => proof),
  // Point, challenge or scalar of another proof, or a number at an edge in the place of the last two.
  fc.constantFrom([0, 33] as const, [33, 49] as const, [49, 81] as const).map(
    ([from, to]): VrfMutation =>
      (proof, other) => {
        const changed = Uint8Array.from(proof);
        changed.set(other.subarray(from, to), from);
        return changed;
      },
  ),
  fc.constantFrom(0n, 1n, 2n ** 128n - 1n).map(
    (value): VrfMutation =>
      (proof) => {
        const changed = Uint8Array.from(proof);
        changed.set(bytesOf(value).subarray(16), 33);
        return changed;
      },
  ),
  fc.constantFrom(0n, 1n, ORDER - 1n, ORDER, 2n ** 256n - 1n).map(
    (value): VrfMutation =>
      (proof) => {
        const changed = Uint8Array.from(proof);
        changed.set(bytesOf(value), 49);
        return changed;
      },
  ),
  fc.nat(81 * 8 - 1).map(
    (bit): VrfMutation =>
      (proof) => {
        const changed = Uint8Array.from(proof);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return changed;
      },
  ),
  fc.nat(81).map(
    (length): VrfMutation =>
      (proof) =>
        proof.subarray(0, length),
  ),
);

describe('the two backends agree', () => {
  let native: CurveBackend;
  let noble: CurveBackend;
  let cryptoNative: Crypto;
  let cryptoNoble: Crypto;

  beforeAll(async () => {
    const loaded = await loadNativeBackend();
    if (!('verify' in loaded)) throw new Error(`no native library to compare with: ${loaded.reason}`);
    native = loaded;
    noble = createNobleBackend();
    cryptoNative = await createCrypto({ backend: 'native' });
    cryptoNoble = await createCrypto({ backend: 'noble' });
  });

  it('on the bytes of every signature, also where the hash is not below the group order', () => {
    fc.assert(
      fc.property(keyPairs, hashes, (keyPair, hash) => {
        expect(native.sign(hash, keyPair.secretKey)).toEqual(noble.sign(hash, keyPair.secretKey));
      }),
      RUNS,
    );
  });

  it('on the verdict over every signature, sound, spoilt or random', () => {
    const codes = new Set<string | null>();
    fc.assert(
      fc.property(
        keyPairs,
        fc.uint8Array({ maxLength: 80 }),
        mutations,
        fc.boolean(),
        (keyPair, data, mutate, adopt) => {
          const signature = mutate(cryptoNative.sign(keyPair, scope, 'seal', data));
          // A forger names the address of whatever key stands in the signature.
          const isWhole = signature.length === SIGNATURE_BYTES;
          const signer = adopt && isWhole ? addressOf(signature.subarray(0, PUBLIC_KEY_BYTES)) : keyPair.address;
          const verdict = cryptoNative.verifySignature(scope, 'seal', data, signer, signature);
          expect(cryptoNoble.verifySignature(scope, 'seal', data, signer, signature)).toBe(verdict);
          codes.add(verdict);
        },
      ),
      RUNS,
    );
    // The comparison means nothing unless the cases reach every verdict.
    expect([...codes].map(String).sort()).toEqual([
      'SIGNATURE_HIGH_S',
      'SIGNATURE_INVALID',
      'SIGNATURE_MALFORMED',
      'SIGNER_MISMATCH',
      'null',
    ]);
  });

  it('on the output and every byte of the proof of the verifiable function (randomness-vrf E2, E4)', () => {
    fc.assert(
      fc.property(keyPairs, vrfInputs, ({ secretKey }, input) => {
        expect(native.vrf.prove(secretKey, input)).toEqual(noble.vrf.prove(secretKey, input));
      }),
      { numRuns: 20 },
    );
  });

  it('on which proofs hold, sound or spoilt (randomness-vrf E3)', () => {
    const verdicts = new Set<boolean>();
    fc.assert(
      fc.property(keyPairs, vrfInputs, vrfInputs, vrfMutations, (keyPair, input, otherInput, mutate) => {
        const [sound, other] = [input, otherInput].map((data) => native.vrf.prove(keyPair.secretKey, data).proof);
        const proof = mutate(sound as Uint8Array, other as Uint8Array);
        const verdict = native.vrf.verify(keyPair.publicKey, input, proof);
        expect(noble.vrf.verify(keyPair.publicKey, input, proof)).toEqual(verdict);
        verdicts.add(verdict === null);
      }),
      { numRuns: 100 },
    );
    expect(verdicts.size).toBe(2);
  });

  it('on proofs whose commitments meet at the identity, which has no encoding (randomness-vrf E3)', () => {
    const one = createKeyPair(bytesOf(1n));
    // With secret 1 the product of key and challenge is that of generator and challenge.
    const { proof } = native.vrf.prove(one.secretKey, new Uint8Array());
    const degenerate = Uint8Array.from(proof);
    degenerate.set(bytesOf(BigInt(`0x${Buffer.from(proof.subarray(33, 49)).toString('hex')}`)), 49);
    for (const { vrf } of [native, noble]) expect(vrf.verify(one.publicKey, new Uint8Array(), degenerate)).toBeNull();
    const zeros = Uint8Array.from(proof).fill(0, 33);
    for (const { vrf } of [native, noble]) expect(vrf.verify(one.publicKey, new Uint8Array(), zeros)).toBeNull();
  });

  it('on which keys are points of the curve', () => {
    const candidates = fc.tuple(fc.constantFrom(2, 3), fc.uint8Array({ minLength: 32, maxLength: 32 }));
    fc.assert(
      fc.property(candidates, hashes, keyPairs, ([prefix, x], hash, keyPair) => {
        const key = Uint8Array.of(prefix, ...x);
        const compact = native.sign(hash, keyPair.secretKey);
        expect(native.verify(compact, hash, key)).toBe(noble.verify(compact, hash, key));
      }),
      RUNS,
    );
  });
});
