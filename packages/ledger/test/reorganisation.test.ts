import { describe, expect, it } from 'vitest';
import { createMemoryStore, type KvStore, readBalance, transfer } from '../src/index.ts';
import { stubSigner, TestChain, testGenesis } from './support.ts';

const [alice, bob] = [stubSigner('alice'), stubSigner('bob')];

/** A chain of two blocks that was left for one of three. */
async function reorganised(store: KvStore | undefined) {
  const chain = await TestChain.start(testGenesis(), [], store && { store });
  const reverted: string[] = [];
  for (const signer of [alice, bob]) {
    const { block } = await chain.include([chain.transaction(transfer, signer, { to: 'node3', amount: 5n })]);
    reverted.unshift(block.header.id);
  }
  const other = await TestChain.start();
  const branch: string[] = [];
  const update: Parameters<typeof chain.ledger.commit>[0]['store'][number][] = [];
  for (let height = 1; height <= 3; height++) {
    const { block } = await other.include([]);
    const decoded = chain.ledger.decode(block.bytes, 'block');
    if (decoded === null) throw new Error('not a block');
    expect((await chain.ledger.execute(decoded, { directives: [] })).kind).toBe('executed');
    update.push({ block: decoded, record: new Uint8Array() });
    branch.push(block.header.id);
  }
  await chain.ledger.commit({ store: update, headId: branch[2] ?? '', reverted, applied: branch });
  Object.assign(chain, { headId: branch[2], height: 3, time: other.time });
  return { chain, other, branch, reverted };
}

describe.each(['memory', 'store'])('two blocks that are left for three, ledger in %s', (place) => {
  const open = () => reorganised(place === 'store' ? createMemoryStore() : undefined);

  it('the adopted branch is the new one at every height, with the state of who never left it (simulation I12)', async () => {
    const { chain, other, branch, reverted } = await open();
    for (const [index, id] of branch.entries()) {
      expect((await chain.ledger.read({ kind: 'height', height: index + 1 }))?.block.header.id).toBe(id);
    }
    expect((await chain.ledger.read({ kind: 'head' }))?.block.header.id).toBe(branch[2]);
    for (const id of reverted) expect((await chain.ledger.read({ kind: 'id', id }))?.block.header.id).toBe(id);
    expect(chain.ledger.stateAt()?.root).toEqual(other.ledger.stateAt()?.root);
  });

  it('what the old branch had included waits again in its order there: equal fees are served as they came', async () => {
    const { chain } = await open();
    const [first, second] = ['alice', 'bob'].map((actor) => chain.ledger.nonceOf(actor));
    expect([first, second, chain.ledger.pendingCount()]).toEqual([1, 1, 2]);
    const { transactions } = chain.ledger.decode((await chain.build()).bytes, 'block') as unknown as {
      readonly transactions: readonly { readonly signer: string }[];
    };
    expect(transactions.map(({ signer }) => signer)).toEqual(['alice', 'bob']);
    await chain.include([]);
    const state = chain.ledger.stateAt();
    expect(state && readBalance(state, 'node3')).toBe(1_000_010n);
  });
});

it('what was left finds the room of what the new branch has included, however full the pool was (contract, section 11)', async () => {
  const chain = await TestChain.start(testGenesis(), [], { limits: { mempoolTransactions: 1 } });
  const left = chain.transaction(transfer, alice, { to: 'node3', amount: 5n });
  const kept = chain.transaction(transfer, bob, { to: 'node3', amount: 5n });
  const { block: first } = await chain.include([left]);
  const other = await TestChain.start();
  const branch = [(await other.include([kept])).block, (await other.include([])).block].map((block) => {
    const decoded = chain.ledger.decode(block.bytes, 'block');
    if (decoded === null) throw new Error('not a block');
    return decoded;
  });
  expect(await chain.ledger.submit(kept)).toMatchObject({ kind: 'added' });
  for (const block of branch) expect((await chain.ledger.execute(block, { directives: [] })).kind).toBe('executed');
  const ids = branch.map(({ header }) => header.id);
  const store = branch.map((block) => ({ block, record: new Uint8Array() }));
  await chain.ledger.commit({ store, headId: ids[1] ?? '', reverted: [first.header.id], applied: ids });
  expect([chain.ledger.pendingCount(), chain.ledger.nonceOf('alice'), chain.ledger.nonceOf('bob')]).toEqual([1, 1, 1]);

  // Where other transactions wait, it is told of.
  const dropped: string[] = [];
  chain.ledger.events.on('transactionDropped', ({ code }) => void dropped.push(code));
  const { block: last } = await other.include([left]);
  const decoded = chain.ledger.decode(last.bytes, 'block') ?? expect.unreachable();
  await chain.ledger.execute(decoded, { directives: [] });
  const { id } = last.header;
  await chain.ledger.commit({
    store: [{ block: decoded, record: new Uint8Array() }],
    headId: id,
    reverted: [],
    applied: [id],
  });
  expect(await chain.ledger.submit(chain.transaction(transfer, bob, { to: 'node3', amount: 5n }))).toMatchObject({
    kind: 'added',
  });
  await chain.ledger.commit({ store: [], headId: ids[1] ?? '', reverted: [id], applied: [] });
  expect(dropped).toEqual(['MEMPOOL_FULL']);
});
