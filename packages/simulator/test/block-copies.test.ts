import type { Block } from '@fiducia/consensus/ports';
import { createCrypto, createMemorySigner, keyPairFromSeed } from '@fiducia/crypto';
import { type BlockHeader, checkBlockEncoding, computeBodyRoot, decodeBlock, encodeBlock } from '@fiducia/ledger';
import { describe, expect, test } from 'vitest';
import { BlockCopier } from '../src/adversary/block-copies.ts';
import { createRandomStream } from '../src/random.ts';
import { sha256 } from './support/hash.ts';

const EMPTY = { transactions: [], roundVotes: [], evidence: [], certificates: [] };
const PROTOCOL = 'pbft@1';

function blockOf(height: number, seal: Uint8Array, certificate?: Uint8Array): Block {
  const certificates = certificate === undefined ? [] : [{ protocol: PROTOCOL, data: certificate } as const];
  const body = { ...EMPTY, certificates };
  const header: BlockHeader = {
    ...{ chainId: new Uint8Array(32), height, parentId: '0'.repeat(64), timestamp: height, author: 'a'.repeat(40) },
    ...{ protocol: PROTOCOL, digest: new Uint8Array(), seal, stateRoot: new Uint8Array(32) },
    bodyRoot: computeBodyRoot(body),
  };
  const block = decodeBlock(encodeBlock(header, body));
  if (typeof block === 'string') throw new Error(block);
  return block;
}

/** As the ledger does it. */
function reseal(block: Block, seal: Uint8Array): Block | null {
  const decoded = decodeBlock(block.bytes);
  if (typeof decoded === 'string') return null;
  const { fields, certificates } = decoded;
  const resealed = decodeBlock(encodeBlock({ ...fields, seal }, { ...EMPTY, certificates }));
  return typeof resealed === 'string' ? null : resealed;
}

const createCopier = (): BlockCopier =>
  new BlockCopier(createRandomStream({ seed: 1, label: 'adversary', sha256 }), reseal);

describe('copies of blocks (simulation section 5)', () => {
  test('are other blocks under the same hash, or no blocks, with every change in its turn', () => {
    const copier = createCopier();
    const blocks = [1, 2, 3].map((height) => blockOf(height, new Uint8Array(97).fill(height), Uint8Array.of(height)));
    const changes = new Map<string, number>();
    for (let round = 0; round < 120; round++) {
      const block = blocks[round % blocks.length] ?? blockOf(4, new Uint8Array());
      const copy = copier.copy(block);
      if (copy === null) throw new Error('no copy');
      changes.set(copy.change, (changes.get(copy.change) ?? 0) + 1);
      if (copy.change === 'otherBody') {
        expect(checkBlockEncoding(copy.bytes)).toBe('BODY_ROOT_MISMATCH');
        continue;
      }
      const decoded = decodeBlock(copy.bytes);
      if (typeof decoded === 'string') throw new Error(decoded);
      expect(decoded.header.id).not.toBe(block.header.id);
      expect(decoded.header.sealHash).toEqual(block.header.sealHash);
      expect(decoded.header.digest).toEqual(block.header.digest);
    }
    expect([...changes.keys()].sort()).toEqual(
      ['longerSeal', 'negatedSignature', 'otherBody', 'otherSeal', 'shorterSeal', 'wrongByte'].sort(),
    );
    expect(Math.min(...changes.values())).toBeGreaterThan(5);
  });

  test('have a longer seal where nothing else would change anything', () => {
    const copier = createCopier();
    for (let round = 0; round < 30; round++) {
      const copy = copier.copy(blockOf(1, new Uint8Array()));
      expect(copy?.change).toBe('longerSeal');
      const decoded = copy && decodeBlock(copy.bytes);
      expect(typeof decoded === 'object' && decoded?.header.seal.length).toBe(1);
    }
  });

  test('never have a seal that is longer than any may be', () => {
    const copier = createCopier();
    const longest = blockOf(1, new Uint8Array(4_096));
    for (let round = 0; round < 60; round++) {
      const copy = copier.copy(longest);
      const decoded = copy && decodeBlock(copy.bytes);
      if (typeof decoded === 'object') expect(decoded?.header.seal.length ?? 0).toBeLessThanOrEqual(4_096);
    }
  });

  test('have the other signature that the key allows, which the real cryptography refuses (fault T01)', async () => {
    const crypto = await createCrypto();
    const keyPair = keyPairFromSeed('author');
    const scope = { chainId: new Uint8Array(32), era: 0, protocol: PROTOCOL } as const;
    const data = Uint8Array.of(7);
    const signed = await createMemorySigner({ keyPair, crypto }).sign({ scope, domain: 'seal', data });
    if (signed.kind !== 'signed') throw new Error('not signed');
    const block = blockOf(1, signed.signature);
    const copier = createCopier();
    const copies = Array.from({ length: 60 }, () => copier.copy(block));
    const negated = copies.find((copy) => copy?.change === 'negatedSignature');
    const decoded = negated && decodeBlock(negated.bytes);
    if (typeof decoded !== 'object' || decoded === null) throw new Error('no copy');
    const { seal } = decoded.header;
    // The same key and the same r: only s is another.
    expect(seal.slice(0, 65)).toEqual(signed.signature.slice(0, 65));
    const claim = { kind: 'signature', signer: keyPair.address, domain: 'seal', data } as const;
    expect(await crypto.verify(scope, [{ ...claim, signature: signed.signature }])).toEqual({ kind: 'valid' });
    const result = await crypto.verify(scope, [{ ...claim, signature: seal }]);
    expect(result).toMatchObject({ kind: 'invalid', code: 'SIGNATURE_HIGH_S' });
  });
});
