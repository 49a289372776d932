import { describe, expect, it } from 'vitest';
import { type Ledger, transfer } from '../src/index.ts';
import { stubSigner, TestChain } from './support.ts';

const alice = stubSigner('alice');
const pay = { to: 'node1', amount: 1n };

function countOf(ledger: Ledger, name: string): number | undefined {
  return ledger.usage().find((buffer) => buffer.name === name)?.count;
}

describe('usage of a ledger (simulation I11)', () => {
  it('names every bounded buffer once, with its limit', async () => {
    const { ledger } = await TestChain.start(undefined, [], { limits: { roundVotes: 7, stateVersions: 1 } });
    expect(ledger.usage().map(({ name, max }) => [name, max])).toEqual([
      ['mempoolTransactions', 8_192],
      ['mempoolPerAccount', 64],
      ['roundVotes', 7],
      ['verifying', 1_024],
      ['verifyingPerPeer', 256],
      ['verifiedTransactions', 8_192],
      // Head and newest block stay, whatever the limit is.
      ['stateVersions', 2],
    ]);
  });

  it('counts what waits, is being checked, was checked and is kept', async () => {
    const chain = await TestChain.start();
    const { ledger } = chain;
    const submitted = ledger.submit(chain.transaction(transfer, alice, pay));
    expect(countOf(ledger, 'verifying')).toBe(1);
    await submitted;
    await ledger.submitRoundVote(chain.vote('node1'));
    expect(ledger.usage().map(({ count }) => count)).toEqual([1, 1, 1, 0, 0, 1, 1]);
    await chain.include([]);
    expect(ledger.usage().map(({ count }) => count)).toEqual([0, 0, 1, 0, 0, 1, 2]);
  });

  it('simulation I11: an account keeps its cap when a reorganisation returns what it had spent', async () => {
    const chain = await TestChain.start(undefined, [], { limits: { mempoolPerAccount: 3 } });
    const { ledger, headId: genesisId } = chain;
    const rival = await chain.build();
    const spent = [0, 1, 2].map((nonce) => chain.transaction(transfer, alice, pay, { nonce }));
    await chain.include(spent);
    for (const nonce of [3, 4, 5]) await ledger.submit(chain.transaction(transfer, alice, pay, { nonce }));
    expect(countOf(ledger, 'mempoolPerAccount')).toBe(3);

    const codes: string[] = [];
    ledger.events.on('transactionDropped', ({ code }) => codes.push(code));
    const reverted = [chain.headId];
    await ledger.execute(rival, { directives: [] });
    const { id } = rival.header;
    expect(rival.header.parentId).toBe(genesisId);
    await ledger.commit({ store: [{ block: rival, record: new Uint8Array() }], headId: id, reverted, applied: [id] });
    expect(countOf(ledger, 'mempoolPerAccount')).toBe(3);
    expect(ledger.nonceOf('alice')).toBe(3);
    expect(codes).toEqual(['TX_NONCE_GAP', 'TX_NONCE_GAP', 'TX_NONCE_GAP']);
  });
});
