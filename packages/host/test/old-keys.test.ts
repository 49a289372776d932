/** Weak subjectivity: what keys can do to a chain whose owners left it long ago (contract H-46). */
import type { ConsensusPlugin, PluginTraits } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { branchOf, childOf, SCRIPTED } from './fixtures/blocks.ts';
import { createFakeChain, type FakeChain } from './fixtures/fake-chain.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { type ScriptedState, scripted, weigh } from './fixtures/scripted.ts';
import { settle } from './fixtures/virtual-clock.ts';

type Block = ReturnType<typeof childOf>;

const OLD = ['alice', 'bob', 'carol'];
const NEW = ['dave', 'erin', 'frank'];
const THIRD: PluginTraits['faults'] = { kind: 'byzantine', numerator: 1, denominator: 3 };
const TOP = 8;

const named = (node: TestNode, wanted: string) =>
  node.seen.filter(({ name }) => name === wanted).map(({ event }) => event);
const traced = (node: TestNode) =>
  named(node, 'trace').filter((event) => (event as { event: string }).event === 'RIVAL_UNACCOUNTABLE');

interface Setting {
  readonly attached?: boolean;
  readonly accountableBlocks?: number;
  /** Members from height 3 on. */
  readonly later?: readonly string[];
}

/** A chain whose committee changes after its second block; every block of it is final. */
async function createChain({ attached = false, accountableBlocks, later = NEW }: Setting = {}): Promise<{
  readonly node: TestNode;
  readonly chain: FakeChain;
  readonly blocks: readonly Block[];
}> {
  const committeeOf = ({ height }: ScriptedState) => (height < 2 ? OLD : later);
  const rules = {
    finality: {
      ...quorumFinality(attached, committeeOf),
      ...(accountableBlocks !== undefined && { accountableBlocks }),
    },
    validators: (state: ScriptedState) => committeeOf(state).map((id) => ({ id, weight: 1n })),
  };
  const plugin = scripted({ rules, faults: THIRD }) as ConsensusPlugin;
  const chain = createFakeChain();
  const node = createNode({ chain, plugin });
  await node.host.start();
  const blocks = branchOf(chain.genesis, TOP);
  for (const block of blocks) {
    const signers = block.header.height <= 2 ? OLD : later;
    await node.host.importBlock(block.bytes, 'bob', proofOf(block, signers.slice(0, 2), SCRIPTED));
    if (!attached) await node.host.importBlock(block.bytes, 'bob', proofOf(block, signers.slice(0, 2), SCRIPTED));
  }
  expect(node.host.finalized().height).toBe(TOP);
  return { node, chain, blocks };
}

/** A rival of the first block with all the old keys that it takes. */
async function showRival({ node, chain }: { readonly node: TestNode; readonly chain: FakeChain }): Promise<Block> {
  const rival = childOf(chain.genesis, { digest: weigh(9) });
  const result = await node.host.importBlock(rival.bytes, 'mallory', proofOf(rival, ['alice', 'bob'], SCRIPTED));
  expect(result).toMatchObject({ code: 'BELOW_FINALIZED' });
  await settle();
  return rival;
}

describe('contract H-46: those who left long ago cannot stop the chain', () => {
  test.each([false, true])(
    'a quorum of keys that nobody answers for is ignored, and told of (attached: %s)',
    async (attached) => {
      const setting = await createChain({ attached, accountableBlocks: TOP - 1 });
      const { node, blocks } = setting;
      const rival = await showRival(setting);
      expect(named(node, 'finalityConflict')).toEqual([]);
      expect(traced(node)).toMatchObject([
        { data: { id: rival.header.id, parentId: setting.chain.genesis.header.id } },
      ]);
      const next = childOf(blocks[TOP - 1] as Block);
      const proof = proofOf(next, ['dave', 'erin'], SCRIPTED);
      expect(await node.host.importBlock(next.bytes, 'bob', proof)).toMatchObject({ kind: 'adopted' });
    },
  );

  test('not even with a rival that claims to be new: what counts is when its signers had a say', async () => {
    const setting = await createChain({ accountableBlocks: TOP - 1 });
    const { node, chain } = setting;
    const branch = branchOf(chain.genesis, TOP + 1, () => ({ digest: weigh(9) }));
    for (const block of branch.toReversed()) {
      await node.host.importBlock(block.bytes, 'mallory', proofOf(block, ['alice', 'bob'], SCRIPTED));
    }
    await settle();
    expect(named(node, 'finalityConflict')).toEqual([]);
    expect(traced(node).length).toBeGreaterThan(0);
    expect(named(node, 'faulted')).toEqual([]);
  });

  test('forged signatures are not even told of', async () => {
    const { node, chain } = await createChain({ accountableBlocks: 1 });
    const rival = childOf(chain.genesis, { digest: weigh(9) });
    const forged = proofOf({ ...rival, header: { ...rival.header, sealHash: weigh(1) } }, ['alice', 'bob'], SCRIPTED);
    await node.host.importBlock(rival.bytes, 'mallory', forged);
    expect(traced(node)).toEqual([]);
  });
});

describe('contract H-46: a real break of finality stops every node as before', () => {
  test.each([TOP, undefined])(
    'as long as those who signed answer for it (for %s blocks)',
    async (accountableBlocks) => {
      const setting = await createChain(accountableBlocks === undefined ? {} : { accountableBlocks });
      const rival = await showRival(setting);
      expect(named(setting.node, 'finalityConflict')).toMatchObject([{ conflictingId: rival.header.id }]);
    },
  );

  test.each([
    [['alice', 'bob', 'erin'], 1],
    [['alice', 'bob', 'erin', 'frank', 'grace'], 1],
    [['alice', 'dave', 'erin'], 0],
    [['carol', 'dave', 'erin'], 0],
  ])('and for ever by those who still have more say than the protocol bears: %j', async (later, conflicts) => {
    const setting = await createChain({ accountableBlocks: 1, later });
    await showRival(setting);
    expect(named(setting.node, 'finalityConflict')).toHaveLength(conflicts);
    expect(traced(setting.node)).toHaveLength(1 - conflicts);
  });

  test.each([0, 1.5, Number.NaN, -1])('contract H-17: %d blocks are a defect of the plugin', (accountableBlocks) => {
    const finality = { ...quorumFinality(false), accountableBlocks };
    expect(() => createNode({ plugin: scripted({ rules: { finality } }) })).toThrow(/finality.accountableBlocks/);
  });
});
