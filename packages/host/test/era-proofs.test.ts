import { accept, type ConsensusPlugin, type Era } from '@fiducia/consensus';
import { describe, expect, test } from 'vitest';
import { branchOf, type ChildOptions, childOf } from './fixtures/blocks.ts';
import { createFakeChain, type FakeChain } from './fixtures/fake-chain.ts';
import { createNode, type TestNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { scripted, weigh } from './fixtures/scripted.ts';
import { settle } from './fixtures/virtual-clock.ts';

type Block = ReturnType<typeof childOf>;

const BORDER = 4;
const FORKING: ChildOptions = { protocol: 'forking@1' };
const VOTING: ChildOptions = { protocol: 'voting@1', era: 1 };
const prove = (block: Block) => proofOf(block, ['alice', 'bob'], 'voting@1', 1);

/** A chain that forks until a voting protocol takes over, and forks again after it if `andBack`. */
function create(chain: FakeChain, calls: string[] = [], andBack = false): TestNode {
  const telling = (name: string) => ({
    name,
    start: ({ head }: { readonly head: { readonly header: { readonly height: number } } }) => {
      calls.push(`${name} ${head.header.height}`);
      return [];
    },
  });
  const finality = quorumFinality(true);
  const plugins = [
    scripted(telling('forking')),
    scripted({ ...telling('voting'), rules: { finality, verifyHeader: () => accept() } }),
    scripted(telling('later')),
  ] as readonly ConsensusPlugin[];
  const eras: Era[] = [
    { fromHeight: 1, production: { name: 'forking', config: {} } },
    { fromHeight: BORDER, production: { name: 'voting', config: {} } },
  ];
  if (andBack) eras.push({ fromHeight: BORDER + 2, production: { name: 'later', config: {} } });
  return createNode({ chain, plugins, options: { eras } });
}

describe('contract H-35: where voters follow, their first proof ends the race for the border', () => {
  test('the proven child of the losing last block takes the chain there, and makes all of it final', async () => {
    const chain = createFakeChain();
    const node = create(chain);
    await node.host.start();
    const heavy = branchOf(chain.genesis, 3, () => ({ ...FORKING, digest: weigh(9) }));
    const light = branchOf(chain.genesis, 3, () => FORKING);
    for (const block of [...heavy, ...light]) await node.host.importBlock(block.bytes);
    expect(node.host.head().header.id).toBe(heavy[2]?.header.id);

    const first = childOf(light[2] as Block, VOTING);
    expect(await node.host.importBlock(first.bytes)).toMatchObject({ code: 'PROOF_MISSING' });
    expect(await node.host.importBlock(first.bytes, 'bob', prove(first))).toMatchObject({ kind: 'adopted' });
    expect(node.host.finalized().id).toBe(first.header.id);
    expect(chain.updates.at(-1)).toMatchObject({
      reverted: heavy.map(({ header }) => header.id).reverse(),
      finalized: { id: first.header.id },
    });
    // Neither the race nor the era before it can come back.
    const rival = childOf(heavy[2] as Block, VOTING);
    expect(await node.host.importBlock(rival.bytes)).toMatchObject({ code: 'BELOW_FINALIZED' });
    const longer = childOf(heavy[2] as Block, { ...FORKING, digest: weigh(999) });
    expect(await node.host.importBlock(longer.bytes)).toMatchObject({ code: 'BELOW_FINALIZED' });
    expect(node.host.head().header.id).toBe(first.header.id);
  });

  test('a proof of the era before is no proof of this one', async () => {
    const node = create(createFakeChain());
    await node.host.start();
    const blocks = branchOf(node.chain.genesis, 3, () => FORKING);
    for (const block of blocks) await node.host.importBlock(block.bytes);
    const first = childOf(blocks[2] as Block, VOTING);
    const replayed = proofOf(first, ['alice', 'bob'], 'voting@1', 0);
    expect(await node.host.importBlock(first.bytes, 'mallory', replayed)).toMatchObject({ code: 'PROOF_FORGED' });
  });
});

test('contract H-34: after voters a chain may fork again, above what they made final, also after restarts', async () => {
  const chain = createFakeChain();
  const calls: string[] = [];
  let node = create(chain, calls, true);
  await node.host.start();
  const old = branchOf(chain.genesis, 3, () => FORKING);
  for (const block of old) await node.host.importBlock(block.bytes);
  const proven: Block[] = [];
  for (let count = 0; count < 2; count++) {
    const block = childOf(proven.at(-1) ?? (old[2] as Block), VOTING);
    proven.push(block);
    await node.host.importBlock(block.bytes, 'bob', prove(block));
    await settle();
    await node.host.stop();
    node = create(chain, calls, true);
    await node.host.start();
    await settle();
    expect(node.host.finalized().id).toBe(block.header.id);
    expect(node.host.head().header.id).toBe(block.header.id);
  }
  expect(calls).toEqual(['forking 0', 'voting 3', 'voting 4', 'later 5', 'later 5']);

  const later = (salt: number, weight: number) =>
    childOf(proven[1] as Block, { protocol: 'later@1', era: 2, digest: weigh(weight, salt) });
  for (const block of [later(1, 1), later(2, 5), later(3, 2)]) await node.host.importBlock(block.bytes);
  expect(node.host.head().header.id).toBe(later(2, 5).header.id);
  expect(node.host.finalized().id).toBe(proven[1]?.header.id);
});
