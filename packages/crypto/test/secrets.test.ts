import { inspect } from 'node:util';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { createCrypto, createKeyPair, createMemorySigner, isCryptoError, keyPairFromSeed } from '../src/index.ts';
import { bytesOf, ORDER } from './support/mutation.ts';

const keyPair = keyPairFromSeed('a secret');

/** Every rendering of bytes that a log is likely to hold. */
function renderingsOf(secret: Uint8Array): readonly string[] {
  return [
    bytesToHex(secret),
    bytesToHex(secret).toUpperCase(),
    secret.join(','),
    secret.join(', '),
    Buffer.from(secret).toString('base64'),
    BigInt(`0x${bytesToHex(secret)}`).toString(),
  ];
}

function expectNoSecret(text: string): void {
  const flat = text.replaceAll(/\s+/g, ' ');
  for (const rendering of renderingsOf(keyPair.secretKey)) expect(flat).not.toContain(rendering);
}

describe('a secret key stays out of what is printed', () => {
  it('when a key pair or a signer is inspected, with hidden properties too', async () => {
    const crypto = await createCrypto();
    const signer = createMemorySigner({ keyPair, crypto });
    const lottery = createMemorySigner({ keyPair: keyPairFromSeed('b'), crypto, vrfSecretKey: keyPair.secretKey });
    for (const value of [keyPair, signer, lottery, { nested: [keyPair, signer] }]) {
      expectNoSecret(inspect(value));
      expectNoSecret(inspect(value, { showHidden: true, depth: Number.POSITIVE_INFINITY }));
      expectNoSecret(inspect(value, { customInspect: false, depth: Number.POSITIVE_INFINITY, maxArrayLength: null }));
    }
    expect(inspect(keyPair)).toContain(keyPair.address);
  });

  it('when a key pair or a signer is serialised or spread', async () => {
    const signer = createMemorySigner({ keyPair, crypto: await createCrypto() });
    expectNoSecret(JSON.stringify({ keyPair, signer }));
    expectNoSecret(String(keyPair));
    expectNoSecret(inspect({ ...keyPair }));
    expectNoSecret(inspect(structuredClone({ ...keyPair })));
  });

  it.each([
    ['too short', new Uint8Array(31).fill(9)],
    ['zero', new Uint8Array(32)],
    ['the group order', bytesOf(ORDER)],
  ])('when a secret key is refused because it is %s', (_name, secretKey) => {
    try {
      createKeyPair(secretKey);
      expect.unreachable();
    } catch (error) {
      expect(isCryptoError(error, 'SECRET_KEY_INVALID')).toBe(true);
      expect(Object.keys((error as { data: object }).data)).toEqual(['code']);
      expect(String(error)).toBe('CryptoError: SECRET_KEY_INVALID');
    }
  });
});

it('cannot be changed through the bytes it came from or was read as', () => {
  const source = Uint8Array.from(keyPair.secretKey);
  const copy = createKeyPair(source);
  source.fill(0);
  copy.secretKey.fill(0);
  expect(copy.secretKey).toEqual(keyPair.secretKey);
});
