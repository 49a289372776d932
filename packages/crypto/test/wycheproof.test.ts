import { existsSync, readFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { loadNativeBackend } from '../src/backend/native.ts';
import { createNobleBackend } from '../src/backend/noble.ts';
import { parseSignature } from '../src/signature.ts';
import { bytesOf } from './support/mutation.ts';

/** The suite's file; its licence keeps it outside this repository. */
const FILE = new URL('../../../../shared/vectors/wycheproof-ecdsa-secp256k1-bitcoin.json', import.meta.url);

interface Suite {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly msg: string;
      readonly sig: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

/** Strict DER of two integers; the library itself has no DER anywhere. */
function compactOfDer(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der.length > 0x7f + 2) return undefined;
  const first = integerAt(der, 2);
  const second = first === undefined ? undefined : integerAt(der, first.end);
  if (first === undefined || second?.end !== der.length) return undefined;
  return concatBytes(bytesOf(first.value), bytesOf(second.value));
}

function integerAt(der: Uint8Array, offset: number): { readonly value: bigint; readonly end: number } | undefined {
  const length = der[offset + 1] ?? 0;
  const end = offset + 2 + length;
  const digits = der.subarray(offset + 2, end);
  const [first = 0x80, second = 0x80] = digits;
  if (der[offset] !== 2 || length === 0 || digits.length !== length || first >= 0x80) return undefined;
  if (first === 0 && length > 1 && second < 0x80) return undefined;
  const value = digits.reduce((sum, digit) => (sum << 8n) | BigInt(digit), 0n);
  return value < 2n ** 256n ? { value, end } : undefined;
}

/** 04 ‖ x ‖ y as (2 or 3) ‖ x. */
function compress(uncompressed: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(2 + ((uncompressed[64] ?? 0) & 1)), uncompressed.subarray(1, 33));
}

const isPresent = existsSync(FILE);
if (!isPresent) {
  process.stderr.write(`\nSKIPPED: 2 × 463 Wycheproof cases, because ${FILE.pathname} is missing\n`);
}

describe.skipIf(!isPresent).each(['native', 'noble'] as const)('the Wycheproof suite with %s', (name) => {
  it('gets the published result in 463 of 463 cases', async () => {
    const backend = name === 'noble' ? createNobleBackend() : await loadNativeBackend();
    if (!('verify' in backend)) throw new Error(backend.reason);

    const suite = JSON.parse(readFileSync(FILE, 'utf8')) as Suite;
    const wrong: string[] = [];
    let count = 0;
    for (const { publicKey, tests } of suite.testGroups) {
      const key = compress(hexToBytes(publicKey.uncompressed));
      for (const test of tests) {
        count++;
        const compact = compactOfDer(hexToBytes(test.sig));
        const parts = compact === undefined ? 'DER' : parseSignature(concatBytes(key, compact));
        const isValid =
          typeof parts !== 'string' && backend.verify(parts.compact, sha256(hexToBytes(test.msg)), parts.publicKey);
        if (isValid !== (test.result === 'valid')) wrong.push(`${test.tcId}: ${test.comment}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBe(463);
    expect(count).toBe(suite.numberOfTests);
  });
});
