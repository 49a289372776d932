/** Blocks that are as full as the contract allows stop nobody (contract section 4, step 8). */
import { accept, type ConsensusPlugin, compareBytes, type Evidence, type Fact, LIMITS } from '@fiducia/consensus';
import { expect, test } from 'vitest';
import { childOf, SCRIPTED } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';

const exit: Fact = { kind: 'exit', actor: 'a' };

function plugin(): ConsensusPlugin {
  const rules = {
    conflictKey: () => 'key',
    verifyEvidence: () => accept(),
    applyHeader: () => ({ height: 0, facts: [] }),
  };
  return scripted({ rules, requires: { facts: ['exit', 'evidence'] } }) as ConsensusPlugin;
}

test.each([
  [LIMITS.factsPerBlock, { kind: 'adopted' }],
  [LIMITS.factsPerBlock + 1, { kind: 'rejected', code: 'FACTS_TOO_MANY' }],
])('contract section 4: %d facts of a ledger beside evidence', async (count, expected) => {
  const facts = Array.from({ length: count }, () => exit);
  const chain = createFakeChain({ provides: ['exit'], factsAt: () => facts });
  const [first, second] = [1, 2]
    .map((salt) => childOf(chain.genesis, { digest: weigh(1, salt) }).headerBytes)
    .sort(compareBytes);
  if (first === undefined || second === undefined) throw new Error('two headers');
  const place = { era: 0, protocol: SCRIPTED, offender: 'alice', height: 1, subject: 'header' } as const;
  const evidence: Evidence = { kind: 'equivocation', ...place, first, second };
  const node = createNode({ chain, plugin: plugin() });
  await node.host.start();
  const block = childOf(chain.genesis, { timestamp: 5_000, evidence: [evidence] });
  expect(await node.host.importBlock(block.bytes)).toMatchObject(expected);
  expect(node.seen.filter(({ name }) => name === 'faulted')).toEqual([]);
  await node.host.stop();
  const again = createNode({ chain, plugin: plugin() });
  await again.host.start();
  expect(again.host.head().header.height).toBe(expected.kind === 'adopted' ? 1 : 0);
});
