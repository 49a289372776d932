import { type Block, createBlock } from '@ethereumjs/block';
import type { Bytes } from '@fiducia/consensus';
import { encodeDigest } from '@fiducia/consensus-dt-dpos';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeExtraData, type ImportOutcome, isAdapterError } from '../src/index.ts';
import {
  createDtDposChain,
  extend,
  GENESIS_MS,
  MEMBERS,
  NO_BYTES,
  SLOT_MS,
  sealAt,
  signerOf,
  type TestChain,
} from './support.ts';

type DtDposChain = Awaited<ReturnType<typeof createDtDposChain>>;

/** The same block with other fields, sealed again by whoever sealed it unless `extraData` is among them. */
async function altered({ chain, consensus }: DtDposChain, block: Block, fields: object): Promise<Block> {
  const remade = createBlock({ ...block, header: { ...block.header, ...fields } }, { common: block.common });
  const header = consensus.project(remade.header);
  if ('extraData' in fields || header === undefined) return remade;
  const request = { scope: consensus.scope(), domain: 'seal', data: header.sealHash };
  const signed = await signerOf(consensus.project(block.header)?.author ?? '').sign(request);
  if (signed.kind !== 'signed') throw new Error(signed.kind);
  return chain.seal(remade, signed.signature);
}

function other(actor: string): string {
  return MEMBERS.find((member) => member !== actor) ?? '';
}

describe('a block of a peer', () => {
  let test: DtDposChain;
  let next: Block;
  beforeEach(async () => {
    test = await createDtDposChain();
    await extend(test, 1, 3);
    test.clock.moveTo(4);
    next = await sealAt(test, 4);
  });

  const outcomeOf = (block: Block): Promise<ImportOutcome> => test.chain.importBlock(block.serialize());
  const authorOf = (block: Block): string => block.header.coinbase.toString();

  it('is imported, becomes the head of both, and is known afterwards', async () => {
    expect(await outcomeOf(next)).toMatchObject({ kind: 'imported', isHead: true, header: { height: 4 } });
    const id = test.chain.head().header.id;
    expect((await test.blockchain.getCanonicalHeadBlock()).hash()).toEqual(next.hash());
    expect(await outcomeOf(next)).toEqual({ kind: 'known', id });
    expect((await test.chain.blockOf(id))?.hash()).toEqual(next.hash());
    expect(await test.chain.blockOf(`0x${'00'.repeat(32)}`)).toBeNull();
  });

  it.each<[string, string, (block: Block) => Promise<Block>]>([
    [
      'is sealed by somebody whose slot it is not',
      'WRONG_LEADER',
      (block) => sealAt(test, 4, { author: other(authorOf(block)) }),
    ],
    [
      'is sealed by another key than that of its author',
      'SIGNATURE_INVALID',
      (block) => sealAt(test, 4, { signer: signerOf(other(authorOf(block))) }),
    ],
    ['carries no digest of the plugin', 'BAD_DIGEST', () => sealAt(test, 4, { digest: new Uint8Array(5) })],
    [
      'claims another slot than its time',
      'SLOT_MISMATCH',
      () => sealAt(test, 4, { timestamp: GENESIS_MS + 5 * SLOT_MS }),
    ],
    ['claims a slot that is over', 'SLOT_NOT_INCREASING', (block) => sealAt(test, 3, { author: authorOf(block) })],
    ['carries another difficulty', 'WRONG_DIFFICULTY', (block) => altered(test, block, { difficulty: 2n })],
    ['has another height than its place', 'WRONG_HEIGHT', (block) => altered(test, block, { number: 5n })],
    ['has uncles', 'UNCLES_NOT_ALLOWED', (block) => altered(test, block, { uncleHash: new Uint8Array(32).fill(1) })],
    [
      'leads to another state than it says',
      'EXECUTION_INVALID',
      (block) => altered(test, block, { stateRoot: new Uint8Array(32).fill(1) }),
    ],
    [
      'has another base fee than its parent asks for',
      'BLOCK_INVALID',
      (block) => altered(test, block, { baseFeePerGas: 9n }),
    ],
    [
      'has a gas limit far above that of its parent',
      'BLOCK_INVALID',
      (block) => altered(test, block, { gasLimit: 99_000_000n }),
    ],
    [
      'names another protocol',
      'WRONG_PROTOCOL',
      (block) =>
        altered(test, block, {
          extraData: encodeExtraData({ protocol: 'pow@1', digest: NO_BYTES, proofs: NO_BYTES, seal: NO_BYTES }),
        }),
    ],
    [
      'carries proofs, which nobody here can judge',
      'PROOFS_NOT_ALLOWED',
      (block) =>
        altered(test, block, {
          extraData: encodeExtraData({
            protocol: 'dt-dpos@1',
            digest: encodeDigest({ slot: 4 }),
            proofs: Uint8Array.of(1),
            seal: NO_BYTES,
          }),
        }),
    ],
    [
      'is not sealed',
      'SIGNATURE_LENGTH',
      (block) =>
        altered(test, block, {
          extraData: encodeExtraData({
            protocol: 'dt-dpos@1',
            digest: encodeDigest({ slot: 4 }),
            proofs: NO_BYTES,
            seal: NO_BYTES,
          }),
        }),
    ],
    [
      'has extra data of its own making',
      'EXTRA_DATA',
      (block) => altered(test, block, { extraData: new Uint8Array(97) }),
    ],
    ['has no extra data', 'EXTRA_DATA', (block) => altered(test, block, { extraData: NO_BYTES })],
    ['has endless extra data', 'EXTRA_DATA', (block) => altered(test, block, { extraData: new Uint8Array(1_000_000) })],
    [
      'claims a time beyond the safe integers',
      'EXTRA_DATA',
      (block) => altered(test, block, { timestamp: 2n ** 60n, extraData: block.header.extraData }),
    ],
  ])('that %s is refused with %s, and nothing changes', async (_name, code, make) => {
    const before = test.chain.head();
    const block = await make(next);
    expect(await outcomeOf(block)).toEqual({ kind: 'rejected', code });
    expect(test.chain.head()).toBe(before);
    expect(await outcomeOf(next)).toMatchObject({ kind: 'imported' });
  });

  it('is refused by `putBlock` of EthereumJS with the same code', async () => {
    const put = (block: Block) => test.blockchain.putBlock(block).catch((error: unknown) => error);
    const wrongLeader = await put(await sealAt(test, 4, { author: other(authorOf(next)) }));
    expect(isAdapterError(wrongLeader, 'BLOCK_REFUSED') && wrongLeader.data).toMatchObject({
      reason: 'WRONG_LEADER',
      height: 4,
    });
    const garbage = await put(await altered(test, next, { extraData: new Uint8Array(97) }));
    expect(isAdapterError(garbage, 'BLOCK_REFUSED') && garbage.data).toMatchObject({ reason: 'EXTRA_DATA' });
    const heavy = await put(await altered(test, next, { difficulty: 7n }));
    expect(isAdapterError(heavy, 'BLOCK_REFUSED') && heavy.data).toMatchObject({ reason: 'WRONG_DIFFICULTY' });
    const early = await put(await sealAt(test, 9));
    expect(isAdapterError(early, 'BLOCK_EARLY') && early.data).toMatchObject({ until: GENESIS_MS + 9 * SLOT_MS });
    expect(await put(next)).toBeUndefined();
  });

  it('waits until its time has come, if somebody signed it', async () => {
    const early = await sealAt(test, 6);
    expect(await outcomeOf(early)).toEqual({ kind: 'early', until: GENESIS_MS + 6 * SLOT_MS });
    const forged = await sealAt(test, 6, { signer: signerOf(other(authorOf(early))) });
    expect(await outcomeOf(forged)).toEqual({ kind: 'rejected', code: 'SIGNATURE_INVALID' });
    test.clock.moveTo(6);
    expect(await outcomeOf(early)).toMatchObject({ kind: 'imported' });
  });

  it('is an orphan without its parent', async () => {
    const peer = await createDtDposChain();
    const blocks = await extend(peer, 5, 6);
    const [parent, child] = blocks.map((block) => peer.consensus.project(block.header));
    test.clock.moveTo(6);
    const outcome = await outcomeOf(blocks[1] as Block);
    expect(outcome).toEqual({ kind: 'orphan', id: child?.id, parentId: parent?.id });
  });

  it('is left alone if its parent lies deeper than the chain looks', async () => {
    const shallow = await createDtDposChain({ reorgBlocksMax: 2 });
    const [, second] = await extend(shallow, 1, 4);
    const idOf = (block?: Block) => (block === undefined ? undefined : shallow.consensus.project(block.header));
    shallow.clock.moveTo(5);
    const late = await sealAt(shallow, 5, { parentId: idOf(second)?.id ?? '' });
    expect(await shallow.chain.importBlock(late.serialize())).toMatchObject({ kind: 'imported', isHead: false });
    const deeper = await sealAt(shallow, 5, { parentId: idOf(second)?.parentId ?? '' });
    expect(await shallow.chain.importBlock(deeper.serialize())).toEqual({ kind: 'unavailable' });
  });

  it('of another chain is refused', async () => {
    const config = { preset: 'minimal', slotMs: SLOT_MS, driftMs: 0, electionLagEpochs: 0, blockReward: 7 };
    const peer = await createDtDposChain({ config });
    // Both chains have one genesis block; what differs is the configuration, which is part of what is signed.
    expect(peer.chain.head().header.id).toBe((await test.consensus.tipAfter(peer.chain.head().header.id)).header.id);
    peer.clock.moveTo(1);
    const block = await sealAt(peer, 1);
    expect(await outcomeOf(block)).toEqual({ kind: 'rejected', code: 'SIGNATURE_INVALID' });
  });

  it('may be any bytes at all', async () => {
    const valid = next.serialize();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.record({ at: fc.nat({ max: valid.length - 1 }), to: fc.nat({ max: 255 }) }).map(({ at, to }): Bytes => {
        const changed = valid.slice();
        changed[at] = to === changed[at] ? to ^ 1 : to;
        return changed;
      }),
      fc.nat({ max: valid.length - 1 }).map((length) => valid.slice(0, length)),
      fc.uint8Array({ minLength: 1, maxLength: 9 }).map((tail) => Uint8Array.from([...valid, ...tail])),
    );
    const head = test.chain.head();
    await fc.assert(
      fc.asyncProperty(bytes, async (block) => {
        const { kind } = await test.chain.importBlock(block);
        expect(['rejected', 'orphan', 'early']).toContain(kind);
        expect(test.chain.head()).toBe(head);
      }),
      { numRuns: 120 },
    );
  });

  it('may not be longer than the chain takes', async () => {
    expect(await test.chain.importBlock(new Uint8Array(8_388_609))).toEqual({
      kind: 'rejected',
      code: 'BLOCK_TOO_LARGE',
    });
    expect(await test.chain.importBlock(new Uint8Array(8_388_608))).toEqual({
      kind: 'rejected',
      code: 'BLOCK_ENCODING',
    });
  });
});

it('whoever asks for a time between seconds or an author that is no account is told so', async () => {
  const { chain }: TestChain<unknown> = await createDtDposChain();
  const parentId = chain.head().header.id;
  const request = { parentId, author: MEMBERS[0] ?? '', digest: NO_BYTES, transactions: [] };
  await expect(chain.build({ ...request, timestamp: GENESIS_MS + 500 })).rejects.toThrow('TIMESTAMP_FRACTION');
  await expect(chain.build({ ...request, timestamp: GENESIS_MS, author: 'wind' })).rejects.toThrow('AUTHOR_INVALID');
  expect(await chain.build({ ...request, parentId: `0x${'00'.repeat(32)}`, timestamp: GENESIS_MS })).toBeNull();
});
