import { createRandomStream } from '@fiducia/simulator';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRefusedTransactions, type RefusedTransaction } from '../src/compare/workload/refused.ts';
import { PHASES, phaseStart } from '../src/compare/workload/timeline.ts';
import { createWorkload, shuffleWithinPhases, type Workload } from '../src/compare/workload/workload.ts';
import { applicationRootWithoutConsensus, HandChain } from './support/hand-chain.ts';

const SEED = 1;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

let chain: HandChain;
let workload: Workload;
let refused: readonly RefusedTransaction[];
beforeAll(async () => {
  chain = await HandChain.start(SEED);
  const { chainId } = chain.ledger;
  workload = createWorkload({ seed: SEED, chainId, crypto: chain.crypto });
  refused = createRefusedTransactions(workload, SEED);
});

describe('workload of a comparison', () => {
  it('has at least 2,000 transactions of at least six kinds, equal for equal seeds', () => {
    const { transactions } = workload;
    expect(transactions.length).toBeGreaterThanOrEqual(2_000);
    expect(new Set(transactions.map(({ kind }) => kind)).size).toBe(10);
    const again = (seed: number) =>
      createWorkload({ seed, chainId: chain.ledger.chainId, crypto: chain.crypto }).transactions.map(({ bytes }) =>
        hex(bytes),
      );
    const bytes = transactions.map((transaction) => hex(transaction.bytes));
    expect(again(SEED)).toEqual(bytes);
    expect(again(SEED + 1)).not.toEqual(bytes);
  });

  it('gives one application root however it is cut and interleaved, another one with one changed amount (energy I-15)', async () => {
    const root = await applicationRootWithoutConsensus(SEED, workload.transactions, 1);
    const random = createRandomStream({ seed: 5, label: 'topology', sha256: chain.crypto.sha256 });
    const shuffled = shuffleWithinPhases(workload.transactions, random);
    expect(shuffled).not.toEqual(workload.transactions);
    expect(await applicationRootWithoutConsensus(SEED, shuffled, 3)).toBe(root);
    const { chainId } = chain.ledger;
    const amended = createWorkload({ seed: SEED, chainId, crypto: chain.crypto, amendment: 1n });
    expect(await applicationRootWithoutConsensus(SEED, amended.transactions, 1)).not.toBe(root);
  });
});

describe('bad transactions of a comparison', () => {
  it('are a hundred, refused for at least twenty reasons, equal for equal seeds', () => {
    expect(refused.length).toBe(100);
    expect(new Set(refused.map(({ code }) => code)).size).toBeGreaterThanOrEqual(20);
    expect(refused.filter(({ refusedBy }) => refusedBy === 'pool').length).toBeGreaterThan(30);
    expect(refused.filter(({ refusedBy }) => refusedBy === 'builder').length).toBeGreaterThan(30);
    expect(createRefusedTransactions(workload, SEED)).toEqual(refused);
    expect(createRefusedTransactions(workload, SEED + 1)).not.toEqual(refused);
  });

  it('are refused with their code by the pool or left out by the builder, and make a block invalid', async () => {
    const counts = { refused: 0, included: 0 };
    for (let phase = 0; phase < PHASES; phase++) {
      const time = phaseStart(phase);
      for (const { bytes } of workload.transactions.filter((transaction) => transaction.phase === phase)) {
        expect(await chain.ledger.submit(bytes)).toMatchObject({ kind: 'added' });
      }
      const sent = refused.filter((transaction) => transaction.phase === phase);
      for (const { name, code, refusedBy, bytes } of sent) {
        const result = await chain.ledger.submit(bytes);
        const expected = refusedBy === 'pool' ? { kind: 'rejected', code } : { kind: 'added' };
        expect({ name, ...result }).toMatchObject({ name, ...expected });
        counts.refused++;
      }
      counts.included += (await chain.extend(time)).length;
      for (const { name, code, bytes } of sent) {
        expect({ name, code: await chain.codeAgainst(bytes, time + 1) }).toEqual({ name, code });
      }
    }
    expect(counts).toEqual({ refused: 100, included: workload.transactions.length });
    // What builders left out waits for good: it never became valid.
    expect(chain.ledger.pendingCount()).toBe(refused.filter(({ refusedBy }) => refusedBy === 'builder').length);
  });
});
