/** What a crash leaves of an update: a block that can be read, and nothing else of it (contract section 11). */
import type { ConsensusPlugin } from '@fiducia/consensus';
import type { Block } from '@fiducia/consensus/ports';
import { expect, test } from 'vitest';
import { branchOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { scripted } from './fixtures/scripted.ts';

test.each([
  ['the block itself', [1, 2]],
  ['a descendant', [2, 1, 2]],
  ['a descendant, again and again', [2, 2, 2, 1, 2]],
])('contract section 11: a node goes on after it, whatever comes first: %s', async (_what, order) => {
  const plugin = scripted() as ConsensusPlugin;
  const blocks = branchOf(createFakeChain().genesis, 3) as [Block, Block, Block];
  const whole = createFakeChain();
  const before = createNode({ plugin, chain: whole });
  await before.host.start();
  for (const { bytes } of blocks.slice(0, 2)) await before.host.importBlock(bytes);
  await before.host.stop();

  // The second block of the two survives by itself.
  const chain = createFakeChain();
  const torn = createNode({ plugin, chain });
  await torn.host.start();
  await torn.host.importBlock(blocks[0].bytes);
  await torn.host.stop();
  const left = whole.stored.get(blocks[1].header.id);
  if (left === undefined) throw new Error('it was stored');
  (chain.stored as Map<string, unknown>).set(blocks[1].header.id, left);
  const executed = new Set([chain.genesis.header.id, blocks[0].header.id]);
  const { execute } = chain;
  chain.execute = async (block, request) => {
    if (block.header.height > 0 && !executed.has(block.header.parentId)) return { kind: 'unavailable' };
    executed.add(block.header.id);
    return execute(block, request);
  };

  const node = createNode({ plugin, chain });
  await node.host.start();
  expect(node.host.head().header.height).toBe(1);
  for (const index of order) await node.host.importBlock(blocks[index as 1 | 2].bytes, 'bob');
  expect(node.host.head().header.id).toBe(blocks[2].header.id);
  expect(node.seen.filter(({ name }) => name === 'faulted')).toEqual([]);
});
