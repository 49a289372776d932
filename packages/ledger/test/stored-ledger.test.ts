import type { Block } from '@fiducia/consensus/ports';
import { hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { createCheckedStore, createMemoryStore, isLedgerError, type KvStore, transfer } from '../src/index.ts';
import { openLedger } from '../src/ledger.ts';
import {
  adopt,
  blockOn,
  copyOf,
  damage,
  genesisOf,
  grow,
  headOf,
  open,
  recordCommits,
  recordsOf,
} from './stored-chain.ts';
import { stubCrypto, stubSigner, TestChain, testGenesis } from './support.ts';

const alice = stubSigner('alice');
const CLEAN = { blocksRewound: 0, rowsRepaired: 0, damaged: [] };

describe('a ledger on a store', () => {
  it('stands where it stood when it is opened again, and spends the same nonces (storage S2, S9)', async () => {
    const store = createMemoryStore();
    const chain = await TestChain.start(testGenesis(), [], { store });
    for (let block = 0; block < 5; block++) {
      const payment = chain.transaction(transfer, alice, { to: 'bob', amount: 5n });
      await chain.include([payment], [{ kind: 'reward', actor: 'node1', units: 3n }]);
    }
    const reopened = await open(store);
    expect(reopened.recovery).toEqual({ headHeight: 5, finalizedHeight: 0, blocksExecuted: 5, ...CLEAN });
    expect(await headOf(reopened)).toBe(chain.headId);
    expect(reopened.stateAt()?.root).toEqual(chain.ledger.stateAt()?.root);
    expect(reopened.nonceOf('alice')).toBe(chain.ledger.nonceOf('alice'));
  });

  it('gives back records, proofs, checkpoints and finality, and every block by id and height', async () => {
    const store = createMemoryStore();
    const ledger = await open(store);
    const chunks = [Uint8Array.of(1), new Uint8Array(), Uint8Array.of(1)];
    const blocks = await grow(ledger, await genesisOf(ledger), 4, ({ header }) => {
      if (header.height !== 3) return {};
      return { finalized: { id: header.id, proof: Uint8Array.of(9) }, checkpoint: { id: header.id, chunks } };
    });
    const reopened = await open(store);
    for (const [index, { header, bytes }] of blocks.entries()) {
      const stored = await reopened.read({ kind: 'height', height: index + 1 });
      expect(stored?.block.bytes).toEqual(bytes);
      expect(stored?.record).toEqual(Uint8Array.of(1, index + 1));
      expect(await reopened.read({ kind: 'id', id: header.id })).toEqual(stored);
    }
    const final = await reopened.read({ kind: 'finalized' });
    expect(final?.block.header.height).toBe(3);
    expect(final?.proof).toEqual(Uint8Array.of(9));
    expect([...(final?.checkpoint ?? [])]).toEqual(chunks);
    // Equal chunks are stored once.
    expect(recordsOf(store).filter(({ table }) => table === 'chunks')).toHaveLength(2);
  });

  it('reads nothing for what it does not hold', async () => {
    const ledger = await open(createMemoryStore());
    await grow(ledger, await genesisOf(ledger), 2);
    for (const id of ['', 'x'.repeat(64), '0'.repeat(64)]) expect(await ledger.read({ kind: 'id', id })).toBeNull();
    for (const height of [3, -1, 0.5, Number.NaN]) expect(await ledger.read({ kind: 'height', height })).toBeNull();
  });

  it('builds on a side branch after it was opened again', async () => {
    const store = createMemoryStore();
    const ledger = await open(store);
    const genesis = await genesisOf(ledger);
    const [first] = await grow(ledger, genesis, 3);
    if (first === undefined) return expect.unreachable();
    const side = await blockOn(ledger, first, 1, [
      { kind: 'slash', actor: 'node3', partsPerMillion: 1_000, reason: 'X' },
    ]);
    await adopt(ledger, [side], { headId: await headOf(ledger), applied: [] });

    const reopened = await open(store);
    const next = await blockOn(reopened, side, 2);
    expect(next.header.height).toBe(3);
    expect(reopened.stateAt(side.header.id)?.root).toEqual(ledger.stateAt(side.header.id)?.root);
  });
});

describe('an update is one commit', () => {
  /** Blocks, a reorganisation, finality with a side branch to prune, and the commits that made them. */
  async function live() {
    const store = recordCommits();
    const ledger = await open(store);
    const genesis = await genesisOf(ledger);
    const [a1, a2, a3] = await grow(ledger, genesis, 3);
    if (!a1 || !a2 || !a3) return expect.unreachable();
    const b2 = await blockOn(ledger, a1, 1);
    const b3 = await blockOn(ledger, b2, 1);
    await adopt(ledger, [b2, b3], { reverted: [a3.header.id, a2.header.id] });
    const before = store.commits.length;
    await ledger.commit({
      store: [],
      headId: b3.header.id,
      reverted: [],
      applied: [],
      finalized: { id: b2.header.id },
    });
    return { store, ledger, heads: [a1, a2, a3, b3].map(({ header }) => header.id), before, left: a2, leftToo: a3 };
  }

  it('of which every prefix is a consistent chain, reorganisation and finality included (storage S2, S10)', async () => {
    const { store, heads, before } = await live();
    // Four updates, one that makes a block final, and one that prunes.
    expect([before, store.commits.length]).toEqual([4, 6]);
    const prefix = createMemoryStore();
    for (const [index, writes] of store.commits.entries()) {
      await prefix.commit(writes);
      const reopened = await open(await copyOf(prefix));
      expect(reopened.recovery).toMatchObject(CLEAN);
      expect(await headOf(reopened)).toBe(heads[Math.min(index, 3)]);
      expect(reopened.recovery.finalizedHeight).toBe(index < 4 ? 0 : 2);
    }
  });

  it('that writes over nothing that is durable, when a restarted host stores a block with proof and checkpoint again (storage S2)', async () => {
    const store = recordCommits();
    const ledger = await open(store);
    const genesis = await genesisOf(ledger);
    const [head] = await grow(ledger, genesis, 1);
    const headId = head?.header.id ?? expect.unreachable();
    const side = await blockOn(ledger, genesis, 1);
    const beside = {
      store: [{ block: side, record: Uint8Array.of(1), proof: Uint8Array.of(2) }],
      checkpoint: { id: side.header.id, chunks: [Uint8Array.of(3), Uint8Array.of(4)] },
    };
    await adopt(ledger, [], { ...beside, headId });
    const reopened = await open(store);
    const known = recordsOf(store);
    await reopened.execute(side, { directives: [] });
    await adopt(reopened, [], { ...beside, headId });
    const written = store.commits.at(-1) ?? [];
    expect(written.map(({ table }) => table)).toEqual(['meta']);
    expect(known.filter(({ table }) => table === 'checkpoints')).toHaveLength(1);
  });

  it.each([1, 10, 100])('also in a reorganisation of depth %d (storage S2)', async (depth) => {
    const store = recordCommits();
    const ledger = await open(store);
    const genesis = await genesisOf(ledger);
    const main = await grow(ledger, genesis, depth);
    const side: Block[] = [];
    for (let parent = genesis; side.length <= depth; side.push(parent)) parent = await blockOn(ledger, parent, 1);
    const before = await copyOf(store);
    const count = store.commits.length;
    await adopt(ledger, side, { reverted: main.map(({ header }) => header.id).reverse() });
    expect(store.commits).toHaveLength(count + 1);
    expect((await open(before)).recovery).toMatchObject({ headHeight: depth, ...CLEAN });
    const reopened = await open(store);
    expect(reopened.recovery).toMatchObject({ headHeight: depth + 1, ...CLEAN });
    expect(reopened.stateAt()?.root).toEqual(ledger.stateAt()?.root);
  });

  it('and what a final block rules out goes in another one, after a crash on opening (storage S10)', async () => {
    const { store, ledger, left, leftToo } = await live();
    expect(await ledger.read({ kind: 'id', id: left.header.id })).toBeNull();
    expect(store.commits.at(-1)?.every(({ value }) => value === null)).toBe(true);

    const crashed = createMemoryStore();
    for (const writes of store.commits.slice(0, -1)) await crashed.commit(writes);
    const reopened = await open(crashed);
    expect(await reopened.read({ kind: 'id', id: left.header.id })).toBeNull();
    // A block above the final one stays, on whatever branch.
    expect(await reopened.read({ kind: 'id', id: leftToo.header.id })).not.toBeNull();
    expect(crashed.get('blocks', hexToBytes(left.header.id))).toBeUndefined();
  });

  it('that shows and is told of only once it is durable (storage S3)', async () => {
    const store = createMemoryStore();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow: KvStore = {
      get: (table, key) => store.get(table, key),
      range: (...parts) => store.range(...parts),
      close: () => store.close(),
      async commit(writes) {
        await store.commit(writes);
        await gate;
      },
    };
    const ledger = await open(slow);
    const genesis = await genesisOf(ledger);
    const heads: string[] = [];
    ledger.events.on('headChanged', ({ headId }) => void heads.push(headId));
    const block = await blockOn(ledger, genesis);
    const committed = adopt(ledger, [block]);
    await Promise.resolve();
    expect(await headOf(ledger)).toBe(genesis.header.id);
    expect(await ledger.read({ kind: 'height', height: 1 })).toBeNull();
    expect(await ledger.read({ kind: 'id', id: block.header.id })).toBeNull();
    expect(heads).toEqual([]);
    release();
    await committed;
    expect(await headOf(ledger)).toBe(block.header.id);
    expect(heads).toEqual([block.header.id]);
  });

  it('that changes nothing if the store refuses it, and can be made again (storage S2)', async () => {
    const store = createMemoryStore();
    let isFull = false;
    const ledger = await open({
      get: (table, key) => store.get(table, key),
      range: (...parts) => store.range(...parts),
      close: () => store.close(),
      commit: async (writes) => (isFull ? Promise.reject(new Error('disk full')) : store.commit(writes)),
    });
    const [first] = await grow(ledger, await genesisOf(ledger), 1);
    if (first === undefined) return expect.unreachable();
    const block = await blockOn(ledger, first);
    isFull = true;
    await expect(adopt(ledger, [block])).rejects.toThrow('disk full');
    expect(await headOf(ledger)).toBe(first.header.id);
    expect((await open(await copyOf(store))).recovery).toMatchObject({ headHeight: 1, ...CLEAN });
    isFull = false;
    await adopt(ledger, [block]);
    expect((await open(store)).recovery).toMatchObject({ headHeight: 2, ...CLEAN });
  });

  it.each([
    ['a block that is neither stored nor in it', { headId: 'f'.repeat(64) }],
    ['a branch that is not adopted', { reverted: ['f'.repeat(64)] }],
    ['a final block off the branch', { finalized: { id: 'f'.repeat(64) } }],
    ['a checkpoint of an unknown block', { checkpoint: { id: 'f'.repeat(64), chunks: [] } }],
  ])('that is refused before anything is written if it names %s', async (_what, changes) => {
    const store = recordCommits();
    const ledger = await open(store);
    const block = await blockOn(ledger, await genesisOf(ledger));
    await expect(adopt(ledger, [block], changes)).rejects.toMatchObject({ data: { code: 'UNKNOWN_BLOCK' } });
    expect(store.commits).toEqual([]);
  });
});

describe('what a store says about itself', () => {
  it('has keys whose byte order is that of heights (storage S5)', async () => {
    const store = createMemoryStore();
    const ledger = await open(store);
    const blocks = await grow(ledger, await genesisOf(ledger), 300);
    const ids = recordsOf(store).filter(({ table }) => table === 'heights');
    expect(ids.map(({ value }) => Buffer.from(value.subarray(0, 32)).toString('hex'))).toEqual(
      blocks.map(({ header }) => header.id),
    );
  });

  it('is refused if it is newer, of another chain, or no store of a ledger (storage S5)', async () => {
    const store = createMemoryStore();
    const ledger = await open(store);
    await grow(ledger, await genesisOf(ledger), 2);
    const other = openLedger({ genesis: testGenesis({ chainName: 'other' }), crypto: stubCrypto(), store });
    await expect(other).rejects.toMatchObject({ data: { code: 'STORE_WRONG_CHAIN' } });

    const checked = createCheckedStore(store);
    const [schema] = recordsOf(store);
    if (schema === undefined) return expect.unreachable();
    await checked.commit([{ table: 'meta', key: schema.key, value: Uint8Array.of(0, 0, 0, 2) }]);
    await expect(open(store)).rejects.toMatchObject({ data: { code: 'STORE_SCHEMA', found: 2, known: 1 } });
    await checked.commit([{ table: 'meta', key: schema.key, value: Uint8Array.of(0) }]);
    await expect(open(store)).rejects.toMatchObject({ data: { code: 'STORE_INCONSISTENT' } });
    await damage(store, 'meta', schema.key);
    await expect(open(store)).rejects.toMatchObject({ data: { code: 'STORE_DAMAGED', table: 'meta', key: '00' } });
  });

  it('names table and key of a record that is not what was written (storage S4)', async () => {
    const store = createMemoryStore();
    const ledger = await open(store);
    // More than a ledger keeps in memory, so that the first block is read from the store.
    const [first] = await grow(ledger, await genesisOf(ledger), 520);
    const id = first?.header.id ?? '';
    await damage(store, 'blocks', hexToBytes(id), 100);
    const failure = await failureOf(() => ledger.read({ kind: 'id', id }));
    expect(isLedgerError(failure, 'STORE_DAMAGED')).toBe(true);
    expect(failure).toMatchObject({ data: { table: 'blocks', key: id } });
  });
});

/** What a call throws or rejects with. */
async function failureOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (thrown) {
    return thrown;
  }
}
