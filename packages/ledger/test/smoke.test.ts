import { expect, it } from 'vitest';
import { auditSupply, readBalance, readProducerIncome, transfer } from '../src/index.ts';
import { FEE, stubSigner, TestChain } from './support.ts';

it('moves units, books the fee as producer income and conserves the supply', async () => {
  const chain = await TestChain.start();
  const alice = stubSigner('alice');
  const { included } = await chain.include([chain.transaction(transfer, alice, { to: 'bob', amount: 25n })]);
  expect(included).toBe(1);
  const state = chain.ledger.stateAt();
  if (state === undefined) throw new Error('no state');
  expect(readBalance(state, 'alice')).toBe(1_000_000n - 25n - FEE);
  expect(readBalance(state, 'bob')).toBe(1_000_025n);
  expect(readProducerIncome(state, 'node1')).toBe(FEE);
  expect(readBalance(state, 'node1')).toBe(1_000_000n);
  expect(auditSupply(state).conserved).toBe(true);
});
