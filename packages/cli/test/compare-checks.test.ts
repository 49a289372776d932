import { transfer } from '@fiducia/ledger';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Consignment, planSending, requireCarried, requireOneApplicationRoot } from '../src/compare/carry.ts';
import { createCompareNetwork, ROUND_MS, setUpForComparison } from '../src/compare/network.ts';
import { outsiderKeyPair } from '../src/compare/workload/market.ts';
import { Pen } from '../src/compare/workload/pen.ts';
import { ADMISSION, MARKET_SLOT_MS } from '../src/compare/workload/timeline.ts';
import { createWorkload } from '../src/compare/workload/workload.ts';
import type { FiduciaCommandError } from '../src/failure.ts';
import type { Network } from '../src/scenario/network.ts';

/** Rounds until the end of the first market slot in which anything is sent. */
const ROUNDS = (2 * MARKET_SLOT_MS) / ROUND_MS - 1;

describe('checks of a comparison', () => {
  let network: Network;
  let consignment: Consignment;
  let surprises: readonly FiduciaCommandError[];
  beforeAll(async () => {
    network = await createCompareNetwork(1, setUpForComparison('dpos'));
    const { chainId } = network.observer.node.ledger;
    const { transactions } = createWorkload({ seed: 1, chainId, crypto: network.crypto });
    const pen = new Pen(chainId, network.crypto);
    const phase = ADMISSION.apply;
    // A payment that nothing is wrong with, passed off as one that pools refuse.
    const { bytes } = pen.write(phase, outsiderKeyPair(0), transfer, { to: outsiderKeyPair(1).address, amount: 1n });
    const sound = { name: 'nothing wrong', code: 'TX_BALANCE', refusedBy: 'pool', phase, bytes } as const;
    consignment = { transactions: transactions.filter((transaction) => transaction.phase === phase), refused: [sound] };
    await network.start();
    surprises = planSending(network, consignment);
    for (let round = 1; round <= ROUNDS; round++) await network.runSlot(round);
    await network.stop();
  });

  it('notice a node that takes what it should refuse', () => {
    expect(surprises.length).toBe(6);
    expect(surprises[0]?.data).toMatchObject({
      code: 'CHECK_FAILED',
      subject: expect.stringContaining('nothing wrong'),
    });
  });

  it('notice a chain that holds more than the good transactions, fewer, or some too late', async () => {
    const { transactions, refused } = consignment;
    const failing = (changed: Consignment['transactions']) =>
      expect(requireCarried(network, { transactions: changed, refused })).rejects;
    await failing(transactions).toThrow('the chain holds a bad transaction of kind account/transfer');
    const all = refused.map(({ bytes, phase }) => ({ bytes, phase, kind: transfer.kind, signer: '' }));
    const complete = [...transactions, ...all];
    await requireCarried(network, { transactions: complete, refused });
    await failing([...complete, ...transactions.slice(0, 1)]).toThrow('1 transactions are missing');
    const early = complete.map((transaction) => ({ ...transaction, phase: transaction.phase - 1 }));
    await failing(early).toThrow('came 1 market slots late');
  });

  it('notice nodes that do not agree', () => {
    expect(requireOneApplicationRoot(network)).toMatch(/^[0-9a-f]{64}$/);
    const [first, ...others] = network.nodes;
    if (first === undefined) throw new Error('no node');
    const { ledger } = first.node;
    const behind = { ...first, node: { ...first.node, ledger: { ...ledger, stateAt: () => undefined } } };
    expect(() => requireOneApplicationRoot({ ...network, nodes: [behind, ...others] })).toThrow(
      'different application states',
    );
  });
});
