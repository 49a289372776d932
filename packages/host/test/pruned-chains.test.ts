/** What a chain may let go of, and what a host still finds on the rest (contract section 11). */
import { accept, type ConsensusPlugin } from '@fiducia/consensus';
import { expect, test } from 'vitest';
import { EVIDENCE_WINDOW_BLOCKS } from '../src/limits.ts';
import { branchOf, childOf, SCRIPTED } from './fixtures/blocks.ts';
import { createFakeChain } from './fixtures/fake-chain.ts';
import { createNode } from './fixtures/nodes.ts';
import { proofOf, quorumFinality } from './fixtures/proofs.ts';
import { scripted, weigh } from './fixtures/scripted.ts';

type Block = ReturnType<typeof childOf>;

const prove = (block: Block) => proofOf(block, ['alice', 'bob'], SCRIPTED);

test.each([
  ['restarts', EVIDENCE_WINDOW_BLOCKS, null],
  ['is refused', EVIDENCE_WINDOW_BLOCKS - 1, 'STORE_CORRUPT'],
])('contract H-42: without what lies deeper below its newest checkpoint a chain %s', async (_what, kept, code) => {
  const chain = createFakeChain();
  const rules = { finality: quorumFinality(true), verifyHeader: () => accept() };
  const options = { limits: { checkpointBlocks: 60 } };
  const setup = { chain, plugin: scripted({ rules }) as ConsensusPlugin, options };
  const before = createNode(setup);
  await before.host.start();
  const blocks = branchOf(chain.genesis, EVIDENCE_WINDOW_BLOCKS + 200);
  for (const block of blocks) await before.host.importBlock(block.bytes, 'bob', prove(block));
  await before.host.stop();
  const checkpoint = blocks.findLastIndex(({ header }) => chain.stored.get(header.id)?.checkpoint !== undefined);
  expect(checkpoint).toBeGreaterThan(EVIDENCE_WINDOW_BLOCKS);
  const pruned = chain.stored as Map<string, unknown>;
  for (const { header } of blocks.slice(0, checkpoint - kept)) pruned.delete(header.id);

  const after = createNode(setup);
  if (code !== null) {
    await expect(after.host.start()).rejects.toMatchObject({ data: { code } });
    return;
  }
  await after.host.start();
  const next = childOf(blocks.at(-1) as Block, { digest: weigh(1) });
  expect(await after.host.importBlock(next.bytes, 'bob', prove(next))).toMatchObject({ kind: 'adopted' });
});
