/**
 * Portable backend: audited TypeScript that runs in browsers, workers and Node.
 *
 * @module
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hashes, sign, verify } from '@noble/secp256k1';
import { createVrf } from '../vrf/ecvrf.ts';
import { SECP256K1_TAI } from '../vrf/suite.ts';
import type { CurveBackend } from './backend.ts';

/** Creates the backend on `@noble/secp256k1`. */
export function createNobleBackend(): CurveBackend {
  // The library has no HMAC of its own and looks it up here when it derives a nonce.
  hashes.hmacSha256 ??= (key, message) => hmac(sha256, key, message);
  return {
    name: 'noble',
    vrf: createVrf(SECP256K1_TAI),
    sign: (hash, secretKey) => sign(hash, secretKey, { prehash: false, lowS: true, format: 'compact' }),
    verify: (compact, hash, publicKey) => verify(compact, hash, publicKey, { prehash: false, lowS: true }),
  };
}
