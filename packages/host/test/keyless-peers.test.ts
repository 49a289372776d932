/** What one peer without any key can do to a node: nothing that a block, a vote or another peer would notice. */
import { accept, type ConsensusPlugin, type Era } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { encodeProvenBlock } from '../src/finality/proof-codec.ts';
import { branchOf, type ChildOptions, childOf, SCRIPTED } from './fixtures/blocks.ts';
import { composeBlock, createFakeChain, type FakeChain, partsOf } from './fixtures/fake-chain.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { settle } from './fixtures/virtual-clock.ts';

type Block = ReturnType<typeof childOf>;

const proveAs = (block: Block, protocol: typeof SCRIPTED = SCRIPTED, era = 0) =>
  proofOf(block, ['alice', 'bob'], protocol, era);

const faultsOf = (node: TestNode) =>
  node.seen.flatMap(({ name, event }) =>
    name === 'faulted' ? [(event as { error: { message: string } }).error.message] : [],
  );

const voting = (attached: boolean): ConsensusPlugin =>
  scripted({ rules: { finality: quorumFinality(attached), verifyHeader: () => accept() } }) as ConsensusPlugin;

describe('contract section 4, step 1: what is no block says nothing about one', () => {
  test('the bytes of a block with its proof, sent as a block, do not have both refused when they come', async () => {
    const node = createNode({ plugin: voting(true) });
    await node.host.start();
    const block = childOf(node.chain.genesis);
    const proof = proveAs(block);
    const asOne = encodeProvenBlock({ block: block.bytes, proof });
    expect(await node.host.importBlock(asOne, 'mallory')).toMatchObject({ kind: 'rejected', id: null });
    expect(await node.host.importBlock(block.bytes, 'bob', proof)).toMatchObject({ kind: 'adopted' });
  });
});

describe('contract H-17: no block of a peer stops a node', () => {
  const OLD: ChildOptions = { protocol: 'old@1' };
  const NEW: ChildOptions = { protocol: 'new@1', era: 1 };

  function withTwoEras(chain: FakeChain): TestNode {
    const rules = { finality: quorumFinality(false) };
    const plugins = ['old', 'new'].map((name) => scripted({ name, rules }) as ConsensusPlugin);
    const eras: Era[] = [
      { fromHeight: 1, production: { name: 'old', config: {} } },
      { fromHeight: 4, production: { name: 'new', config: {} } },
    ];
    return createNode({ chain, plugins, options: { eras } });
  }

  test.each([0, 1, 5, 6, 7, 900])(
    'not a proof of a block beside the final chain that claims height %d',
    async (height) => {
      const chain = createFakeChain();
      const node = withTwoEras(chain);
      await node.host.start();
      const old = branchOf(chain.genesis, 3, () => OLD);
      const later = branchOf(old[2] as Block, 3, () => NEW);
      for (const block of [...old, ...later]) await node.host.importBlock(block.bytes);
      const last = later[2] as Block;
      const proof = proofOf(last, ['alice', 'bob'], 'new@1', 1);
      expect(await node.host.importBlock(last.bytes, 'bob', proof)).toMatchObject({ kind: 'known' });
      expect(node.host.finalized().height).toBe(6);

      for (const parent of [chain.genesis, old[0] as Block, old[2] as Block, later[0] as Block]) {
        const child = childOf(parent, { ...OLD, digest: weigh(2) });
        const liar = composeBlock({ ...partsOf(child), height });
        await node.host.importBlock(liar.bytes, 'mallory', weigh(1));
      }
      expect(faultsOf(node)).toEqual([]);
      expect(await node.host.importBlock(childOf(last, NEW).bytes)).toMatchObject({ kind: 'adopted' });
    },
  );

  test('not a proof of a block whose ancestors a chain lets go of once they are final', async () => {
    const chain = createFakeChain();
    const node = createNode({ chain, plugin: voting(false) });
    await node.host.start();
    const blocks = branchOf(chain.genesis, 6);
    for (const block of blocks) await node.host.importBlock(block.bytes);
    const last = blocks[5] as Block;
    await node.host.importBlock(last.bytes, 'bob', proveAs(last));
    expect(node.host.finalized().height).toBe(6);
    const pruned = chain.stored as Map<string, unknown>;
    for (const { header } of blocks.slice(0, 3)) pruned.delete(header.id);

    const beside = childOf(blocks[3] as Block, { digest: weigh(2) });
    const above = childOf(beside, { digest: weigh(2) });
    expect(await node.host.importBlock(beside.bytes, 'mallory', weigh(1))).toMatchObject({ code: 'BELOW_FINALIZED' });
    await node.host.importBlock(above.bytes, 'mallory', weigh(1));
    expect(await node.host.importBlock(beside.bytes, 'mallory')).toMatchObject({ code: 'BELOW_FINALIZED' });
    await settle();
    expect(faultsOf(node)).toEqual([]);
    expect(await node.host.importBlock(childOf(last).bytes)).toMatchObject({ kind: 'adopted' });
  });
});
