import type { NetPort } from '@fiducia/consensus/ports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLedger, type Ledger, ROUND_VOTES_CHANNEL, TRANSACTIONS_CHANNEL, transfer } from '../src/index.ts';
import { FEE, stubCrypto, stubSigner, TestChain, testGenesis } from './support.ts';

const alice = stubSigner('alice');
const bob = stubSigner('bob');
const pay = { to: 'node1', amount: 1n };

function drops(ledger: Ledger): string[] {
  const codes: string[] = [];
  ledger.events.on('transactionDropped', ({ code }) => codes.push(code));
  return codes;
}

describe('mempool', () => {
  it('counts transactions in waiting for the next nonce', async () => {
    const chain = await TestChain.start();
    await chain.ledger.submit(chain.transaction(transfer, alice, pay));
    expect(chain.ledger.nonceOf('alice')).toBe(1);
    await chain.ledger.submit(chain.transaction(transfer, alice, pay, { nonce: 2 }));
    expect(chain.ledger.nonceOf('alice')).toBe(1);
    await chain.ledger.submit(chain.transaction(transfer, alice, pay, { nonce: 1 }));
    expect(chain.ledger.nonceOf('alice')).toBe(3);
  });

  it('knows what it has', async () => {
    const chain = await TestChain.start();
    const bytes = chain.transaction(transfer, alice, pay);
    expect((await chain.ledger.submit(bytes)).kind).toBe('added');
    expect((await chain.ledger.submit(bytes)).kind).toBe('known');
    expect(
      (await Promise.all([chain.ledger.submit(bytes), chain.ledger.submit(bytes)])).map(({ kind }) => kind),
    ).toEqual(['known', 'known']);
  });

  it.each([
    ['a used nonce', { nonce: 0 }, 'TX_NONCE_USED'],
    ['a nonce too far ahead (catalogue T05)', { nonce: 65 }, 'TX_NONCE_GAP'],
    ['a fee below the minimum', { nonce: 1, fee: FEE - 1n }, 'TX_FEE'],
    ['fees beyond the balance', { nonce: 1, fee: 1_000_000n }, 'TX_BALANCE'],
    ['another chain (catalogue T02)', { nonce: 1, chainId: new Uint8Array(32) }, 'TX_WRONG_CHAIN'],
  ])('refuses %s', async (_name, changes, code) => {
    const chain = await TestChain.start();
    await chain.include([chain.transaction(transfer, alice, pay)]);
    expect(await chain.ledger.submit(chain.transaction(transfer, alice, pay, changes))).toEqual({
      kind: 'rejected',
      code,
    });
  });

  it('refuses what it cannot decode or verify', async () => {
    const chain = await TestChain.start();
    const codes = async (bytes: Uint8Array) => {
      const result = await chain.ledger.submit(bytes);
      return result.kind === 'rejected' ? result.code : result.kind;
    };
    expect(await codes(new Uint8Array(3))).toBe('TX_ENCODING');
    expect(await codes(new Uint8Array(40_000))).toBe('TX_TOO_LARGE');
    const forger = { address: 'alice', sign: bob.sign };
    expect(await codes(chain.transaction(transfer, forger, pay))).toBe('SIGNATURE_INVALID');
  });

  it('replaces only for a tenth more (catalogue T04)', async () => {
    const chain = await TestChain.start();
    const dropped = drops(chain.ledger);
    const at = (fee: bigint) => chain.ledger.submit(chain.transaction(transfer, alice, pay, { nonce: 0, fee }));
    expect((await at(100n)).kind).toBe('added');
    expect(await at(109n)).toEqual({ kind: 'rejected', code: 'TX_REPLACEMENT_FEE' });
    expect((await at(110n)).kind).toBe('added');
    expect(dropped).toEqual(['TX_REPLACED']);
    expect(chain.ledger.pendingCount()).toBe(1);
  });

  it('replaces nothing for nothing where transactions cost no fee (catalogue T04)', async () => {
    const chain = await TestChain.start(testGenesis({ minimumFee: 0n }));
    const at = (fee: bigint, amount: bigint) =>
      chain.ledger.submit(chain.transaction(transfer, alice, { to: 'bob', amount }, { nonce: 0, fee }));
    expect((await at(0n, 1n)).kind).toBe('added');
    expect(await at(0n, 2n)).toEqual({ kind: 'rejected', code: 'TX_REPLACEMENT_FEE' });
    expect((await at(1n, 3n)).kind).toBe('added');
  });

  it('makes room for a higher fee and for nothing else (catalogue T04)', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { mempoolTransactions: 2 } });
    const dropped = drops(chain.ledger);
    const from = (name: string, fee: bigint) =>
      chain.ledger.submit(chain.transaction(transfer, stubSigner(name), pay, { fee }));
    await from('alice', 20n);
    await from('bob', 30n);
    expect(await from('node2', 20n)).toEqual({ kind: 'rejected', code: 'MEMPOOL_FULL' });
    expect((await from('node2', 21n)).kind).toBe('added');
    expect(dropped).toEqual(['MEMPOOL_FULL']);
    expect(chain.ledger.nonceOf('alice')).toBe(0);
    expect(chain.ledger.pendingCount()).toBe(2);
  });

  it('does not let a dear transaction hold the places of the cheap ones before it (catalogue T04)', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { mempoolTransactions: 3 } });
    const from = (name: string, nonce: number, fee: bigint) =>
      chain.ledger.submit(chain.transaction(transfer, stubSigner(name), pay, { nonce, fee }));
    await from('alice', 0, 10n);
    await from('alice', 1, 900n);
    await from('bob', 0, 20n);
    // Behind its own cheap one a newcomer is worth no more than that.
    expect(await from('alice', 2, 900n)).toEqual({ kind: 'rejected', code: 'MEMPOOL_FULL' });
    expect(await from('node1', 0, 10n)).toEqual({ kind: 'rejected', code: 'MEMPOOL_FULL' });
    expect((await from('node1', 0, 11n)).kind).toBe('added');
    expect([chain.ledger.nonceOf('alice'), chain.ledger.nonceOf('bob')]).toEqual([1, 1]);
    expect((await from('node2', 0, 11n)).kind).toBe('added');
    expect([chain.ledger.nonceOf('alice'), chain.ledger.nonceOf('node1')]).toEqual([0, 1]);
  });

  it('gives the place of what waits behind a gap to anybody who pays (catalogue T05)', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { mempoolTransactions: 3 } });
    const dropped = drops(chain.ledger);
    const from = (name: string, nonce: number, fee: bigint) =>
      chain.ledger.submit(chain.transaction(transfer, stubSigner(name), pay, { nonce, fee }));
    await from('alice', 1, 50_000n);
    await from('alice', 3, 60_000n);
    await from('bob', 0, 10n);
    expect(await from('node1', 1, 70_000n)).toEqual({ kind: 'rejected', code: 'MEMPOOL_FULL' });
    expect((await from('node1', 0, 10n)).kind).toBe('added');
    expect((await from('node2', 0, 10n)).kind).toBe('added');
    expect(await from('node3', 0, 10n)).toEqual({ kind: 'rejected', code: 'MEMPOOL_FULL' });
    expect(dropped).toEqual(['MEMPOOL_FULL', 'MEMPOOL_FULL']);
    expect(chain.ledger.pendingCount()).toBe(3);
  });

  it('gives the place of what fails, and so never pays its fee, to anybody who pays (catalogue T04, energy TX23)', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { mempoolTransactions: 3 } });
    const dropped = drops(chain.ledger);
    const send = (name: string, nonce: number, fee: bigint, amount = 1n) =>
      chain.ledger.submit(chain.transaction(transfer, stubSigner(name), { to: 'node1', amount }, { nonce, fee }));
    // Nobody has as much, so the first transfer fails in every block, and the second waits for it.
    await send('alice', 0, 50_000n, 9_000_000n);
    await send('alice', 1, 60_000n);
    await send('bob', 0, 10n);
    expect(await send('node2', 0, 10n)).toEqual({ kind: 'rejected', code: 'MEMPOOL_FULL' });
    await chain.build();
    // Paying more, which costs nothing either, does not bring the place back before it was tried.
    expect((await send('alice', 0, 90_000n, 8_000_000n)).kind).toBe('added');
    expect((await send('node2', 0, 10n)).kind).toBe('added');
    expect((await send('node3', 0, 10n)).kind).toBe('added');
    expect(await send('node1', 0, 10n)).toEqual({ kind: 'rejected', code: 'MEMPOOL_FULL' });
    expect(dropped).toEqual(['TX_REPLACED', 'MEMPOOL_FULL', 'MEMPOOL_FULL']);
    expect((await chain.include([])).included).toBe(3);
  });

  it('values what failed once by its fee again when it no longer does (energy TX23)', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { mempoolTransactions: 2 } });
    await chain.include([chain.transaction(transfer, alice, { to: 'poor', amount: 30n })]);
    await chain.ledger.submit(
      chain.transaction(transfer, stubSigner('poor'), { to: 'bob', amount: 100n }, { fee: 20n }),
    );
    await chain.build();
    await chain.include([chain.transaction(transfer, alice, { to: 'poor', amount: 100n })]);
    await chain.build();
    await chain.ledger.submit(chain.transaction(transfer, bob, pay, { fee: 30n }));
    expect(await chain.ledger.submit(chain.transaction(transfer, stubSigner('node2'), pay, { fee: 20n }))).toEqual({
      kind: 'rejected',
      code: 'MEMPOOL_FULL',
    });
  });

  it('knows after a block which transactions have lost or gained their place (catalogue T05)', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { mempoolTransactions: 3 } });
    const from = (name: string, nonce: number, fee: bigint) =>
      chain.ledger.submit(chain.transaction(transfer, stubSigner(name), pay, { nonce, fee }));
    await from('alice', 1, 40n);
    await from('alice', 0, 40n);
    await chain.include([]);
    await from('alice', 2, 40n);
    await from('bob', 0, 20n);
    await from('node1', 0, 30n);
    expect(chain.ledger.pendingCount()).toBe(3);
    expect((await from('node2', 0, 25n)).kind).toBe('added');
    expect([chain.ledger.nonceOf('alice'), chain.ledger.nonceOf('bob')]).toEqual([3, 0]);
  });

  it('drops what waited too long (catalogue T04)', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { mempoolBlocks: 3 } });
    const dropped = drops(chain.ledger);
    await chain.ledger.submit(chain.transaction(transfer, alice, pay, { nonce: 5 }));
    for (let block = 0; block < 2; block++) await chain.include([]);
    expect(dropped).toEqual([]);
    await chain.include([]);
    expect(dropped).toEqual(['TX_EXPIRED']);
  });

  it('keeps a transaction that fails now, and includes it when it no longer does (energy TX23)', async () => {
    const chain = await TestChain.start();
    const poor = stubSigner('poor');
    await chain.include([chain.transaction(transfer, alice, { to: 'poor', amount: 30n })]);
    await chain.ledger.submit(chain.transaction(transfer, poor, { to: 'bob', amount: 100n }));
    expect((await chain.include([])).included).toBe(0);
    const { included } = await chain.include([chain.transaction(transfer, alice, { to: 'poor', amount: 100n })]);
    // In the same block: the payment stands before the transaction that needs it, or one block later.
    expect(included + (await chain.include([])).included).toBe(2);
    expect(chain.ledger.pendingCount()).toBe(0);
  });

  it('serves higher fees first, but never out of nonce order', async () => {
    const chain = await TestChain.start();
    const send = (name: string, nonce: number, fee: bigint) =>
      chain.ledger.submit(chain.transaction(transfer, stubSigner(name), pay, { nonce, fee }));
    await send('alice', 0, 10n);
    await send('alice', 1, 90n);
    await send('bob', 0, 50n);
    await send('node2', 0, 50n);
    const block = await chain.build();
    const order = chain.ledger
      .decode(block.bytes, 'block')
      ?.transactions.map(({ signer, nonce }) => `${signer}${nonce}`);
    expect(order).toEqual(['bob0', 'node20', 'alice0', 'alice1']);
  });

  it('includes a gap that was filled late in the same block', async () => {
    const chain = await TestChain.start();
    for (const nonce of [2, 1, 0]) await chain.ledger.submit(chain.transaction(transfer, alice, pay, { nonce }));
    expect((await chain.include([])).included).toBe(3);
  });

  it('remembers a bounded number of verified transactions, and checks the others again', async () => {
    const crypto = stubCrypto();
    const chain = await TestChain.start(undefined, [], { crypto, limits: { verifiedTransactions: 1 } });
    await chain.ledger.submit(chain.transaction(transfer, alice, pay));
    await chain.ledger.submit(chain.transaction(transfer, bob, pay));
    await chain.include([]);
    expect(crypto.verified).toBe(3);
  });

  it('stops filling a block at its limit', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { buildBytes: 400 } });
    for (let nonce = 0; nonce < 9; nonce++)
      await chain.ledger.submit(chain.transaction(transfer, alice, pay, { nonce }));
    const block = await chain.build();
    const count = chain.ledger.decode(block.bytes, 'block')?.transactions.length ?? 0;
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(4);
  });

  it('stays within its caps under random load (catalogue T04, T05)', async () => {
    const send = fc.record({
      name: fc.constantFrom('alice', 'bob', 'node1', 'node2'),
      nonce: fc.nat({ max: 6 }),
      fee: fc.bigInt({ min: 5n, max: 40n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(send, { freq: 8 }), { maxLength: 60 }), async (plan) => {
        const limits = { mempoolTransactions: 7, mempoolPerAccount: 3 };
        const chain = await TestChain.start(undefined, [], { limits });
        let waiting = 0;
        chain.ledger.events.on('transactionAdded', () => waiting++);
        chain.ledger.events.on('transactionDropped', () => waiting--);
        for (const item of plan) {
          if (item === null) waiting -= (await chain.include([])).included;
          else await chain.ledger.submit(chain.transaction(transfer, stubSigner(item.name), pay, item));
          expect(chain.ledger.pendingCount()).toBeLessThanOrEqual(7);
          expect(chain.ledger.pendingCount()).toBe(waiting);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('bounds the signatures it checks at one time (catalogue T08)', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { verifying: 2 } });
    const sent = [0, 1, 2].map((nonce) => chain.ledger.submit(chain.transaction(transfer, alice, pay, { nonce })));
    expect((await Promise.all(sent)).map((result) => (result.kind === 'rejected' ? result.code : result.kind))).toEqual(
      ['added', 'added', 'LEDGER_BUSY'],
    );
    expect((await chain.ledger.submit(chain.transaction(transfer, alice, pay, { nonce: 2 }))).kind).toBe('added');
  });

  it('checks every signature once: on arrival, and not again in the block', async () => {
    const crypto = stubCrypto();
    const chain = await TestChain.start(undefined, [], { crypto });
    await chain.ledger.submit(chain.transaction(transfer, alice, pay));
    await chain.ledger.submitRoundVote(chain.vote('node1'));
    expect(crypto.verified).toBe(2);
    await chain.include([]);
    expect(crypto.verified).toBe(2);

    const other = stubCrypto();
    const follower = await TestChain.start(undefined, [], { crypto: other });
    const stored = await chain.ledger.read({ kind: 'head' });
    await follower.adopt(stored?.block.bytes ?? new Uint8Array());
    expect([other.verified, other.batches]).toEqual([2, 1]);
  });
});

describe('round votes in waiting (trust F8)', () => {
  it('go into the block of their round and parent, and expire otherwise', async () => {
    const chain = await TestChain.start();
    const first = chain.vote('node1');
    expect((await chain.ledger.submitRoundVote(first)).kind).toBe('added');
    expect((await chain.ledger.submitRoundVote(first)).kind).toBe('known');
    await chain.ledger.submitRoundVote(chain.vote('node3'));
    await chain.ledger.submitRoundVote(chain.vote('node2', { parentId: 'cd'.repeat(32) }));
    const { facts } = await chain.include([]);
    expect(facts).toEqual([
      { kind: 'participation', actor: 'node1', round: 1 },
      { kind: 'participation', actor: 'node3', round: 1 },
    ]);
    expect((await chain.include([])).facts).toEqual([]);
  });

  it('cost no fee and no nonce', async () => {
    const chain = await TestChain.start();
    await chain.ledger.submitRoundVote(chain.vote('node1'));
    const before = chain.ledger.stateAt()?.root;
    await chain.include([]);
    expect(chain.ledger.stateAt()?.root).toEqual(before);
    expect(chain.ledger.nonceOf('node1')).toBe(0);
  });

  it.each([
    ['a round far ahead', { height: 20 }, 'node1', 'VOTE_ROUND'],
    ['a stranger', {}, 'alice', 'VOTE_NOT_CANDIDATE'],
  ])('are refused for %s', async (_name, changes, voter, code) => {
    const chain = await TestChain.start();
    expect(await chain.ledger.submitRoundVote(chain.vote(voter, changes))).toEqual({ kind: 'rejected', code });
  });

  it('are refused with another signature, other bytes, or too many parents', async () => {
    const chain = await TestChain.start();
    const vote = chain.vote('node1');
    const forged = vote.slice();
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    expect(await chain.ledger.submitRoundVote(forged)).toEqual({ kind: 'rejected', code: 'SIGNATURE_INVALID' });
    expect(await chain.ledger.submitRoundVote(new Uint8Array(2))).toEqual({ kind: 'rejected', code: 'VOTE_ENCODING' });
    expect((await chain.ledger.submitRoundVote(vote)).kind).toBe('added');
    expect(await chain.ledger.submitRoundVote(forged)).toEqual({ kind: 'rejected', code: 'VOTE_DUPLICATE' });
    for (const parent of ['aa', 'bb', 'cc', 'dd']) {
      const result = await chain.ledger.submitRoundVote(chain.vote('node1', { parentId: parent.repeat(32) }));
      expect(result.kind).toBe(parent === 'dd' ? 'rejected' : 'added');
    }
  });

  it('stay within their cap', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { roundVotes: 2 } });
    await chain.ledger.submitRoundVote(chain.vote('node1'));
    await chain.ledger.submitRoundVote(chain.vote('node2'));
    expect(await chain.ledger.submitRoundVote(chain.vote('node3'))).toEqual({
      kind: 'rejected',
      code: 'VOTE_POOL_FULL',
    });
  });

  it('of the round that comes next take the places of those before and far ahead (trust F8)', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { roundVotes: 3 } });
    const send = async (voter: string, height: number) => {
      const result = await chain.ledger.submitRoundVote(chain.vote(voter, { height }));
      return result.kind === 'rejected' ? result.code : result.kind;
    };
    // Past rounds stay for a while, for reorganisations: with many candidates they alone would fill the pool.
    for (const voter of ['node1', 'node2', 'node3']) await send(voter, 1);
    await chain.include([]);
    expect(await send('node1', 9)).toBe('added');
    expect(await send('node1', 2)).toBe('added');
    expect(await send('node2', 2)).toBe('added');
    expect(await send('node3', 9)).toBe('VOTE_POOL_FULL');
    expect(await send('node3', 2)).toBe('added');
    expect(await send('node1', 1)).toBe('VOTE_POOL_FULL');
    expect((await chain.include([])).facts).toHaveLength(3);
    expect(chain.ledger.usage().find(({ name }) => name === 'roundVotes')?.count).toBe(3);
  });

  it('are forgotten when their round is long gone', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { roundVotes: 1 } });
    await chain.ledger.submitRoundVote(chain.vote('node1'));
    for (let block = 0; block < 9; block++) await chain.include([]);
    expect((await chain.ledger.submitRoundVote(chain.vote('node2'))).kind).toBe('added');
  });
});

describe('relay', () => {
  type Handler = Parameters<NetPort['subscribe']>[1];

  function fakeNet() {
    const handlers = new Map<string, Handler>();
    const sent: string[] = [];
    const net: NetPort = {
      self: 'me',
      send: (_to, channel) => sent.push(channel),
      subscribe(channel, handler) {
        handlers.set(channel, handler);
        return () => handlers.delete(channel);
      },
      request: async () => null,
      serve: () => () => {},
      peers: () => [],
      penalise: () => {},
    };
    return { net, handlers, sent };
  }

  it('sends what is submitted here once, and passes on what peers send', async () => {
    const { net, handlers, sent } = fakeNet();
    const source = await TestChain.start();
    const ledger = createLedger({ genesis: testGenesis(), crypto: stubCrypto(), net });
    ledger.start();
    ledger.start();
    const own = source.transaction(transfer, alice, pay);
    await ledger.submit(own);
    await ledger.submit(own);
    await ledger.submitRoundVote(source.vote('node1'));
    expect(sent).toEqual([TRANSACTIONS_CHANNEL, ROUND_VOTES_CHANNEL]);

    const receive = (channel: string, bytes: Uint8Array) => handlers.get(channel)?.('peer', bytes);
    expect(await receive(TRANSACTIONS_CHANNEL, source.transaction(transfer, bob, pay))).toBe('accept');
    expect(await receive(TRANSACTIONS_CHANNEL, own)).toBe('ignore');
    expect(await receive(TRANSACTIONS_CHANNEL, source.transaction(transfer, bob, pay, { nonce: 70 }))).toBe('ignore');
    expect(await receive(TRANSACTIONS_CHANNEL, new Uint8Array(9))).toBe('reject');
    expect(await receive(ROUND_VOTES_CHANNEL, source.vote('node2'))).toBe('accept');
    expect(await receive(ROUND_VOTES_CHANNEL, source.vote('alice'))).toBe('ignore');
    expect(await receive(ROUND_VOTES_CHANNEL, source.vote('node1').slice(1))).toBe('reject');
    expect(sent).toHaveLength(2);
    ledger.stop();
    expect(handlers.size).toBe(0);
  });

  it('checks few signatures of one peer at one time, so that others find room (catalogue T08)', async () => {
    const { net, handlers } = fakeNet();
    const source = await TestChain.start();
    const limits = { verifying: 4, verifyingPerPeer: 2 };
    const ledger = createLedger({ genesis: testGenesis(), crypto: stubCrypto(), net, limits });
    ledger.start();
    const payment = (nonce: number) => source.transaction(transfer, alice, pay, { nonce });
    const hear = (from: string, nonce: number) => handlers.get(TRANSACTIONS_CHANNEL)?.(from, payment(nonce));
    const heard = [hear('mallory', 0), hear('mallory', 1), hear('mallory', 2), hear('bob', 2)];
    const own = ledger.submit(payment(3));
    expect(ledger.usage()).toContainEqual({ name: 'verifyingPerPeer', count: 2, max: 2 });
    expect(await Promise.all(heard)).toEqual(['accept', 'accept', 'ignore', 'accept']);
    expect((await own).kind).toBe('added');
    expect(ledger.usage()).toContainEqual({ name: 'verifyingPerPeer', count: 0, max: 2 });
    expect(await hear('mallory', 4)).toBe('accept');
  });
});
