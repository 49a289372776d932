import { describe, expect, it } from 'vitest';
import { createMemoryStore, type KvStore, openLedger, type StoredLedger, transfer } from '../src/index.ts';
import { stubCrypto, stubSigner, TestChain, testGenesis } from './support.ts';

/** A store that is closed in name only, so that it can be opened again. */
function reopen(store: KvStore): Promise<StoredLedger> {
  return openLedger({ genesis: testGenesis(), crypto: stubCrypto(), store });
}

async function createStoredChain(store: KvStore): Promise<TestChain> {
  return TestChain.start(testGenesis(), [], { store });
}

const alice = stubSigner('alice');

describe('a ledger on a store', () => {
  it('stands where it stood when it is opened again, and spends the same nonces (storage S2, S9)', async () => {
    const store = createMemoryStore();
    const chain = await createStoredChain(store);
    for (let block = 0; block < 5; block++) {
      const payment = chain.transaction(transfer, alice, { to: 'bob', amount: 5n });
      await chain.include([payment], [{ kind: 'reward', actor: 'node1', units: 3n }]);
    }
    const reopened = await reopen(store);
    expect(reopened.recovery).toMatchObject({
      headHeight: 5,
      blocksExecuted: 5,
      blocksRewound: 0,
      rowsRepaired: 0,
      damaged: [],
    });
    expect((await reopened.read({ kind: 'head' }))?.block.header.id).toBe(chain.headId);
    expect(reopened.stateAt()?.root).toEqual(chain.ledger.stateAt()?.root);
    expect(reopened.nonceOf('alice')).toBe(chain.ledger.nonceOf('alice'));
  });
});
