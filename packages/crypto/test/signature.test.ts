import { describe, expect, it } from 'vitest';
import { createCrypto, keyPairFromSeed, SIGNATURE_BYTES } from '../src/index.ts';

const scope = { chainId: new Uint8Array(32).fill(7), era: 0, protocol: 'demo@1' } as const;
const data = new TextEncoder().encode('block 1');
const alice = keyPairFromSeed('alice');
const bob = keyPairFromSeed('bob');

describe.each(['native', 'noble'] as const)('signatures with %s', (backend) => {
  it('accepts what it signed, and only for its signer, label, scope and data', async () => {
    const crypto = await createCrypto({ backend });
    const signature = crypto.sign(alice, scope, 'seal', data);
    expect(crypto.backend).toBe(backend);
    expect(signature).toHaveLength(SIGNATURE_BYTES);
    expect(crypto.verifySignature(scope, 'seal', data, alice.address, signature)).toBeNull();
    expect(crypto.verifySignature(scope, 'seal', data, bob.address, signature)).toBe('SIGNER_MISMATCH');
    expect(crypto.verifySignature(scope, 'message', data, alice.address, signature)).toBe('SIGNATURE_INVALID');
    expect(crypto.verifySignature({ ...scope, era: 1 }, 'seal', data, alice.address, signature)).toBe(
      'SIGNATURE_INVALID',
    );
    expect(crypto.verifySignature({ ...scope, protocol: 'demo@2' }, 'seal', data, alice.address, signature)).toBe(
      'SIGNATURE_INVALID',
    );
    expect(
      crypto.verifySignature({ ...scope, chainId: new Uint8Array(32) }, 'seal', data, alice.address, signature),
    ).toBe('SIGNATURE_INVALID');
    expect(crypto.verifySignature(scope, 'seal', data.subarray(1), alice.address, signature)).toBe('SIGNATURE_INVALID');
  });
});
