import { type ConsensusHeader, type Evidence, LIMITS, tryDecode } from '@fiducia/consensus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlockFormat, createMemoryBlocks } from '../src/index.ts';
import { sha256 } from './fixtures/stub-crypto.ts';

const CHAIN_ID = new Uint8Array(32).fill(7);
const format = createBlockFormat({ chainId: CHAIN_ID, sha256 });
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const text = fc.string({ unit: 'grapheme', maxLength: 20 });

const context = fc.record({
  parentId: text,
  height: fc.maxSafeNat(),
  timestamp: fc.maxSafeNat(),
  author: text,
  protocol: fc.constantFrom('pow@1' as const, 'dt-dpos@12' as const),
  digest: bytes(40),
});
const evidence: fc.Arbitrary<Evidence> = fc.record({
  kind: fc.constant('custom' as const),
  era: fc.nat({ max: 9 }),
  protocol: fc.constant('pow@1' as const),
  offender: text,
  height: fc.maxSafeNat(),
  id: text,
  data: bytes(20),
});
const certificate = fc.record({ protocol: fc.constant('pow@1' as const), data: bytes(20) });
const parts = fc.record({
  context,
  content: fc.record({ root: bytes(32), payload: bytes(60) }),
  proofs: fc.record({
    evidence: fc.array(evidence, { maxLength: 3 }),
    certificates: fc.array(certificate, { maxLength: 2 }),
  }),
  seal: bytes(64),
});
const sealed = parts.map(({ context, content, proofs, seal }) =>
  format.seal(format.compose(context, content, proofs), seal),
);

describe('block format', () => {
  it('gives back what was put in, from the whole block and from its header', () => {
    fc.assert(
      fc.property(parts, ({ context, content, proofs, seal }) => {
        const block = format.seal(format.compose(context, content, proofs), seal);
        expect(format.decode(block.bytes, 'block')).toEqual(block);
        expect(block.header).toMatchObject({ ...context, seal });
        expect(block).toMatchObject(proofs);
        expect(format.contentOf(block)).toEqual(content);

        const header = format.decode(block.headerBytes, 'header');
        expect(header?.header).toEqual(block.header);
        expect(header?.bytes).toHaveLength(0);
        expect(header === null ? null : format.contentOf(header)).toEqual({ ...content, payload: new Uint8Array() });
      }),
    );
  });

  it('keeps the sealed hash and changes the id when a seal is attached, and binds both to the chain', () => {
    fc.assert(
      fc.property(parts, ({ context, content, proofs, seal }) => {
        fc.pre(seal.length > 0);
        const block = format.compose(context, content, proofs);
        const { header } = format.seal(block, seal);
        expect(header.sealHash).toEqual(block.header.sealHash);
        expect(header.id).not.toBe(block.header.id);
        const elsewhere = createBlockFormat({ chainId: new Uint8Array(32), sha256 }).compose(context, content, proofs);
        expect(elsewhere.header.sealHash).not.toEqual(block.header.sealHash);
      }),
    );
  });

  it('decodes nothing that is not canonical: one byte changed, added or cut gives another block or none', () => {
    fc.assert(
      fc.property(sealed, fc.nat(), fc.integer({ min: 1, max: 255 }), (block, place, change) => {
        const at = place % block.bytes.length;
        const changed = block.bytes.with(at, (block.bytes[at] ?? 0) ^ change);
        const decoded = format.decode(changed, 'block');
        if (decoded !== null) {
          expect(decoded.bytes).toEqual(changed);
          expect(decoded.header.id).not.toBe(block.header.id);
        }
        expect(format.decode(new Uint8Array([...block.bytes, 0]), 'block')).toBeNull();
        expect(format.decode(block.bytes.subarray(0, at), 'block')).toBeNull();
      }),
    );
  });

  it('is total on random bytes and refuses parts beyond the limits of the contract', () => {
    fc.assert(
      fc.property(bytes(200), fc.constantFrom('block' as const, 'header' as const), (random, part) => {
        expect(tryDecode(() => format.decode(random, part))).not.toBeUndefined();
      }),
    );
    const block = format.composeGenesis({ root: new Uint8Array(), payload: new Uint8Array() });
    expect(tryDecode(() => format.seal(block, new Uint8Array(LIMITS.sealBytes)))).toBeDefined();
    const oversized = format.seal(block, new Uint8Array(LIMITS.sealBytes + 1));
    expect(format.decode(oversized.bytes, 'block')).toBeNull();
  });
});

describe('blocks in memory', () => {
  const content = { root: new Uint8Array(), payload: new Uint8Array() };
  const genesis = format.composeGenesis(content, 1_000);
  const after = (parent: ConsensusHeader, timestamp: number) =>
    format.compose({ ...parent, parentId: parent.id, height: parent.height + 1, timestamp }, content);
  const first = after(genesis.header, 2_000);
  const second = after(first.header, 3_000);
  const rival = after(genesis.header, 2_500);
  const stored = [first, second, rival].map((block) => ({ block, record: Uint8Array.of(block.header.height) }));

  it('start with genesis, which is head and final', async () => {
    const blocks = createMemoryBlocks(genesis);
    for (const kind of ['genesis', 'head', 'finalized'] as const) {
      expect((await blocks.read({ kind }))?.block).toBe(genesis);
    }
    expect(await blocks.read({ kind: 'height', height: 1 })).toBeNull();
    expect(await blocks.read({ kind: 'id', id: 'unknown' })).toBeNull();
  });

  it('follow the head from branch to branch and keep what was stored along', async () => {
    const blocks = createMemoryBlocks(genesis);
    const [firstId, secondId, rivalId] = [first, second, rival].map(({ header }) => header.id);
    await blocks.commit({
      store: stored,
      headId: secondId ?? '',
      reverted: [],
      applied: [firstId ?? '', secondId ?? ''],
    });
    expect((await blocks.read({ kind: 'height', height: 2 }))?.block).toBe(second);
    await blocks.commit({
      store: [],
      headId: rivalId ?? '',
      reverted: [secondId ?? '', firstId ?? ''],
      applied: [rivalId ?? ''],
      finalized: { id: rivalId ?? '', proof: Uint8Array.of(9) },
      checkpoint: { id: rivalId ?? '', chunks: [Uint8Array.of(1), Uint8Array.of(2)] },
    });
    const head = await blocks.read({ kind: 'head' });
    expect(head).toEqual({
      block: rival,
      record: Uint8Array.of(1),
      proof: Uint8Array.of(9),
      checkpoint: [Uint8Array.of(1), Uint8Array.of(2)],
    });
    expect(await blocks.read({ kind: 'finalized' })).toBe(head);
    expect(await blocks.read({ kind: 'height', height: 2 })).toBeNull();
    expect((await blocks.read({ kind: 'id', id: secondId ?? '' }))?.block).toBe(second);
  });
});
