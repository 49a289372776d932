import type { Claim } from '@fiducia/consensus';
import type { CryptoPort } from '@fiducia/consensus/ports';
import { describe, expect, it } from 'vitest';
import { createLoopbackNetwork } from '../src/index.ts';
import { KnownClaims } from '../src/known-claims.ts';
import { encodeEnvelope } from '../src/messages/message-codec.ts';
import { CHAIN_ID, createNode } from './fixtures/nodes.ts';
import { scripted } from './fixtures/scripted.ts';
import { createStubCrypto, stubSign } from './fixtures/stub-crypto.ts';
import { settle } from './fixtures/virtual-clock.ts';

type SignatureClaim = Extract<Claim, { kind: 'signature' }>;

const SCOPE = { chainId: CHAIN_ID, era: 0, protocol: 'votes@1' } as const;

function claimOf(signer: string, text = 'vote'): SignatureClaim {
  const data = new TextEncoder().encode(text);
  return { kind: 'signature', signer, domain: 'message', data, signature: stubSign(SCOPE, 'message', data, signer) };
}

function verifierOf(crypto: CryptoPort, max: number): CryptoPort['verify'] {
  const known = new KnownClaims({ recall: (_space, _bytes, compute) => compute(), ...crypto }, max);
  return (scope, claims) => known.verify(scope, claims);
}

describe('signatures that held once (contract section 9)', () => {
  it('are not checked again, and the index of one that does not hold is that of the request', async () => {
    const crypto = createStubCrypto();
    const verify = verifierOf(crypto, 8);
    const [alice, bob, carol] = [claimOf('alice'), claimOf('bob'), claimOf('carol')];
    expect(await verify(SCOPE, [alice, bob])).toEqual({ kind: 'valid' });
    expect(await verify(SCOPE, [bob, alice])).toEqual({ kind: 'valid' });
    expect(crypto.batches).toEqual([[alice, bob]]);

    const forged = { ...carol, signature: alice.signature };
    const refused = await verify(SCOPE, [alice, carol, bob, forged]);
    expect(refused).toEqual({ kind: 'invalid', index: 3, code: 'SIGNATURE_INVALID' });
    expect(crypto.batches.at(-1)).toEqual([carol, forged]);
  });

  it('nothing of a batch that failed is taken as checked', async () => {
    const verify = verifierOf(createStubCrypto(), 8);
    const forged = { ...claimOf('bob'), signature: claimOf('alice').signature };
    for (let time = 0; time < 2; time++) {
      expect((await verify(SCOPE, [claimOf('alice'), forged])).kind).toBe('invalid');
    }
  });

  it('hold nowhere else: every part that the verdict depends on is part of the memory', async () => {
    const verify = verifierOf(createStubCrypto(), 64);
    const claim = claimOf('alice');
    await verify(SCOPE, [claim]);
    const others: readonly SignatureClaim[] = [
      { ...claim, signer: 'bob' },
      { ...claim, domain: 'seal' },
      { ...claim, data: new Uint8Array([...claim.data, 0]) },
      { ...claim, signature: claim.signature.with(0, (claim.signature[0] ?? 0) ^ 1) },
    ];
    for (const other of others) expect((await verify(SCOPE, [other])).kind).toBe('invalid');
    const scopes = [
      { ...SCOPE, chainId: CHAIN_ID.with(0, 9) },
      { ...SCOPE, era: 1 },
      { ...SCOPE, protocol: 'votes@2' as const },
    ];
    for (const scope of scopes) expect((await verify(scope, [claim])).kind).toBe('invalid');
  });

  it('a claim with a key of its own is another claim than one without', async () => {
    const crypto = createStubCrypto();
    const verify = verifierOf(crypto, 8);
    await verify(SCOPE, [claimOf('alice')]);
    await verify(SCOPE, [{ ...claimOf('alice'), publicKey: new Uint8Array() }]);
    expect(crypto.batches).toHaveLength(2);
  });

  it('are forgotten oldest first, and only signatures are remembered', async () => {
    const crypto = createStubCrypto();
    const verify = verifierOf(crypto, 2);
    const [alice, bob, carol] = [claimOf('alice'), claimOf('bob'), claimOf('carol')];
    for (const claim of [alice, bob, carol]) await verify(SCOPE, [claim]);
    await verify(SCOPE, [alice, bob, carol]);
    expect(crypto.batches.at(-1)).toEqual([alice]);

    const work: Claim = { kind: 'work', algorithm: 'any', data: CHAIN_ID, nonce: CHAIN_ID, target: 2n ** 256n };
    for (let time = 0; time < 2; time++) await verify(SCOPE, [work]);
    expect(crypto.batches.slice(-2)).toEqual([[work], [work]]);
  });

  it('of a message that comes again with another hint of its height are not checked again', async () => {
    const network = createLoopbackNetwork();
    const node = createNode({ plugin: scripted(), net: network.join('alice') });
    await node.host.start();
    const scope = { ...SCOPE, protocol: 'scripted@1' } as const;
    const payload = new TextEncoder().encode('vote');
    const message = { author: 'bob', payload, signature: stubSign(scope, 'message', payload, 'bob') };
    const bob = network.join('bob');
    for (const height of [1, 2, 3]) {
      const envelope = { era: 0, protocol: scope.protocol, height, message, block: new Uint8Array() };
      bob.send('alice', 'messages', encodeEnvelope(envelope));
      await settle();
    }
    expect(node.crypto.batches).toHaveLength(1);
  });
});
