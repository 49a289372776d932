/**
 * Fast backend: libsecp256k1 through the optional package `secp256k1`.
 *
 * @module
 */
import { type Bytes, compareBytes } from '@fiducia/consensus';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { GROUP_ORDER } from '../signature.ts';
import { createVrf } from '../vrf/ecvrf.ts';
import { createNativeCurve, type PointLibrary } from '../vrf/native-curve.ts';
import { SECP256K1_TAI } from '../vrf/suite.ts';
import type { CurveBackend } from './backend.ts';

/** The functions of the package that are used here. */
interface NativeLibrary extends PointLibrary {
  ecdsaSign(hash: Bytes, secretKey: Bytes): { readonly signature: Bytes };
  ecdsaVerify(compact: Bytes, hash: Bytes, publicKey: Bytes): boolean;
}

const FUNCTIONS: readonly (keyof NativeLibrary)[] = [
  'ecdsaSign',
  'ecdsaVerify',
  'publicKeyVerify',
  'publicKeyCreate',
  'publicKeyTweakMul',
  'publicKeyNegate',
  'publicKeyCombine',
  'ecdh',
];

/**
 * The addon itself. The package's main entry silently falls back to a JavaScript implementation that is
 * slower than ours and not audited, so it is not what we ask for.
 */
const ADDON = 'secp256k1/bindings.js';

/** Signature, RFC 6979 nonce and low s, and proof for secret key 1 and the hash of all zero bits; computed with the portable backend. */
const PROBE = {
  secretKey: '0000000000000000000000000000000000000000000000000000000000000001',
  publicKey: '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
  hash: '0000000000000000000000000000000000000000000000000000000000000000',
  signature:
    'a0b37f8fba683cc68f6574cd43b39f0343a50008bf6ccea9d13231d9e7e2e1e411edc8d307254296264aebfc3dc76cd8b668373a072fd64665b50000e9fcce52',
  /** Of the verifiable function for the bytes of the hash. */
  vrfProof:
    '0295ac56d31de20e98ee447ed463036592b70c4465db1430cc376d1d0227a1eb4dff525b095098ad963ffd051a843aa1cce6a10a6fc57a3280f38113ddfa253f60a1497989fa3b7b1c564d22dcbb196599',
} as const;

/**
 * Loads the native library.
 *
 * @returns The backend, or why there is none: not installed, no binary for this platform, or a binary
 *   that does not give the one signature and the one proof it is asked for as a probe.
 */
export async function loadNativeBackend(): Promise<CurveBackend | { readonly reason: string }> {
  let library: NativeLibrary | undefined;
  try {
    // The name is not a literal, so that bundlers for browsers leave the import alone.
    const module: unknown = await import(/* webpackIgnore: true */ /* @vite-ignore */ ADDON);
    library = nativeLibraryOf(module);
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
  if (library === undefined) return { reason: 'the package does not have the expected functions' };

  const backend = createNativeBackend(library);
  return answersProbe(backend) ? backend : { reason: 'the library gives a wrong signature or proof' };
}

function nativeLibraryOf(module: unknown): NativeLibrary | undefined {
  const library = (module as { readonly default?: Partial<NativeLibrary> } | undefined)?.default;
  return FUNCTIONS.every((name) => typeof library?.[name] === 'function') ? (library as NativeLibrary) : undefined;
}

function createNativeBackend(library: NativeLibrary): CurveBackend {
  return {
    name: 'native',
    vrf: createVrf({ ...SECP256K1_TAI, curve: createNativeCurve(library) }),
    sign: (hash, secretKey) => library.ecdsaSign(reduceHash(hash), secretKey).signature,
    verify(compact, hash, publicKey) {
      try {
        return library.ecdsaVerify(compact, hash, publicKey);
      } catch (error) {
        // The library throws on a key that is no point; for us that is an ordinary invalid signature.
        // Asking beforehand would decompress every key twice.
        if (library.publicKeyVerify(publicKey)) throw error;
        return false;
      }
    },
  };
}

/**
 * The hash modulo the group order, as RFC 6979 section 2.3.4 feeds it to the nonce derivation.
 *
 * libsecp256k1 feeds the hash as it is. The difference is visible for one hash in 2^128, which is no
 * reason to have two answers.
 */
function reduceHash(hash: Bytes): Bytes {
  if (compareBytes(hash, GROUP_ORDER) < 0) return hash;
  const reduced = BigInt(`0x${bytesToHex(hash)}`) - BigInt(`0x${bytesToHex(GROUP_ORDER)}`);
  return hexToBytes(reduced.toString(16).padStart(64, '0'));
}

function answersProbe(backend: CurveBackend): boolean {
  const hash = hexToBytes(PROBE.hash);
  const signature = hexToBytes(PROBE.signature);
  try {
    return (
      compareBytes(backend.sign(hash, hexToBytes(PROBE.secretKey)), signature) === 0 &&
      backend.verify(signature, hash, hexToBytes(PROBE.publicKey)) &&
      bytesToHex(backend.vrf.prove(hexToBytes(PROBE.secretKey), hash).proof) === PROBE.vrfProof &&
      backend.vrf.verify(hexToBytes(PROBE.publicKey), hash, hexToBytes(PROBE.vrfProof)) !== null
    );
  } catch {
    return false;
  }
}
