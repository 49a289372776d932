import type { Block } from '@fiducia/consensus/ports';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeProofNotice } from '../src/finality/proof-codec.ts';
import { createLoopbackNetwork } from '../src/index.ts';
import { childOf, SCRIPTED } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { settle } from './fixtures/virtual-clock.ts';

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

/** What descends from a block, itself included. */
function above(foot: Block, blocks: readonly Block[]): Block[] {
  const ids = new Set([foot.header.id]);
  const branch = [foot];
  for (const block of blocks) {
    if (!ids.has(block.header.parentId)) continue;
    ids.add(block.header.id);
    branch.push(block);
  }
  return branch;
}

test('contract H-20: with a proof among them too, and the chain is the same after a restart', async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.nat(), fc.infiniteStream(fc.nat()), async (shape, chosen, random) => {
      const chain = createFakeChain();
      const blocks = grow(chain.genesis, shape);
      const final = blocks[chosen % blocks.length] ?? chain.genesis;
      const branch = above(final, blocks);
      const weightOf = new Map(blocks.map(({ header }, index) => [header.id, shape[index]?.weight ?? 0]));
      const expected = bestOf(
        final,
        branch.slice(1),
        branch.slice(1).map(({ header }) => ({ weight: weightOf.get(header.id) ?? 0 })),
      );
      const arrivals: (Block | 'proof')[] = [...blocks, 'proof'];
      for (let index = arrivals.length - 1; index > 0; index--) {
        const other = (random.next().value ?? 0) % (index + 1);
        const [a, b] = [arrivals[index], arrivals[other]];
        if (a !== undefined && b !== undefined) [arrivals[index], arrivals[other]] = [b, a];
      }
      const network = createLoopbackNetwork();
      const bob = network.join('bob');
      const plugin = scripted({ rules: { finality: quorumFinality(false) } });
      const node = createNode({ chain, plugin, net: network.join('alice') });
      await node.host.start();
      const proof = proofOf(final, ['bob', 'carol'], SCRIPTED);
      const notice = encodeProofNotice({ era: 0, protocol: SCRIPTED, blockId: final.header.id, proof });
      for (const item of arrivals) {
        if (item === 'proof') bob.send('alice', 'proofs', notice);
        else await node.host.importBlock(item.bytes);
        await settle();
      }
      expect(node.host.finalized().id).toBe(final.header.id);
      expect(node.host.head().header.id).toBe(expected.header.id);
      await node.host.stop();

      const again = createNode({ chain, plugin });
      await again.host.start();
      expect(again.host.finalized().id).toBe(final.header.id);
      expect(again.host.head()).toEqual(node.host.head());
      await again.host.stop();
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
