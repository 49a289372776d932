import type { Directive } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { hexToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createCheckedStore,
  createMemoryStore,
  isLedgerError,
  type KvStore,
  type KvWrite,
  type StoredLedger,
} from '../src/index.ts';
import { decodeDirectives, encodeDirectives } from '../src/store/directive-codec.ts';
import {
  adopt,
  blockOn,
  copyOf,
  damage,
  directivesAt,
  genesisOf,
  grow,
  headOf,
  open,
  recordCommits,
  recordsOf,
} from './stored-chain.ts';

const key = ({ header }: Block) => hexToBytes(header.id);

/** Ten blocks, the fourth of which is final, and a sibling of the sixth. */
async function tenBlocks() {
  const store = createMemoryStore();
  const ledger = await open(store);
  const blocks = await grow(ledger, await genesisOf(ledger), 10, ({ header }) =>
    header.height === 4 ? { finalized: { id: header.id, proof: Uint8Array.of(4) } } : {},
  );
  const side = await blockOn(ledger, blocks[4] ?? expect.unreachable(), 1);
  await adopt(ledger, [side], { headId: await headOf(ledger), applied: [] });
  return { store, ledger, blocks, side };
}

/** What a crash makes of each write of an update. */
const fatesOf = (writes: readonly KvWrite[]) =>
  fc.tuple(...writes.map(() => fc.constantFrom('written', 'missing', 'wrong')));

describe('opening a damaged store (storage S9)', () => {
  let chain: Awaited<ReturnType<typeof tenBlocks>>;
  beforeAll(async () => {
    chain = await tenBlocks();
  });

  it.each([5, 8, 10])('goes back to below block %d if that is damaged, and tells of it', async (height) => {
    const store = await copyOf(chain.store);
    const block = chain.blocks[height - 1] ?? expect.unreachable();
    await damage(store, 'blocks', key(block), 50);
    const reopened = await open(store);
    const table = { table: 'blocks', key: block.header.id };
    expect(reopened.recovery).toMatchObject({ headHeight: height - 1, blocksRewound: 11 - height, damaged: [table] });
    expect(await headOf(reopened)).toBe(chain.blocks[height - 2]?.header.id);
    expect(await reopened.read({ kind: 'id', id: block.header.id })).toBeNull();
    // Whoever opens it next finds it whole.
    expect((await open(store)).recovery).toMatchObject({
      headHeight: height - 1,
      blocksRewound: 0,
      rowsRepaired: 0,
      damaged: [],
    });
    await grow(reopened, chain.blocks[height - 2] ?? expect.unreachable(), 2);
    expect((await open(store)).recovery).toMatchObject({ headHeight: height + 1, rowsRepaired: 0, damaged: [] });
  });

  it.each([1, 4])(
    'never goes below the final block: with block %d damaged it is refused (storage S9)',
    async (height) => {
      const store = await copyOf(chain.store);
      await damage(store, 'blocks', key(chain.blocks[height - 1] ?? expect.unreachable()));
      await expect(open(store)).rejects.toMatchObject({ data: { code: 'STORE_INCONSISTENT' } });
    },
  );

  it('uses the position before the newest if that was torn, and none without any', async () => {
    const store = await copyOf(chain.store);
    const [newest, before] = recordsOf(store)
      .filter(({ table, key: [kind] }) => table === 'meta' && kind === 1)
      .sort((a, b) => (b.value[7] ?? 0) - (a.value[7] ?? 0));
    if (newest === undefined || before === undefined) return expect.unreachable();
    await damage(store, 'meta', newest.key, 3);
    expect((await open(await copyOf(store))).recovery).toMatchObject({ headHeight: 10, blocksRewound: 0 });
    await damage(store, 'meta', before.key, 3);
    await expect(open(store)).rejects.toMatchObject({ data: { code: 'STORE_INCONSISTENT' } });
  });

  it('writes rows of indexes again, and lets go of a damaged block of another branch', async () => {
    const store = await copyOf(chain.store);
    const rows = recordsOf(store).filter(({ table }) => table === 'heights' || table === 'branches');
    for (const { table, key: name } of rows) await damage(store, table, name);
    await damage(store, 'blocks', key(chain.side));
    const reopened = await open(store);
    expect(reopened.recovery).toMatchObject({ headHeight: 10, blocksRewound: 0 });
    expect(reopened.recovery.rowsRepaired).toBeGreaterThanOrEqual(16);
    expect(await reopened.read({ kind: 'id', id: chain.side.header.id })).toBeNull();
    for (const [index, { header }] of chain.blocks.entries()) {
      expect((await reopened.read({ kind: 'height', height: index + 1 }))?.block.header.id).toBe(header.id);
    }
    expect((await open(store)).recovery).toMatchObject({ rowsRepaired: 0, damaged: [] });
  });

  it('stands on the branch it followed, whatever older row of a height a disk left in its place (storage S9)', async () => {
    const store = await copyOf(chain.store);
    const ledger = await open(store);
    const older = recordsOf(store).filter(({ table }) => table === 'heights')[5] ?? expect.unreachable();
    const left = chain.blocks.slice(5).map(({ header }) => header.id);
    const rival = [chain.side];
    while (rival.length < 6) rival.push(await blockOn(ledger, rival.at(-1) ?? chain.side, 3));
    const ids = rival.map(({ header }) => header.id);
    await adopt(ledger, rival.slice(1), { reverted: left.toReversed(), applied: ids });
    await store.commit([older]);

    // What would put the row right never gets there either.
    const stuck: KvStore = {
      ...{ get: store.get.bind(store), range: store.range.bind(store), close: store.close.bind(store) },
      commit: (writes) => store.commit(writes.filter(({ table }) => table !== 'heights')),
    };
    const reopened = await open(stuck);
    expect((await reopened.read({ kind: 'height', height: 6 }))?.block.header.id).toBe(ids[0]);
    const last = chain.blocks.at(-1) ?? expect.unreachable();
    await adopt(reopened, [], { headId: last.header.id, reverted: ids.toReversed(), applied: left });
    expect(await headOf(reopened)).toBe(last.header.id);
  });

  it.each(['nothing', 'the head', 'its parent'])(
    'stands before or after an update of which any part was written before a crash, %s being final (storage S2, S9)',
    async (final) => {
      const store = recordCommits();
      const ledger = await open(store);
      const finalOf = ({ header }: Block) =>
        ({ nothing: undefined, 'the head': header.id, 'its parent': header.parentId })[final];
      const finalize = (block: Block) => {
        const id = finalOf(block);
        const chunks = [Uint8Array.of(block.header.height), Uint8Array.of(1, 2, 3)];
        const checkpoint = { id: block.header.id, chunks };
        return id === undefined || block.header.height < 2
          ? { checkpoint }
          : { checkpoint, finalized: { id, proof: Uint8Array.of(7) } };
      };
      const blocks = await grow(ledger, await genesisOf(ledger), 4, finalize);
      const last =
        store.commits.findLast((writes) => writes.some(({ table }) => table === 'meta')) ?? expect.unreachable();
      const before = store.commits.slice(0, store.commits.indexOf(last));
      const heads = [blocks[2], blocks[3]].map((block) => block?.header.id);
      await fc.assert(
        fc.asyncProperty(fatesOf(last), async (fates) => {
          const crashed = createMemoryStore();
          for (const writes of before) await crashed.commit(writes);
          await crashed.commit(last.filter((_, index) => fates[index] !== 'missing'));
          for (const [index, { table, key, value }] of last.entries()) {
            if (fates[index] === 'wrong' && value !== null) await damage(crashed, table, key, 3);
          }
          const reopened = await open(crashed);
          const head = (await reopened.read({ kind: 'head' }))?.block ?? expect.unreachable();
          expect(heads).toContain(head.header.id);
          if (fates.every((fate) => fate === 'written')) expect(head.header.id).toBe(heads[1]);
          // What nobody was told of is not here, however much of it is, and may come again.
          const [, , , lost] = blocks;
          if (lost === undefined) return expect.unreachable();
          expect((await reopened.read({ kind: 'id', id: lost.header.id }))?.block.header.id ?? heads[1]).toBe(heads[1]);
          if (head.header.id === heads[0]) {
            await reopened.execute(lost, { directives: directivesAt(4) });
            await adopt(reopened, [lost], finalize(lost));
            expect((await reopened.read({ kind: 'id', id: lost.header.id }))?.block.header.id).toBe(heads[1]);
          }
          for (const { header } of blocks.slice(0, 3)) {
            expect([...((await reopened.read({ kind: 'id', id: header.id }))?.checkpoint ?? [])].length).toBe(2);
          }
          const parts = [...((await reopened.read({ kind: 'id', id: lost.header.id }))?.checkpoint ?? [])];
          expect(parts.length === 2 || head.header.id === heads[1]).toBe(true);
          const next = await blockOn(reopened, lost, 9);
          await adopt(reopened, [next], finalize(next));
          const again = await open(crashed);
          expect(await headOf(again)).toBe(next.header.id);
          expect(again.recovery).toMatchObject({ blocksRewound: 0, damaged: [] });
        }),
        { numRuns: 100 },
      );
    },
  );

  it('begins anew after a first update of which any part was written before a crash (storage S2, S9)', async () => {
    const store = recordCommits();
    const ledger = await open(store);
    const [torn] = await grow(ledger, await genesisOf(ledger), 1);
    const update = store.commits.flat();
    await fc.assert(
      fc.asyncProperty(fatesOf(update), async (fates) => {
        const crashed = createMemoryStore();
        await crashed.commit(update.filter((_, index) => fates[index] !== 'missing'));
        for (const [index, { table, key }] of update.entries()) {
          if (fates[index] === 'wrong') await damage(crashed, table, key, 3);
        }
        const isWhole = update.every(({ table }, index) => table !== 'meta' || fates[index] === 'written');
        if (isWhole) return;
        const reopened = await open(crashed);
        const id = torn?.header.id ?? expect.unreachable();
        expect(await reopened.read({ kind: 'id', id })).toBeNull();
        const other = await blockOn(reopened, await genesisOf(reopened), 5);
        await adopt(reopened, [other]);
        const blocks = await grow(reopened, other, 3, ({ header: { id } }) => ({ finalized: { id } }));
        const again = await open(crashed);
        expect(await headOf(again)).toBe(blocks.at(-1)?.header.id);
        expect(again.recovery).toMatchObject({ blocksRewound: 0, damaged: [] });
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a store whose schema row is missing though it had more than its first update (storage S9)', async () => {
    const store = await copyOf(chain.store);
    const [[schema] = expect.unreachable()] = store.range('meta', new Uint8Array(), Uint8Array.of(1));
    await store.commit([{ table: 'meta', key: schema, value: null }]);
    await expect(open(store)).rejects.toMatchObject({ data: { code: 'STORE_INCONSISTENT' } });
    expect([...store.range('blocks', new Uint8Array(), new Uint8Array(33).fill(255))]).not.toEqual([]);
  });

  it('gives up nothing that was read wrongly once (storage S9)', async () => {
    const before = recordsOf(chain.store);
    let isOver = false;
    for (let wrong = 0; !isOver; wrong++) {
      const store = await copyOf(chain.store);
      let reads = 0;
      const get: KvStore['get'] = (table, key) => {
        const value = store.get(table, key);
        return reads++ === wrong ? value?.with(0, (value[0] ?? 0) ^ 4) : value;
      };
      const misread: KvStore = {
        get,
        range: (...parts) => store.range(...parts),
        commit: (writes) => store.commit(writes),
        close: () => store.close(),
      };
      const reopened = await open(misread);
      expect(await headOf(reopened)).toBe(await headOf(chain.ledger));
      expect(reopened.recovery).toMatchObject({ damaged: [], blocksRewound: 0 });
      expect(recordsOf(store)).toEqual(before);
      isOver = reads <= wrong;
    }
  });

  it('tells of blocks that left with a torn update (storage S9)', async () => {
    const store = recordCommits();
    const ledger = await open(store);
    const [, second] = await grow(ledger, await genesisOf(ledger), 2, ({ header: { id } }) => ({
      finalized: { id, proof: Uint8Array.of(7) },
    }));
    await store.commit([{ table: 'proofs', key: key(second ?? expect.unreachable()), value: null }]);
    const reopened = await open(store);
    expect(reopened.recovery).toMatchObject({ headHeight: 1, finalizedHeight: 1, blocksRewound: 1 });
  });

  it('keeps a final block of which a disk lost the row of its height before others were ruled out (storage S9, S10)', async () => {
    const store = createMemoryStore();
    const ledger = await open(store);
    const genesis = await genesisOf(ledger);
    const [first] = await grow(ledger, genesis, 1);
    const [second] = await grow(ledger, first ?? expect.unreachable(), 1);
    const branches = [...store.range('branches', new Uint8Array(), Uint8Array.of(255))];
    await grow(ledger, second ?? expect.unreachable(), 1, ({ header }) => ({ finalized: { id: header.id } }));
    const heights = [...store.range('heights', new Uint8Array(), Uint8Array.of(255))];
    await store.commit([
      ...branches.map(([key, value]) => ({ table: 'branches', key, value })),
      ...heights.map(([key]) => ({ table: 'heights', key, value: null })),
    ]);
    const reopened = await open(store);
    for (const block of [first, second]) {
      const id = block?.header.id ?? expect.unreachable();
      expect((await reopened.read({ kind: 'id', id }))?.block.header.id).toBe(id);
    }
  });

  it.each(['lost', 'an older one'])(
    'keeps blocks that become final though the row of a height far below the head is %s (storage S9, S10)',
    async (fate) => {
      const store = recordCommits();
      const ledger = await open(store);
      const genesis = await genesisOf(ledger);
      const side = await blockOn(ledger, genesis, 1);
      const blocks = await grow(ledger, genesis, 600);
      await adopt(ledger, [side], { headId: await headOf(ledger), applied: [] });
      const [[row] = expect.unreachable()] = store.range('heights', new Uint8Array(), Uint8Array.of(255));
      const [first, last] = [blocks[0] ?? expect.unreachable(), blocks.at(-1) ?? expect.unreachable()];
      await createCheckedStore(store).commit([
        { table: 'heights', key: row, value: fate === 'lost' ? null : key(side) },
      ]);
      await adopt(ledger, [], { headId: last.header.id, applied: [], finalized: { id: last.header.id } });
      expect((await ledger.read({ kind: 'id', id: first.header.id }))?.block.header.id).toBe(first.header.id);
      expect(await ledger.read({ kind: 'id', id: side.header.id })).toBeNull();
      // So does opening after a crash before the others were ruled out.
      const crashed = createMemoryStore();
      for (const writes of store.commits.slice(0, -1)) await crashed.commit(writes);
      for (const disk of [store, crashed]) {
        const reopened = await open(disk);
        expect((await reopened.read({ kind: 'id', id: first.header.id }))?.block.header.id).toBe(first.header.id);
        expect(await reopened.read({ kind: 'id', id: side.header.id })).toBeNull();
      }
    },
  );

  it('keeps a final block whose proof or checkpoint is damaged, without them', async () => {
    const store = await copyOf(chain.store);
    const final = chain.blocks[3] ?? expect.unreachable();
    await damage(store, 'proofs', key(final));
    await store.commit([{ table: 'checkpoints', key: key(final), value: Uint8Array.of(1) }]);
    const reopened = await open(store);
    expect(reopened.recovery).toMatchObject({ headHeight: 10, finalizedHeight: 4, blocksRewound: 0 });
    expect(reopened.recovery.damaged.map(({ table }) => table)).toEqual(['proofs', 'checkpoints']);
    const stored = await reopened.read({ kind: 'finalized' });
    expect(Object.keys(stored ?? {})).toEqual(['block', 'record']);
    expect((await open(store)).recovery.damaged).toEqual([]);
  });

  it('whatever one record is damaged, gives a prefix that holds the final block, or refuses (storage S4, S9)', async () => {
    const records = recordsOf(chain.store);
    await fc.assert(
      fc.asyncProperty(fc.nat(records.length - 1), fc.nat(5_000), fc.boolean(), async (index, position, isLost) => {
        const { table, key: name } = records[index] ?? expect.unreachable();
        const store = await copyOf(chain.store);
        if (isLost) await store.commit([{ table, key: name, value: null }]);
        else await damage(store, table, name, position);
        await requireSound(store, chain.blocks, { isSchemaLost: isLost && table === 'meta' && name[0] === 0 });
      }),
      { numRuns: 150 },
    );
  });
});

/** Opens and compares with the chain that was stored; a store without its first row is a new one. */
async function requireSound(
  store: KvStore,
  blocks: readonly Block[],
  { isSchemaLost }: { isSchemaLost: boolean },
): Promise<void> {
  let ledger: StoredLedger;
  try {
    ledger = await open(store);
  } catch (thrown) {
    expect(isLedgerError(thrown)).toBe(true);
    expect(['STORE_INCONSISTENT', 'STORE_DAMAGED']).toContain((thrown as { data: { code: string } }).data.code);
    return;
  }
  if (isSchemaLost) return expect(ledger.recovery.headHeight).toBe(0);
  const { headHeight, finalizedHeight } = ledger.recovery;
  expect(finalizedHeight).toBe(4);
  expect(headHeight).toBeGreaterThanOrEqual(4);
  const head = blocks[headHeight - 1] ?? expect.unreachable();
  expect(await headOf(ledger)).toBe(head.header.id);
  const root = (head as unknown as { fields: { stateRoot: Uint8Array } }).fields.stateRoot;
  expect(ledger.stateAt()?.root).toEqual(root);
}

describe('the state that is kept with the blocks', () => {
  const LIMITS = { stateVersions: 40 };

  async function longChain(isFinal: boolean) {
    const store = createMemoryStore();
    const ledger = await open(store, isFinal ? {} : LIMITS);
    const blocks = await grow(ledger, await genesisOf(ledger), 150, ({ header }) =>
      isFinal && header.height > 1 ? { finalized: { id: header.parentId } } : {},
    );
    return { store, ledger, blocks };
  }

  it.each([true, false])('saves executing what is below it, finality %s', async (isFinal) => {
    const { store, ledger, blocks } = await longChain(isFinal);
    const reopened = await open(store, isFinal ? {} : LIMITS);
    const { blocksExecuted, ...rest } = reopened.recovery;
    expect(blocksExecuted).toBeLessThan(isFinal ? 66 : 106);
    expect(rest).toEqual({
      headHeight: 150,
      finalizedHeight: isFinal ? 149 : 0,
      blocksRewound: 0,
      rowsRepaired: 0,
      damaged: [],
    });
    expect(reopened.stateAt()?.root).toEqual(ledger.stateAt()?.root);
    expect(reopened.stateAt()?.applicationRoot).toEqual(ledger.stateAt()?.applicationRoot);
    await grow(reopened, blocks.at(-1) ?? expect.unreachable(), 80);
    expect((await open(store, isFinal ? {} : LIMITS)).recovery.headHeight).toBe(230);
  });

  it('does not keep the newest 64 blocks from being read and hashed again (storage S9)', async () => {
    const { store, blocks } = await longChain(true);
    const [old, recent] = [blocks[49] ?? expect.unreachable(), blocks[89] ?? expect.unreachable()];
    await damage(store, 'blocks', key(old), 77);
    const reopened = await open(store);
    expect(reopened.recovery).toMatchObject({ headHeight: 150, blocksRewound: 0, damaged: [] });
    const reading = reopened.read({ kind: 'id', id: old.header.id });
    await expect(reading).rejects.toMatchObject({ data: { code: 'STORE_DAMAGED', key: old.header.id } });
    await damage(store, 'blocks', key(recent), 77);
    await expect(open(store)).rejects.toMatchObject({ data: { code: 'STORE_INCONSISTENT' } });
  });

  it('is made again from genesis if it is damaged (storage S9)', async () => {
    const { store, ledger } = await longChain(true);
    const cell = recordsOf(store).find(({ table }) => table === 'state');
    await damage(store, 'state', cell?.key ?? new Uint8Array());
    const reopened = await open(store);
    expect(reopened.recovery).toMatchObject({ headHeight: 150, blocksExecuted: 150, blocksRewound: 0 });
    expect(reopened.stateAt()?.root).toEqual(ledger.stateAt()?.root);
    expect(recordsOf(store).some(({ table }) => table === 'state')).toBe(false);
  });

  it.each([true, false])(
    'stands before a torn update that was to move it, on a chain of more blocks than states are kept, finality %s (storage S9)',
    async (isFinal) => {
      const store = recordCommits();
      const ledger = await open(store, LIMITS);
      const finalize = ({ header }: Block) =>
        isFinal && header.height > 1 ? { finalized: { id: header.parentId } } : {};
      const blocks = await grow(ledger, await genesisOf(ledger), 150, finalize);
      const isMove = (writes: readonly KvWrite[]) => writes.some(({ table }) => table === 'state');
      const move = store.commits.findLastIndex(isMove);
      const crashed = createMemoryStore();
      for (const writes of store.commits.slice(0, move)) await crashed.commit(writes);
      const torn = store.commits[move] ?? expect.unreachable();
      await crashed.commit(torn);
      for (const { table, key: name } of torn) {
        if (table === 'state' || table === 'blocks') await damage(crashed, table, name);
      }
      const reopened = await open(crashed, LIMITS);
      const { headHeight } = reopened.recovery;
      const rows = torn.filter(({ table }) => table === 'heights');
      expect(reopened.recovery).toMatchObject({ blocksRewound: 1, rowsRepaired: rows.length });
      expect(headHeight).toBeGreaterThan(64);
      expect(await headOf(reopened)).toBe(blocks[headHeight - 1]?.header.id);
      await grow(reopened, blocks[headHeight - 1] ?? expect.unreachable(), 3, finalize);
      expect((await open(crashed, LIMITS)).recovery).toMatchObject({ headHeight: headHeight + 3, damaged: [] });
    },
  );

  it('moves to the other branch in a reorganisation below it', async () => {
    const store = createMemoryStore();
    const ledger = await open(store, LIMITS);
    const trunk = await grow(ledger, await genesisOf(ledger), 50);
    const main: Block[] = [trunk.at(-1) ?? expect.unreachable()];
    const side: Block[] = [...main];
    for (let index = 0; index < 60; index++) {
      const next = await blockOn(ledger, side.at(-1) ?? expect.unreachable(), 1);
      await adopt(ledger, [next], { headId: await headOf(ledger), applied: [] });
      side.push(next);
      main.push(...(await grow(ledger, main.at(-1) ?? expect.unreachable(), 1)));
    }
    const { blocksExecuted } = (await open(await copyOf(store), LIMITS)).recovery;
    expect(110 - blocksExecuted).toBeGreaterThan(50);

    const idsOf = (blocks: readonly Block[]) => blocks.slice(1).map(({ header }) => header.id);
    const last = await blockOn(ledger, side.at(-1) ?? expect.unreachable(), 1);
    const applied = [...idsOf(side), last.header.id];
    await adopt(ledger, [last], { reverted: idsOf(main).reverse(), applied });
    const reopened = await open(store, LIMITS);
    expect(reopened.recovery).toMatchObject({ headHeight: 111, blocksRewound: 0, rowsRepaired: 0, damaged: [] });
    expect(reopened.recovery.blocksExecuted).toBeLessThan(61);
    expect(reopened.stateAt()?.root).toEqual(ledger.stateAt()?.root);
  });
});

describe('directives in a store', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const directive: fc.Arbitrary<Directive> = fc.oneof(
    fc.record({ kind: fc.constant('reward' as const), actor: text, units: fc.bigInt({ min: 0n, max: 2n ** 128n }) }),
    fc.record({ kind: fc.constant('slash' as const), actor: text, partsPerMillion: fc.nat(1_000_000), reason: text }),
    fc.record({ kind: fc.constant('jail' as const), actor: text, untilHeight: fc.option(fc.nat()), reason: text }),
    fc.record({
      kind: fc.constant('trustChanged' as const),
      actor: text,
      trust: fc.integer().map((trust) => trust || 0),
      reason: text,
    }),
    fc.record({ kind: fc.constant('tierChanged' as const), actor: text, from: text, to: text }),
    fc.record({ kind: fc.constant('custom' as const), id: text, data: fc.uint8Array({ maxLength: 50 }) }),
  );

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(directive, { maxLength: 6 }), (directives) => {
        expect(decodeDirectives(encodeDirectives(directives))).toEqual(directives);
      }),
    );
  });

  it('are refused with a kind that does not exist, or bytes left over', () => {
    expect(() => decodeDirectives(Uint8Array.of(0, 0, 0, 1, 6))).toThrow('directive');
    expect(() => decodeDirectives(Uint8Array.of(0, 0, 0, 0, 0))).toThrow();
  });
});
