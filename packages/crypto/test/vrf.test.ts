import { existsSync, readFileSync } from 'node:fs';
import { p256 } from '@noble/curves/nist.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CurveBackend } from '../src/backend/backend.ts';
import { loadNativeBackend } from '../src/backend/native.ts';
import { createKeyPair, VRF_OUTPUT_BYTES, VRF_PROOF_BYTES } from '../src/index.ts';
import { encodeToCurve, proveEcvrf, verifyEcvrf } from '../src/vrf/ecvrf.ts';
import { computeNonce } from '../src/vrf/nonce.ts';
import { SECP256K1_TAI, type VrfPoint, type VrfSuite } from '../src/vrf/suite.ts';
import { bytesOf, ORDER } from './support/mutation.ts';

/** Third-party cases; their licence keeps them outside this repository. */
const FILE = new URL('../../../../shared/vectors/ecvrf.json', import.meta.url);

const P256_TAI: VrfSuite<InstanceType<typeof p256.Point>> = { suiteByte: 0x01, curve: p256.Point };

interface Accepted {
  readonly name: string;
  readonly sk: string;
  readonly pk: string;
  readonly alpha: string;
  readonly h: string;
  readonly pi: string;
  readonly beta: string;
}

interface Vectors {
  readonly p256: { readonly vectors: readonly Accepted[] };
  readonly secp256k1: {
    readonly vectors: readonly Accepted[];
    readonly reject: {
      readonly vectors: readonly {
        readonly name: string;
        readonly pk: string;
        readonly alpha: string;
        readonly pi: string;
      }[];
    };
  };
}

/** RFC 9381, appendix B.1. */
const RFC_EXAMPLES: readonly Accepted[] = [
  {
    name: 'Example 10',
    sk: 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
    pk: '0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6',
    alpha: '73616d706c65',
    h: '0272a877532e9ac193aff4401234266f59900a4a9e3fc3cfc6a4b7e467a15d06d4',
    pi: '035b5c726e8c0e2c488a107c600578ee75cb702343c153cb1eb8dec77f4b5071b4a53f0a46f018bc2c56e58d383f2305e0975972c26feea0eb122fe7893c15af376b33edf7de17c6ea056d4d82de6bc02f',
    beta: 'a3ad7b0ef73d8fc6655053ea22f9bede8c743f08bbed3d38821f0e16474b505e',
  },
  {
    name: 'Example 11',
    sk: 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
    pk: '0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6',
    alpha: '74657374',
    h: '02173119b4fff5e6f8afed4868a29fe8920f1b54c2cf89cc7b301d0d473de6b974',
    pi: '034dac60aba508ba0c01aa9be80377ebd7562c4a52d74722e0abae7dc3080ddb56c19e067b15a8a8174905b13617804534214f935b94c2287f797e393eb0816969d864f37625b443f30f1a5a33f2b3c854',
    beta: 'a284f94ceec2ff4b3794629da7cbafa49121972671b466cab4ce170aa365f26d',
  },
  {
    name: 'Example 12',
    sk: '2ca1411a41b17b24cc8c3b089cfd033f1920202a6c0de8abb97df1498d50d2c8',
    pk: '03596375e6ce57e0f20294fc46bdfcfd19a39f8161b58695b3ec5b3d16427c274d',
    alpha:
      '4578616d706c65207573696e67204543445341206b65792066726f6d20417070656e646978204c2e342e32206f6620414e53492e58392d36322d32303035',
    h: '0258055c26c4b01d01c00fb57567955f7d39cd6f6e85fd37c58f696cc6b7aa761d',
    pi: '03d03398bf53aa23831d7d1b2937e005fb0062cbefa06796579f2a1fc7e7b8c667d091c00b0f5c3619d10ecea44363b5a599cadc5b2957e223fec62e81f7b4825fc799a771a3d7334b9186bdbee87316b1',
    beta: '90871e06da5caa39a3c61578ebb844de8635e27ac0b13e829997d0d95dd98c19',
  },
];

function expectAccepted<P extends VrfPoint<P>>(suite: VrfSuite<P>, vector: Accepted): void {
  const publicKey = hexToBytes(vector.pk);
  const alpha = hexToBytes(vector.alpha);
  expect(bytesToHex(encodeToCurve(suite, publicKey, alpha).toBytes())).toBe(vector.h);
  const { output, proof } = proveEcvrf(suite, hexToBytes(vector.sk), alpha);
  expect(bytesToHex(proof)).toBe(vector.pi);
  expect(bytesToHex(output)).toBe(vector.beta);
  expect(verifyEcvrf(suite, publicKey, alpha, hexToBytes(vector.pi))).toEqual(hexToBytes(vector.beta));
}

const vectors: Vectors | undefined = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : undefined;
if (vectors === undefined) {
  process.stderr.write(`\nSKIPPED: 39 cases of ECVRF, because ${FILE.pathname} is missing\n`);
}

describe('randomness-vrf E1, E2, E4, E5: the code that chains use gives what the RFC prints for P-256', () => {
  it.each(RFC_EXAMPLES)('$name: point, proof and output', (vector) => {
    expectAccepted(P256_TAI, vector);
  });
});

describe.skipIf(vectors === undefined)('randomness-vrf E1 to E4: the vectors of others', () => {
  it('holds what RFC 9381 holds', () => {
    expect(vectors?.p256.vectors.map(({ name: _name, ...values }) => values)).toEqual(
      RFC_EXAMPLES.map(({ name: _name, ...values }) => values),
    );
  });

  it('accepts 20 of 20 on secp256k1: point, proof and output', () => {
    expect(vectors?.secp256k1.vectors).toHaveLength(20);
    for (const vector of vectors?.secp256k1.vectors ?? []) expectAccepted(SECP256K1_TAI, vector);
  });

  it('accepts 20 of 20 with the native library, and refuses 16 of 16', async () => {
    const { vrf } = await requireNative();
    for (const { sk, pk, alpha: input, pi, beta } of vectors?.secp256k1.vectors ?? []) {
      const { output: ours, proof: made } = vrf.prove(hexToBytes(sk), hexToBytes(input));
      expect([bytesToHex(ours), bytesToHex(made)]).toEqual([beta, pi]);
      expect(vrf.verify(hexToBytes(pk), hexToBytes(input), hexToBytes(pi))).toEqual(hexToBytes(beta));
    }
    for (const { name, pk, alpha: input, pi } of vectors?.secp256k1.reject.vectors ?? []) {
      expect(vrf.verify(hexToBytes(pk), hexToBytes(input), hexToBytes(pi)), name).toBeNull();
    }
  });

  it('refuses 16 of 16, among them a proof of an older draft', () => {
    const rejected = vectors?.secp256k1.reject.vectors ?? [];
    expect(rejected).toHaveLength(16);
    for (const { name, pk, alpha, pi } of rejected) {
      const verdict = verifyEcvrf(SECP256K1_TAI, hexToBytes(pk), hexToBytes(alpha), hexToBytes(pi));
      expect(verdict, name).toBeNull();
    }
  });
});

async function requireNative(): Promise<CurveBackend> {
  const loaded = await loadNativeBackend();
  if ('verify' in loaded) return loaded;
  throw new Error(`no native library: ${loaded.reason}`);
}

const keys = createKeyPair(bytesOf(0xf1d0c1an));
const alpha = utf8ToBytes('slot 7');
const { output, proof } = proveEcvrf(SECP256K1_TAI, keys.secretKey, alpha);
const verify = (publicKey: Uint8Array, input: Uint8Array, bytes: Uint8Array) =>
  verifyEcvrf(SECP256K1_TAI, publicKey, input, bytes);

describe('randomness-vrf E3: what is no proof', () => {
  it('has one length and gives the output', () => {
    expect([proof.length, output.length]).toEqual([VRF_PROOF_BYTES, VRF_OUTPUT_BYTES]);
    expect(verify(keys.publicKey, alpha, proof)).toEqual(output);
  });

  it('has any bit flipped', () => {
    for (let bit = 0; bit < proof.length * 8; bit += 5) {
      const flipped = proof.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verify(keys.publicKey, alpha, flipped), `bit ${bit}`).toBeNull();
    }
  });

  it('has the scalar of the same proof, raised by the order, or one at an edge of its range', () => {
    const scalars = [0n, 1n, ORDER - 1n, ORDER, 2n ** 256n - 1n];
    for (const scalar of scalars) {
      expect(verify(keys.publicKey, alpha, concatBytes(proof.subarray(0, 49), bytesOf(scalar)))).toBeNull();
    }
  });

  it('has a byte too many in any place', () => {
    for (const at of [0, 33, 49, VRF_PROOF_BYTES]) {
      const longer = concatBytes(proof.subarray(0, at), Uint8Array.of(0), proof.subarray(at));
      expect(verify(keys.publicKey, alpha, longer), `at ${at}`).toBeNull();
    }
  });

  it('has points in other forms than the one, which no library is asked to decode', () => {
    const asked = new Set<string>();
    const fromBytes = (bytes: Uint8Array) => {
      asked.add(bytesToHex(bytes));
      return SECP256K1_TAI.curve.fromBytes(bytes);
    };
    const { BASE, CURVE } = SECP256K1_TAI.curve;
    const spied = { ...SECP256K1_TAI, curve: { BASE, CURVE: () => CURVE.call(SECP256K1_TAI.curve), fromBytes } };
    const prime = CURVE.call(SECP256K1_TAI.curve).p;
    const strange = [
      SECP256K1_TAI.curve.fromBytes(keys.publicKey).toBytes(false),
      concatBytes(Uint8Array.of(0), keys.publicKey.subarray(1)),
      concatBytes(Uint8Array.of(4), keys.publicKey.subarray(1)),
      concatBytes(Uint8Array.of(2), bytesOf(prime)),
      concatBytes(Uint8Array.of(3), bytesOf(prime + 1n)),
    ];
    for (const point of strange) {
      expect(verifyEcvrf(spied, point, alpha, proof)).toBeNull();
      const padded = concatBytes(point.subarray(0, 33), proof.subarray(33));
      expect(verifyEcvrf(spied, keys.publicKey, alpha, padded)).toBeNull();
      expect(asked).not.toContain(bytesToHex(point));
      expect(asked).not.toContain(bytesToHex(point.subarray(0, 33)));
    }
    expect(verifyEcvrf(spied, keys.publicKey, alpha, proof)).toEqual(output);
    expect(asked).toContain(bytesToHex(keys.publicKey));
  });

  it('multiplies to the identity: scalar and challenge are zero', () => {
    const zeros = concatBytes(proof.subarray(0, 33), new Uint8Array(48));
    expect(verify(keys.publicKey, alpha, zeros)).toBeNull();
  });

  it.each([
    ['the identity, in each encoding', [Uint8Array.of(0), new Uint8Array(33), new Uint8Array(0)]],
    ['uncompressed or of another prefix', [concatBytes(Uint8Array.of(4), keys.publicKey.subarray(1))]],
    ['no point of the curve', [concatBytes(Uint8Array.of(2), bytesOf(5n))]],
    ['x at or above the field prime', [concatBytes(Uint8Array.of(2), bytesOf(2n ** 256n - 2n ** 32n - 976n))]],
    ['one byte too long', [concatBytes(keys.publicKey, Uint8Array.of(0))]],
  ])('belongs to a key that is %s', (_name, publicKeys) => {
    for (const publicKey of publicKeys) expect(verify(publicKey, alpha, proof)).toBeNull();
  });

  it('is anything else, of whatever length, without ever throwing', () => {
    const bytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(bytes, bytes, bytes, (key, input, pi) => verify(key, input, pi) === null),
      { numRuns: 300 },
    );
    const sized = fc.uint8Array({ minLength: VRF_PROOF_BYTES, maxLength: VRF_PROOF_BYTES });
    fc.assert(
      fc.property(sized, fc.constantFrom(2, 3), (pi, prefix) => {
        pi[0] = prefix;
        return verify(keys.publicKey, alpha, pi) === null;
      }),
      { numRuns: 30 },
    );
  });
});

describe('randomness-vrf E2, E4, K4: laws of the function', () => {
  const scalar = fc.bigInt({ min: 1n, max: ORDER - 1n });

  it('proves what it verifies, on both curves, and gives one output per key and input', () => {
    const secrets = fc.bigInt({ min: 1n, max: 2n ** 255n });
    fc.assert(
      fc.property(secrets, fc.uint8Array({ maxLength: 80 }), (secret, input) => {
        const first = proveEcvrf(SECP256K1_TAI, bytesOf(secret), input);
        const publicKey = SECP256K1_TAI.curve.BASE.multiply(secret).toBytes();
        expect(verify(publicKey, input, first.proof)).toEqual(first.output);
        expect(proveEcvrf(SECP256K1_TAI, bytesOf(secret), input)).toEqual(first);
        const other = proveEcvrf(P256_TAI, bytesOf(secret), input);
        const otherKey = P256_TAI.curve.BASE.multiply(secret).toBytes();
        expect(verifyEcvrf(P256_TAI, otherKey, input, other.proof)).toEqual(other.output);
        expect(other.output).not.toEqual(first.output);
      }),
      { numRuns: 12 },
    );
  });

  it('gives the same output for a proof made with another nonce', () => {
    fc.assert(
      fc.property(scalar, (nonce) => {
        const again = proofWithNonce(nonce);
        if (nonce !== computeNonce(0xf1d0c1an, pointOfAlpha.toBytes(), ORDER)) expect(again).not.toEqual(proof);
        expect(verify(keys.publicKey, alpha, again)).toEqual(output);
      }),
      { numRuns: 5 },
    );
  });

  const pointOfAlpha = encodeToCurve(SECP256K1_TAI, keys.publicKey, alpha);

  /** A prover that chooses its nonce: RFC 9381 prescribes one, but a verifier cannot see which was taken. */
  function proofWithNonce(nonce: bigint): Uint8Array {
    const gamma = pointOfAlpha.multiply(0xf1d0c1an).toBytes();
    const commitments = [SECP256K1_TAI.curve.BASE.multiply(nonce), pointOfAlpha.multiply(nonce)];
    const challenge = challengeOf([
      keys.publicKey,
      pointOfAlpha.toBytes(),
      gamma,
      ...commitments.map((p) => p.toBytes()),
    ]);
    const value = (nonce + BigInt(`0x${bytesToHex(challenge)}`) * 0xf1d0c1an) % ORDER;
    return concatBytes(gamma, challenge, bytesOf(value));
  }

  function challengeOf(points: readonly Uint8Array[]): Uint8Array {
    return sha256(concatBytes(Uint8Array.of(0xfe, 2), ...points, Uint8Array.of(0))).subarray(0, 16);
  }
});

describe('randomness-vrf E6: attempts to hash to a point', () => {
  it('vary with the input', () => {
    const attempts = new Set<number>();
    for (let index = 0; index < 40; index++) {
      const input = utf8ToBytes(`input ${index}`);
      const point = bytesToHex(encodeToCurve(SECP256K1_TAI, keys.publicKey, input).toBytes());
      let attempt = 0;
      while (hashOf(input, attempt) !== point) attempt++;
      attempts.add(attempt);
    }
    expect(attempts.size).toBeGreaterThan(3);

    function hashOf(input: Uint8Array, attempt: number): string {
      return `02${bytesToHex(sha256(concatBytes(Uint8Array.of(0xfe, 1), keys.publicKey, input, Uint8Array.of(attempt, 0))))}`;
    }
  });

  it('end after 256 on a curve that has no points', () => {
    let attempts = 0;
    const barren: VrfSuite<never> = {
      suiteByte: 0xfe,
      curve: {
        BASE: undefined as never,
        CURVE: () => SECP256K1_TAI.curve.CURVE(),
        fromBytes() {
          attempts++;
          throw new Error('no point');
        },
      },
    };
    expect(() => encodeToCurve(barren, keys.publicKey, alpha)).toThrow('256 hashes');
    expect(attempts).toBe(256);
  });
});

it('derives nonces as RFC 6979 prints them for P-256 with SHA-256', () => {
  // Appendix A.2.5 of RFC 6979, message "sample": the key is that of the RFC 9381 examples.
  const secret = BigInt(`0x${RFC_EXAMPLES[0]?.sk}`);
  const nonce = computeNonce(secret, utf8ToBytes('sample'), p256.Point.CURVE().n);
  expect(bytesToHex(bytesOf(nonce))).toBe('a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60');
});

it('draws another nonce when the first is out of range', () => {
  // With an order this small almost every hash is out of range, so the loop has to go on.
  const order = 2n ** 253n;
  const nonces = Array.from({ length: 8 }, (_, index) => computeNonce(7n, Uint8Array.of(index), order));
  for (const nonce of nonces) expect(nonce < order && nonce > 0n).toBe(true);
  expect(new Set(nonces).size).toBe(8);
});
