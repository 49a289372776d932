import type { Block } from '@fiducia/consensus/ports';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { childOf } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { scripted, weigh } from './fixtures/scripted.ts';

/** Each entry hangs one block with a weight on an earlier block. */
const trees = fc.array(fc.record({ parent: fc.nat(), weight: fc.integer({ min: 1, max: 3 }) }), {
  minLength: 1,
  maxLength: 14,
});

function grow(genesis: Block, shape: readonly { readonly parent: number; readonly weight: number }[]): Block[] {
  const blocks: Block[] = [];
  shape.forEach(({ parent, weight }, salt) => {
    const foot = [genesis, ...blocks][parent % (blocks.length + 1)] ?? genesis;
    blocks.push(childOf(foot, { digest: weigh(weight, salt) }));
  });
  return blocks;
}

/** Heaviest branch, then lowest id: the rule written down a second time, over the finished tree. */
function bestOf(genesis: Block, blocks: readonly Block[], shape: readonly { readonly weight: number }[]): Block {
  const weights = new Map<string, number>([[genesis.header.id, 0]]);
  let best = genesis;
  blocks.forEach((block, index) => {
    const { id, parentId } = block.header;
    weights.set(id, (weights.get(parentId) ?? 0) + (shape[index]?.weight ?? 0));
    const [own, other] = [weights.get(id) ?? 0, weights.get(best.header.id) ?? 0];
    if (own > other || (own === other && id < best.header.id)) best = block;
  });
  return best;
}

test('contract H-20: every order of arrival, orphans included, ends with the same head', async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.infiniteStream(fc.nat()), async (shape, random) => {
      const chain = createFakeChain();
      const blocks = grow(chain.genesis, shape);
      const expected = bestOf(chain.genesis, blocks, shape);
      const shuffled = [...blocks];
      for (let index = shuffled.length - 1; index > 0; index--) {
        const other = (random.next().value ?? 0) % (index + 1);
        const [a, b] = [shuffled[index], shuffled[other]];
        if (a !== undefined && b !== undefined) [shuffled[index], shuffled[other]] = [b, a];
      }
      const node = createNode({ chain, plugin: scripted() });
      await node.host.start();
      for (const block of shuffled) await node.host.importBlock(block.bytes);
      await new Promise((resolve) => setImmediate(resolve));
      expect(node.host.head().header.id).toBe(expected.header.id);
      expect(chain.stored.size).toBe(blocks.length + 1);
      expect(chain.updates.at(-1)?.headId).toBe(expected.header.id);
      await node.host.stop();
    }),
    { numRuns: 150 },
  );
});

test('contract H-20: compareTips of the plugin outranks weight', async () => {
  const chain = createFakeChain();
  const light = childOf(chain.genesis, { digest: weigh(1), timestamp: 9_000 });
  const heavy = childOf(chain.genesis, { digest: weigh(3), timestamp: 1_000 });
  const rules = {
    compareTips: (a: { header: { timestamp: number } }, b: { header: { timestamp: number } }) =>
      a.header.timestamp - b.header.timestamp,
  };
  for (const order of [
    [light, heavy],
    [heavy, light],
  ]) {
    const node = createNode({ plugin: scripted({ rules }) });
    await node.host.start();
    for (const block of order) await node.host.importBlock(block.bytes);
    expect(node.host.head().header.id).toBe(light.header.id);
  }
});
